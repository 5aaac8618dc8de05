"""Little's law, for visitors who come at a rate: slots in use = arrivals a second × the time that each holds a slot.

gunicorn-sync   workers in use: arrivals a second × the time for which each holds one
PREDICTED  3.7 of 2   ██████████████████████████████  60.0/s × 62 ms: more than there are, the line grows
MEASURED   1.9 of 2   ██████████████████████████████  30.0/s × 62 ms
"""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.time_spent import spent_ms, untold
from asgi_vs_wsgi.scenarios.analysis.unserved import answered_otherwise, unserved_words
from asgi_vs_wsgi.scenarios.results import RequestCounts, TargetResult
from asgi_vs_wsgi.tui.modes.shared.layout import bar, faint, prose
from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.modes.what_if.knobs import knob_lines, knob_numbers
from asgi_vs_wsgi.tui.modes.what_if.law_text import exact
from asgi_vs_wsgi.tui.modes.what_if.model import WhatIfFactors, changed_number, changes_nothing
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.numbers import count, per_second

BAR = 24
RATED = ("constant", "poisson")
HOLDING = ("receiving", "running", "blocked", "stalled")
"""The states in which a visitor holds a worker or a thread; a coroutine holds its loop while it runs."""
NEAR = 0.8
"""Of all slots: by chance more come at once than are free, long before all are in use on average."""
LITTLE = (
    "Visitors come at a rate here, whatever the servers do. Little's law: in use at once = arrivals a second × the "
    "time that each takes. A worker or a thread is held while its visitor is served; an event loop only while it "
    "runs, and who awaits is set aside and holds nothing. Near the number that there is, visitors wait; beyond it "
    "the line grows without end. Predicted from the measured means; nothing of it was run."
)


class Use(NamedTuple):
    """How many slots are wanted, and how many there are."""

    rate: float
    """Visitors a second: all who come, or, of what was measured, those who were served."""
    hold_s: float
    aside_s: float
    """For how long each awaits: it holds no slot meanwhile."""
    slots: int

    @property
    def wanted(self) -> float:
        """Little's law."""
        return self.rate * self.hold_s

    @property
    def aside(self) -> float:
        """The same law, for those who await."""
        return self.rate * self.aside_s


class Sized(NamedTuple):
    """A target, its use as measured, and with other numbers."""

    seen: TargetView
    target: TargetResult
    measured: Use
    predicted: Use


def has_rate(sight: ModeContext) -> bool:
    """Whether the scenario's visitors come at a rate."""
    return sight.scenario.toml.load.arrivals in RATED


def rated(sight: ModeContext, chosen: WhatIfFactors) -> list[Content]:
    """The knobs, and a pair of bars for every target that has served somebody."""
    sized, numbers = _sized(sight, chosen), knob_numbers(sight, at_a_rate=True)
    law = prose(faint(LITTLE), sight.width)
    if not sized:
        return [*knob_lines(chosen, sight.width, numbers), Content(), *_not_yet(sight), Content(), *law]
    idle = changes_nothing(lambda knobs: [one.predicted for one in _sized(sight, knobs)])
    parts = [line for one in sized for line in (*_pair(one, sight.width), Content())]
    return [*knob_lines(chosen, sight.width, numbers, idle), Content(), *parts, *law]


def _not_yet(sight: ModeContext) -> list[Content]:
    if sight.nothing:
        return sight.nothing_yet("With a run: how many workers or threads the visitors hold at once, and of how many.")
    return [faint("Nobody was served yet, or no worker was looked into.")]


def _sized(sight: ModeContext, chosen: WhatIfFactors) -> list[Sized]:
    results = {target.name: target for target in sight.targets}
    sized: list[Sized] = []
    for seen in sight.started:
        target = results.get(seen.trace.facts.name)
        if target is not None and untold(target) and chosen.wait != 1 and not _looped(seen):
            continue  # for how long it waits is not known, so neither what a longer wait would bring
        if target is not None and (use := _measured(seen, target)):
            served = use._replace(rate=use.rate * _served_share(target.requests))
            sized.append(Sized(seen, target, served, _changed(seen, target, use, chosen)))
    return sized


