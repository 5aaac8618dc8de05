"""The sockets that servers serve on: bound by the lab on 127.0.0.1, on a port that the kernel picks."""

from __future__ import annotations

import socket
from pathlib import Path

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


def keep_port(port: int = 0) -> socket.socket:
    """A bound socket that does not listen, for a server that opens the port itself: nobody else can take it.

    Only a socket with SO_REUSEPORT, of the same user, may bind beside it (socket(7)). OSError if taken.
    """
    keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        keeper.bind((LOOPBACK, port))
    except OSError:
        keeper.close()
        raise
    return keeper


def listeners_at(port: int) -> int:
    """How many sockets listen on a port of ours (proc(5), /proc/net/tcp: state 0A)."""
    local = f" {int.from_bytes(socket.inet_aton(LOOPBACK), 'little'):08X}:{port:04X} 00000000:0000 0A "
    return Path("/proc/net/tcp").read_text(encoding="ascii").count(local)
