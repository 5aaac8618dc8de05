"""The figures of the report's table, in its order, as people read them.

The figure that a scenario's verdict is on, where it is not one of those that are shown of every run.

              took    p50    p95  first byte p95
wsgi-sync   1.00 s 1.00 s 1.00 s         1.73 ms

What was seen in a race, which is no verdict: who was done first, and how long each took.

uvicorn was done first: makespan 0.22 s, gunicorn-sync 3.25 s

Who won, in a few words for beside the lanes, by the verdict and nothing else.

winner on p95: uvicorn
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.unserved import UNFINISHED, is_page
from asgi_vs_wsgi.scenarios.analysis.verdict import NO_WINNER, lateness_may_decide, order_of_ends
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, STATE_WORDS, UNTOLD
from asgi_vs_wsgi.scenarios.wording import listed, named, number, per_second, seconds
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult


_TIMES = {"latency_ms": "", "ttfb_ms": "first byte ", "queue_ms": "in line "}
_PLAIN = {
    "service_s": "a lone request",
    "hops_per_request": "hops per request",
    "connections.peak": "connections",
    "workers_seen.max.rss_peak_mb": "largest worker",
    "workers_seen.max.requests": "busiest worker",
}


def heading(metric: str) -> str:
    """`first byte p95`, `ordinary p95`: the metric in the few words of a column's head."""
    first, _, rest = metric.partition(".")
    if first == "classes":
        name, _, rest = rest.partition(".")
        return f"{name.replace('_', ' ')} {heading(rest)}"
    if first in _TIMES:
        return f"{_TIMES[first]}{rest}"
    return _PLAIN.get(metric, rest if first == "requests" else metric_words(metric))


def figure_words(target: TargetResult, metric: str) -> str:
    """The target's figure, as the verdict writes it."""
    value = figure(target, metric)
    return NOT_MEASURED if value is None else in_words(metric, value)


def told_of_each(result: RunResult, besides: Collection[str]) -> Sequence[str]:
    """`first byte p95: asgi-async 1.67 ms, wsgi-async 1.00 s`, and shorter; nothing of a metric in `besides`."""
    metric = result.verdict.on
    known = [(value, target) for target in result.targets if (value := figure(target, metric)) is not None]
    if metric in besides or not known:
        return []
    each = ", ".join(f"{named(target.name)} {in_words(metric, value)}" for value, target in known)
    ends = [pick(known, key=lambda pair: pair[0]) for pick in (min, max)]
    low, high = (f"{in_words(metric, value)} ({named(target.name)})" for value, target in ends)
    return [f"{heading(metric)}: {each}", *([f"{heading(metric)}: {low} to {high}"] if low != high else [])]


def milliseconds(value: float | None) -> str:
    """A time that is kept in milliseconds."""
    return NOT_MEASURED if value is None else seconds(value / 1000)


def in_seconds(value: float | None) -> str:
    """A time that is kept in seconds."""
    return NOT_MEASURED if value is None else seconds(value)


def _time(path: str) -> Callable[[TargetResult], str]:
    return lambda target: milliseconds(figure(target, path))


def _both_latencies(name: str) -> Callable[[TargetResult], str]:
    """From the intended start, and from the actual send: they part where visitors had to be kept waiting."""

    def of(target: TargetResult) -> str:
        both = [milliseconds(figure(target, f"{latency}.{name}")) for latency in LATENCIES]
        return NOT_MEASURED if both == [NOT_MEASURED] * 2 else " / ".join(both)

    return of


def _requests(target: TargetResult) -> str:
    return f"{target.requests.completed}/{target.requests.planned}"


def _others(target: TargetResult) -> str:
    counts = {name: getattr(target.requests, name) for name in ("failed", "cancelled", "dropped")}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _errors(target: TargetResult) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in _kinds(target).items() if count)


def _kinds(target: TargetResult) -> dict[str, int]:
    """Error kinds, and every status that is no page: from the counts alone where it was saved before it was told."""
    if target.not_served:
        return {each.kind: each.requests for each in target.not_served if each.kind != UNFINISHED}
    counts = target.requests
    return {kind: n for kind, n in counts.errors.items() if kind != "status"} | {
        status: n for status, n in counts.statuses.items() if counts.unexpected != 0 and not is_page(int(status))
    }


def _statuses(target: TargetResult) -> str:
    """Nothing where all are the same 200."""
    statuses = target.requests.statuses
    return "" if set(statuses) <= {"200"} else ", ".join(f"{number} × {status}" for status, number in statuses.items())


def _throughput(target: TargetResult) -> str:
    return NOT_MEASURED if target.throughput_rps is None else per_second(target.throughput_rps)


def _in_flight(target: TargetResult) -> str:
    most = target.in_flight
    return f"{number(most.max)} ({number(most.max_per_worker)} in one worker)" if most else NOT_MEASURED


def _hops(target: TargetResult) -> str:
    return NOT_MEASURED if target.hops_per_request is None else number(target.hops_per_request)


def _pieces(target: TargetResult) -> str:
    told = target.pieces
    if told is None or told.gap_ms is None:
        return NOT_MEASURED
    return f"{number(told.count.p50)}, {milliseconds(told.gap_ms.p50)} apart, at most {milliseconds(told.gap_ms.max)}"


