"""gunicorn with threads: each worker's main thread accepts, a pool of threads serves.

What was accepted waits in that worker's own queue, even while another worker is idle.
"""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.gunicorn_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket

USUAL_THREADS = 8
"""Its own default is 1, with which nobody would choose it."""


def gthread_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """One thread is allowed, and is not the same as sync: the main thread still accepts ahead."""
    return [*base_arguments("gthread", socket, workers), "--threads", str(threads), GUNICORN_GTHREAD.application]


GUNICORN_GTHREAD = ServerProduct(
    name="gunicorn-gthread",
    product="gunicorn",
    interface="wsgi",
    distribution="gunicorn",
    words="gunicorn gthread",
    entry="gunicorn.app.wsgiapp:run",
    arguments=gthread_arguments,
    slot="thread",
    law_of_waiting="one-per-thread",
    shows_accept=True,
    max_threads=1024,
    default_threads=USUAL_THREADS,
    options=OPTIONS,
)
