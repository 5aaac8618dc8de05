"""Readings of the whole worker, five times a second: memory of its own and threads."""

from __future__ import annotations

from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Vital, pack_header

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write

EVERY_NS = 200_000_000
_LINES = {b"RssAnon:": Vital.RSS_KB, b"RssFile:": Vital.RSS_KB, b"Threads:": Vital.THREADS}
"""Resident memory without what is shared, which is mostly our ring (proc(5), /proc/pid/status)."""


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
