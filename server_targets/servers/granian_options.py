"""What both kinds of granian share: Rust reads the network and the requests, Python runs the application.

It takes no descriptor. Each worker process listens on a socket of its own at the same port (SO_REUSEPORT), and the
kernel deals connections out to them by a hash of their addresses.
"""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.servers.server_spec import Option, Socket

OPTIONS = {
    "backlog": Option("--backlog", "connections that wait in the kernel's queue"),
    "backpressure": Option("--backpressure", "requests that one worker takes at once; the rest wait unread"),
}


def base_arguments(interface: str, socket: Socket, workers: int) -> list[str]:
    """HTTP/1 alone: that is what all other products are asked in."""
    return [
        *("--interface", interface),
        *("--host", "127.0.0.1"),
        *("--port", str(socket.port)),
        *("--workers", str(workers)),
        *("--http", "1"),
        *("--backlog", "2048"),
        *("--log-level", "warning"),
        "--no-ws",
    ]
