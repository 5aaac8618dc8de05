"""What a result was measured on: without it no two runs can be compared."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.backends import native

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetEnvironment

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


def of_workers(told: Sequence[TargetEnvironment | None], versions: Mapping[str, str]) -> dict[str, Any]:
    """The same where the servers run in another interpreter: what the first worker has said, and `versions` there."""
    ours, first = environment(), next((each for each in told if each), None)
    own = {name: getattr(first, name) for name in ("python", "implementation", "gil", "django", "asgiref", "probe")}
    known = {name: versions[name] for name in (*DISTRIBUTIONS, *PARTS) if name in versions}
    return {**ours, **{name: value for name, value in own.items() if value is not None}, "versions": known}


def _has_gil() -> bool:
    """Free-threaded builds (3.13 and later) tell; all others have one."""
    asked = getattr(sys, "_is_gil_enabled", None)
    return True if asked is None else bool(asked())


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
