"""Why a run came out as it did: one sentence, every clause of which rests on measured figures.

    each gunicorn-sync worker was blocked 99% of the time in `upstream.get` at views.py:9, so visitors were in line for
    87% of their time; uvicorn had 32 visitors in flight at once, awaiting in `upstream.aget` at views.py:13 for 93% of
    their time

Where the targets do not differ, it says so; where the figures are not the servers' own, that there is no cause.

Clauses for verdicts on what is no time in states: first bytes, hops, connections, memory, who was lost.

Each says what of a target's measured figures makes the figure in question what it is; None where nothing does, and then
what its visitors spent their time in is told (`time_causes`).
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.call_site import place_of
from asgi_vs_wsgi.scenarios.analysis.significant_difference import REAL_DIFFERENCE, ratio
from asgi_vs_wsgi.scenarios.analysis.time_causes import WORTH_SAYING, Clause, facts_of, time_clause, unserved
from asgi_vs_wsgi.scenarios.analysis.time_spent import share
from asgi_vs_wsgi.scenarios.analysis.unserved import (
    all_served,
    no_verdict_reason,
    with_page,
    without_page,
)
from asgi_vs_wsgi.scenarios.analysis.verdict import ONE_ROUND_TELLS_NONE, finds_no_difference, lateness_may_decide
from asgi_vs_wsgi.scenarios.assertions.claims import is_time
from asgi_vs_wsgi.scenarios.results import CauseFact, CauseResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure, in_words, metric_words, taken_words
from asgi_vs_wsgi.scenarios.wording import count, listed, megabytes, named, number, seconds, thousands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult

WITH_THE_LAST = 0.9
"""Of the time of a whole answer: a first byte that comes so late comes with the last."""
EARLY = 0.5
UNEVEN = 1.25
"""Times an even share."""


def first_byte(target: TargetResult) -> Clause | None:
    """Whether the first byte was sent long before the last, or with it."""
    ttfb, latency = target.ttfb_ms, target.latency_ms
    if ttfb is None or latency is None or not latency.p95:
        return None
    facts = facts_of(target, "ttfb_ms.p95", "latency_ms.p95", "pieces.count.p50", "pieces.count.max")
    first = in_words("ttfb_ms.p95", ttfb.p95, [latency.p95])
    last = in_words("latency_ms.p95", latency.p95, [ttfb.p95])
    # Pieces that come after a long wait come late all the same: that wait is what is to be told then.
    in_pieces = target.pieces is not None and target.pieces.count.max > 1
    if ttfb.p95 >= WITH_THE_LAST * latency.p95 and not in_pieces:
        words = (
            f"{named(target.name)} sent nothing before the whole answer was there (first byte after {first} of {last})"
        )
        return Clause(words, facts)
    many = target.pieces.count.p50 if target.pieces else 1
    if ttfb.p95 <= EARLY * latency.p95:
        what = f"the first of {thousands(many)} pieces" if many > 1 else "its first byte"
        words = f"{named(target.name)} sent {what} after {first}, the last after {last}"
        return Clause(words, facts)
    return None


def hops(target: TargetResult) -> Clause | None:
    """How often a request leaves its loop or comes back, and what its thread does meanwhile."""
    if target.hops_per_request is None:
        return None
    facts = facts_of(target, "hops_per_request")
    many = number(target.hops_per_request)
    return Clause(f"a request of {named(target.name)} made {many} hops between event loop and thread", facts)


def connections(target: TargetResult) -> Clause | None:
    """Connections that nobody used, or as many as there were threads to use them."""
    found = target.connections
    if found is None or target.in_flight is None:
        return None
    most, facts = target.in_flight.max, facts_of(target, "connections.peak", "in_flight.max")
    slots = target.workers * target.threads
    if found.peak > most:
        words = (
            f"{named(target.name)} had {count(found.peak, 'connection')} open for {count(most, 'request')} in flight"
        )
        return Clause(f"{words} at most: {thousands(found.peak - most)} more than one for each", facts)
    if target.interface == "wsgi" and found.peak <= slots:
        words = f"{named(target.name)} had {count(found.peak, 'connection')}, no more than its {count(slots, 'thread')}"
        return Clause(words, facts)
    words = f"{named(target.name)} had {count(found.peak, 'connection')} for up to {count(most, 'request')} in flight"
    return Clause(words, facts)


def memory(target: TargetResult, of: str = "rss_peak_mb") -> Clause | None:
    """What a worker holds grows with its threads; told of the one with the largest `of`."""
    known = [each for each in target.workers_seen if each.rss_peak_mb is not None and each.threads_peak is not None]
    largest = max(known, key=attrgetter(of), default=None)
    if largest is None or target.in_flight is None:
        return None
    words = f"{named(target.name)} had {count(largest.threads_peak or 0, 'thread')} in one worker"
    words += f" ({megabytes(largest.rss_peak_mb or 0.0)})"
    in_flight = count(target.in_flight.max_per_worker, "request")
    alone = len(target.workers_seen) == 1
    words += f" for {in_flight} in flight there" if alone else f", with up to {in_flight} in flight in a worker"
    facts = tuple(
        CauseFact(target.name, f"workers_seen.{what}", getattr(largest, what), f"pid {largest.pid}")
        for what in ("rss_peak_mb", "threads_peak")
    )
    return Clause(words, facts + facts_of(target, "in_flight.max_per_worker"))


def shares_of_workers(target: TargetResult) -> Clause | None:
    """How the visitors were divided."""
    served = [worker.requests for worker in target.workers_seen]
    if len(served) < 2 or not sum(served):
        return None
    even = sum(served) / len(served)
    facts = facts_of(target, "workers_seen.max.requests", "workers_seen.min.requests", "workers_seen.sum.requests")
    evenly = " evenly" if max(served) < UNEVEN * even else ""
    divided = (
        f"{named(target.name)} divided {thousands(sum(served))} visitors{evenly} among {count(len(served), 'worker')}"
    )
    return Clause(f"{divided} ({listed(map(thousands, sorted(served, reverse=True)))})", facts)


def lost(target: TargetResult) -> Clause | None:
    """Who had no page, and who had."""
    if found := unserved(target):
        return found
    counts, facts = target.requests, facts_of(target, "requests.planned", "requests.completed")
    if all_served(counts):
        return Clause(f"{named(target.name)} served all {thousands(counts.planned)}", facts)
    words = f"{named(target.name)} served {thousands(with_page(counts))} of {thousands(counts.planned)}"
    words += f", {thousands(counts.cancelled)} left before that"
    return Clause(words, facts + facts_of(target, "requests.cancelled"))


def alone(target: TargetResult) -> Clause | None:
    """What a lone request went into is not recorded; at which lines the others waited is."""
    if not target.service_s:
        return None
    facts = facts_of(target, "service_s")
    lines = sorted(target.awaiting_for or [], key=lambda line: -line.ms)
    most = [line for line in lines if line.ms >= lines[0].ms / 2]
    places = dict.fromkeys(place_of(line.where) for line in most)
    facts += tuple(CauseFact(target.name, "awaiting_for", line.ms, line.where) for line in most)
    words = f"a lone request of {named(target.name)} lasted {seconds(target.service_s)} in view {target.view}"
    return Clause(words + (f", where visitors were awaiting at {listed(places)}" if places else ""), facts)


def replaced_workers(target: TargetResult) -> Clause | None:
    """Between the last old worker and the first new one nobody takes visitors in."""
    told = [each for each in target.workers_seen if each.told_s is not None and each.gone_s is not None]
    new_s = [each.replaced_s for each in told if each.replaced_s is not None]
    if not told or len(new_s) < len(told):
        return None
    gone_s, ready_s = max(each.gone_s or 0.0 for each in told), min(new_s)
    longest = in_words("latency_ms.max", target.latency_ms.max) if target.latency_ms else ""
    facts = tuple(
        CauseFact(target.name, f"workers_seen.{what}", value, f"pid {each.pid}")
        for each in told
        for what, value in (("told_s", each.told_s), ("gone_s", each.gone_s), ("replaced_s", each.replaced_s))
        if value is not None
    ) + facts_of(target, "latency_ms.max")
    if ready_s > gone_s:
        gap = seconds(ready_s - gone_s)
        words = f"{_old_workers(target, len(told))} gone {gap} before the first new one was ready"
        return Clause(words + (f" (the longest wait: {longest})" if longest else ""), facts)
    return Clause(f"a new worker of {named(target.name)} was ready before the last old one was gone", facts)


def _old_workers(target: TargetResult, ended: int) -> str:
    """Those that stay take visitors in meanwhile."""
    if ended < target.workers:
        return f"{ended} of {count(target.workers, 'worker')} of {named(target.name)} {'was' if ended == 1 else 'were'}"
    return f"the old {'worker' if ended == 1 else 'workers'} of {named(target.name)} {'was' if ended == 1 else 'were'}"


OF_FIGURE: dict[str, Callable[[TargetResult], Clause | None]] = {
    "ttfb_ms": first_byte,
    "hops_per_request": hops,
    "connections": connections,
    "service_s": alone,
    "requests.failed": lost,
    "requests.completed": lost,
    "workers_seen.max.rss_peak_mb": memory,
    "workers_seen.max.threads_peak": partial(memory, of="threads_peak"),
    "workers_seen.max.requests": shares_of_workers,
    "latency_ms.max": replaced_workers,
}


def clause(target: TargetResult, metric: str, views: str) -> Clause:
    """Why the target's figure is what it is."""
    rule = next((rule for path, rule in OF_FIGURE.items() if metric == path or metric.startswith(f"{path}.")), None)
    return (rule(target) if rule else None) or time_clause(target, views, of_times=is_time(metric))


