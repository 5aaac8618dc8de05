"""Every visitor needs a descriptor; the usual soft limit is 1,024."""

from __future__ import annotations

import resource
from contextlib import suppress

from asgi_vs_wsgi.scenarios.errors import RunFailed

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
