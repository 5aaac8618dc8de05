"""Which stretch of time the columns of a pane stand for.

The time axis that all targets share.

0        0.5       1.0       1.5       2.0       2.5       3.0 s
"""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.wording import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


SUBS = 8
"""Sub-cells of a cell: a terminal has eighth blocks."""


class Window(NamedTuple):
    """[start_ns, end_ns) of a target's clock over so many columns; both ends are absolute monotonic time."""

    start_ns: int
    end_ns: int
    columns: int

    @property
    def subs(self) -> int:
        """How many sub-cells there are."""
        return self.columns * SUBS

    def sub(self, at_ns: int) -> int:
        """The sub-cell that holds a moment, clamped to [0, subs]."""
        subs = self.columns * SUBS
        at = (at_ns - self.start_ns) * subs // (self.end_ns - self.start_ns)
        return 0 if at < 0 else min(at, subs)

    def at(self, sub: int) -> int:
        """When a sub-cell begins (the first nanosecond that `sub` maps to it)."""
        subs = self.columns * SUBS
        return self.start_ns - (-sub * (self.end_ns - self.start_ns) // subs)

    def shown(self, playhead_ns: int) -> int:
        """How many sub-cells have begun before the playhead: what may be drawn."""
        return min(self.columns * SUBS, self.sub(playhead_ns - 1) + 1) if playhead_ns > self.start_ns else 0


HAPPENED = "▲"
"""Where something was done to a server."""
_ROOM = 8
"""Columns that a tick and its figure need at least."""


def step_ns(span_ns: int, columns: int) -> int:
    """The smallest round step at which figures do not run into one another."""
    return round_step(span_ns * _ROOM // max(1, columns))


def round_step(least: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … that is not below `least`."""
    step = 1
    while step < least:
        step = next((step * factor for factor in (2, 5, 10) if step * factor >= least), step * 10)
    return step


def unit_of(window: Window) -> tuple[int, str]:
    """(nanoseconds, name) of the unit of all figures."""
    return (NS_PER_S, "s") if window.end_ns >= NS_PER_S else (NS_PER_MS, "ms")


def ticks(window: Window) -> Iterator[tuple[int, str]]:
    """(column, figure) of each tick."""
    step = step_ns(window.end_ns - window.start_ns, window.columns)
    unit_ns, _unit = unit_of(window)
    digits = max(0, ceil(log10(unit_ns / step)))
    first = -(-window.start_ns // step) * step
    for at_ns in range(first, window.end_ns + 1, step):
        column = (at_ns - window.start_ns) * window.columns // (window.end_ns - window.start_ns)
        yield column, f"{at_ns / unit_ns:.{digits}f}" if at_ns else "0"


def ruler_text(window: Window, happened: Sequence[tuple[int, str]] = ()) -> str:
    """One line as wide as the window, each figure beginning at its tick; the last bears the unit.

    `happened`: (when, word) of what was done to servers, each a mark with its word, in place of figures that it covers.
    """
    placed = _placed(window, happened)
    marks, unit = [mark for mark in _apart(window) if _is_free(placed, *mark)], f" {unit_of(window)[1]}"
    while len(marks) > 1 and not _fits(window, *marks[-1], unit):
        marks.pop()  # at the very edge
    if marks and _fits(window, *marks[-1], unit) and _is_free(placed, marks[-1][0], marks[-1][1] + unit):
        marks[-1] = marks[-1][0], marks[-1][1] + unit
    line = ""
    for column, words in sorted([*marks, *placed]):
        line = f"{line:<{column}}{words}"
    return f"{line:<{window.columns}}"


def _placed(window: Window, happened: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """(column, words) of what happened in the window: the word where there is room for it, else the mark alone.

    The same that happened to several servers at nearly the same time is told once.
    """
    placed: list[tuple[int, str]] = []
    for at_ns, word in sorted(happened):
        if not window.start_ns <= at_ns <= window.end_ns:
            continue
        column = min(
            window.columns - 1, (at_ns - window.start_ns) * window.columns // (window.end_ns - window.start_ns)
        )
        after, before = (column, f"{HAPPENED}{word}"), (column - len(word), f"{word}{HAPPENED}")
        if any(words.strip(HAPPENED) == word and not _is_free([(at, words)], *after) for at, words in placed):
            continue
        fitting = [
            (at, words)
            for at, words in (after, before, (column, HAPPENED))
            if at >= 0 and at + len(words) <= window.columns and _is_free(placed, at, words)
        ]
        placed += fitting[:1]
    return placed


def _is_free(placed: Sequence[tuple[int, str]], column: int, words: str) -> bool:
    """Whether words there would have a blank on both sides."""
    return all(column > at + len(each) or column + len(words) < at for at, each in placed)


def _fits(window: Window, column: int, figure: str, unit: str) -> bool:
    return column + len(figure + unit) <= window.columns


def _apart(window: Window) -> list[tuple[int, str]]:
    """The ticks whose figures fit into the window, with a blank between them."""
    marks: list[tuple[int, str]] = []
    end = 0
    for column, figure in ticks(window):
        if end <= column and column + len(figure) <= window.columns:
            marks.append((column, figure))
            end = column + len(figure) + 1
    return marks
