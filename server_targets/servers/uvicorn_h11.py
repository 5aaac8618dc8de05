"""uvicorn as `pip install uvicorn` leaves it: h11 and asyncio, both pure Python."""

from __future__ import annotations

from dataclasses import replace

from asgi_vs_wsgi.server_targets.servers.server_spec import Socket
from asgi_vs_wsgi.server_targets.servers.uvicorn import UVICORN, arguments_with


def h11_arguments(socket: Socket, workers: int, threads: int) -> list[str]:
    """Named, since uvicorn takes the fast parts where they are installed."""
    return arguments_with("asyncio", "h11", socket, workers)


UVICORN_H11 = replace(
    UVICORN,
    name="uvicorn-h11",
    words="uvicorn h11",
    arguments=h11_arguments,
    shows_accept=True,
    loop="asyncio",
    http="h11",
    needs=("h11",),
)
