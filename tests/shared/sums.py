"""Sums that must come out: a visitor's states and their latency, a loop's hold and its slices, running and the CPU.

The CPU is the kernel's count of the worker's process, less that of the threads that look from beside. What is told as
running is by a thread's CPU clock (calls in threads, steps of loops that were looked at) or, of steps that were over
before anybody looked, by the clock on the wall: in such a step its thread may have been ready for a processor that
others had, which the kernel counts too (proc(5), schedstat).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, Interval, clipped, handlings_of, window_of
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.run.machine_load import process_cpu_ns
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.backends import native


def states_off_ns(trace: TargetTrace) -> int:
    """By how much the states of a visitor who was served differ from their latency, at most."""
    visits = trace.visits
    served = (row for row, outcome in enumerate(visits.outcome) if outcome == DONE)
    off_ns = (sum(trace.state_totals_ns(row)) - visits.done_ns[row] + visits.intended_ns[row] for row in served)
    return max(map(abs, off_ns), default=0)


class Held(NamedTuple):
    """For how long a loop was held, by its own account, and by the slices that stand for it."""

    told_ns: int
    union_ns: int


def held(trace: TargetTrace) -> Iterator[Held]:
    """Of every loop, for as long as its worker lived."""
    window = window_of(trace.visits)
    assert window
    for worker in trace.workers.values():
        records = [*handlings_of(trace, worker), worker.own_work]
        until_ns = worker.died_ns or window[1]
        for lane, loop in worker.loops.items():
            slices = [
                (slice_.start_ns, slice_.end_ns or until_ns)
                for each in records
                for slice_ in each.slices
                if slice_.lane == lane and slice_.on_loop
            ]
            lived = (window[0], min(window[1], until_ns))
            yield Held(loop.held_ns(*lived), Covered(clipped(slices, lived)).until_ns(window[1]))


class Running(NamedTuple):
    """How long a worker says that it was on the CPU."""

    by_cpu_ns: int
    """Of calls in threads, and of steps that were looked at."""
    by_wall_ns: int
    """Of the other steps of loops."""


def running(trace: TargetTrace, worker: WorkerTrace, window: Interval) -> Running:
    """Of all that the worker told of, for requests and for nobody, within the window."""
    records: list[RequestRecord] = [*worker.handlings.values(), worker.own_work, worker.own_threads]
    sums = {True: 0, False: 0}
    for each in records:
        for slice_ in each.slices:
            pieces = ((start, end) for state, start, end, _ in slice_.pieces(window[1]) if state is State.RUNNING)
            by_wall = slice_.on_loop and not slice_.samples
            sums[by_wall] += sum(end - start for start, end in clipped(pieces, window))
    return Running(sums[False], sums[True])


class CpuWatch:
    """Reads the CPU clocks of workers again and again, to tell later what they used between two moments."""

    PAUSE_S = 0.01

    def __init__(self, *, ready: bool = False) -> None:
        """`ready`: also for how long their threads were ready for a processor."""
        self._samplers: dict[int, list[int]] = {}
        self._read: dict[int, list[tuple[int, int]]] = {}
        self._ready: dict[int, list[tuple[int, int]]] | None = {} if ready else None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> CpuWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, target: str, pid: int) -> None:
        """A worker has said hello: right before it started the threads that look, which are its newest."""
        looking = 1 if native is None else 2  # the sampler, and the one that needs no GIL
        self._samplers[pid] = sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())[-looking:]
        if self._ready is not None:
            self._ready[pid] = []
        self._read[pid] = []

    def used_ns(self, pid: int, window: Interval) -> float:
        """Between these moments."""
        from_ns, to_ns = (_at(self._read[pid], at_ns) for at_ns in window)
        return to_ns - from_ns

    def ready_ns(self, pid: int, window: Interval) -> float:
        """For how long threads of it were ready for a processor that others had, each counted by itself."""
        assert self._ready is not None
        from_ns, to_ns = (_at(self._ready[pid], at_ns) for at_ns in window)
        return to_ns - from_ns

    def _run(self) -> None:
        while not self._over.wait(self.PAUSE_S):
            for pid, samplers in list(self._samplers.items()):
                try:
                    sampled = [Path(f"/proc/{pid}/task/{tid}/schedstat").read_text().split()[0] for tid in samplers]
                except OSError:
                    continue
                at_ns, used_ns = monotonic_ns(), process_cpu_ns(pid)
                if used_ns:
                    self._read[pid].append((at_ns, used_ns - sum(map(int, sampled))))
                    if self._ready is not None:
                        self._ready[pid].append((at_ns, _ready_ns(pid, samplers)))


def _ready_ns(pid: int, without: list[int]) -> int:
    """Of the threads that there are; what ended ones had waited is forgotten with them."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if int(task.name) not in without:
            with suppress(OSError):  # it has just ended
                found += int((task / "schedstat").read_text().split()[1])
    return found


def _at(read: list[tuple[int, int]], at_ns: int) -> float:
    """Between two readings what was used in between grows evenly."""
    after = min(max(1, bisect_left(read, (at_ns, 0))), len(read) - 1)
    (before_ns, before), (later_ns, later) = read[after - 1], read[after]
    return before + (later - before) * (at_ns - before_ns) / (later_ns - before_ns)
