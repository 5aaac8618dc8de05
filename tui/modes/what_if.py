"""What-if: what the scenario's law says of other numbers, as the same lanes, beside what was measured.

w W workers ×2   h H threads ×1   v V visitors ×1   i I wait ×1
gunicorn-sync   law one-per-worker: ceil(N / w) · S
 PREDICTED  1.61 s   32 visitors, 4 workers, S = 0.20 s
  worker 1  ▓▓1▓▓▓5▓▓▓9
  MEASURED  3.23 s   32 visitors, 2 workers
  worker 1  ▓▓1▓▓▓4▓▓▓5▓▓▓8▓▓▓9▓▓
"""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from scenarios.result import TargetResult
from tui.drawing.lane_book import LaneBook
from tui.drawing.ruler import ruler_text
from tui.drawing.text import GUTTER
from tui.drawing.window import Window
from tui.drawing.words import count, nanoseconds, seconds
from tui.modes.drawn_lanes import drawn_lanes
from tui.modes.layout import faint, heading, lines, prose
from tui.modes.predicted import START_NS, predicted_trace
from tui.modes.premises import KEYS, Prediction, WhatIf, changes_nothing, prediction
from tui.modes.sight import Seen, Sight
from tui.modes.sizing import has_rate, has_threads, sizing

ROWS = (4, 12)
"""Of each picture of lanes, at least and at most; their number depends on the room."""
BESIDE_LANES = 6
"""Lines of a mode that are not those of targets, and of a target that are not lanes: half as many."""
MOST_DRAWN = 2000
"""Visitors; the lanes of more would be a grey wall, and take their time."""
FORMULAS = {
    "one-per-worker": "ceil(N / w) · S: each worker takes the next visitor when it is free",
    "one-per-thread": "ceil(busiest / t) · S: each thread of a worker takes one visitor at a time",
    "all-at-once": "S + N · c / min(w, cores): all wait together, only their CPU parts take turns",
    "loop-held": "busiest · S: each visitor holds the whole loop, one after another",
    "cpu-shared": "max(busiest · S, N · S / min(w, cores)): the work is CPU, and cores are few",
}
SYMBOLS = (
    "N visitors, w workers, t threads, S a lone request, c its CPU part, busiest: the most visitors of one worker."
)


LITTLE = (
    "Visitors come at a rate here, whatever the servers do. Little's law: slots in use = arrivals a second × the time "
    "for which each holds a slot (a worker, a thread; for a coroutine its loop, while it runs). Predicted from the "
    "measured mean; what comes near the number of slots waits, what exceeds it waits without end."
)


class Told(NamedTuple):
    """A target with a law, its prediction, and its measured figures so far."""

    seen: Seen
    predicted: Prediction
    measured: TargetResult | None


def what_if(sight: Sight, chosen: WhatIf) -> Content:
    """The knobs, and a pair of pictures for every target that has a law."""
    if has_rate(sight):
        used = sizing(sight, chosen) or _why_no_rate(sight)
        idle = frozenset() if has_threads(sight) or sight.nothing else frozenset({"threads"})
        return lines([*_knobs(chosen, sight.width, idle), Content(), *used, *prose(faint(LITTLE), sight.width)])
    told = _told(sight, chosen)
    if not told:
        return lines([*_knobs(chosen, sight.width), Content(), *_why(sight), Content(), *_laws(sight)])
    extent_ns = max(max(round(each.predicted.time_s * 1e9), _measured_ns(sight, each.seen)) for each in told) or 1
    columns = max(8, sight.width - GUTTER)
    rows = _rows(sight.height, len(told))
    parts: list[Content] = [*_knobs(chosen, sight.width, changes_nothing(sight, chosen)), Content()]
    for each in told:
        parts += [*_title(each, sight.width), *_predicted(each, extent_ns, columns, rows)]
        parts += [*_measured(sight, each, extent_ns, columns, rows), Content()]
    parts.append(faint(" " * GUTTER + ruler_text(Window(0, extent_ns, columns))))
    closing = "Predicted by the law from one lone request, visitors shared evenly among workers; nothing of it was run."
    return lines([*parts, Content(), *prose(faint(f"{closing} {SYMBOLS}"), sight.width)])


