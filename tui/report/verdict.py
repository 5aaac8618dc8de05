"""The figure that a scenario's verdict is on, where it is not one of those that are shown of every run.

              took    p50    p95  first byte p95
wsgi-sync   1.00 s 1.00 s 1.00 s         1.73 ms
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.metric_labels import in_words, metric_words
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
    values = [value for value, _ in known]
    each = ", ".join(f"{target.name} {in_words(metric, value, values)}" for value, target in known)
    ends = [pick(known, key=lambda pair: pair[0]) for pick in (min, max)]
    low, high = (f"{in_words(metric, value, values)} ({target.name})" for value, target in ends)
    return [f"{heading(metric)}: {each}", *([f"{heading(metric)}: {low} to {high}"] if low != high else [])]
