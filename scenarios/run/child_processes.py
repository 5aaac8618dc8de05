"""What a view's own processes take: those below each worker, as the kernel shows them, ten times a second.

A worker does not know of processes that a library starts, and a process of which nobody has waited for the end is
nobody's; so the lab looks, from a thread of its own, since a worker with a thousand threads has a thousand lists of
children.

    /proc/PID/task/TID/children    who is below a worker, and below those
    their CPU clocks               with what has ended there (to a tick of the kernel's clock, 10 ms)
    /proc/PID/status               their memory; pages that a forked process shares with its worker count for both
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, NamedTuple

import anyio
import anyio.to_thread

from asgi_vs_wsgi.scenarios.run.machine_load import process_cpu_ns
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind, Vital
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import read_vitals
from asgi_vs_wsgi.server_targets.processes.process_table import below, ended_children_cpu_ns, lists_children

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry


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
