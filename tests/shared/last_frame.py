"""The figures up to the end of a run beside those of its result."""

from __future__ import annotations

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.analysis.unserved import answered_otherwise
from asgi_vs_wsgi.scenarios.results import ChildProcesses, OwnThreads, TargetResult
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

END_ALONE = {
    *("makespan_s", "throughput_rps", "uncorrected_latency_ms", "accepted_ms", "hops_per_request", "classes", "left"),
    *("connections", "law", "checks", "driver", "telemetry", "machine", "crash", "not_served", "receiving_since"),
    *("files_limit", "left_processes", "http_connections", "pieces"),
}
"""Figures that nobody computes before a run has ended; every other one is told of any moment."""
BOTH = [name for name in TargetResult.__struct_fields__ if name not in END_ALONE]
PEAKS = {
    **{"rss_peak_mb": None, "threads_peak": None, "connections_open_peak": None},
    **{"rss_before_mb": None, "threads_before": None},
    **{"cpu_ms": None, "running_ms": None, "server_own_ms": None, "ready_ms": None},
}


def last_frame(trace: TargetTrace) -> TargetResult:
    return ProgressiveFigures(trace).target(max(trace.visits.done_ns))


def compared(figures: TargetResult) -> dict[str, object]:
    """What the figures of the last frame and those of the result must have in common, to the last digit."""
    told = {name: getattr(figures, name) for name in BOTH}
    told["workers_seen"] = [
        replace(worker, own_work_ms=worker.own_work_ms or None, **PEAKS) for worker in figures.workers_seen
    ]  # results of before own work was told have none
    # In runs that were saved before it was told these are None.
    told["requests"] = replace(figures.requests, unexpected=answered_otherwise(figures.requests))
    told["failures"] = figures.failures or []
    told["awaiting_for"] = figures.awaiting_for or []
    told["own_threads"] = figures.own_threads or OwnThreads(0, 0.0)
    told["child_processes"] = figures.child_processes or ChildProcesses(0, 0.0, None)
    told["blame"] = {(line.where, line.state, line.own_thread): line.ms for line in figures.blame}
    return told


def assert_score_is(trace: TargetTrace, figures: TargetResult) -> None:
    """The line above the lanes counts on its own, as it follows the playhead."""
    counter = ScoreCounter(trace)
    counter.update_rows(range(len(trace.visits)))
    score, counts = counter.score(max(trace.visits.done_ns)), figures.requests
    assert (score.done, score.left) == (counts.completed, counts.cancelled)
    assert score.lost == counts.failed + counts.dropped
    assert score.no_page == answered_otherwise(counts)
    assert score.p95_ns / NS_PER_MS == (figures.latency_ms.p95 if figures.latency_ms else 0)
