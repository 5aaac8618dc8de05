"""The driver watches itself: a late or worn-out driver would be taken for a slow server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class DriverReport:
    """How well the driver kept its plan."""

    lag_p99_ms: float  # how late visits began; the wait for a connection of a bounded pool is not the driver's
    cpu_share: float  # of one core, by this whole process, while the drive lasted


class Watch:
    """Measures from its making to its `report`."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = time.process_time()

    def report(self, late_ns: Iterable[int]) -> DriverReport:
        """The figures of a drive whose visits began so late."""
        cpu_s = time.process_time() - self._cpu_s
        wall_s = time.monotonic() - self._wall_s
        ordered = sorted(late_ns)
        lag_ns = nearest_rank(ordered, 99) if ordered else 0
        return DriverReport(lag_ns / 1e6, cpu_s / wall_s if wall_s else 0.0)


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The smallest of the ascending samples that at least `percent` % of them do not exceed."""
    return ordered[-(-percent * len(ordered) // 100) - 1]
