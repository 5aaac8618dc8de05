"""How a worker ends, and what the lab knows of its life beside the records that it writes itself."""

from __future__ import annotations

from msgspec import Struct

RECYCLED, RELOADED, STOPPED, DIED = ENDS = ("recycled", "reloaded", "stopped", "died")
"""How a worker ends: the first three because it was told to."""


class Fate(Struct, frozen=True):
    """What the lab knows of a worker's life beside its records; 0 and "" where there was no such thing."""

    hello_ns: int = 0
    """When it was ready."""
    told_ns: int = 0
    """When it was told to end."""
    ended: str = ""
    """`recycled`, `reloaded`, `stopped` or `died`; of runs that were saved before it was told, every end is a death."""
