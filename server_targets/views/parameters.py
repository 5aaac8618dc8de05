"""The scenario's parameters, as the lab handed them to this process."""

from __future__ import annotations

import json
import os

VARIABLE = "ASGI_VS_WSGI_PARAMETERS"


def parameter(name: str) -> float:
    """The value of a parameter of the running scenario; an int where the scenario's default is one."""
    value: int | float = json.loads(os.environ[VARIABLE])[name]
    return value
