"""gunicorn's own ASGI worker: an event loop in each process, with gunicorn's watchdog over it.

Its heartbeat runs on the loop, so a loop that is held longer than `--timeout` gets its worker killed.
"""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.gunicorn_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket


def asgi_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """No lifespan, since Django has none."""
    return [
        *base_arguments("asgi", socket, workers),
        *("--asgi-loop", "uvloop"),
        *("--asgi-lifespan", "off"),
        GUNICORN_ASGI.application,
    ]


GUNICORN_ASGI = ServerProduct(
    name="gunicorn-asgi",
    product="gunicorn",
    interface="asgi",
    distribution="gunicorn",
    words="gunicorn asgi",
    entry="gunicorn.app.wsgiapp:run",
    arguments=asgi_arguments,
    slot="none",
    law_of_waiting="all-at-once",
    loop="uvloop",
    http="gunicorn",
    needs=("uvloop",),
    options=OPTIONS,
)
