"""The standard library's reference server: one process, one thread, one visitor at a time."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import ServerSpec, Socket


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """For our launcher: it has no command line."""
    return [str(socket.descriptor), WSGIREF.application]


WSGIREF = ServerSpec(
    name="wsgiref",
    product="Python",
    interface="wsgi",
    distribution="",
    words="wsgiref",
    entry="asgi_vs_wsgi.server_targets.launchers:serve_with_wsgiref",
    arguments=arguments,
    slot="worker",
    law_of_waiting="one-per-worker",
    max_workers=1,
    http="http.server",
)
