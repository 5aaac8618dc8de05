"""The driver watches itself: a late or worn-out driver would be taken for a slow server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class DriverReport:
    """How well the driver kept its plan."""

    lag_p99_ms: float | None
    """How late visits began. Waiting for a connection of a bounded pool is not the driver's; None for closed
    arrivals, which have no schedule to be late for."""
    cpu_share: float
    """Of one core, by this whole process, while the drive lasted."""
    retried: int = 0
    """Requests sent again on a new connection, since the server had left the kept one before it read them."""
    closed_by_server: int = 0
    """Connections that were to be kept and that the server ended."""


class DriverHealth:
    """Measures from its making to its `report`."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = time.process_time()

    def report(self, late_ns: Sequence[int]) -> DriverReport:
        """The figures of a drive whose visits began so late; none: there was no schedule."""
        cpu_s = time.process_time() - self._cpu_s
        wall_s = time.monotonic() - self._wall_s
        lag_p99_ms = nearest_rank(sorted(late_ns), 99) / 1e6 if late_ns else None
        return DriverReport(lag_p99_ms, cpu_s / wall_s)