NO_CAUSE = "this run cannot tell"
DIFFERENCE, SAME, ONE_ROUND, BUSY = "difference", "no difference", "one round", "busy machine"
OPENING = {
    DIFFERENCE: "",
    SAME: "no difference to explain in {on}: ",
    ONE_ROUND: "whether they differ in {on} one round cannot tell: ",
    BUSY: "",
}
"""What is said before the clauses."""
RESERVATION = "but {taken} meanwhile, which may be all the difference"
"""What is said after them of a machine that was busy: first what was seen, then how far it is to be trusted."""


def cause_of(result: RunResult, views: str = "") -> CauseResult | None:
    """Of a run; `views` is the source of the scenario's views, for the names of what was called. None: nobody ran."""
    about = _about(result)
    if not about:
        return None
    names = [target.name for target in about]
    if reason := _untellable(result, about):
        return CauseResult(f"{NO_CAUSE}: {reason}", "none", targets=names)
    clauses = [clause(target, result.verdict.on, views) for target in about]
    facts = [fact for each in clauses for fact in each.facts]
    if len(about) < 2:
        return CauseResult(clauses[0].words, "one target", facts, names)
    facts += _compared_facts(result, about)
    taken = _taken_by_others(result, about)
    kind = BUSY if taken else _kind(result, about)
    opening = OPENING[kind].format(on=metric_words(result.verdict.on))
    reserved = [RESERVATION.format(taken=taken)] * bool(taken)
    return CauseResult(opening + "; ".join([*(each.words for each in clauses), *reserved]), kind, facts, names)