def _measured(seen: TargetView, target: TargetResult) -> Use | None:
    """From the visitors who have come so far, whether they were served or not, and the times of those who were."""
    intended = [at_ns for at_ns in seen.trace.visits.intended_ns if 0 < at_ns <= seen.playhead_ns]
    if len(intended) < 2 or not target.states_ms or max(intended) == min(intended):
        return None
    rate = (len(intended) - 1) / ((max(intended) - min(intended)) / 1e9)
    looped = _looped(seen)
    states = ("running",) if looped else HOLDING
    hold_s = spent_ms(target, *states) / 1000
    aside_s = spent_ms(target, "awaiting") / 1000 if looped else 0.0
    return Use(rate, hold_s, aside_s, _slots(seen, target, WhatIfFactors()))


def _looped(seen: TargetView) -> bool:
    return seen.trace.facts.slot == "none"


def _served_share(counts: RequestCounts) -> float:
    """Of those whose visit has ended."""
    ended = counts.completed + counts.failed + counts.dropped + counts.cancelled
    return (counts.completed - answered_otherwise(counts)) / ended if ended else 1.0


def _changed(seen: TargetView, target: TargetResult, use: Use, chosen: WhatIfFactors) -> Use:
    """With other numbers; only what waits grows with the wait, and only a server with threads has more of them."""
    waited_s = 0.0 if _looped(seen) else spent_ms(target, "blocked") / 1000
    hold_s = use.hold_s + waited_s * (chosen.wait - 1)
    return Use(use.rate * chosen.visitors, hold_s, use.aside_s * chosen.wait, _slots(seen, target, chosen))


def _slots(seen: TargetView, target: TargetResult, chosen: WhatIfFactors) -> int:
    """Threads are more or fewer where they are what limits the server."""
    workers = changed_number("workers", target.workers, chosen)
    if _looped(seen):
        return workers
    in_threads = seen.trace.facts.slot == "thread"
    return workers * (changed_number("threads", target.threads, chosen) if in_threads else target.threads)


# ---- in words


def _pair(one: Sized, width: int) -> list[Content]:
    p95 = f"; p95 in line {milliseconds(one.target.queue_ms.p95)}" if one.target.queue_ms else ""
    what = "event loops in use, and visitors set aside" if _looped(one.seen) else f"{_what(one.seen)} in use"
    title = Content.assemble((one.target.name, "bold $primary"), (f"   {what}", "$faint"))
    return [
        *prose(title, width),
        *_line(("PREDICTED", "bold reverse $accent"), one.predicted, _words(one.predicted), width),
        *_line(("MEASURED ", "bold"), one.measured, _words(one.measured, served=_some_lost(one.target)) + p95, width),
        *_left_out(one.target, width),
    ]


def _some_lost(target: TargetResult) -> bool:
    return _served_share(target.requests) < 1


def _what(seen: TargetView) -> str:
    return "threads" if seen.trace.facts.slot == "thread" else "workers"


def _left_out(target: TargetResult, width: int) -> list[Content]:
    words = unserved_words(target)
    if not words and (left := target.requests.cancelled):
        words = f"{count(left, 'visitor')} left on purpose"
    told = f"{words}. Measured: those who were served; predicted: all who come, were all of them to be served."
    return prose(faint(told), width) if words else []


def _line(label: tuple[str, str], use: Use, words: str, width: int) -> list[Content]:
    style = "$error" if use.wanted >= use.slots else "$accent" if use.wanted >= NEAR * use.slots else "$primary"
    drawn = bar(use.wanted, use.slots, BAR, style)
    figure = f"  {_number(use.wanted)} of {use.slots}".ljust(LABEL)
    padded = drawn.pad_right(max(0, BAR - drawn.cell_length))
    return prose(Content.assemble(label, figure, padded, (f"  {words}", "$faint")), width)


LABEL = 13
"""Columns of `  11.1 of 32 `."""


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 0.095 else f"{value:.2f}"


def _words(use: Use, *, served: bool = False) -> str:
    aside = f", {_number(use.aside)} set aside" if use.aside_s else ""
    crowded = ": more than there are, the line grows" if use.wanted >= use.slots else ""
    crowded = crowded or (": near the number that there is, some wait" if use.wanted >= NEAR * use.slots else "")
    return f"{per_second(use.rate)}{' served' if served else ''} × {exact(use.hold_s)}{aside}{crowded}"
