"""What was claimed of a run, and of each round what such a claim is judged by."""

from __future__ import annotations

from msgspec import Struct


class RoundFigures(Struct, frozen=True):
    """What one target came to in one round, for whoever asks for more of it than the document tells."""

    target: str
    round: int
    figures: dict[str, float]
    """By their paths into a target's result, as far as they were measured."""
    taken: float = 0.0
    """What others took of the machine, where that was much."""
    late: str = ""
    """Why its visitors were sent late, so that its times are not the server's alone."""
    unjudged: str = ""
    """Why its figures are none of the server's."""


class AssertResult(Struct, frozen=True):
    """A claim of the user's about the run (`asgi_vs_wsgi.scenarios.assertions.claims` has the grammar)."""

    claim: str
    target: str
    figure: str
    measured: float | None
    bound: float | None
    """What it is compared with, in the figure's unit."""
    holds: bool | None
    """None: undecided."""
    reason: str | None = None
    """Why it is undecided; or, where it does not hold, why there is nothing to judge: no figure, no page."""
    rounds: int = 1
    """By how many it was judged; those that others disturbed are left out where there are enough without them."""
    rounds_held: int = 0
    """How many of them bear it out."""

    @property
    def unmeasured(self) -> bool:
        """Whether there is nothing to judge; such a claim does not hold."""
        return self.holds is False and self.reason is not None
