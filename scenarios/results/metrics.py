"""The figures of a target's result that a scenario may name: for its verdict, a prediction or a check.

Figures and checks in words: what a path into a result means, its number with the unit, what was expected of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.assertions.claims import unit_suffix
from asgi_vs_wsgi.scenarios.results import (
    ChildProcesses,
    HttpConnections,
    InFlight,
    Latency,
    LeftVisitors,
    PieceCount,
    Spread,
    TargetResult,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.browser import CLICKS
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, STATE_WORDS
from asgi_vs_wsgi.scenarios.wording import megabytes, number, per_second, seconds, share

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.results import MachineShare


_TIMES = ("latency_ms", "uncorrected_latency_ms", "ttfb_ms", "queue_ms", "accepted_ms")
_OF_LATENCY = tuple(each.name for each in fields(Latency) if not each.name.startswith("interval"))
_COUNTS = ("planned", "completed", "failed", "cancelled", "dropped")

_OF_WORKERS = ("max", "min", "sum")
_ENDS = ("ended", "told_s", "gone_s", "replaced_s")
"""Of a worker: told of those that ended, and no figure of all."""
_FIGURES_OF_WORKER = tuple(each.name for each in fields(WorkerSeen) if each.name not in ("pid", "own_work", *_ENDS))

_VITALS = {
    "ttfb_ms": "time to the first byte in a browser",
    "fcp_ms": "first contentful paint",
    "lcp_ms": "largest contentful paint",
    **{f"inp_ms.{click}": f"INP of the click “{click.replace('_', ' ')}”" for click in CLICKS},
    **{
        f"answer_ms.{click}": f"time from the click “{click.replace('_', ' ')}” to its answer"
        for click in CLICKS
        if click != "navigate"
    },
}
_OF_MEASURED = ("p75", "min", "max")

METRICS: tuple[str, ...] = (
    "makespan_s",
    "throughput_rps",
    "service_s",
    "hops_per_request",
    "workers_lost",
    "workers_ended",
    "websockets",
    *(f"{times}.{name}" for times in _TIMES for name in _OF_LATENCY),
    *(f"states_ms.{state}" for state in STATE_NAMES),
    *(f"in_flight.{figure.name}" for figure in fields(InFlight)),
    *(f"requests.{count}" for count in _COUNTS),
    *(f"left.{figure.name}" for figure in fields(LeftVisitors)),
    "connections.peak",
    "connections.at_end",
    *(f"http_connections.{figure.name}" for figure in fields(HttpConnections)),
    *(f"pieces.count.{figure.name}" for figure in fields(PieceCount)),
    *(f"pieces.gap_ms.{figure.name}" for figure in fields(Spread)),
    "own_threads.count",
    "own_threads.cpu_ms",
    *(f"child_processes.{figure.name}" for figure in fields(ChildProcesses)),
    *(f"workers_seen.{of}.{figure}" for of in _OF_WORKERS for figure in _FIGURES_OF_WORKER),
    *(f"vitals.{vital}.{of}" for vital in _VITALS for of in _OF_MEASURED),
    "vitals.driver_ttfb_ms",
)
"""Paths into a TargetResult that lead to a number (or to null, where it was not measured)."""

_OF_CLASS = (
    *(f"{times}.{name}" for times in ("latency_ms", "ttfb_ms") for name in _OF_LATENCY),
    *(f"requests.{count}" for count in _COUNTS),
)

MORE_IS_BETTER = frozenset({"throughput_rps", "requests.completed"})


_OF_VISITS = ("visits.visitors", "visits.completed", *(f"visits.latency_ms.{name}" for name in _OF_LATENCY))


def metrics_with(classes: Iterable[str], pages: Mapping[str, Sequence[str]] | None = None) -> tuple[str, ...]:
    """METRICS and, for scenarios with classes of visitors, `classes.NAME.…` for each.

    `pages`: class to the names of its pages, of those that have any.
    """
    of_pages = (
        f"classes.{name}.{path}"
        for name, of_one in (pages or {}).items()
        for path in (*_OF_VISITS, *(f"pages.{page}.{path}" for page in of_one for path in _OF_CLASS))
    )
    return (*METRICS, *(f"classes.{name}.{path}" for name in classes for path in _OF_CLASS), *of_pages)


def figures_of(targets: Iterable[TargetResult]) -> tuple[str, ...]:
    """METRICS, and those of the classes and pages that these targets were asked by."""
    classes = {each.name: [page.name for page in each.pages] for target in targets for each in target.classes}
    return metrics_with(classes, {name: pages for name, pages in classes.items() if pages})


def saved_figures_of(targets: Iterable[TargetResult]) -> tuple[str, ...]:
    """The same, and what runs that were saved once may tell of: a worker's pid was among them."""
    return (*figures_of(targets), *(f"workers_seen.{of}.pid" for of in _OF_WORKERS))


