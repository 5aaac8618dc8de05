"""Lines of what a program prints, as it comes in pieces; one that does not end takes no more memory than another."""

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
