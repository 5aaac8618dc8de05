"""From what a target's makespan can be predicted: a law and the time of a lone request; or why it cannot.

the scenario names a law     that law, and the lone request that was timed right before the run
a race                       that law, and the shortest stay in a worker: a race times no lone request
the scenario names none      the law of the server's kind, once the run has shown that it holds here
no burst of one kind         nothing: a law tells how long many who ask for the same at once must take
"""

from __future__ import annotations

from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises, judge
from asgi_vs_wsgi.scenarios.analysis.time_spent import spent_ms
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.server_targets.servers import server_specs
from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.text.numbers import count, seconds

NS_PER_S = 1e9


class PredictionBasis(NamedTuple):
    """Times in seconds; `named` by the scenario, `timed` alone before the run."""

    law: str
    service_s: float
    cpu_s: float
    named: bool
    timed: bool


def basis(sight: ModeContext, seen: TargetView, target: TargetResult | None) -> PredictionBasis | str:
    """What is predicted from, or the reason why nothing is, as a sentence."""
    facts = seen.trace.facts
    if facts.law is not None:
        return _timed(sight, seen, target, facts.law, named=True)
    if reason := no_burst(sight):
        return reason
    law = next((each.natural_law(facts.threads) for each in server_specs() if each.name == facts.server), None)
    if law is None:
        return "No law is known for a server of its kind."
    if sight.result is None or target is None:
        if sight.cut_off:
            return f"The scenario names no law for it, and the run {sight.cut_off}: nothing tells whether one holds."
        return (
            f"The scenario names no law for it. Whether that of its kind holds here ({law}), the end of the run tells."
        )
    found = _timed(sight, seen, target, law, named=False)
    return found if isinstance(found, str) else _if_it_holds(found, sight, target)


def no_burst(sight: ModeContext) -> str:
    """Why this scenario's visitors obey no law of bursts; empty where they may."""
    toml = sight.scenario.toml
    if len(toml.visitors) > 1:
        kinds = ", ".join(each.name.replace("_", " ") for each in toml.visitors)
        return f"Its visitors are of several kinds ({kinds}), and a law knows one kind, with one time of its own."
    if toml.load.arrivals == "closed":
        ladder = " Other numbers of visitors can be measured: press l." if has_ladder(toml.load) else ""
        return (
            f"Its visitors come {toml.load.concurrency} at a time, the next when one has its page, and the laws are "
            f"about many who come at once.{ladder}"
        )
    return ""


def _timed(
    sight: ModeContext, seen: TargetView, target: TargetResult | None, law: str, *, named: bool
) -> PredictionBasis | str:
    trace = seen.trace
    if trace.service_ns:
        return PredictionBasis(law, trace.service_ns / NS_PER_S, trace.service_cpu_ns / NS_PER_S, named, timed=True)
    stay_ns = seen.ledger.shortest_stay_ns(sight.until_ns(seen)) if seen.playhead_ns else None
    if stay_ns is None or target is None or not target.states_ms:
        return "A race times no lone request; as soon as somebody is served, the shortest stay stands for it."
    return PredictionBasis(law, stay_ns / NS_PER_S, spent_ms(target, "running") / 1000, named, timed=False)


def _if_it_holds(found: PredictionBasis, sight: ModeContext, target: TargetResult) -> PredictionBasis | str:
    """A law that nobody named is believed where it tells this run's own makespan, as closely as any law must."""
    planned, served, busiest = target.requests.planned, target.requests.completed, busiest_of(target)
    at_once = Premises(
        planned, target.workers, target.threads, sight.cores, found.service_s, found.cpu_s, busiest or planned
    )
    says_s, measured_s = LAWS[found.law](at_once), target.makespan_s
    if words := unserved_words(target):
        return f"{words}, so no law can be told from it."
    if served < planned:
        return f"{count(planned - served, 'visitor')} left on purpose, so no law can be told from it."
    if says_s is None or measured_s is None:
        return "Its law lacks a number that was not measured."
    if target.driver.limited:
        return "The load driver was the limit, so no law can be told from it."
    taken = target.machine.taken if target.machine and target.machine.busy else 0.0
    holds, reason = judge(found.law, at_once, says_s, measured_s, taken)
    if holds:
        return found
    if holds is None:
        return f"The law of its kind, {found.law}, would say {seconds(says_s)}: {reason}. So nothing is predicted."
    return (
        f"The law of its kind, {found.law}, would say {seconds(says_s)}, and {seconds(measured_s)} was measured. "
        "It does not hold here, so nothing is predicted."
    )


def busiest_of(target: TargetResult | None) -> int | None:
    """The most visitors of one worker, where they were counted; None before the end."""
    if target is None:
        return None
    if target.law and target.law.busiest:
        return target.law.busiest
    return max((worker.requests for worker in target.workers_seen), default=None)
