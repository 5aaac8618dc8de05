"""What others took of the machine while a target was measured, and what the workers did without our own sampler.

From the kernel's counts of each processor that we may use (proc(5), /proc/stat), less what our own processes used.
Programs of a low priority count like others: between sessions and between control groups `nice` decides nothing
(sched(7), autogroup), and a program at 19 in another terminal takes half of the machine.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from time import clock_gettime_ns, monotonic_ns
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.results import MachineShare
from asgi_vs_wsgi.server_targets.processes.process_table import below, ended_children_cpu_ns, lists_children

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.collector.collector import WorkerLink


def worker_cpu_ns(link: WorkerLink) -> int:
    """The CPU clock of the worker's process in ns, its ended threads included; 0 when it is gone."""
    try:
        ours_ns = sum(_thread_times(link.pid, tid).cpu_ns for tid in (link.sampler, link.watcher) if tid)
    except OSError:
        return 0
    return max(0, process_cpu_ns(link.pid) - ours_ns)


def worker_ready_ns(link: WorkerLink) -> int:
    """How long the worker's threads that live were ready for a processor that others had; 0 where nobody tells."""
    ready_ns = 0
    with suppress(OSError):  # it is gone
        for folder in Path(f"/proc/{link.pid}/task").iterdir():
            if (tid := int(folder.name)) not in (link.sampler, link.watcher):
                with suppress(OSError, ValueError):  # it has ended, or the kernel counts nothing
                    ready_ns += _thread_times(link.pid, tid).ready_ns
    return ready_ns


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


class _ThreadTimes(NamedTuple):
    cpu_ns: int
    ready_ns: int


def _thread_times(pid: int, tid: int) -> _ThreadTimes:
    """From a thread's schedstat (proc(5)); another process's thread has no clock id of its own."""
    cpu_ns, ready_ns, _ = map(int, Path(f"/proc/{pid}/task/{tid}/schedstat").read_text(encoding="ascii").split())
    return _ThreadTimes(cpu_ns, ready_ns)


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
