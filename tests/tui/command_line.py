"""Our command line as a user would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any


def command(*arguments: str, code: str = "", **given: Any) -> subprocess.CompletedProcess[str]:
    """Run our command line as a user would, with no terminal and nothing of the user's configuration."""
    python = ["-W", "error", *(["-c", code] if code else ["-m", "tui.cli"])]
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
