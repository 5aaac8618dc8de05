"""The nine states that partition a request's life (DESIGN section 4, contract: these names everywhere)."""

from __future__ import annotations

from enum import IntEnum


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

    @property
    def label(self) -> str:
        """The name in JSON, legend and words."""
        return self.name.lower()


STATE_NAMES: tuple[str, ...] = tuple(state.label for state in State)
