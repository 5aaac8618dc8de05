"""When a server took each connection from the kernel's queue, where it does so through Python's own sockets.

Between that and the application's entry a request is in one worker's hands, and no other worker can have it: in the
private queue of a server with threads, or still on its way from a slow sender. Servers that accept in C or Rust
(uvloop, gevent, granian) do not show it.
"""

from __future__ import annotations

import socket
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, pack_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write

WORTH_TELLING_NS = 1_000_000
"""Shorter waits are not recorded: for most requests there is none, and a record each would cost more than it tells."""

ACCEPTED = pack_header(0, Kind.ACCEPTED)

accepted_ns: dict[int, int] = {}
"""The client's port to when its connection was accepted, until its first request begins."""


def follow_accepts() -> None:
    """Patch what `socket.socket.accept` rests on, for the whole process."""
    socket.socket._accept = noted_accept(socket.socket._accept)  # type: ignore[attr-defined]


def noted_accept(accept: Callable[[Any], tuple[int, Any]]) -> Callable[[Any], tuple[int, Any]]:
    """A socket's `_accept`, noted; IPv4 and IPv6 clients are known by their port."""

    def accept_seen(self: Any) -> tuple[int, Any]:
        descriptor, address = accept(self)
        if type(address) is tuple and len(address) > 1:
            accepted_ns[address[1]] = monotonic_ns()
        return descriptor, address

    return accept_seen


def tell_accept(port: int, request: int, begin_ns: int, write: Write) -> None:
    """Before the request's beginning is recorded: when its connection was accepted, if it had to wait since."""
    at_ns = accepted_ns.pop(port, begin_ns)
    if begin_ns - at_ns > WORTH_TELLING_NS:
        write(at_ns, 0, request, ACCEPTED)


def port_in(environ: dict[str, Any]) -> int:
    """The client's port under WSGI, 0 where the server has its own idea of an address."""
    try:
        return int(environ.get("REMOTE_PORT") or 0)
    except (ValueError, TypeError, OverflowError):
        return 0


def port_in_scope(scope: dict[str, Any]) -> int:
    """The same under ASGI; a client at a Unix socket has none."""
    client = scope.get("client")
    port = client[1] if isinstance(client, (list, tuple)) and len(client) > 1 else 0
    return port if isinstance(port, int) else 0
