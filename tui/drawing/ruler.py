"""The time axis that all targets share.

0        0.5       1.0       1.5       2.0       2.5       3.0 s
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log10

from tui.drawing.window import Window
from tui.drawing.words import NS_PER_MS, NS_PER_S

_ROOM = 8
"""Columns that a tick and its figure need at least."""


def step_ns(span_ns: int, columns: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … at which figures do not run into one another."""
    least = span_ns * _ROOM // max(1, columns)
    step = 1
    while step < least:
        step = next((step * factor for factor in (2, 5, 10) if step * factor >= least), step * 10)
    return step


def ticks(window: Window) -> Iterator[tuple[int, str]]:
    """(column, figure) of each tick; the last one that has room bears the unit."""
    step = step_ns(window.end_ns - window.start_ns, window.columns)
    unit_ns, unit = (NS_PER_S, "s") if window.end_ns >= NS_PER_S else (NS_PER_MS, "ms")
    digits = max(0, ceil(log10(unit_ns / step)))
    first = -(-window.start_ns // step) * step
    for at_ns in range(first, window.end_ns + 1, step):
        column = (at_ns - window.start_ns) * window.columns // (window.end_ns - window.start_ns)
        yield column, f"{at_ns / unit_ns:.{digits}f}" if at_ns else "0"
    yield -1, unit


def ruler_text(window: Window) -> str:
    """One line as wide as the window, each figure beginning at its tick."""
    line = [" "] * window.columns
    *marks, (_, unit) = ticks(window)
    end = 0
    for column, figure in marks:
        if end <= column and column + len(figure) <= window.columns:
            line[column : column + len(figure)] = figure
            end = column + len(figure) + 1
    if end + len(unit) <= window.columns:
        line[end : end + len(unit)] = unit
    return "".join(line)
