"""gunicorn's default worker: one request at a time in each process; all workers accept from one socket."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.gunicorn_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket


def sync_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Threads would silently turn it into gthread."""
    return [*base_arguments("sync", socket, workers), GUNICORN_SYNC.application]


GUNICORN_SYNC = ServerProduct(
    name="gunicorn-sync",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn sync",
    entry="gunicorn.app.wsgiapp:run",
    arguments=sync_arguments,
    slot="worker",
    law_of_waiting="one-per-worker",
    shows_accept=True,
    options=OPTIONS,
)