def _rows(height: int, targets: int) -> int:
    """So many of each picture that all of them are in view, where that is possible."""
    room = (height - BESIDE_LANES) // targets - BESIDE_LANES // 2
    return max(ROWS[0], min(ROWS[1], room // 2))


def _told(sight: Sight, chosen: WhatIf) -> list[Told]:
    results = {target.name: target for target in sight.targets}
    told = []
    for seen in sight.seen:
        target = results.get(seen.trace.facts.name)
        if predicted := prediction(sight, seen, target, chosen):
            told.append(Told(seen, predicted, target))
    return told


def _knobs(chosen: WhatIf, width: int, idle: frozenset[str] = frozenset()) -> list[Content]:
    """With those that change nothing here named as such."""
    knobs = [
        Content.assemble(
            (f"{key}\u00a0{key.upper()}", "$faint" if name in idle else "bold $accent"),
            (f"\u00a0{name}\u00a0×{_factor(getattr(chosen, name))}", "$faint" if name in idle else ""),
        )
        for key, name in KEYS
    ]
    full = Content("   ").join([*knobs, faint("small letter: half, capital: twice")])
    line = [full] if full.cell_length <= width else Content("   ").join(knobs).wrap(width)
    names = " and ".join(name for _, name in KEYS if name in idle)
    changing = "change" if len(idle) > 1 or names.endswith("s") else "changes"
    return [*line, *(prose(faint(f"{names.capitalize()} {changing} nothing in this run."), width) if idle else ())]


def _factor(value: float) -> str:
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"


# ---- without a prediction


def _laws(sight: Sight) -> list[Content]:
    """The laws of the scenario's targets, in words."""
    parts: list[Content] = []
    for target in sight.scenario.toml.targets:
        law = f"{target.law} = {FORMULAS[target.law]}" if target.law else "no law; its lesson is in its checks"
        parts += prose(Content.assemble((target.name, "$primary"), f"  {law}"), sight.width)
    told = any(target.law for target in sight.scenario.toml.targets)
    return [heading("How long the burst must take"), *parts, *(prose(faint(SYMBOLS), sight.width) if told else ())]


def _why_no_rate(sight: Sight) -> list[Content]:
    if sight.nothing:
        return [
            *sight.nothing_yet("With a run: how many slots the visitors hold at once, and how many there are."),
            Content(),
        ]
    return [faint("Nobody was served yet, or no worker was looked into."), Content()]


def _why(sight: Sight) -> list[Content]:
    if not any(target.law for target in sight.scenario.toml.targets):
        return prose(faint("No target of this scenario has a law, so there is nothing to predict from."), sight.width)
    key = Content.styled("m", "bold $accent")
    if sight.nothing:
        return prose(Content.assemble(key, faint(" measures it: a law predicts from a lone request.")), sight.width)
    words = " measures what a law needs: the time of a lone request. A race has none, so nothing is predicted from it."
    return prose(Content.assemble(key, words), sight.width)


# ---- pictures


def _title(each: Told, width: int) -> list[Content]:
    law = each.predicted.law
    words = (f"   law {law} = {FORMULAS[law].partition(':')[0]}", "$faint")
    return prose(Content.assemble((each.seen.trace.facts.name, "bold $primary"), words), width)


def _predicted(each: Told, extent_ns: int, columns: int, rows: int) -> list[Content]:
    premises, time_s = each.predicted.premises, each.predicted.time_s
    threads = f" × {count(premises.threads, 'thread')}" if premises.threads > 1 else ""
    words = f"{count(premises.requests, 'visitor')}, {count(premises.workers, 'worker')}{threads}"
    title = Content.assemble(
        ("PREDICTED", "bold reverse $accent"),
        f"  {seconds(time_s)}   ",
        (f"{words}, S = {seconds(premises.service_s)}", "$faint"),
    )
    if premises.requests > MOST_DRAWN:
        return [title, faint(f"  more than {MOST_DRAWN} visitors are not drawn")]
    trace = predicted_trace(each.predicted.law, premises, each.seen.trace.facts, time_s)
    book = LaneBook(trace)
    book.take(range(len(trace.visits)))
    end_ns = START_NS + max(1, round(time_s * 1e9))
    return [title, *drawn_lanes(book, Window(START_NS, START_NS + extent_ns, columns), end_ns, rows)]


def _measured(sight: Sight, each: Told, extent_ns: int, columns: int, rows: int) -> list[Content]:
    facts, start_ns = each.seen.trace.facts, _start_ns(each.seen)
    if not start_ns:
        return [Content.assemble(("MEASURED", "bold"), ("  not yet", "$faint"))]
    time = nanoseconds(_measured_ns(sight, each.seen)) + ("" if sight.result else " so far")
    threads = f" × {count(facts.threads, 'thread')}" if facts.threads > 1 else ""
    words = f"{count(len(each.seen.trace.visits), 'visitor')}, {count(facts.workers, 'worker')}{threads}"
    title = Content.assemble(("MEASURED ", "bold"), f"  {time}   ", (words, "$faint"))
    window = Window(start_ns, start_ns + extent_ns, columns)
    return [title, *drawn_lanes(each.seen.book, window, start_ns + _measured_ns(sight, each.seen), rows)]


def _start_ns(seen: Seen) -> int:
    return min((at_ns for at_ns in seen.trace.visits.intended_ns if at_ns), default=0)


def _measured_ns(sight: Sight, seen: Seen) -> int:
    """The makespan, or how far the playhead has come."""
    return max(0, sight.until_ns(seen) - _start_ns(seen)) if seen.playhead_ns else 0
