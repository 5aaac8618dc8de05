"""What-if: what the simulator says of other numbers, or else the targets' laws, as lanes beside those measured.

By a law, where a run cannot be simulated from:

w W workers 2 → 4   h H threads 1   v V visitors 32   i I wait ×1   w half, W twice
gunicorn-sync   each worker takes the next visitor when it is free (one-per-worker)
 PREDICTED  makespan 1.61 s   32 visitors / 4 workers = 8 turns of 202 ms
  worker 1  ▓▓1▓▓▓5▓▓▓9
  MEASURED   makespan 3.23 s   32 visitors, 2 workers
  worker 1  ▓▓1▓▓▓4▓▓▓5▓▓▓8▓▓▓9▓▓

Slots in use where visitors come at a rate, by Little's law: as measured, and with other numbers.

gunicorn-sync   workers in use: arrivals a second × the time for which each holds one
PREDICTED  3.7 of 2   ██████████████████████████████  60.0/s × 62 ms: more than there are, the line grows
MEASURED   1.7 of 2   ███████████████████████████     28.0/s served × 62 ms
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.planning.load import has_rate
from asgi_vs_wsgi.scenarios.simulation.law_prediction import (
    FACTORS,
    Basis,
    Observed,
    Prediction,
    Unpredicted,
    WhatIfFactors,
    idle_factors,
    no_burst,
    predict,
    prediction_basis,
)
from asgi_vs_wsgi.scenarios.simulation.slot_use import Crowding, SlotUse, SlotUses, is_looped, slot_uses
from asgi_vs_wsgi.scenarios.wording import apart, count, per_second
from asgi_vs_wsgi.tui.modes.knee_curve import knees
from asgi_vs_wsgi.tui.modes.law_text import FORMULAS, MEANINGS, SYMBOLS, exact, no_burst_text, no_prediction_text
from asgi_vs_wsgi.tui.modes.layout import bar, faint, heading, prose
from asgi_vs_wsgi.tui.modes.predicted_lanes import PredictedLanes, foretold_lanes, told_by_laws
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_lines, knob_numbers, turned_words
from asgi_vs_wsgi.tui.modes.what_if_simulated import is_refused, simulated, simulated_top
from asgi_vs_wsgi.tui.modes.what_if_summary import MAKESPAN, foretold_by_laws, summary_lines
from asgi_vs_wsgi.tui.playback.background_simulation import MEASURES_THEM
from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.sizing import confirmation_notes, confirmation_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView
    from asgi_vs_wsgi.tui.modes.what_if_simulated import Promise
    from asgi_vs_wsgi.tui.playback.background_simulation import Answer

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


Parts = tuple[list[Content], list[Content]]
"""The knobs and the sentence of what they come to, which stay in view; and all below them."""


def rated(sight: ModeContext, chosen: WhatIfFactors) -> Parts:
    """The knobs, and a pair of bars for every target that has served somebody."""
    sized, numbers = _sized(sight, chosen), knob_numbers(sight, at_a_rate=True)
    law = prose(faint(LITTLE), sight.width)
    if not sized:
        return knob_lines(chosen, sight.width, numbers), [*_not_yet(sight), Content(), *law]
    idle = idle_factors(lambda knobs: [one.uses.predicted for one in _sized(sight, knobs)])
    parts = [line for one in sized for line in (*_pair(one, sight.width), Content())]
    return knob_lines(chosen, sight.width, numbers, idle), [*parts, *law]


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
    figure = f"  {apart(use.wanted, use.slots, _number)} of {use.slots}".ljust(LABEL)
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


BY_LAWS = "By a law alone, not simulated"
CLOSING = "Nothing of what is predicted was run: a law works it out from"
ALONE = "the time of one lone request."
RACE = "the shortest stay in a worker, for a race times no lone request"
UNNAMED = "Where the scenario names no law, that of the server's kind is used, as it told this run's makespan."


def what_if(
    sight: ModeContext,
    chosen: WhatIfFactors,
    answer: Answer | None = None,
    promise: Promise | SizePromise | None = None,
) -> Parts:
    """The knobs, and a pair of pictures for every target that can be predicted: simulated, or by a law."""
    if isinstance(promise, SizePromise):
        top, rest = _what_if(sight, chosen, answer, None)
        return top, [*_confirmed(sight, promise), *rest]
    return _what_if(sight, chosen, answer, promise)


def _confirmed(sight: ModeContext, promise: SizePromise) -> list[Content]:
    """What a sizing had PREDICTED of this run, beside what was then measured; nothing before that is known."""
    if sight.result is None or promise.subject.run is sight.result:
        return []
    every = promise.beside(sight.targets, [each.trace for each in sight.seen])
    if not every:
        return []
    table = [Content(line) for line in confirmation_table(every, sight.width)]
    return [
        heading("PREDICTED by a sizing, before this run was measured"),
        *table,
        *(faint(line) for line in confirmation_notes(every, sight.width)),
        Content(),
    ]


def _what_if(sight: ModeContext, chosen: WhatIfFactors, answer: Answer | None, promise: Promise | None) -> Parts:
    at_a_rate = has_rate(sight.scenario.toml.load)
    if answer is not None and not is_refused(answer):
        top = simulated_top(sight, answer, knob_numbers(sight, at_a_rate=at_a_rate))
        told = simulated(sight, answer, promise)
        as_run = replace(chosen, visitors=1.0, arrivals="") == WhatIfFactors()
        curves = knees(answer.knees, sight.result, sight.width, as_measured=as_run)
        return top, [*told, *([Content(), *curves] if curves else []), *_laws_beside(sight, chosen)]
    top, told = _by_law(sight, chosen)
    return top, [*told, *([Content(), *_not_simulated(answer, sight)] if answer else [])]


def _laws_beside(sight: ModeContext, chosen: WhatIfFactors) -> list[Content]:
    """What laws say of the same numbers, where they know these."""
    known = WhatIfFactors(chosen.workers, chosen.threads, chosen.visitors, chosen.wait)
    if known != chosen:
        return []
    told = (
        told_by_little(sight, chosen)
        if has_rate(sight.scenario.toml.load)
        else told_by_laws(sight, _teller(sight)(chosen))
    )
    return [Content(), heading(BY_LAWS), *told] if told else []


def _not_simulated(answer: Answer, sight: ModeContext) -> list[Content]:
    why = answer.refusal if sight.can_be_run else answer.refusal.removesuffix(f" ({MEASURES_THEM})")
    return prose(faint(f"Nothing is simulated here, and a law is all that is asked: {why}."), sight.width)


def _by_law(sight: ModeContext, chosen: WhatIfFactors) -> Parts:
    if has_rate(sight.scenario.toml.load):
        return rated(sight, chosen)
    told, numbers = _teller(sight), knob_numbers(sight, at_a_rate=False)
    now = told(chosen)
    found = [one.predicted for one in now if isinstance(one.predicted, Prediction)]
    if not found:
        idle = frozenset(FACTORS) if now and sight.over else frozenset()  # the end may tell of a law, or be simulated
        knobs = knob_lines(chosen, sight.width, numbers, idle)
        return knobs, [*_why(sight, now), Content(), *_laws(sight)]
    idle = idle_factors(lambda knobs: [one.time_s for one in told(knobs)])
    every = foretold_by_laws(now, {target.name: target for target in sight.targets} if sight.result else {})
    turned = turned_words(chosen, numbers, sight.result, idle)
    top = [
        *knob_lines(chosen, sight.width, numbers, idle),
        *summary_lines(every, MAKESPAN, turned, chosen, sight.width),
    ]
    return top, [
        *foretold_lanes(sight, [one for one in now if one.time_s is not None]),
        Content(),
        *_reasons(now, sight.width),
        *prose(faint(_closing(found, sight)), sight.width),
    ]


def _teller(sight: ModeContext) -> Callable[[WhatIfFactors], list[PredictedLanes]]:
    """For any setting of the knobs; what is predicted from does not depend on them."""
    results = {target.name: target for target in sight.targets}
    pairs = [(seen, observed(sight, seen, results.get(seen.trace.facts.name))) for seen in sight.seen]
    known = [(seen, target, prediction_basis(sight.scenario.toml, target)) for seen, target in pairs]

    def predicted(target: Observed, knobs: WhatIfFactors, basis: Basis | Unpredicted) -> Prediction | str:
        found = basis if isinstance(basis, Unpredicted) else predict(basis, target, knobs)
        return no_prediction_text(found, sight, target.figures) if isinstance(found, Unpredicted) else found

    return lambda knobs: [PredictedLanes(seen, predicted(target, knobs, basis)) for seen, target, basis in known]


def observed(sight: ModeContext, seen: TargetView, figures: TargetResult | None) -> Observed:
    """What predictions rest on, up to the playhead."""
    trace = seen.trace
    return Observed(
        trace.facts,
        len(trace.visits),
        sight.cores,
        trace.service_ns,
        trace.service_cpu_ns,
        seen.ledger.shortest_stay_ns(sight.until_ns(seen)) if seen.playhead_ns and not trace.service_ns else None,
        figures,
        sight.result is not None,
    )


def _closing(found: Sequence[Prediction], sight: ModeContext) -> str:
    """What the predictions rest on."""
    timed = all(each.basis.timed for each in found)
    source = ALONE if timed else f"{RACE}{'; m measures one' if sight.can_be_run else ''}."
    shared = "as unevenly as they were here" if any(each.uneven for each in found) else "evenly"
    unnamed = "" if all(each.basis.named for each in found) else f" {UNNAMED}"
    return f"{CLOSING} {source} Visitors are shared among workers {shared}.{unnamed}"


# ---- without a prediction


def _why(sight: ModeContext, told: Sequence[PredictedLanes]) -> list[Content]:
    toml = sight.scenario.toml
    why = no_burst(toml)
    if why and not any(target.law for target in toml.targets):
        return prose(f"Nothing can be predicted here. {no_burst_text(why, toml)}", sight.width)
    if not told:
        return sight.nothing_yet("With a run: what a law says of its numbers, and of twice or half of them.")
    return _reasons(told, sight.width)


def _reasons(told: Sequence[PredictedLanes], width: int) -> list[Content]:
    """Of the targets of which nothing is predicted; those with the same reason in one."""
    names: dict[str, list[str]] = {}
    for one in told:
        if isinstance(one.predicted, str):
            names.setdefault(one.predicted, []).append(one.seen.trace.facts.name)
    parts: list[Content] = []
    for reason, of in names.items():
        parts += [*prose(Content.assemble((", ".join(of), "bold $primary"), f"   {reason}"), width), Content()]
    return parts


def _laws(sight: ModeContext) -> list[Content]:
    """The laws of the scenario's targets, in words."""
    laws = [(target.name, target.law) for target in sight.scenario.toml.targets if target.law]
    if not laws:
        return []
    parts: list[Content] = []
    for name, law in laws:
        words = f"  {law} = {FORMULAS[law]}: {MEANINGS[law]}"
        parts += prose(Content.assemble((name, "$primary"), words), sight.width)
    return [heading("The makespan of a burst, by law"), *parts, *prose(faint(SYMBOLS), sight.width)]
