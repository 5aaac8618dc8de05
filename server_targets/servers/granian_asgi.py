"""granian running ASGI: uvloop in Python for the application, hyper in Rust for HTTP."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.granian_options import OPTIONS, base_arguments
from asgi_vs_wsgi.server_targets.servers.server_spec import ServerProduct, Socket


def asgi_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """`asginl` is ASGI without lifespan, since Django has none."""
    return [*base_arguments("asginl", socket, workers), *("--loop", "uvloop"), GRANIAN_ASGI.application]


GRANIAN_ASGI = ServerProduct(
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
    options=OPTIONS,
)
