"""uvicorn: an event loop in each process, with its fast parts (httptools, uvloop) or without (h11, asyncio)."""

from __future__ import annotations

from dataclasses import replace

from asgi_vs_wsgi.server_targets.servers.server_spec import Option, ServerSpec, Socket


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """With both named: without them uvicorn would take what is installed."""
    return arguments_with("uvloop", "httptools", socket, workers)


def arguments_with(loop: str, http: str, socket: Socket, workers: int) -> list[str]:
    """No lifespan, since Django has none; no access log, which would cost more than the view."""
    return [
        *("--fd", str(socket.descriptor)),
        *("--workers", str(workers)),
        *("--loop", loop),
        *("--http", http),
        *("--interface", "asgi3"),
        *("--lifespan", "off"),
        "--no-access-log",
        UVICORN.application,
    ]


UVICORN = ServerSpec(
    name="uvicorn",
    product="uvicorn",
    interface="asgi",
    distribution="uvicorn",
    words="uvicorn",
    entry="uvicorn:main",
    arguments=arguments,
    slot="none",
    law_of_waiting="all-at-once",
    loop="uvloop",
    http="httptools",
    needs=("uvloop", "httptools"),
    options={
        "limit_concurrency": Option("--limit-concurrency", "connections and tasks beyond it are answered 503 at once"),
        "backlog": Option("--backlog", "connections that wait in the kernel's queue"),
    },
)


def h11_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Named, since uvicorn takes the fast parts where they are installed."""
    return arguments_with("asyncio", "h11", socket, workers)


UVICORN_H11 = replace(
    UVICORN,
    name="uvicorn-h11",
    words="uvicorn h11",
    arguments=h11_arguments,
    shows_accept=True,
    loop="asyncio",
    http="h11",
    needs=("h11",),
)
