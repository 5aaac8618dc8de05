"""hypercorn: asyncio and h11 in each worker process, with HTTP/2 and WebSocket beside them."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import Option, ServerSpec, Socket


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Its own backlog is 100."""
    return [
        *("--bind", f"fd://{socket.descriptor}"),
        *("--backlog", "2048"),
        *("--workers", str(workers)),
        *("--worker-class", "asyncio"),
        HYPERCORN.application,
    ]


HYPERCORN = ServerSpec(
    name="hypercorn",
    product="hypercorn",
    interface="asgi",
    distribution="hypercorn",
    words="hypercorn",
    entry="hypercorn.__main__:main",
    arguments=arguments,
    slot="none",
    entry_for="asgi_function",
    law_of_waiting="all-at-once",
    shows_accept=True,
    loop="asyncio",
    http="h11",
    options={"backlog": Option("--backlog", "connections that wait in the kernel's queue")},
)
