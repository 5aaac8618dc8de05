"""What others took of the machine while a target was measured, and what the workers did without our own sampler.

From the kernel's counts of each processor that we may use (proc(5), /proc/stat), less what our own processes used.
Programs of a low priority count like others: between sessions and between control groups `nice` decides nothing
(sched(7), autogroup), and a program at 19 in another terminal takes half of the machine.

What a view's own processes take: those below each worker, as the kernel shows them, ten times a second.

A worker does not know of processes that a library starts, and a process of which nobody has waited for the end is
nobody's; so the lab looks, from a thread of its own, since a worker with a thousand threads has a thousand lists of
children.

    /proc/PID/task/TID/children    who is below a worker, and below those
    their CPU clocks               with what has ended there (to a tick of the kernel's clock, 10 ms)
    /proc/PID/status               their memory; pages that a forked process shares with its worker count for both
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from time import clock_gettime_ns, monotonic_ns
from typing import TYPE_CHECKING, NamedTuple

import anyio
import anyio.to_thread

from asgi_vs_wsgi.scenarios.results import MachineShare
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind, Vital
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import read_vitals
from asgi_vs_wsgi.server_targets.processes.process_tree import below, ended_children_cpu_ns, lists_children

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from asgi_vs_wsgi.scenarios.collector import WorkerLink
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.server_targets.processes.process_tree import ProcessEntry


def worker_cpu_ns(link: WorkerLink) -> int:
    """The CPU clock of the worker's process in ns, its ended threads included; 0 when it is gone."""
    try:
        ours_ns = sum(_thread_cpu_ns(link.pid, tid) for tid in (link.sampler, link.watcher) if tid)
    except OSError:
        return 0
    return max(0, process_cpu_ns(link.pid) - ours_ns)


def process_cpu_ns(pid: int) -> int:
    """The CPU clock of a whole process in ns, 0 when it is gone.

    Clock ids as in the kernel's posix-timers: the complement of the pid, shifted, and 2 for the scheduler's.
    """
    try:
        return clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def tree_cpu_ns(root: int) -> int:
    """Of a process and of everything below it, what has ended there and was waited for included; 0 when it is gone.

    That of the ended is known to a tick of the kernel's clock (10 ms), and only once somebody has waited for them.
    """
    pids = [root, *(entry.pid for entry in below(root, thorough=not lists_children()))]
    return sum(process_cpu_ns(pid) + ended_children_cpu_ns(pid) for pid in pids)


def _thread_cpu_ns(pid: int, tid: int) -> int:
    """The first number of a thread's schedstat (proc(5)); another process's thread has no clock id of its own."""
    return int(Path(f"/proc/{pid}/task/{tid}/schedstat").read_text(encoding="ascii").split()[0])


_also_ours: set[int] = set()


def count_as_ours(pid: int) -> None:
    """A process of ours that belongs to no run: the screen, while its lab measures."""
    _also_ours.add(pid)


def own_cpu_ns() -> int:
    """Of this process, and of those that count as ours beside it."""
    return time.process_time_ns() + sum(map(process_cpu_ns, _also_ours))


_STAT = Path("/proc/stat")


class Reading(NamedTuple):
    """Since the machine was started, in ns of processor time; `at_ns` by the clock."""

    at_ns: int
    busy_ns: int
    stolen_ns: int
    ours_ns: int


class MachineWatch:
    """Reads when it is made, and again when it is asked."""

    def __init__(self, ours_ns: Callable[[], int], stat: Path = _STAT) -> None:
        """`ours_ns`: the processor time that all processes of the run have used so far."""
        self._ours_ns = ours_ns
        self._stat = stat
        self._first = self._read()

    def shares(self) -> MachineShare | None:
        """Since it was made; None where the kernel does not tell."""
        now = self._read()
        if self._first is None or now is None:
            return None
        whole_ns = (now.at_ns - self._first.at_ns) * len(_processors())
        others_ns = now.busy_ns - self._first.busy_ns - (now.ours_ns - self._first.ours_ns)
        return MachineShare(
            others_share=min(1.0, max(0, others_ns) / whole_ns),
            stolen_share=min(1.0, (now.stolen_ns - self._first.stolen_ns) / whole_ns),
        )

    def _read(self) -> Reading | None:
        try:
            counts = read_counts(self._stat.read_text(encoding="ascii"), _processors())
        except OSError:
            return None
        return Reading(monotonic_ns(), *counts, self._ours_ns())


