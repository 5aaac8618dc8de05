"""Figures in words: what a path into a result means, and its number with the unit."""

from __future__ import annotations

_TIMES = {
    "latency_ms": "latency",
    "uncorrected_latency_ms": "latency from the actual send",
    "ttfb_ms": "time to the first byte",
    "queue_ms": "wait in line",
    "accepted_ms": "wait in one worker's hands",
}
_WHICH = {"min": "shortest", "max": "longest", "mean": "mean"}
_PLAIN = {
    "makespan_s": "time until all had a page",
    "throughput_rps": "requests per second",
    "service_s": "time of a lone request",
    "hops_per_request": "crossings between loop and thread a request",
    "workers_lost": "workers lost",
    "in_flight.max": "most requests at once",
    "in_flight.max_per_worker": "most requests at once in one worker",
    "connections.peak": "most open connections",
    "connections.at_end": "connections open at the end",
    "workers_seen.max.requests": "requests of the busiest worker",
    "workers_seen.max.rss_peak_mb": "memory of the largest worker",
    "workers_seen.max.threads_peak": "most threads in one worker",
}


def metric_words(path: str) -> str:
    """`classes.fast.latency_ms.p95` is `p95 latency of “fast” visitors`; a path that has no words stays as it is."""
    if path in _PLAIN:
        return _PLAIN[path]
    first, _, rest = path.partition(".")
    if first in _TIMES:
        return f"{_WHICH.get(rest, rest)} {_TIMES[first]}"
    if first == "states_ms":
        return f"mean time {rest}"
    if first == "requests":
        return f"{rest} requests"
    if first == "classes":
        name, _, rest = rest.partition(".")
        return f"{metric_words(rest)} of “{name.replace('_', ' ')}” visitors"
    return path


def is_time(path: str) -> bool:
    """Whether the figure is a time, or a number in a time."""
    return any(part.endswith(("_ms", "_s", "_rps")) for part in path.split("."))


def in_words(path: str, value: float) -> str:
    """The number with its unit: `312 ms`, `3.26 s`, `98.7/s`, `42.1 MB`, `16`."""
    key = next((part for part in path.split(".") if part.endswith(("_rps", "_ms", "_s", "_mb"))), "")
    if key.endswith("_rps"):
        return f"{value:.4g}/s"
    if key.endswith("_mb"):
        return f"{value:.3g} MB"
    if not key.endswith(("_ms", "_s")):
        return f"{value:g}"
    time_s = value / 1000 if key.endswith("_ms") else value
    return f"{time_s:.3g} s" if time_s >= 1 else f"{time_s * 1000:.3g} ms"
