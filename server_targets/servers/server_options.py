"""Options of a server's own that a scenario may set: name, kind, bounds and the server's own words for each.

    options = { max_requests = 20, preload = true }

Which product has which stands in its file beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = bool | int | float
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is handed to the server after `flag`."""

    flag: str
    meaning: str
    low: int = 1
    high: int = MOST
    whole: bool = True

    @property
    def kind(self) -> str:
        """For people."""
        return "whole number" if self.whole else "number"

    @property
    def right(self) -> str:
        """What may be given."""
        return f"a {self.kind} from {self.low:,} to {self.high:,}"

    def refusal(self, value: Value) -> str:
        """Why `value` is refused, or nothing."""
        if isinstance(value, bool):
            return f"{str(value).lower()} is no number"
        if self.whole and value != int(value):
            return f"{value:g} is no whole number"
        return "" if self.low <= value <= self.high else f"{value:g} is out of bounds"

    def arguments(self, value: Value) -> tuple[str, ...]:
        """The words of the command line."""
        return self.flag, str(int(value)) if self.whole else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off, each with words of its own on the command line; `off` may have none."""

    on: tuple[str, ...]
    off: tuple[str, ...]
    meaning: str

    @property
    def kind(self) -> str:
        """For people."""
        return "switch"

    @property
    def right(self) -> str:
        """What may be given."""
        return "true or false"

    @property
    def flag(self) -> str:
        """How it is switched on, as a person would; "" where the server asks the application instead."""
        return self.on[0] if self.on else ""

    def refusal(self, value: Value) -> str:
        """Why `value` is refused, or nothing."""
        return "" if isinstance(value, bool) else f"{value:g} is neither true nor false"

    def arguments(self, value: Value) -> tuple[str, ...]:
        """The words of the command line."""
        return self.on if value else self.off


Option = Number | Switch

LIFESPAN = "tell the application when a worker begins and ends"
LONGEST_S = 86_400


def seconds(flag: str, meaning: str, low: int = 1, high: int = LONGEST_S) -> Number:
    """Whole ones: no server takes others."""
    return Number(flag, meaning, low, high)


def backlog(flag: str = "--backlog", low: int = 1) -> Number:
    """All servers that have it mean the same by it."""
    return Number(flag, "connections that wait in the kernel's queue", low, 65_535)
