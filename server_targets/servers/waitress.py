"""waitress: one process, in which one thread reads all connections and a few others serve them from its queue."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import Number, Option, ServerSpec, Socket, backlog, seconds

OWN_THREADS = 4
OPTIONS: dict[str, Option] = {
    "connection_limit": Number("--connection-limit", "connections that it keeps; the rest wait in the kernel's queue"),
    "keep_alive_s": seconds("--channel-timeout", "how long a connection without a request is kept"),
    "backlog": backlog(),
}
"""In the words of waitress-serve; our launcher hands them to its function."""


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """For our launcher: its command line takes no descriptor, its function does."""
    return [str(socket.descriptor), str(threads), WAITRESS.application]


WAITRESS = ServerSpec(
    name="waitress",
    product="waitress",
    interface="wsgi",
    distribution="waitress",
    words="waitress",
    entry="asgi_vs_wsgi.server_targets.launchers:serve_with_waitress",
    arguments=arguments,
    slot="thread",
    law_of_waiting="one-per-thread",
    shows_accept=True,
    max_workers=1,
    max_threads=1024,
    default_threads=OWN_THREADS,
    options=OPTIONS,
)
