"""What a worker runs on, as it says itself: of what is imported there already, so that nothing is imported for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import has_gil

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.worker_config import ProbeConfig


def worker_environment(probe: ProbeConfig) -> dict[str, str | bool | None]:
    """Versions, and whether there is a GIL; None for what is not there, or does not say."""
    return {
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "gil": has_gil(),
        "django": _version_of("django"),
        "asgiref": _version_of("asgiref"),
        "server": _version_of(probe.server) or _installed(probe.distribution),
        "probe": ("python" if native is None else "compiled") if probe.records else None,
    }


def _version_of(module: str) -> str | None:
    version = getattr(sys.modules.get(module), "__version__", None)
    return version if isinstance(version, str) else None


def _installed(distribution: str) -> str | None:
    """From the metadata: asked for where the server's package does not say, and only in another interpreter."""
    if not distribution:
        return None
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
