"""uvicorn: an event loop in each process, with its fast parts (httptools, uvloop) or without (h11, asyncio)."""

from __future__ import annotations

import re
import signal
from dataclasses import replace

from asgi_vs_wsgi.server_targets.servers.server_spec import (
    LIFESPAN,
    EndingLines,
    Number,
    Option,
    ServerSpec,
    Socket,
    Switch,
    backlog,
    seconds,
)

OPTIONS: dict[str, Option] = {
    "limit_concurrency": Number("--limit-concurrency", "connections and tasks beyond it are answered 503 at once"),
    "max_requests": Number("--limit-max-requests", "a worker ends after so many requests and is replaced"),
    "max_requests_jitter": Number(
        "--limit-max-requests-jitter", "up to so many more, by chance for each worker", low=0
    ),
    "keep_alive_s": seconds("--timeout-keep-alive", "how long a connection without a request is kept", low=0),
    "graceful_timeout_s": seconds(
        "--timeout-graceful-shutdown", "what a worker that is told to end may take for what it has"
    ),
    "healthcheck_timeout_s": seconds(
        "--timeout-worker-healthcheck", "a worker that does not answer its master for so long is killed and replaced"
    ),
    "backlog": backlog(),
    "lifespan": Switch(("--lifespan", "on"), ("--lifespan", "off"), LIFESPAN),
}


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
    options=OPTIONS,
    supervised_from=2,
    reload_signal=signal.SIGHUP,
    ending_lines=EndingLines(
        reloading="Received SIGHUP, restarting processes.",
        stopping="Received SIGTERM, exiting.",
        recycling=re.compile(r"Finished server process \[(\d+)\]"),
    ),
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
