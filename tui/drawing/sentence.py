"""One sentence that says what is seen at the playhead.

16 in line at the workers · 16 set aside by the loops
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.drawing.lane_book import LaneBook
from tui.drawing.score import Score
from tui.drawing.words import nanoseconds


class Seen(NamedTuple):
    """One target at its playhead; `over_ns` is how long it took once everybody is served, else 0."""

    book: LaneBook
    playhead_ns: int
    score: Score
    over_ns: int


def sentence(targets: Sequence[Seen]) -> str:
    """What is going on, or what came of it when nothing is going on any more."""
    if targets and all(seen.over_ns for seen in targets):
        return _outcome(targets)
    waiting = [_line(targets), _aside(targets)]
    return " · ".join(part for part in waiting if part)


def _line(targets: Sequence[Seen]) -> str:
    return f"{sum(seen.book.in_line(seen.playhead_ns) for seen in targets)} in line at the workers"


def _aside(targets: Sequence[Seen]) -> str:
    looped = [seen for seen in targets if seen.book.looped]
    aside = sum(seen.book.set_aside(seen.playhead_ns) for seen in looped)
    return f"{aside} set aside by the loops" if looped else ""


def _outcome(targets: Sequence[Seen]) -> str:
    times = [nanoseconds(seen.over_ns) for seen in targets]
    if len(times) > 1 and len(set(times)) == 1:
        return f"each took {times[0]}"
    return " · ".join(f"{seen.book.trace.facts.name} took {time}" for seen, time in zip(targets, times, strict=True))
