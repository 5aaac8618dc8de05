"""By which signal a worker crashed, from all that the lab can see of it.

Python's own fault handler, which we turn on in every server's environment, writes it to stderr before the process
dies, whatever the product; gunicorn's master tells it too; and a server without a master is our own child.
"""

from __future__ import annotations

import re
import signal

FAULT_HANDLER = {"PYTHONFAULTHANDLER": "1"}
"""For a server's environment: a process that dies of a signal of its own says of which."""
_OF_FAULT_HANDLER = {"Segmentation fault": "SIGSEGV", "Bus error": "SIGBUS", "Aborted": "SIGABRT"}
_FATAL = re.compile(r"^Fatal Python error: (Segmentation fault|Bus error|Aborted)")
_TOLD_BY_MASTER = re.compile(r"Worker \(pid:\d+\) was sent (SIGSEGV|SIGBUS|SIGABRT)!")
CRASHES = frozenset(_OF_FAULT_HANDLER.values())
"""Signals that a process gets from a fault inside it, not from anybody who ends it."""


def crash_in_line(line: str) -> str | None:
    """The signal's name in a line of a server's words: `SIGSEGV`; None in any other line."""
    if found := _FATAL.search(line):
        return _OF_FAULT_HANDLER[found[1]]
    found = _TOLD_BY_MASTER.search(line)
    return found[1] if found else None


def crash_in_status(returncode: int | None) -> str | None:
    """The same from the exit status of our own child."""
    name = next((each.name for each in signal.Signals if returncode == -each), None)
    return name if name in CRASHES else None


def crash_words(name: str, *, reads_lines: bool) -> str:
    """What a user may do about it."""
    if not reads_lines:
        return f"a worker crashed ({name}); its source lines were not looked at, so it was not that"
    return f"a worker crashed ({name}); that may be our looking at its source lines: run it again with --no-lines"
