"""What keeps a client from sending: the limits of this machine and of this process, which are no server's failure.

Each is an error kind of its own, by the name of its errno, so that it is never counted among a server's refusals.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ADVICE: Final = {
    "EMFILE": "this process may open no more files: raise `ulimit -n`",
    "ENFILE": "the machine may open no more files: raise the sysctl fs.file-max",
    "EADDRNOTAVAIL": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "EADDRINUSE": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "EAGAIN": "no local port is left: widen the sysctl net.ipv4.ip_local_port_range",
    "ENETUNREACH": "127.0.0.1 cannot be reached: bring the loopback interface up (ip link set lo up)",
    "ENETDOWN": "127.0.0.1 cannot be reached: bring the loopback interface up (ip link set lo up)",
    "EHOSTUNREACH": "127.0.0.1 cannot be reached: a route or a firewall of this machine is in the way",
    "ENOBUFS": "the kernel has no memory left for connections",
    "ENOMEM": "the kernel has no memory left for connections",
    "ENOSPC": "this user may watch no more connections: raise the sysctl fs.epoll.max_user_watches",
    "EACCES": "a firewall or a sandbox of this machine forbids the connection",
    "EPERM": "a firewall or a sandbox of this machine forbids the connection",
}
"""errno name to what it means on loopback, and the way out. Saved runs hold their places: more go to the end."""

CLIENT_ERRORS: Final = tuple(ADVICE)


def client_error(problem: int | None) -> str:
    """The name of an errno, where it is a limit of the client's; else empty."""
    name = errno.errorcode.get(problem or 0, "")
    return name if name in ADVICE else ""


def client_errors(errors: Mapping[str, int]) -> dict[str, int]:
    """Of error kinds and their counts, those of the client's own."""
    return {name: count for name, count in errors.items() if name in ADVICE and count}