def read_counts(stat: str, processors: set[int]) -> tuple[int, int]:
    """(busy, stolen) in ns of these processors in the text of a /proc/stat, which counts in ticks of the clock."""
    tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    busy = stolen = 0
    names = {f"cpu{number}" for number in processors}
    for line in stat.split("\n"):
        name, *ticks = line.split() or [""]  # the last line is empty
        if name in names:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
            busy += user + nice + system + irq + softirq
            stolen += steal
    return busy * tick_ns, stolen * tick_ns


def _processors() -> set[int]:
    return os.sched_getaffinity(0)


EVERY_S = 0.1
MOST_OF_A_CORE = 0.03
"""Looking takes longer pauses the longer it takes."""


class Children(NamedTuple):
    """At one moment."""

    number: int = 0
    rss_kb: int = 0
    cpu_ns: int = 0


def read_children(worker: int, workers: Collection[int] = ()) -> Children:
    """Of everything below a worker that is not one of the `workers` itself, nor below one."""
    entries = _own(worker, below(worker, thorough=not lists_children()), workers)
    running = [entry.pid for entry in entries if entry.running]
    cpu_ns = sum(process_cpu_ns(entry.pid) + ended_children_cpu_ns(entry.pid) for entry in entries)
    return Children(len(running), sum(map(_rss_kb, running)), cpu_ns + ended_children_cpu_ns(worker))


def _own(worker: int, entries: list[ProcessEntry], workers: Collection[int]) -> list[ProcessEntry]:
    """Parents come before their children."""
    known, own = {worker}, []
    for entry in entries:
        if entry.parent in known and entry.pid not in workers:
            known.add(entry.pid)
            own.append(entry)
    return own


def _rss_kb(pid: int) -> int:
    with contextlib.suppress(OSError):
        return read_vitals(Path(f"/proc/{pid}/status").read_bytes()).get(Vital.RSS_KB, 0)
    return 0


class ChildWatch:
    """Of the workers of one trace, for one round; nothing is recorded where no worker ever has a child."""

    def __init__(self, trace: TargetTrace) -> None:
        self._trace = trace
        self._last: dict[int, tuple[int, Children]] = {}
        """The worker's pid to its latest reading, and when that was."""
        self._most_ns: dict[int, int] = {}
        """The worker's pid to the most CPU that was read: a clock that has ended is known to a tick alone."""
        self._told = False

    async def keep_reading(self) -> None:
        """Until cancelled, and then once more: the last thing that children did is the round's too."""
        took_ns = 0
        try:
            while True:
                await anyio.sleep(max(EVERY_S, took_ns / 1e9 / MOST_OF_A_CORE))
                at_ns, readings = await anyio.to_thread.run_sync(self._readings)
                took_ns = monotonic_ns() - at_ns
                self._note(at_ns, readings)
        finally:
            self.read_now()

    def read_now(self) -> None:
        """One reading of every worker."""
        self._note(*self._readings())

    def _readings(self) -> tuple[int, dict[int, Children]]:
        pids = [pid for pid, worker in list(self._trace.workers.items()) if not worker.died_ns]
        return monotonic_ns(), {pid: read_children(pid, pids) for pid in pids}

    def _note(self, at_ns: int, readings: dict[int, Children]) -> None:
        """From the first that shows anything on; with the one before it, which showed nothing."""
        if not self._told and any(map(self._is_news, readings.items())):
            self._told = True
            for pid, (before_ns, children) in self._last.items():
                self._store(pid, before_ns, children)
        for pid, children in readings.items():
            self._last[pid] = at_ns, children
            if self._told:
                self._store(pid, at_ns, children)

    def _is_news(self, reading: tuple[int, Children]) -> bool:
        pid, children = reading
        return children.number > 0 or (pid in self._last and children.cpu_ns > self._last[pid][1].cpu_ns)

    def _store(self, pid: int, at_ns: int, children: Children) -> None:
        """Unread: it is decoded when nothing is being measured."""
        self._most_ns[pid] = most_ns = max(children.cpu_ns, self._most_ns.get(pid, 0))
        self._trace.store(pid, b"".join(_records(at_ns, children._replace(cpu_ns=most_ns))))


def _records(at_ns: int, children: Children) -> Iterator[bytes]:
    values = {
        Vital.CHILDREN: children.number,
        Vital.CHILDREN_RSS_KB: children.rss_kb,
        Vital.CHILDREN_CPU_US: children.cpu_ns // 1000,
    }
    for vital, value in values.items():
        yield RECORD.pack(at_ns, value, 0, 0, Kind.VITAL, vital, 0)
