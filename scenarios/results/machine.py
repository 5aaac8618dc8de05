"""What may spoil the figures: a driver behind its plan, and other programs on the machine."""

from __future__ import annotations

from msgspec import Struct


class DriverFigures(Struct, frozen=True):
    """How well the load driver kept its plan."""

    lag_p99_ms: float | None
    cpu_share: float | None
    limited: bool


BUSY = 0.15
"""Of all processors' time."""


class MachineShare(Struct, frozen=True):
    """Of all processors' time during the round: what programs that are not ours used, and what the host took."""

    others_share: float
    stolen_share: float

    @property
    def taken(self) -> float:
        """Both."""
        return min(1.0, self.others_share + self.stolen_share)

    @property
    def busy(self) -> bool:
        """Whether so much was taken that figures of time may tell of others instead of the target."""
        return self.taken > BUSY

    def left_of(self, cores: int) -> float:
        """How many cores' worth the others left; all of them where they took little, for then nobody had to wait."""
        return max(0.1, cores * (1 - self.taken)) if self.busy else cores
