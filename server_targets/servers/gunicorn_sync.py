"""gunicorn's default worker: one request at a time in each process; all workers accept from one socket."""

from __future__ import annotations

from server_targets.servers.product import ServerProduct, Socket


def arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Quiet, with no control socket: its default is one path for all gunicorns of a user."""
    return [
        *("-b", f"fd://{socket.descriptor}"),
        *("--workers", str(workers)),
        *("--worker-class", "sync"),
        "--no-control-socket",
        GUNICORN_SYNC.application,
    ]


GUNICORN_SYNC = ServerProduct(
    name="gunicorn-sync",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn sync",
    entry="gunicorn.app.wsgiapp:run",
    arguments=arguments,
    slot="worker",
    law_of_waiting="one-per-worker",
)