def figure(result: TargetResult, path: str) -> float | None:
    """The number at `path`, None where it was not measured."""
    value: Any = result
    for key in path.split("."):
        if value is None:
            return None
        value = _step(value, key)
    return None if value is None else float(value)


def _step(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, _Reduced):
        return value.reduced(key)
    if isinstance(value, list):
        named = [each for each in value if getattr(each, "name", None) == key]
        return named[0] if named else _Reduced(key, value)
    return getattr(value, key)


class _Reduced(NamedTuple):
    """`workers_seen.max`: the next key is looked up in every worker, and the largest counts."""

    reduction: str
    values: list[Any]

    def reduced(self, key: str) -> float | None:
        known = [getattr(value, key) for value in self.values if getattr(value, key) is not None]
        return _REDUCTIONS[self.reduction](known) if known else None


_REDUCTIONS: dict[str, Callable[[list[float]], float]] = {"max": max, "min": min, "sum": sum}


_TIME_LABELS = {
    "latency_ms": "latency",
    "uncorrected_latency_ms": "latency from the actual send",
    "ttfb_ms": "time to the first byte",
    "queue_ms": "time in line",
    "accepted_ms": "time in line in one worker's hands",
    "pieces.gap_ms": "gap between pieces of an answer",
}
_WHICH = {"min": "shortest", "max": "longest", "mean": "mean"}
_WHICH_COUNT = {"min": "fewest", "max": "most"}
_PLAIN = {
    "makespan_s": "makespan",
    "throughput_rps": "throughput",
    "service_s": "time of a lone request",
    "hops_per_request": "hops between loop and thread per request",
    "workers_lost": "workers lost",
    "workers_ended": "workers that ended as they were told to",
    "websockets": "WebSockets opened",
    "vitals.driver_ttfb_ms": "p75 time to the first byte of those beside a browser",
    "in_flight.max": "most requests in flight",
    "in_flight.max_per_worker": "most requests in flight in one worker",
    "connections.peak": "most connections seen open",
    "connections.at_end": "connections open at the end",
    "http_connections.made": "connections made",
    "http_connections.reused": "requests on connections that were kept",
    "http_connections.closed_by_server": "kept connections that the server closed",
    "http_connections.refused": "connections refused",
    "http_connections.retried": "requests sent again on a new connection",
    "http_connections.answered": "connections that carried an answer",
    "http_connections.unheard": "connections waited on in vain",
    "http_connections.overtook": "later requests answered before those",
    "own_threads.count": "most threads of the views' own that computed at once",
    "own_threads.cpu_ms": "CPU of the views' own threads",
    "child_processes.count": "most processes of the views' own at once",
    "child_processes.cpu_ms": "CPU of the views' own processes",
    "child_processes.rss_peak_mb": "memory of the views' own processes",
    "left.requests": "visitors who left while they were served",
    "left.cancelled": "requests cancelled when their visitor left",
    "left.worked_on_ms": "mean time for which work went on after its visitor had left",
    "workers_seen.max.requests": "requests of the busiest worker",
    "workers_seen.min.requests": "requests of the least busy worker",
    "workers_seen.sum.requests": "requests that workers began",
    "workers_seen.max.rss_peak_mb": "memory of the largest worker",
    "workers_seen.max.threads_peak": "most threads in one worker",
    "workers_seen.max.loop_held_max_ms": "longest time for which a loop was held",
}
_OF_WORKER = {
    "busy_share": "part of the run for which a worker was busy",
    "blocked_share": "part of the run for which a worker was blocked",
    "loop_held_max_ms": "longest hold of a worker's loop",
    "own_work_ms": "time for which a worker's loop was held outside any request",
    "rss_peak_mb": "memory of a worker",
    "threads_peak": "most threads of a worker",
    "connections_open_peak": "most open connections of a worker",
    "rss_before_mb": "memory of a worker before the first visitor",
    "threads_before": "threads of a worker before the first visitor",
    "cpu_ms": "CPU of a worker",
    "running_ms": "CPU of a worker that is told as running",
    "server_own_ms": "CPU of a worker that is its server's own",
    "ready_ms": "time for which a worker's threads were ready for a processor that others had",
}
_VISITORS = {"visits.visitors": "", "visits.completed": " with all their pages"}
_REDUCED = {"max": "largest", "min": "smallest", "sum": "sum of every"}