def _connections(target: TargetResult) -> str:
    open_ = target.connections
    if open_ is None:
        return NOT_MEASURED
    before = f"{number(open_.before)} before, " if open_.before is not None else ""
    return f"{before}{number(open_.peak)} seen at most, {number(open_.at_end)} at the end"


LATENCIES = ("latency_ms", "uncorrected_latency_ms")
LATENCY_NOTE = "Latency: from the intended start / from the actual send."
MAKESPAN_NOTE = "Makespan: from the first intended start to the last end."
CONNECTIONS_NOTE = (
    "Database connections are counted 20 times a second at most; one that comes and goes between two looks is not seen."
)
WORKERS_NOTE = (
    "Memory and threads: from what a worker held already when the round's first visitor came to the most that was seen,"
    " looking five times a second. CPU: of its process, and in brackets what of that is the server's own."
)

FIGURES: tuple[Figure, ...] = (
    ("completed", _requests),
    ("not completed", _others),
    ("without a page", _errors),
    ("statuses", _statuses),
    ("makespan", lambda target: in_seconds(target.makespan_s)),
    ("throughput", _throughput),
    ("a lone request", lambda target: in_seconds(target.service_s)),
    ("latency p50", _both_latencies("p50")),
    ("latency p95", _both_latencies("p95")),
    ("latency p99", _both_latencies("p99")),
    ("latency max", _both_latencies("max")),
    ("first byte p75", _time("ttfb_ms.p75")),
    ("in line p50", _time("queue_ms.p50")),
    ("in line p95", _time("queue_ms.p95")),
    ("  in one worker's hands p95", _time("accepted_ms.p95")),
    ("pieces of an answer p50", _pieces),
    ("in flight at most", _in_flight),
    ("hops per request", _hops),
    ("WebSockets opened", lambda target: number(target.websockets) if target.websockets else ""),
    ("database connections", _connections),
)

_TOLD = frozenset(
    {"latency_ms.p50", "latency_ms.p95", "latency_ms.p99", "latency_ms.max", "makespan_s", "throughput_rps"}
    | {"service_s", "ttfb_ms.p75", "queue_ms.p50", "queue_ms.p95", "accepted_ms.p95"}
    | {"hops_per_request", "connections.peak", "requests.failed"}
)
"""The verdicts' metrics that FIGURES has."""


def verdict_figure(metric: str) -> Sequence[Figure]:
    """What the verdict is on, where FIGURES has no row of it."""
    return [] if metric in _TOLD else [(heading(metric), lambda target: figure_words(target, metric))]


def _state(name: str) -> Figure:
    def of(target: TargetResult) -> str:
        if target.states_ms is None:
            return NOT_MEASURED
        value = target.states_ms.get(name, 0.0)
        return milliseconds(value) if value != 0 else ""

    return STATE_WORDS[name], of


def _together(target: TargetResult) -> str:
    known = [value for value in target.states_ms.values() if value is not None] if target.states_ms else []
    return milliseconds(sum(known)) if known else NOT_MEASURED


STATES: tuple[Figure, ...] = (
    *(_state(name) for name in (*STATE_NAMES, UNTOLD)),
    ("together", _together),
)


DONE_FIRST = "was done first"
MEASURE_INSTEAD = "m measures one after another"
NO_WINNER_OF_RACES = f"all ran at once, so {NO_WINNER}; {MEASURE_INSTEAD}"
NO_FIRST_ONE = f"the load driver was the limit, so nobody is said to be first; {MEASURE_INSTEAD}"
NO_VERDICT_OF_RACES = f"all ran at once, so that is no verdict; {MEASURE_INSTEAD}"
"""Of who was done first."""


def seen_in_race(result: RunResult, plain: Collection[str]) -> str:
    """The figures that the scenario is about; of a metric in `plain`, the makespans. Empty where nothing is to be said.

    Where the load driver may have been what decided it nobody was done first.
    """
    if result.mode != "race":
        return ""
    if figures := told_of_each(result, plain):
        return "" if any(each.driver.limited for each in result.targets) else figures[0]
    if lateness_may_decide(result.targets):
        return ""
    if not (took := order_of_ends(result.targets)):
        return ""
    (first_s, first), *others = took
    later = ", ".join(f"{named(name)} {in_seconds(time_s)}" for time_s, name in others)
    return f"{named(first)} {DONE_FIRST}: makespan {in_seconds(first_s)}, {later}"


RACE_NAMES_NONE = f"a race: {NO_WINNER}"


def who_won(result: RunResult, plain: Collection[str]) -> Sequence[str]:
    """`winner on p95: uvicorn`, or that none is named, the fullest wording first; of one target alone nothing.

    Who was done first in a race is told where that is what it is about: see seen_in_race.
    """
    if len(result.targets) < 2:
        return []
    if result.verdict.winner is not None:
        compared = f", of {listed(result.verdict.compared)}" if result.verdict.compared else ""
        return [f"winner on {heading(result.verdict.on)}{compared}: {named(result.verdict.winner)}"]
    if result.mode != "race":
        return [NO_WINNER]
    if result.verdict.on not in plain or not seen_in_race(result, plain):
        return [RACE_NAMES_NONE, NO_WINNER]
    _, first = order_of_ends(result.targets)[0]
    first = f"{named(first)} {DONE_FIRST}"
    return [f"{first}; {RACE_NAMES_NONE}", first]