def _about(result: RunResult) -> list[TargetResult]:
    """The worst and the best by the verdict's figure.

    Among three or more the sentence is of those two, as the verdict is.
    """
    metric = result.verdict.on
    compared = [each for each in result.targets if not result.verdict.compared or each.name in result.verdict.compared]
    ranked = sorted(compared, key=lambda target: _badness(target, metric), reverse=True)
    best = next((each for each in ranked if each.name == result.verdict.winner), ranked[-1] if ranked else None)
    return ranked if best is None or len(ranked) < 2 else [ranked[0], best]


def _badness(target: TargetResult, metric: str) -> tuple[bool, float]:
    """A figure that was not measured is worse than any."""
    value = figure(target, metric)
    if value is None:
        return True, 0.0
    return False, -value if metric in MORE_IS_BETTER else value


def _compared_facts(result: RunResult, about: Sequence[TargetResult]) -> list[CauseFact]:
    metric = result.verdict.on
    known = [(target, figure(target, metric)) for target in about]
    return [CauseFact(target.name, metric, value) for target, value in known if value is not None]


def _untellable(result: RunResult, about: Sequence[TargetResult]) -> str:
    """What keeps the figures from being the servers' own, or from being there at all."""
    if unsent := no_verdict_reason(about):
        return unsent
    late = [target for target in about if target.driver.limited and _is_spoilt(target)]
    if late and (result.mode != "race" or lateness_may_decide(about)):
        return _sent_late(late, result)
    dark = [target.name for target in about if target.states_ms is None and not without_page(target.requests)]
    if dark:
        unjoined = any(target.telemetry and not target.telemetry.joined for target in about)
        why = "the records of their workers do not join the visitors" if unjoined else "nothing was told of the workers"
        return f"{why} ({listed(map(named, dark))})"
    return ""


