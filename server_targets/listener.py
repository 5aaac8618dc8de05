"""The sockets that servers serve on: bound by the lab on 127.0.0.1, on a port that the kernel picks."""

from __future__ import annotations

import socket

BACKLOG = 2048
LOOPBACK = "127.0.0.1"


def listen(port: int = 0) -> socket.socket:
    """A listening socket to hand down. TCP_NODELAY is set here because accepted sockets inherit it, and uvicorn
    leaves it off for handed-down descriptors (44 ms a kept-alive request without it). OSError if taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
