"""Clauses for verdicts on what is no time in states: first bytes, hops, connections, memory, who was lost.

Each says what of a target's measured figures makes the figure in question what it is; None where nothing does, and then
what its visitors spent their time in is told (`time_causes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.called_at import place_of
from asgi_vs_wsgi.scenarios.analysis.time_causes import Clause, facts_of, time_clause, unserved
from asgi_vs_wsgi.scenarios.results import CauseFact
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, is_time
from asgi_vs_wsgi.scenarios.wording import count, listed, megabytes, named, number, seconds, thousands

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.results import TargetResult

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
    facts = facts_of(target, "ttfb_ms.p95", "latency_ms.p95", "pieces.count.p50")
    first, last = in_words("ttfb_ms.p95", ttfb.p95, [latency.p95]), in_words("latency_ms.p95", latency.p95)
    if ttfb.p95 >= WITH_THE_LAST * latency.p95:
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


def memory(target: TargetResult) -> Clause | None:
    """What a worker holds grows with its threads."""
    size = figure(target, "workers_seen.max.rss_peak_mb")
    threads = figure(target, "workers_seen.max.threads_peak")
    if size is None or threads is None or target.in_flight is None:
        return None
    words = f"{named(target.name)} had {count(round(threads), 'thread')} in one worker ({megabytes(size)})"
    words += f" for {count(target.in_flight.max_per_worker, 'request')} in flight there"
    paths = ("workers_seen.max.rss_peak_mb", "workers_seen.max.threads_peak", "in_flight.max_per_worker")
    return Clause(words, facts_of(target, *paths))


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
    facts = facts_of(target, "requests.planned", "requests.completed")
    return Clause(f"{named(target.name)} served all {thousands(target.requests.planned)}", facts)


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
        words = f"the old workers of {named(target.name)} were gone {gap} before the first new one was ready"
        return Clause(words + (f" (the longest wait: {longest})" if longest else ""), facts)
    return Clause(f"a new worker of {named(target.name)} was ready before the last old one was gone", facts)


OF_FIGURE: dict[str, Callable[[TargetResult], Clause | None]] = {
    "ttfb_ms": first_byte,
    "hops_per_request": hops,
    "connections": connections,
    "service_s": alone,
    "requests.failed": lost,
    "requests.completed": lost,
    "workers_seen.max.rss_peak_mb": memory,
    "workers_seen.max.threads_peak": memory,
    "workers_seen.max.requests": shares_of_workers,
    "latency_ms.max": replaced_workers,
}


def clause(target: TargetResult, metric: str, views: str) -> Clause:
    """Why the target's figure is what it is."""
    rule = next((rule for path, rule in OF_FIGURE.items() if metric == path or metric.startswith(f"{path}.")), None)
    return (rule(target) if rule else None) or time_clause(target, views, of_times=is_time(metric))
