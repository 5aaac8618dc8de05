"""granian: Rust reads network and requests; Python runs WSGI in threads that come on demand, or ASGI on uvloop.

It takes no descriptor. Each worker process listens on a socket of its own at the same port (SO_REUSEPORT), and the
kernel deals connections out to them by a hash of their addresses.
"""

from __future__ import annotations

import signal

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
    "backlog": backlog(low=128),
    "backpressure": Number("--backpressure", "requests that one worker takes at once; the rest wait unread"),
    "keep_alive": Switch(
        ("--http1-keep-alive",), ("--no-http1-keep-alive",), "whether a connection is kept for another request"
    ),
    "respawn_failed_workers": Switch(
        ("--respawn-failed-workers",),
        ("--no-respawn-failed-workers",),
        "replace a worker that ends by itself, instead of ending the server",
    ),
    "respawn_interval_s": Number(
        "--respawn-interval",
        "how long a new worker runs beside the one that it replaces",
        low=0,
        high=3600,
        whole=False,
    ),
    "workers_lifetime_s": seconds("--workers-lifetime", "how long a worker lives before it is replaced", low=60),
    "workers_kill_timeout_s": seconds(
        "--workers-kill-timeout", "a worker that is told to end is killed after so long", high=1800
    ),
}


def base_arguments(interface: str, socket: Socket, workers: int) -> list[str]:
    """HTTP/1 alone: that is what all other products are asked in."""
    return [
        *("--interface", interface),
        *("--host", "127.0.0.1"),
        *("--port", str(socket.port)),
        *("--workers", str(workers)),
        *("--http", "1"),
        *("--backlog", "2048"),
        *("--log-level", "warning"),
        "--no-ws",
    ]


ASGI_OPTIONS: dict[str, Option] = OPTIONS | {
    "lifespan": Switch(("--interface", "asgi"), ("--interface", "asginl"), LIFESPAN)
}
OWN_THREADS = 256
"""What granian allows each of two workers where nobody says: half of its backlog of 1024, shared by the workers."""


def wsgi_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Backpressure above the threads: what is taken and finds no thread waits inside the worker."""
    return [
        *base_arguments("wsgi", socket, workers),
        *("--backpressure", str(2 * threads)),
        *("--blocking-threads", str(threads)),
        GRANIAN_WSGI.application,
    ]


GRANIAN_WSGI = ServerSpec(
    name="granian-wsgi",
    product="granian",
    interface="wsgi",
    distribution="granian",
    words="granian wsgi",
    entry="granian.cli:entrypoint",
    arguments=wsgi_arguments,
    slot="thread",
    law_of_waiting="one-per-thread",
    max_threads=1024,
    default_threads=OWN_THREADS,
    opens_port=True,
    http="hyper",
    options=OPTIONS,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=EndingLines(unexpected="Unexpected exit from worker"),
)


def asgi_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """`asginl` is ASGI without lifespan, since Django has none by itself."""
    return [*base_arguments("asginl", socket, workers), *("--loop", "uvloop"), GRANIAN_ASGI.application]


GRANIAN_ASGI = ServerSpec(
    name="granian-asgi",
    product="granian",
    interface="asgi",
    distribution="granian",
    words="granian asgi",
    entry="granian.cli:entrypoint",
    arguments=asgi_arguments,
    slot="none",
    law_of_waiting="all-at-once",
    opens_port=True,
    loop="uvloop",
    http="hyper",
    needs=("uvloop",),
    options=ASGI_OPTIONS,
    supervised_from=1,
    reload_signal=signal.SIGHUP,
    ending_lines=EndingLines(unexpected="Unexpected exit from worker"),
)
