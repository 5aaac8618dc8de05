"""How much CPU a worker has used, without what our own sampler in it has."""

from __future__ import annotations

from pathlib import Path
from time import clock_gettime_ns

from asgi_vs_wsgi.scenarios.collector.worker_link import WorkerLink


def worker_cpu_ns(link: WorkerLink) -> int:
    """The CPU clock of the worker's process in ns, its ended threads included; 0 when it is gone."""
    try:
        sampler_ns = _thread_cpu_ns(link.pid, link.sampler) if link.sampler else 0
    except OSError:
        return 0
    return max(0, process_cpu_ns(link.pid) - sampler_ns)


def process_cpu_ns(pid: int) -> int:
    """The CPU clock of a whole process in ns, 0 when it is gone.

    Clock ids as in the kernel's posix-timers: the complement of the pid, shifted, and 2 for the scheduler's.
    """
    try:
        return clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def _thread_cpu_ns(pid: int, tid: int) -> int:
    """The first number of a thread's schedstat (proc(5)); another process's thread has no clock id of its own."""
    return int(Path(f"/proc/{pid}/task/{tid}/schedstat").read_text(encoding="ascii").split()[0])
