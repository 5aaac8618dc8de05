"""Errors that reach a person: what happened, the detail, what to try. Turned into words at the edge only."""

from __future__ import annotations


class LabError(Exception):
    """The base: `exit_code` is the command's (DESIGN section 6)."""

    exit_code = 1

    def __init__(self, what: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail
        """Several lines at most, such as a server's own last words."""
        self.hint = hint

    def one_line(self) -> str:
        """For bad input: one clear line."""
        return f"{self.what} ({self.hint})" if self.hint else self.what


class BadInput(LabError):
    """The user's words are wrong: names the file, key or option and what would be right."""

    exit_code = 2


class RunFailed(LabError):
    """A server did not start, or a worker died where that was not the lesson."""
