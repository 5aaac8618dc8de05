"""The most memory that a process of a test has had resident: its own.

`ru_maxrss`, of a child and of oneself, begins with what the parent had when it forked: 250 MB in a worker of pytest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TOLD = """
import atexit, sys
def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
"""
"""For a child's code: `peak_kb()`."""
_COMMAND = f"""{TOLD}
atexit.register(lambda: print("peak", peak_kb(), file=sys.stderr))
from asgi_vs_wsgi.tui.cli import main
main()
"""


def document_and_peak_mb(*words: str, program: Path | str = sys.executable) -> tuple[dict[str, Any], float]:
    """Of the command with `--json`, which must succeed."""
    command = [str(program), "-P", "-c", _COMMAND, *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, word, peak_kb = done.stderr.split()
    assert word == "peak"
    return json.loads(done.stdout), int(peak_kb) / 1024
