"""The nine states that partition a request's life (DESIGN section 4, contract: these names everywhere).

Where the kernel does not show in which system call a thread is (gVisor), two of them cannot be told apart: such time is
BLOCKED_OR_STALLED, and no figure of either state alone is known.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class State(IntEnum):
    """One state of a request; `label` is the contract's name."""

    LATE = 0
    CONNECTING = 1
    QUEUED = 2
    RECEIVING = 3
    RUNNING = 4
    BLOCKED = 5
    STALLED = 6
    AWAITING = 7
    SENDING = 8
    BLOCKED_OR_STALLED = 9
    """Not on the CPU, on a thread of its own; why, the kernel does not show. No state beside the nine: one of two."""

    @property
    def label(self) -> str:
        """The name in JSON, legend and words."""
        return self.name.lower()

    @property
    def words(self) -> str:
        """The name for people."""
        return self.label.replace("_", " ")


STATE_NAMES: tuple[str, ...] = tuple(state.label for state in State if state is not State.BLOCKED_OR_STALLED)
UNTOLD = State.BLOCKED_OR_STALLED.label
"""The key in `states_ms` of what is known of `blocked` and `stalled` together; there only where they are null."""
NOT_SHOWN = "This kernel does not show in which system call a thread is, so blocked and stalled are told as one."


def states_told(times: Sequence[float]) -> dict[str, float | None]:
    """A time for each State, in its order, by names; those that are known add up to all of it."""
    told: dict[str, float | None] = dict(zip(STATE_NAMES, times, strict=False))
    if times[State.BLOCKED_OR_STALLED]:
        untold = times[State.BLOCKED] + times[State.STALLED] + times[State.BLOCKED_OR_STALLED]
        told |= {State.BLOCKED.label: None, State.STALLED.label: None, UNTOLD: untold}
    return told
