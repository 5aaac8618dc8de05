"""One sentence that says what is seen at the playhead.

in line: gunicorn-sync 16, uvicorn 0 · awaiting: uvicorn 16

The score of one target at the playhead in words: how many are done, and how long the slow ones took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.model.limits import REQUESTS
from asgi_vs_wsgi.scenarios.wording import named, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.analysis.target_score import TargetScore
    from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout


MAKESPAN = "makespan, until all were done"
"""The plain words for it, told once."""


def score_text(score: TargetScore, over_ns: int = 0) -> str:
    """`14/32 done · p95 1.42 s`; `32/32 done · makespan 3.24 s · p95 3.23 s` when all is over."""
    of = f"/{score.planned}" if score.planned < REQUESTS.high else ""  # a plan that ends with its time has no number
    parts = [f"{score.done}{of} done", *([f"makespan {nanoseconds(over_ns)}"] if over_ns else [])]
    if score.lost:
        parts.append(f"{score.lost} failed")
    if score.no_page:
        parts.append(f"{score.no_page} no page")
    if score.left:
        parts.append(f"{score.left} left")
    if score.p95_ns:
        parts.append(f"p95 {nanoseconds(score.p95_ns)}")
    return " · ".join(parts)


class Seen(NamedTuple):
    """One target at its playhead; `over_ns` is how long it took once everybody is served, else 0."""

    book: LaneLayout
    playhead_ns: int
    score: TargetScore
    over_ns: int


def sentence(targets: Sequence[Seen]) -> list[str]:
    """What is going on, or what came of it when nothing is going on any more; the fullest wording first."""
    if not targets:
        return [""]
    if all(seen.over_ns for seen in targets):
        return _outcome(targets)
    return _of_one(targets[0]) if len(targets) == 1 else _of_each(targets)


def _of_one(seen: Seen) -> list[str]:
    line = f"{_in_line(seen)} in line"
    if not seen.book.looped:
        return [f"{line} at the workers", line]
    held, holders = seen.book.held_up(seen.playhead_ns)
    awaiting = f"{_awaiting(seen)} awaiting"
    if not held:
        return [f"{line} at the workers · {awaiting} on the loops", f"{line} · {awaiting}", line]
    behind = f"{held} stalled behind {_numbers(holders)}"
    full = f"{held} stalled: {_numbers(holders)} {'holds' if len(holders) == 1 else 'hold'} the event loop"
    return [f"{line} at the workers · {awaiting} · {full}", f"{line} · {full}", f"{line} · {behind}", behind]


def _of_each(targets: Sequence[Seen]) -> list[str]:
    """A sum over servers would be a figure of none of them."""
    line = "in line: " + ", ".join(f"{_name(seen)} {_in_line(seen)}" for seen in targets)
    looped = [seen for seen in targets if seen.book.looped]
    short = _in_short(targets)
    if not looped:
        return [line, *short]
    awaiting = "awaiting: " + ", ".join(f"{_name(seen)} {_awaiting(seen)}" for seen in looped)
    held = _stalled(looped)
    if not held:
        return [f"{line} · {awaiting}", line, *short]
    return [f"{line} · {awaiting} · stalled: {held}", f"{line} · stalled: {held}", f"stalled: {held}", *short]


def _in_short(targets: Sequence[Seen]) -> list[str]:
    """Of more than two: those alone who have anybody in line, and then the figures alone, from the upper pane down."""
    waiting = [(_name(seen), number) for seen in targets if (number := _in_line(seen))]
    those = ", ".join(f"{name} {number}" for name, number in waiting)
    figures = ", ".join(str(_in_line(seen)) for seen in targets)
    return [f"in line: {those or 'nobody'}", f"in line: {figures}"] if len(targets) > 2 else []


def _stalled(targets: Sequence[Seen]) -> str:
    """`blocking 6 behind visitor 4`: who cannot go on, since another holds the event loop."""
    told = [(_name(seen), *seen.book.held_up(seen.playhead_ns)) for seen in targets]
    return ", ".join(f"{name} {held} behind {_numbers(holders)}" for name, held, holders in told if held)


def _numbers(holders: Sequence[int]) -> str:
    """`visitors 4, 7`, `the loop's own work`."""
    visitors = [str(number) for number in holders if number]
    own = ["the loop's own work"] * (len(visitors) < len(holders))
    named = [f"visitor{'s' if len(visitors) > 1 else ''} {', '.join(visitors)}"] if visitors else []
    return " and ".join([*named, *own])


def _name(seen: Seen) -> str:
    return named(seen.book.trace.facts.name)


def _in_line(seen: Seen) -> int:
    return seen.book.in_line(seen.playhead_ns)


def _awaiting(seen: Seen) -> int:
    """Those whom the loop is free to resume."""
    return seen.book.suspended(seen.playhead_ns) - seen.book.held_up(seen.playhead_ns)[0]


def _outcome(targets: Sequence[Seen]) -> list[str]:
    times = [nanoseconds(seen.over_ns) for seen in targets]
    if len(times) > 1 and len(set(times)) == 1 and not any(map(_without_page, targets)):
        return [f"{MAKESPAN}: {times[0]} each", f"makespan {times[0]} each"]
    first, last = (pick(targets, key=lambda seen: seen.over_ns) for pick in (min, max))
    each, ends = " · ".join(map(_makespan, targets)), f"first {_makespan(first)} · last {_makespan(last)}"
    short = [f"makespan: {ends}"] if len(targets) > 2 else []
    return [f"{MAKESPAN}: {each}", f"makespan: {each}", *short]


def _without_page(seen: Seen) -> int:
    """How many of those who came and stayed: who turns visitors away is sooner done with them."""
    return seen.score.lost + seen.score.no_page


def _makespan(seen: Seen) -> str:
    missing, score = _without_page(seen), seen.score
    of = f" (served {score.done - score.no_page} of {score.done + score.lost + score.left})" if missing else ""
    return f"{_name(seen)} {nanoseconds(seen.over_ns)}{of}"
