"""Slots in use where visitors come at a rate, by Little's law: as measured, and with other numbers.

gunicorn-sync   workers in use: arrivals a second × the time for which each holds one
PREDICTED  3.7 of 2   ██████████████████████████████  60.0/s × 62 ms: more than there are, the line grows
MEASURED   1.7 of 2   ███████████████████████████     28.0/s served × 62 ms
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors, idle_factors
from asgi_vs_wsgi.scenarios.simulation.slot_use import Crowding, SlotUse, SlotUses, is_looped, slot_uses
from asgi_vs_wsgi.scenarios.wording import count, per_second
from asgi_vs_wsgi.tui.modes.law_text import exact
from asgi_vs_wsgi.tui.modes.layout import bar, faint, prose
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_lines, knob_numbers
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView

BAR = 24
CROWDED = {
    Crowding.FREE: "",
    Crowding.NEAR: ": near the number that there is, some wait",
    Crowding.BEYOND: ": more than there are, the line grows",
}
LITTLE = (
    "Visitors come at a rate here, whatever the servers do. Little's law: in use = arrivals a second × the "
    "time that each takes. A worker or a thread is held while its visitor is served; an event loop only while it "
    "runs, and who is awaiting holds nothing. Near the number that there is, visitors wait; beyond it "
    "the line grows without end. Measured: at the throughput; predicted: at the rate at which all come, from the "
    "measured means, and nothing of it was run."
)


class Sized(NamedTuple):
    """A target, its slots in use as measured, and with other numbers."""

    seen: TargetView
    target: TargetResult
    uses: SlotUses


def rated(sight: ModeContext, chosen: WhatIfFactors) -> list[Content]:
    """The knobs, and a pair of bars for every target that has served somebody."""
    sized, numbers = _sized(sight, chosen), knob_numbers(sight, at_a_rate=True)
    law = prose(faint(LITTLE), sight.width)
    if not sized:
        return [*knob_lines(chosen, sight.width, numbers), Content(), *_not_yet(sight), Content(), *law]
    idle = idle_factors(lambda knobs: [one.uses.predicted for one in _sized(sight, knobs)])
    parts = [line for one in sized for line in (*_pair(one, sight.width), Content())]
    return [*knob_lines(chosen, sight.width, numbers, idle), Content(), *parts, *law]


def told_by_little(sight: ModeContext, chosen: WhatIfFactors) -> list[Content]:
    """The pairs alone, where something else is said above them."""
    parts = [line for one in _sized(sight, chosen) for line in _pair(one, sight.width)]
    return [*parts, *prose(faint(LITTLE), sight.width)] if parts else []


def _not_yet(sight: ModeContext) -> list[Content]:
    if sight.nothing:
        return sight.nothing_yet("With a run: how many workers or threads the visitors hold at once, and of how many.")
    return [faint("Nobody was served yet, or no worker was looked into.")]


def _sized(sight: ModeContext, chosen: WhatIfFactors) -> list[Sized]:
    results = {target.name: target for target in sight.targets}
    sized: list[Sized] = []
    for seen in sight.started:
        target = results.get(seen.trace.facts.name)
        come = (at_ns for at_ns in seen.trace.visits.intended_ns if 0 < at_ns <= seen.playhead_ns)
        if target is not None and (uses := slot_uses(seen.trace.facts, target, come, sight.elapsed_s(target), chosen)):
            sized.append(Sized(seen, target, uses))
    return sized


# ---- in words


def _pair(one: Sized, width: int) -> list[Content]:
    measured = one.uses.measured
    p95 = f"; p95 in line {milliseconds(one.target.queue_ms.p95)}" if one.target.queue_ms else ""
    title = Content.assemble((one.target.name, "bold $primary"), (f"   {_what(one.seen.trace.facts)}", "$faint"))
    return [
        *prose(title, width),
        *_line(("PREDICTED", "bold reverse $accent"), one.uses.predicted, _words(one.uses.predicted), width),
        *_line(("MEASURED ", "bold"), measured, _words(measured, served=True) + p95, width),
        *_left_out(one.target, width),
    ]


def _what(facts: TargetFacts) -> str:
    if is_looped(facts):
        return "event loops in use, and visitors awaiting"
    return f"{'threads' if facts.slot == 'thread' else 'workers'} in use"


def _left_out(target: TargetResult, width: int) -> list[Content]:
    words = unserved_words(target)
    if not words and (left := target.requests.cancelled):
        words = f"{count(left, 'visitor')} left on purpose"
    told = f"{words}. Measured: those who were served; predicted: all who come, were all of them to be served."
    return prose(faint(told), width) if words else []


def _line(label: tuple[str, str], use: SlotUse, words: str, width: int) -> list[Content]:
    drawn = bar(use.wanted, use.slots, BAR, "$figure")
    figure = f"  {_number(use.wanted)} of {use.slots}".ljust(LABEL)
    padded = drawn.pad_right(max(0, BAR - drawn.cell_length))
    return prose(Content.assemble(label, figure, padded, (f"  {words}", "$faint")), width)


LABEL = 13
"""Columns of `  11.1 of 32 `."""


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 0.095 else f"{value:.2f}"


def _words(use: SlotUse, *, served: bool = False) -> str:
    aside = f", {_number(use.aside)} awaiting" if use.aside_s else ""
    crowded = CROWDED[use.crowding]
    return f"{per_second(use.rate)}{' served' if served else ''} × {exact(use.hold_s)}{aside}{crowded}"
