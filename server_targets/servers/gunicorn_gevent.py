"""gunicorn with gevent: one thread in each worker, in which greenlets switch wherever the standard library would wait.

The worker patches the standard library, so a plain `def` view gives way at every socket and sleep. What does not go
through Python's sockets (a C driver, computing) holds the worker, as it would hold an event loop.
"""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.gunicorn_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket


def gevent_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """As many greenlets as `worker_connections` allows, 1000 where nobody says."""
    return [*base_arguments("gevent", socket, workers), GUNICORN_GEVENT.application]


GUNICORN_GEVENT = ServerProduct(
    name="gunicorn-gevent",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn gevent",
    entry="gunicorn.app.wsgiapp:run",
    arguments=gevent_arguments,
    slot="none",
    law_of_waiting="all-at-once",
    loop="gevent",
    needs=("gevent",),
    options=OPTIONS,
)
