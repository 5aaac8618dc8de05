"""Where the screen is in a run.

begin ──► STARTING ──opened──► RECORDING ──result──► OVER
              │                    └──stop──► STOPPED
              └── failure, or the lab died ──► FAILED
open ───► OPENING ──all is read──► OVER, or STOPPED where the run was
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What a session is at."""

    STILL = "still"
    """Nothing was run: what is shown, if anything, was recorded earlier."""
    OPENING = "opening"
    """A saved run is being read."""
    STARTING = "starting"
    RECORDING = "recording"
    OVER = "over"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = frozenset({Phase.STARTING, Phase.RECORDING})
