"""What a result was measured on: without it no two runs can be compared."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from asgi_vs_wsgi.server_targets.probe.backends import native

DISTRIBUTIONS = ("gunicorn", "uvicorn", "granian", "hypercorn", "daphne", "waitress", "gevent")
PARTS = ("httptools", "h11", "uvloop")


def cores() -> int:
    """The processors that this process may use, and so the servers that it starts."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment() -> dict[str, str | int | bool | dict[str, str] | None]:
    """The `environment` of a result; versions are read from the packages' metadata, nothing is imported."""
    installed = {name: found for name in (*DISTRIBUTIONS, *PARTS) if (found := _version(name))}
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil": _has_gil(),
        "django": _version("django"),
        "asgiref": _version("asgiref"),
        "cores": cores(),
        "platform": platform.platform(),
        "probe": "python" if native is None else "compiled",
        "versions": installed,
    }


def _has_gil() -> bool:
    """Free-threaded builds (3.13 and later) tell; all others have one."""
    asked = getattr(sys, "_is_gil_enabled", None)
    return True if asked is None else bool(asked())


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
