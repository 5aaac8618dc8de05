"""The same lanes as plain text, one glyph per state, for the report that needs no terminal.

WSGI · gunicorn sync · 2 workers                     32/32 done · makespan 3.24 s · p95 3.23 s
in line    ▇▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁▁
worker 1   ▓▓1▓▓▓▓3▓▓▓▓5▓▓▓▓7▓▓▓▓9▓▓▓11▓▓▓13▓▓
worker 2   ▓▓2▓▓▓▓4▓▓▓▓6▓▓▓▓8▓▓▓10▓▓▓12▓▓▓14▓▓
ASGI · uvicorn · 2 workers                           32/32 done · makespan 0.25 s · p95 0.23 s
…
           0         1.0       2.0       3.0 s
█ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line

One sentence that says what is seen at the playhead.

in line: gunicorn-sync 16, uvicorn 0 · awaiting: uvicorn 16

The score of one target at the playhead in words: how many are done, and how long the slow ones took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS
from asgi_vs_wsgi.scenarios.wording import named, nanoseconds
from asgi_vs_wsgi.tui.drawing.events import happened
from asgi_vs_wsgi.tui.drawing.glyphs import EIGHTHS, glyph_of, legend_text, told_by
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Line, Pane
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS, Window, ruler_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.analysis.target_score import TargetScore
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

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


class TimeSpan(NamedTuple):
    """Absolute monotonic nanoseconds; 0 and 0 before the first visitor."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """The makespan, once all is over."""
        return self.end_ns - self.start_ns


def time_span(trace: TargetTrace) -> TimeSpan:
    """First intended start to last done."""
    start_ns = min((at_ns for at_ns in trace.visits.intended_ns if at_ns), default=0)
    return TimeSpan(start_ns, max((*trace.visits.done_ns, start_ns)))


GUTTER = 11
"""Columns before the cells: `worker 12 `, `    1234 … `."""
UNJOINED = "No worker has a record of those who were answered: who stood in line, and what workers did, is not known."


def lanes_text(
    traces: Sequence[TargetTrace], width: int, rows_per_target: int = 12, *, cells: Callable[[str], int] = len
) -> list[str]:
    """Every target's lanes over the whole run on one shared axis, with a ruler and a legend; empty without visits.

    `cells` tells how many cells of a terminal a text takes.
    """
    spans = [time_span(trace) for trace in traces]
    length_ns = max((span.length_ns for span in spans), default=0)
    columns = max(SUBS, width - GUTTER)
    if not length_ns:
        return []
    lines: list[str] = []
    drawn: set[int] = set()
    for trace, span in zip(traces, spans, strict=True):
        window = Window(span.start_ns, span.start_ns + length_ns, columns)
        lines += _target(trace, span, window, rows_per_target, drawn, cells)
    marks = [
        (at_ns - span.start_ns, word)
        for trace, span in zip(traces, spans, strict=True)
        for at_ns, word in happened(trace)
    ]
    ruler = ruler_text(Window(0, length_ns, columns), marks)
    return [*lines, " " * GUTTER + ruler, *legend_text(drawn, GUTTER + columns)]


def _target(
    trace: TargetTrace, span: TimeSpan, window: Window, height: int, drawn: set[int], cells: Callable[[str], int]
) -> Iterator[str]:
    """Title and lanes; adds to `drawn` what the legend has to explain."""
    book, keeper = LaneLayout(trace), ScoreCounter(trace)
    rows = range(len(trace.visits.outcome))
    book.update_rows(rows)
    keeper.update_rows(rows)
    score = score_text(keeper.score(span.end_ns), span.length_ns)
    yield from _spread(pane_title(trace), score, GUTTER + window.columns, cells)
    if trace.answered_unseen:
        yield UNJOINED
        return
    lines, rest = Pane(book).frame_and_rest(window, span.end_ns, height)
    for line in lines:
        signs = _glyphs(line)
        drawn |= told_by(signs + line.label)
        yield f"{line.label[: GUTTER - 1]:<{GUTTER}}{signs}".rstrip()
    if rest:
        yield f"{'':<{GUTTER}}{rest}"[: GUTTER + window.columns]


def pane_title(trace: TargetTrace) -> str:
    """`WSGI · gunicorn sync · 2 workers`, after the target's own name where it has one."""
    facts = trace.facts
    own = f"{facts.name} · " if facts.name != facts.server else ""
    return f"{own}{facts.interface.upper()} · {facts.label}"


def _spread(left: str, right: str, width: int, cells: Callable[[str], int]) -> list[str]:
    """On one line where both fit."""
    room = width - cells(left)
    return [f"{left}{right:>{room}}"] if len(right) + 2 <= room else [left, f"{right:>{width}}"]


def _glyphs(line: Line) -> str:
    if not isinstance(line.row, BarRow):
        return "".join(char for char, _paint, _ground in line.row.cells)
    return "".join(
        glyph_of(line.row.group(column)) if char in EIGHTHS else char
        for column, (char, _paint, _ground) in enumerate(line.row.cells)
    )
