"""What keeps a client from sending: the limits of this machine and of this process, which are no server's failure.

Each is an error kind of its own, by the name of its errno, so that it is never counted among a server's refusals.

Every visitor needs a descriptor; the usual soft limit is 1,024.
"""

from __future__ import annotations

import errno
import resource
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from asgi_vs_wsgi.scenarios.errors import RunFailed

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


LEAST = 48
"""For the screen with its lab, or a run without visitors; what visitors need beside that is counted for each run."""


MOST = 1 << 20
"""Containers may allow a thousand million, and a server's own code may go through all that it may have."""


def raise_open_files() -> int:
    """Raise this process's limit of open files to what it may have, and return that; what it starts inherits it."""
    soft, hard = (MOST if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(_FILES))
    wanted = min(hard, max(soft, MOST))
    if wanted > soft:
        with suppress(OSError, ValueError):  # a sandbox may forbid even that
            resource.setrlimit(_FILES, (wanted, resource.getrlimit(_FILES)[1]))
    return open_files_limit()


def open_files_limit() -> int:
    """How many files this process may have open, and each that it starts."""
    return resource.getrlimit(_FILES)[0]


def check_open_files() -> None:
    """RunFailed where not even an event loop and its pipes could be had: uvloop aborts then."""
    if (allowed := raise_open_files()) < LEAST:
        raise RunFailed(f"`ulimit -n` allows {allowed} open files, and {LEAST} are needed", hint="ulimit -n 1024")


_FILES = resource.RLIMIT_NOFILE
