"""The way out to stdout and stderr: text for people, or one JSON document.

Nothing else writes there (tests/tui/test_ways_out.py): whatever text a line was made of, no terminal obeys it.

Progress goes to stderr: `ready TARGET PID` for programs, for people a line that is updated or a line for each step.
"""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click
import msgspec

from asgi_vs_wsgi.scenarios.errors import NotWritten
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.untrusted_text import harmless, harmless_json, no_workflow_command, one_line
from asgi_vs_wsgi.tui.errors import give_up
from asgi_vs_wsgi.tui.terminal.tty import updates_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType


def print_json(document: Any) -> None:
    """The document with one key on a line, so that two runs can be compared with `diff`; always UTF-8."""
    formatted = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    with _on_stdout():
        sys.stdout.flush()
        sys.stdout.buffer.write(harmless_json(formatted).encode() + b"\n")
        sys.stdout.buffer.flush()


def print_lines(lines: list[str]) -> None:
    """Lines for people, without blanks at their ends."""
    with _on_stdout():
        click.echo("\n".join(no_workflow_command(harmless(line.rstrip())) for line in lines))


def print_line(line: str) -> None:
    """One line, at once: somebody waits for it."""
    with _on_stdout():
        click.echo(no_workflow_command(harmless(line)))


def print_workflow_command(line: str) -> None:
    """One for GitHub's runner, on stderr, where it is read as well: stdout may hold a document."""
    try:
        click.echo(harmless(line), err=True)
    except OSError:
        give_up(sys.stderr)


@contextmanager
def _on_stdout() -> Iterator[None]:
    """A reader that has gone is the edge's business (tui.errors); a full disk behind `> FILE` is told by its name."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up(sys.stdout)
        raise NotWritten(f"stdout: {error.strerror}", hint="send the report to another file or disk") from None


_log = logging.getLogger(__name__)

CLEAR = "\r\x1b[K"


class ProgressLines:
    """A context: on leaving it the updated line is gone from the terminal."""

    @classmethod
    def for_people(cls) -> ProgressLines:
        """Of what is quick and nobody's script waits for: on a terminal alone."""
        return cls(sys.stderr if sys.stderr and sys.stderr.isatty() else None)

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
        words = no_workflow_command(one_line(progress.words))
        if words == self._words:
            return
        self._words = words
        _log.info("%s: %s", progress.phase, words)
        self._write(f"{CLEAR}{words} …" if self._updates else f"{words}\n")

    def ready(self, target: str, pid: int) -> None:
        """A worker is ready: always a whole line of its own, exactly this."""
        self.line(f"ready {target} {pid}")

    def line(self, words: str) -> None:
        """A whole line that stays."""
        clear, again = (CLEAR, f"{self._words} …") if self._updates and self._words else ("", "")
        self._write(f"{clear}{no_workflow_command(harmless(words))}\n{again}")

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


AT_MOST_EVERY_S = 1.0


def progress_teller(lines: ProgressLines, words: str) -> Callable[[float], None]:
    """Tells how far a simulation is, no more often than somebody reads it."""
    lines.progress(Progress("simulating", words))
    last_s = time.monotonic()

    def tell(part: float) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= AT_MOST_EVERY_S:
            last_s = time.monotonic()
            lines.progress(Progress("simulating", f"{words}: {part:.0%}"))

    return tell
