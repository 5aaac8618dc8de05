"""Django's development server: one process, and a new thread for every connection.

So it shows no limit where a deployed WSGI server has one.
"""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import ServerSpec, Socket


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """For our launcher: the management command binds a port of its own, and reloads."""
    return [str(socket.descriptor), RUNSERVER.application]


RUNSERVER = ServerSpec(
    name="runserver",
    product="Django",
    interface="wsgi",
    distribution="Django",
    words="runserver",
    entry="asgi_vs_wsgi.server_targets.launchers:serve_with_runserver",
    arguments=arguments,
    slot="none",
    law_of_waiting="all-at-once",
    max_workers=1,
    http="http.server",
)
