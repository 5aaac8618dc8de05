"""The scenario's parameters, as the lab handed them to this process."""

from __future__ import annotations

from asgi_vs_wsgi.server_targets.worker_config import worker_config


def parameter(name: str) -> float:
    """The value of a parameter of the running scenario; an int where the scenario's default is one."""
    return worker_config().site.parameters[name]
