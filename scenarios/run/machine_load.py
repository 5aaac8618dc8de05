"""What others took of the machine while a target was measured: other programs, and the host that lends it.

From the kernel's counts of each processor that we may use (proc(5), /proc/stat), less what our own processes used.
Programs that run at a low priority are not counted: they give way, as our screen does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.results import MachineShare

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
            user, _nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
            busy += user + system + irq + softirq
            stolen += steal
    return busy * tick_ns, stolen * tick_ns


def _processors() -> set[int]:
    return os.sched_getaffinity(0)
