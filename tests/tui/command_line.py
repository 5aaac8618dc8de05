"""Our command line as a user would run it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


def command(*arguments: str, code: str = "", **given: Any) -> subprocess.CompletedProcess[str]:
    """Run our command line as a user would, with no terminal and nothing of the user's configuration."""
    python = ["-W", "error", *(["-c", code] if code else ["-m", "asgi_vs_wsgi"])]
    given = {"stdout": subprocess.PIPE} | given
    environment = os.environ | {"XDG_CONFIG_HOME": "/nonexistent"} | given.pop("env", {})
    return subprocess.run(
        [sys.executable, *python, *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=environment,
        timeout=60,
        **given,
    )


def started(*arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    """The same, and do not wait for its end."""
    return subprocess.Popen(
        [sys.executable, "-m", "asgi_vs_wsgi", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_CONFIG_HOME": "/nonexistent"} | env,
    )


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Look again and again until it is so."""
    deadline_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline_s, "it never came to be"
        time.sleep(0.01)
