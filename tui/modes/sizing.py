"""Little's law, for visitors who come at a rate: slots in use = arrivals a second × the time that each holds a slot.

gunicorn-sync   Little's law
PREDICTED  3.7 of 2   ██████████████████████████████  60.0/s × 62 ms: more than there are, the line grows
MEASURED   1.9 of 2   ██████████████████████████████  30.0/s × 62 ms
"""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from scenarios.result import TargetResult
from tui.drawing.words import per_second, seconds
from tui.modes.layout import bar, prose
from tui.modes.premises import WhatIf
from tui.modes.sight import Seen, Sight
from tui.report_figures import milliseconds

BAR = 24
RATED = ("constant", "poisson")
HOLDING = ("receiving", "running", "blocked", "stalled")
"""The states in which a visitor holds a worker or a thread; a coroutine holds its loop while it runs."""


class Use(NamedTuple):
    """How many slots are wanted, and how many there are."""

    rate: float
    """Visitors a second."""
    hold_s: float
    slots: int

    @property
    def wanted(self) -> float:
        """Little's law."""
        return self.rate * self.hold_s


def has_rate(sight: Sight) -> bool:
    """Whether the scenario's visitors come at a rate."""
    return sight.scenario.toml.load.arrivals in RATED


def has_threads(sight: Sight) -> bool:
    """Whether visitors hold workers or threads anywhere, so that more threads are more slots."""
    return any(seen.trace.facts.slot != "none" for seen in sight.seen)


def sizing(sight: Sight, chosen: WhatIf) -> list[Content]:
    """A pair of bars for every target that has served somebody."""
    parts: list[Content] = []
    results = {target.name: target for target in sight.targets}
    for seen in sight.started:
        target = results.get(seen.trace.facts.name)
        if target is not None and (use := _measured(seen, target)):
            parts += [*_target(seen, target, use, chosen, sight.width), Content()]
    return parts


def _measured(seen: Seen, target: TargetResult) -> Use | None:
    """From the visitors who have come so far, and those who were served."""
    intended = [at_ns for at_ns in seen.trace.visits.intended_ns if 0 < at_ns <= seen.playhead_ns]
    if len(intended) < 2 or not target.states_ms or max(intended) == min(intended):
        return None
    rate = (len(intended) - 1) / ((max(intended) - min(intended)) / 1e9)
    looped = seen.trace.facts.slot == "none"
    hold_ms = target.states_ms["running"] if looped else sum(target.states_ms[state] for state in HOLDING)
    return Use(rate, hold_ms / 1000, target.workers * (1 if looped else target.threads))


def _changed(seen: Seen, target: TargetResult, use: Use, chosen: WhatIf) -> Use:
    """With other numbers; only what waits grows with the wait."""
    waited_ms = target.states_ms["blocked"] if target.states_ms and seen.trace.facts.slot != "none" else 0.0
    hold_s = use.hold_s + waited_ms / 1000 * (chosen.wait - 1)
    threads = 1.0 if seen.trace.facts.slot == "none" else chosen.threads
    return Use(use.rate * chosen.visitors, hold_s, max(1, round(use.slots * chosen.workers * threads)))


def _target(seen: Seen, target: TargetResult, use: Use, chosen: WhatIf, width: int) -> list[Content]:
    what = "event loops" if seen.trace.facts.slot == "none" else "slots"
    title = Content.assemble((target.name, "bold $primary"), (f"   Little's law, {what} in use", "$faint"))
    p95 = f"; p95 in line {milliseconds(target.queue_ms.p95)}" if target.queue_ms else ""
    predicted = _changed(seen, target, use, chosen)
    return [
        *prose(title, width),
        *prose(_line(("PREDICTED", "bold reverse $accent"), predicted, _words(predicted)), width),
        *prose(_line(("MEASURED ", "bold"), use, _words(use) + p95), width),
    ]


def _line(label: tuple[str, str], use: Use, words: str) -> Content:
    drawn = bar(use.wanted, use.slots, BAR, "$error" if use.wanted >= use.slots else "$primary")
    return Content.assemble(
        label,
        f"  {use.wanted:.1f} of {use.slots}  ",
        drawn.pad_right(max(0, BAR - drawn.cell_length)),
        (f"  {words}", "$faint"),
    )


def _words(use: Use) -> str:
    grows = ": more than there are, the line grows" if use.wanted >= use.slots else ""
    return f"{per_second(use.rate)} × {seconds(use.hold_s)}{grows}"
