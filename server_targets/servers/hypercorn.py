"""hypercorn: asyncio and h11 in each worker process, with HTTP/2 and WebSocket beside them."""

from __future__ import annotations

import signal

from asgi_vs_wsgi.server_targets.servers.server_spec import (
    LIFESPAN,
    Number,
    Option,
    ServerSpec,
    Socket,
    Switch,
    backlog,
    seconds,
)

OPTIONS: dict[str, Option] = {
    "max_requests": Number("--max-requests", "a worker ends after more than so many requests and is replaced"),
    "keep_alive_s": seconds("--keep-alive", "how long a connection without a request is kept"),
    "graceful_timeout_s": seconds("--graceful-timeout", "what a worker that is told to end may take for what it has"),
    "backlog": backlog(),
    "lifespan": Switch((), (), LIFESPAN),
}
"""It tells of its lifespan whoever answers; nobody does where that is off.

Its --max-requests-jitter is left out: hypercorn 0.18 takes the number of --max-requests for it."""


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
    options=OPTIONS,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
)
