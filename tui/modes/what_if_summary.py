"""What-if in a sentence: what is PREDICTED with the knobs as they are, against what was measured.

PREDICTED with workers 2 → 4: gunicorn-sync would have a makespan of 1.62 s (measured 3.23 s);
uvicorn 0.22 s, as measured.

The makespan where all come at once and everybody is to have a page; the slow twentieth where they come otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.unserved import all_served
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.wording import count, listed, named, seconds
from asgi_vs_wsgi.tui.modes.layout import prose
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.tui.modes.predicted_lanes import PredictedLanes
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext
    from asgi_vs_wsgi.tui.playback.background_simulation import Answer

MAKESPAN, P95 = "a makespan of", "a p95 latency of"


class Foretold(NamedTuple):
    """One target's figure. `measured` is "" where nothing was, or of others than are predicted."""

    name: str
    predicted: str
    measured: str
    limits: str = ""
    """What speaks against believing it."""


def summary(every: Sequence[Foretold], figure: str, turned: Sequence[str], chosen: WhatIfFactors) -> str:
    """Empty where nothing is predicted."""
    as_it_was = chosen == WhatIfFactors()
    with_what = listed(turned) or ("nothing changed" if as_it_was else "these numbers")
    told: list[str] = []
    for each in every:
        beside = ""
        if each.measured == each.predicted:
            beside = ", as measured"
        elif each.measured:
            beside = f" (measured {each.measured})"
        verb = "" if told else f"would have {figure} "
        told.append(f"{named(each.name)} {verb}{each.predicted}{beside}{each.limits}")
    return f" with {with_what}: {'; '.join(told)}." if told else ""


def summary_lines(
    every: Sequence[Foretold], figure: str, turned: Sequence[str], chosen: WhatIfFactors, width: int
) -> list[Content]:
    """None where nothing is predicted."""
    words = summary(every, figure, turned, chosen)
    return prose(Content.assemble(("PREDICTED", "bold reverse $accent"), (words, "bold")), width) if words else []


def foretold_by_simulation(answer: Answer, sight: ModeContext) -> tuple[list[Foretold], str]:
    """Of each simulated target, and which figure: that of the same visitors, so that both can be compared."""
    results = {target.name: target for target in sight.targets}
    bursts = answer.load is not None and answer.load.arrivals == "burst"
    bursts = bursts and sight.result is not None and sight.result.load.arrivals == "burst"
    every = []
    for one in answer.targets:
        target, limits = results.get(one.of), "" if one.whole else " so far"
        if one.answered < one.visitors:
            limits += f", with {count(one.visitors - one.answered, 'visitor')} not answered"
        if one.overloaded and one.rate:
            limits += ", and growing for as long as they come"
        measured = "" if target is None or answer.chosen.arrivals else _measured(target, makespan=bursts)
        if bursts:
            every.append(Foretold(one.of, seconds(one.makespan_s), measured, limits))
        elif one.latency_ms:
            every.append(Foretold(one.of, milliseconds(one.latency_ms["p95"]), measured, limits))
    return every, MAKESPAN if bursts else P95


def foretold_by_laws(told: Sequence[PredictedLanes], results: Mapping[str, TargetResult]) -> list[Foretold]:
    """Of each target that has a prediction."""
    every = []
    for one in told:
        if one.time_s is None:
            continue
        name = one.seen.trace.facts.name
        target = results.get(name)
        broken = target is not None and target.law is not None and target.law.holds is False
        limits = ", by a law that does not hold here" if broken else ""
        every.append(Foretold(name, seconds(one.time_s), _measured(target, makespan=True) if target else "", limits))
    return every


def _measured(target: TargetResult, *, makespan: bool) -> str:
    """What it took to serve some is not compared with what it would take to serve all."""
    if not all_served(target.requests):
        return ""
    if makespan:
        return seconds(target.makespan_s) if target.makespan_s is not None else ""
    return milliseconds(target.latency_ms.p95) if target.latency_ms else ""
