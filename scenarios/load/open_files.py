"""Every visitor needs a descriptor; the usual soft limit is 1,024."""

from __future__ import annotations

import resource


def raise_open_files() -> int:
    """Raise this process's limit of open files to what it may have, and return that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
