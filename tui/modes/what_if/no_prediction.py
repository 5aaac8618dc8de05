"""Why nothing is predicted of a target, as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.scenarios.simulation.law_prediction import Unpredicted, Why
from asgi_vs_wsgi.tui.text.numbers import count, seconds

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml
    from asgi_vs_wsgi.scenarios.results import RequestCounts, TargetResult
    from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext

_PLAIN = {
    Why.NO_LAW: "No law is known for a server of its kind.",
    Why.NOT_TIMED: "No lone request has been timed so far; once somebody is served, the shortest stay stands for one.",
    Why.NOT_MEASURED: "Its law lacks a number that was not measured.",
    Why.DRIVER_LIMITED: "The load driver was the limit, so no law can be told from it.",
}


def no_burst_text(why: Why, toml: ScenarioToml) -> str:
    """Why this scenario's visitors obey no law of bursts."""
    if why is Why.SEVERAL_KINDS:
        kinds = ", ".join(each.name.replace("_", " ") for each in toml.visitors)
        return f"Its visitors are of several kinds ({kinds}), and a law knows one kind, with one time of its own."
    ladder = " Other numbers of visitors can be measured: press l." if has_ladder(toml.load) else ""
    return (
        f"Its visitors come {toml.load.concurrency} at a time, the next when one has its page, and the laws are "
        f"about many who come at once.{ladder}"
    )


def no_prediction_text(found: Unpredicted, sight: ModeContext, target: TargetResult | None) -> str:
    """Of a target that has run, or runs."""
    if found.why in (Why.SEVERAL_KINDS, Why.NOT_TOGETHER):
        return no_burst_text(found.why, sight.scenario.toml)
    if found.why in (Why.UNTOLD, Why.DOES_NOT_HOLD):
        return _not_confirmed(found)
    if found.why is Why.NOT_OVER:
        if sight.cut_off:
            return f"The scenario names no law for it, and the run {sight.cut_off}: nothing tells whether one holds."
        holds = f"Whether that of its kind holds here ({found.law}), the end of the run tells."
        return f"The scenario names no law for it. {holds}"
    if target is not None and found.why is Why.UNSERVED:
        return f"{unserved_words(target)}, so no law can be told from it."
    if target is not None and found.why is Why.LEFT:
        return f"{_left(target.requests)} left on purpose, so no law can be told from it."
    return _PLAIN[found.why]


def _left(counts: RequestCounts) -> str:
    return count(counts.planned - counts.completed, "visitor")


def _not_confirmed(found: Unpredicted) -> str:
    says = f"The law of its kind, {found.law}, would say {seconds(found.says_s)}"
    if found.why is Why.UNTOLD:
        return f"{says}: {found.reason}. So nothing is predicted."
    return f"{says}, and {seconds(found.measured_s)} was measured. It does not hold here, so nothing is predicted."
