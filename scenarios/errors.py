"""Errors that reach a person: what happened, the detail, what to try. Turned into words at the edge only."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.untrusted_text import one_line, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


class LabError(Exception):
    """The base: `exit_code` is the command's.

    Its words pass the gate here: they quote files, arguments and servers, and are shown in many places.
    """

    exit_code = 1

    def __init__(self, what: str, *, detail: str = "", hint: str = "") -> None:
        self.what = one_line(what)
        super().__init__(self.what)
        self.detail = "\n".join(printable_lines(detail))
        """Several lines at most, such as a server's own last words."""
        self.hint = one_line(hint)

    def one_line(self) -> str:
        """For bad input: one clear line."""
        return f"{self.what} ({self.hint})" if self.hint else self.what


class BadInput(LabError):
    """The user's words are wrong: names the file, key or option and what would be right."""

    exit_code = 2

    def __init__(self, what: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(without_long_words(what), detail=detail, hint=without_long_words(hint))


_LONG_WORD = re.compile(r"\S{400,}")
"""Longer than any path or address that somebody means: its beginning tells which it is, all of it would be a page."""


def without_long_words(text: str) -> str:
    """What somebody typed or a file holds, quoted in a line that is to be read."""
    return _LONG_WORD.sub(lambda found: f"{found[0][:100]}…", text)


class NotWritten(BadInput):
    """A file that was to hold a result could not be written after all: the result itself was delivered, or is lost."""

    exit_code = 1


class RunFailed(LabError):
    """A server did not start, or a worker died where that was not the lesson."""


@contextmanager
def unwrap_lab_error() -> Iterator[None]:
    """Around a task group: an error of ours comes out as itself, not in an exception group."""
    try:
        yield
    except BaseExceptionGroup as group:
        ours: BaseException | None = group.subgroup(LabError)
        while isinstance(ours, BaseExceptionGroup):
            ours = ours.exceptions[0]
        if ours is not None:
            raise ours from None
        raise


class Interrupted(LabError):
    """A signal ended the run; everything was cleaned up. The exit code is the shell's 128 + signal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__("interrupted")
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number
