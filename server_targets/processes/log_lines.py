"""Lines of what a program prints, as it comes in pieces; one that does not end takes no more memory than another.

By which signal a worker crashed, from all that the lab can see of it.

Python's own fault handler, which we turn on in every server's environment, writes it to stderr before the process
dies, whatever the product; gunicorn's master tells it too; and a server without a master is our own child.
"""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 4000
"""Of a line: what is longer helps nobody who reads it."""


class LogLines:
    """`feed` with every piece; `end` when there are no more."""

    def __init__(self) -> None:
        self._begun = b""
        self._left_out = 0

    def feed(self, piece: bytes) -> Iterator[str]:
        """The lines that it ends."""
        *ended, begun = piece.split(b"\n")
        for part in ended:
            self._add(part)
            yield self._whole()
        self._add(begun)

    def end(self) -> Iterator[str]:
        """A last line without an end."""
        if self._begun:
            yield self._whole()

    def _add(self, part: bytes) -> None:
        room = MOST_BYTES - len(self._begun)
        self._begun += part[:room]
        self._left_out += max(0, len(part) - room)

    def _whole(self) -> str:
        words = self._begun.decode("utf-8", errors="replace").removesuffix("\r")
        if self._left_out:
            words += f" … and {self._left_out:,} bytes more"
        self._begun, self._left_out = b"", 0
        return words


_KILLED = re.compile(r"Worker \(pid:(\d+)\) was sent (SIG[A-Z]+)!")


def killed_in_line(line: str) -> tuple[int, int] | None:
    """The pid of a worker that a signal has ended, and that signal, where gunicorn's master tells of it."""
    found = _KILLED.search(line)
    return (int(found[1]), signal.Signals[found[2]]) if found and found[2] in signal.Signals.__members__ else None


FAULT_HANDLER = {"PYTHONFAULTHANDLER": "1"}
"""For a server's environment: a process that dies of a signal of its own says of which."""
_OF_FAULT_HANDLER = {"Segmentation fault": "SIGSEGV", "Bus error": "SIGBUS", "Aborted": "SIGABRT"}
_FATAL = re.compile(r"^Fatal Python error: (Segmentation fault|Bus error|Aborted)")
CRASHES = frozenset(_OF_FAULT_HANDLER.values())
"""Signals that a process gets from a fault inside it, not from anybody who ends it."""


def crash_in_line(line: str) -> str | None:
    """The signal's name in a line of a server's words: `SIGSEGV`; None in any other line."""
    if found := _FATAL.search(line):
        return _OF_FAULT_HANDLER[found[1]]
    killed = killed_in_line(line)
    return _if_crash(killed[1]) if killed else None


def crash_in_status(returncode: int | None) -> str | None:
    """The same from the exit status of our own child."""
    return _if_crash(-returncode) if returncode else None


def _if_crash(number: int) -> str | None:
    name = next((each.name for each in signal.Signals if each == number), None)
    return name if name in CRASHES else None


def crash_words(name: str, *, reads_lines: bool) -> str:
    """What a user may do about it."""
    if not reads_lines:
        return f"a worker crashed ({name}); its source lines were not looked at, so it was not that"
    return f"a worker crashed ({name}); that may be our looking at its source lines: run it again with --no-lines"
