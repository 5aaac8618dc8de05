"""What a target did beside its requests, in threads and processes that its views had started, until any moment.

    own threads       slices and looks, as of requests: what of them was on the CPU, and at which line
    child processes   readings of their CPU clocks, ten times a second

Their CPU is the target's; none of it is a request's time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.blamed_lines import Line, blocking_lines, told_whose
from asgi_vs_wsgi.scenarios.analysis.intervals import Interval, MostAtOnce, Summed, clipped
from asgi_vs_wsgi.scenarios.results import ChildProcesses, OwnThreads
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.slices import Slice
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

TOLD = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED)
"""States whose lines are told: what an own thread waits for the GIL holds nobody."""


class BesideRequests:
    """Of one trace that may still grow; counted anew when its workers have told more."""

    def __init__(self, trace: TargetTrace, only: WorkerTrace | None = None) -> None:
        """`only`: of this worker alone."""
        self._trace, self._only = trace, only
        self._events = -1
        self._running, self._threads = Summed(()), MostAtOnce(())
        self._lines: dict[Line, Summed] = {}
        self._children: list[tuple[int, int, int, int]] = []
        """(when, processes, their memory in kB, their CPU since the first visitor in ns), of all workers together."""

    def own_threads(self, until_ns: int) -> OwnThreads:
        """Since the first visitor."""
        self._count()
        told = {line: time_ns for line, summed in self._lines.items() if (time_ns := summed.until_ns(until_ns))}
        lines = [replace(line, own_thread=True) for line in told_whose(blocking_lines(told), self._trace)]
        return OwnThreads(self._threads.until(until_ns), self._running.until_ns(until_ns) / NS_PER_MS, lines)

    def child_processes(self, until_ns: int) -> ChildProcesses:
        """Likewise."""
        self._count()
        seen = self._children[: bisect_right(self._children, until_ns, key=lambda reading: reading[0])]
        count = max((reading[1] for reading in seen), default=0)
        rss_kb = max((reading[2] for reading in seen), default=0)
        return ChildProcesses(count, seen[-1][3] / NS_PER_MS if seen else 0.0, rss_kb / 1024 if count else None)

    def _count(self) -> None:
        workers = [self._only] if self._only else list(self._trace.workers.values())
        events = sum(worker.events for worker in workers)
        if events == self._events:
            return
        self._events = events
        window = (min(filter(None, self._trace.visits.intended_ns), default=0), FOREVER)
        slices = [(worker, each) for worker in workers for each in worker.own_threads.slices]
        pieces = [(worker, *piece) for worker, each in slices for piece in pieces_of(worker, each)]
        self._threads = MostAtOnce(clipped([(each.start_ns, known_until_ns(each)) for worker, each in slices], window))
        self._running = Summed(clipped([piece[2:4] for piece in pieces if piece[1] is State.RUNNING], window))
        lines: dict[Line, list[Interval]] = {}
        for worker, state, from_ns, to_ns, location in pieces:
            if state in TOLD and location > 0 and (where := worker.line_at(location)):
                lines.setdefault((where, state, worker.library_at(location), False), []).append((from_ns, to_ns))
        self._lines = {line: Summed(clipped(intervals, window)) for line, intervals in lines.items()}
        self._children = list(_readings(workers, window[0]))


def beside_words(threads: OwnThreads | None, children: ChildProcesses | None) -> str:
    """`threads of its views' own took 0.40 s of CPU (at most 2 at once, longest at views.py:21 work)`, and such."""
    parts = []
    if threads and threads.count:
        where = next((f", longest at {line.where}" for line in threads.lines if line.state == "running"), "")
        most = f"at most {threads.count} at once{where}"
        parts.append(f"threads of its views' own took {_cpu_words(threads.cpu_ms)} ({most})")
    if children and children.count:
        memory = "" if children.rss_peak_mb is None else f", {in_words('rss_peak_mb', children.rss_peak_mb)}"
        most = f"at most {children.count} at once{memory}"
        parts.append(f"processes that its views had started took {_cpu_words(children.cpu_ms)} ({most})")
    return "; ".join(parts)


def _cpu_words(cpu_ms: float) -> str:
    return f"{seconds(cpu_ms / 1000)} of CPU" if cpu_ms else "no CPU"


def pieces_of(worker: WorkerTrace, slice_: Slice) -> list[tuple[State, int, int, int]]:
    """What a thread of the view's own did, as far as it was looked at."""
    blocked = State.BLOCKED if worker.shows_calls else State.BLOCKED_OR_STALLED
    return [
        (blocked if state is State.BLOCKED else state, from_ns, to_ns, location)
        for state, from_ns, to_ns, location in slice_.pieces(known_until_ns(slice_))
    ]


def known_until_ns(slice_: Slice) -> int:
    """Its end, or the last look: a thread that nobody hears of any more may have ended since."""
    return slice_.end_ns or (slice_.samples[-1].at_ns if slice_.samples else slice_.start_ns)


def _readings(workers: list[WorkerTrace], start_ns: int) -> Iterator[tuple[int, int, int, int]]:
    """All workers of a target are read at the same time; one that has ended keeps what its children had used."""
    count, rss_kb, used_us = Counter[int](), Counter[int](), dict[int, Counter[int]]()
    for worker in workers:
        count.update(dict(worker.vitals[Vital.CHILDREN]))
        rss_kb.update(dict(worker.vitals[Vital.CHILDREN_RSS_KB]))
        readings = worker.vitals[Vital.CHILDREN_CPU_US]
        first = next((value for at_ns, value in reversed(readings) if at_ns < start_ns), None)
        first = first if first is not None else readings[0][1] if readings else 0
        used_us[worker.pid] = Counter({at_ns: value - first for at_ns, value in readings})
    latest: dict[int, int] = {}
    for at_ns in sorted({at_ns for used in used_us.values() for at_ns in used}):
        latest |= {pid: used[at_ns] for pid, used in used_us.items() if at_ns in used}
        if at_ns >= start_ns:
            yield at_ns, count[at_ns], rss_kb[at_ns], max(0, sum(latest.values())) * 1000
