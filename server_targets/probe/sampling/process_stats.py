"""Readings of the whole worker, five times a second: memory of its own, threads, and collections of all its garbage."""

from __future__ import annotations

import gc
import sysconfig
from collections import deque
from pathlib import Path
from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Vital, pack_header

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write

EVERY_NS = 200_000_000
_LINES = {b"RssAnon:": Vital.RSS_KB, b"RssFile:": Vital.RSS_KB, b"Threads:": Vital.THREADS}
"""Resident memory without what is shared, which is mostly our ring (proc(5), /proc/pid/status)."""


class FullCollections:
    """A callback of `gc`. It may be called in the middle of anything, a record that is being written among it, and so
    only notes what it has seen.

    A free-threaded build has no generations: each of its collections is of all garbage, and those that begin by
    themselves are told as of the youngest. Python 3.14.0 to 3.14.4 collects all only where a program asks for it, and
    otherwise some of it at a time.
    """

    def __init__(self, *, free_threaded: bool) -> None:
        self.seen: deque[tuple[int, int]] = deque(maxlen=MOST_SEEN)
        """(when it was over, the CPU that it took), in ns."""
        self._began_ns = 0
        self._from_generation = 0 if free_threaded else OLDEST

    def __call__(self, phase: str, told: dict[str, Any]) -> None:
        """Young generations are collected hundreds of times as often, in a hundredth of the time."""
        if told["generation"] < self._from_generation:
            return
        if phase == "start":
            self._began_ns = thread_time_ns()
        else:
            self.seen.append((monotonic_ns(), thread_time_ns() - self._began_ns))


OLDEST = 2
MOST_SEEN = 1000
"""Between two readings; a child of the worker has the callback, and nobody who reads."""
COLLECTIONS = FullCollections(free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")))


def follow_collections() -> None:
    """From now on."""
    gc.callbacks.append(COLLECTIONS)


class ProcessStats:
    """Reads /proc/self/status when it is time to."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.ours = 0
        """Threads that are left out."""
        self._due_ns = 0
        self._status = Path("/proc/self/status").open("rb", buffering=0)  # noqa: SIM115 - for the worker's life

    def maybe(self) -> None:
        """Report once per interval; cheap to call more often."""
        now_ns = monotonic_ns()
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + EVERY_NS
        readings = self._read()
        if Vital.THREADS in readings:
            readings[Vital.THREADS] -= self.ours
        for vital, value in readings.items():
            self._write(now_ns, value, 0, pack_header(0, Kind.VITAL, vital))
        while COLLECTIONS.seen:
            at_ns, cpu_ns = COLLECTIONS.seen.popleft()
            self._write(at_ns, cpu_ns // 1000, 0, pack_header(0, Kind.VITAL, Vital.FULL_COLLECTION_US))

    def _read(self) -> dict[Vital, int]:
        self._status.seek(0)
        return read_vitals(self._status.read(4096))


def read_vitals(status: bytes) -> dict[Vital, int]:
    """The readings in the text of a /proc/PID/status."""
    readings: dict[Vital, int] = {}
    for line in status.splitlines():
        name, _, rest = line.partition(b"\t")
        if vital := _LINES.get(name):
            readings[vital] = readings.get(vital, 0) + int(rest.split()[0])
    return readings
