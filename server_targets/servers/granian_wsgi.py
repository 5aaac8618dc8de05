"""granian running WSGI: threads of Python come on demand, up to a number far above that of other products."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.granian_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket

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


GRANIAN_WSGI = ServerProduct(
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
    options={"backlog": OPTIONS["backlog"]},
)