def _sent_late(late: Sequence[TargetResult], result: RunResult) -> str:
    """Whose visitors were not sent in time, for whose sake, and what to do."""
    others = [target for target in late if target.machine and target.machine.busy and not target.driver.took_its_core]
    machines = [target.machine for target in others if target.machine]
    if len(others) < len(late):
        own = listed(named(target.name) for target in late if target not in others)
        again = "measure one target after another" if result.mode == "race" else "run it again with fewer visitors"
        return f"the load driver itself was the limit when it sent the visitors of {own}; {again}"
    taken = taken_words(max(machines, key=attrgetter("taken")))
    whose = listed(named(target.name) for target in late)
    return f"visitors of {whose} were sent late, for {taken}; run it again when the machine is less busy"


def _is_spoilt(target: TargetResult) -> bool:
    """Whether lateness is a part of its visitors' mean time that counts, or the client could not send any faster.

    A few who were sent late are in the slowest hundredth, and in no state that a server's worker was in.
    """
    return target.driver.took_its_core or target.states_ms is None or share(target, "late") >= WORTH_SAYING


def _taken_by_others(result: RunResult, about: Sequence[TargetResult]) -> str:
    """Where other programs had so much of the machine that they may be all the difference."""
    busy = [target for target in about if target.machine and target.machine.busy]
    times = _times(result, about)
    if not busy or times is None or result.verdict.winner is not None or finds_no_difference(result.verdict):
        return ""
    most = max((target.machine for target in busy if target.machine), key=attrgetter("taken"))
    if times < REAL_DIFFERENCE or times * (1 - most.taken) >= REAL_DIFFERENCE:
        return ""
    # Told of the whole run, as its verdict does: a second share of the machine beside that would want an explanation.
    return taken_words(max((target.machine for target in result.targets if target.machine), key=attrgetter("taken")))


def _times(result: RunResult, about: Sequence[TargetResult]) -> float | None:
    values = [figure(target, result.verdict.on) for target in about]
    return ratio(values[0], values[-1]) if len(values) > 1 and None not in values else None  # type: ignore[arg-type]


def _kind(result: RunResult, about: Sequence[TargetResult]) -> str:
    """Whether they differ: as the verdict says, and in a race, which has none, by the figures themselves."""
    verdict = result.verdict
    if finds_no_difference(verdict):
        return SAME
    if verdict.words.startswith(ONE_ROUND_TELLS_NONE):
        return ONE_ROUND
    values = [figure(target, verdict.on) for target in about]
    if None in values or any(without_page(target.requests) for target in about):
        return DIFFERENCE
    times = _times(result, about)
    same = values[0] == values[-1] if times is None else times < REAL_DIFFERENCE
    return SAME if same else DIFFERENCE
