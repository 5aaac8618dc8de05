"""Progress on stderr: `ready TARGET PID` for programs, and for people a line that is updated or a line for each step.

On a terminal the last line is overwritten; elsewhere every new step is a line of its own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TextIO

from asgi_vs_wsgi.scenarios.text.plain_text import harmless, one_line
from asgi_vs_wsgi.tui.errors import give_up
from asgi_vs_wsgi.tui.terminal.tty import updates_lines

if TYPE_CHECKING:
    from types import TracebackType

    from asgi_vs_wsgi.scenarios.run.observer import Progress

_log = logging.getLogger(__name__)

CLEAR = "\r\x1b[K"


class ProgressLines:
    """A context: on leaving it the updated line is gone from the terminal."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._updates = updates_lines(stream)
        self._words = ""

    def __enter__(self) -> ProgressLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._updates:
            self._write(CLEAR)

    def progress(self, progress: Progress) -> None:
        """What the lab does now, told when it changes."""
        words = one_line(progress.words)
        if words == self._words:
            return
        self._words = words
        _log.info("%s: %s", progress.phase, words)
        self._write(f"{CLEAR}{words} …" if self._updates else f"{words}\n")

    def ready(self, target: str, pid: int) -> None:
        """A worker is ready: always a whole line of its own, exactly this."""
        clear, again = (CLEAR, f"{self._words} …") if self._updates else ("", "")
        self._write(f"{clear}ready {harmless(target)} {pid}\n{again}")

    def _write(self, text: str) -> None:
        """A run that nobody is told the progress of any more (a full disk, a reader that has left) is a run."""
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            give_up(self._stream)
            self._stream = None
