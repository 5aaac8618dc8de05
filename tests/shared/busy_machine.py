"""How much longer than on an idle machine things take, where other tests and other people run programs too."""

from __future__ import annotations

import os


def slowness() -> float:
    """1 where everybody who wants a core has one; as many times more as want one."""
    return max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))