def metric_words(path: str) -> str:
    """`classes.fast.latency_ms.p95` is `p95 latency of “fast” visitors`; a path that has no words stays as it is."""
    if path in _PLAIN:
        return _PLAIN[path]
    if path.startswith("vitals."):
        vital, _, of = path.removeprefix("vitals.").rpartition(".")
        return f"{_WHICH.get(of, of)} {_VITALS[vital]}" if vital in _VITALS else path
    first, _, rest = path.partition(".")
    if first == "pieces":
        first, _, rest = path.rpartition(".")
        if first == "pieces.count":
            return f"{_WHICH_COUNT.get(rest, rest)} pieces of an answer"
    if first in _TIME_LABELS:
        return f"{_WHICH.get(rest, rest)} {_TIME_LABELS[first]}"
    if first == "states_ms":
        return f"mean time {STATE_WORDS.get(rest, rest)}"
    if first == "requests":
        return f"{rest} requests"
    if first == "classes":
        name, _, rest = rest.partition(".")
        visitors = f"“{name.replace('_', ' ')}” visitors"
        if rest in _VISITORS:
            return f"{visitors}{_VISITORS[rest]}"
        return f"{metric_words(rest)} of {visitors}"
    if first == "pages":
        name, _, rest = rest.partition(".")
        return f"{metric_words(rest)} of {'page ' if name.isdigit() else ''}“{name.replace('_', ' ')}”"
    if first == "visits":
        return f"{metric_words(rest)} of all pages together"
    if first == "workers_seen":
        return _of_workers(path, *rest.split("."))
    return path


def _of_workers(path: str, reduction: str, name: str = "") -> str:
    known = reduction in _REDUCED and name in _OF_WORKER
    return f"{_REDUCED[reduction]} {_OF_WORKER[name]}" if known else path


def is_sampled(path: str) -> bool:
    """Whether the figure is the most that was seen by looking now and then: more may have been there in between."""
    sampled = path in ("connections.peak", "child_processes.count")
    return sampled or path.endswith(("rss_peak_mb", "threads_peak", "connections_open_peak"))


def in_words(path: str, value: float, beside: Collection[float] = ()) -> str:
    """The number with its unit, in the one form of its kind: `42 ms`, `3.26 s`, `98.7/s`, `42 MB`, `97%`, `16`.

    With more digits where it would look like one that stands `beside` it and is another.
    """
    key = unit_suffix(path)
    words = _plainly(key, value)
    alike = any(other != value and _plainly(key, other) == words for other in beside)
    return _exactly(key, value) if alike else words


def _plainly(key: str, value: float) -> str:
    if key.endswith(("_ms", "_s")):
        return seconds(_in_seconds(key, value))
    if key.endswith("_rps"):
        return per_second(value)
    if key.endswith("_mb"):
        return megabytes(value)
    return share(value) if key.endswith("_share") else number(value)


def _exactly(key: str, value: float) -> str:
    """A digit more, with the unit that it has anyway."""
    if key.endswith(("_ms", "_s")):
        time_s = _in_seconds(key, value)
        size, unit = (time_s, "s") if seconds(time_s).endswith(" s") else (time_s * 1000, "ms")
        return f"{size:#.3g} {unit}" if time_s < 0.995 else f"{size:#.4g} {unit}"
    units = {"_rps": "/s", "_mb": " MB", "_share": ""}
    return next((f"{value:.5g}{words}" for end, words in units.items() if key.endswith(end)), f"{value:.5g}")


def _in_seconds(key: str, value: float) -> float:
    return value / 1000 if key.endswith("_ms") else value


_SEEN_SHARE = 0.01


def taken_words(machine: MachineShare) -> str:
    """`other programs took 14% of the machine, its host 5%`; the host alone where only it took any."""
    host = share(machine.stolen_share)
    if machine.others_share < _SEEN_SHARE <= machine.stolen_share:
        return f"its host took {host} of the machine"
    stolen = f", its host {host}" if machine.stolen_share >= _SEEN_SHARE else ""
    return f"other programs took {share(machine.others_share)} of the machine{stolen}"
