"""What the course page calls "Performance Gain" and "Performance Cost": judged by what most of a visit went into."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.reservations import reservations
from asgi_vs_wsgi.scenarios.analysis.time_spent import BOTH, MOST, at_once, computes, is_scarce, share, untold

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import TargetResult


class Spent(Enum):
    """What takes most of a visit."""

    WAITING = auto()
    """For others: in line, or behind them."""
    AWAITING = auto()
    BLOCKED = auto()
    COMPUTING = auto()
    BLOCKED_OR_STALLED = auto()
    """Which of the two cannot be told."""
    MIXED = auto()


class Gain(NamedTuple):
    """Whether the view of a target gains or costs (None: neither), by what, and what speaks against judging it."""

    good: bool | None
    spent: Spent
    scarce: bool = False
    """Whether nothing is gained by being set aside, for what they wait for is scarce."""
    against: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


def gain(target: TargetResult) -> Gain | None:
    """Of a target, None where nobody was served or no worker was looked into.

    A gain is one for somebody else too: who awaits alone in a worker leaves its loop to nobody.
    """
    if not target.latency_ms or not target.states_ms:
        return None
    found = _found(target)
    against = tuple(reservations(target))
    return found._replace(good=None, against=against) if against else found


def _found(target: TargetResult) -> Gain:
    spent = _spent(target)
    if spent in (Spent.WAITING, Spent.BLOCKED):
        return Gain(None if computes(target) else False, spent)
    if spent is Spent.AWAITING:
        scarce = is_scarce(target)
        return Gain(False if scarce else True if at_once(target) > 1 else None, spent, scarce)
    return Gain(None, spent)


def _spent(target: TargetResult) -> Spent:
    """The first that holds."""
    states = {
        Spent.WAITING: ("queued", "stalled"),
        Spent.AWAITING: ("awaiting",),
        Spent.BLOCKED: ("blocked",),
        Spent.COMPUTING: ("running",),
    }
    found = next((spent for spent, those in states.items() if share(target, *those) >= MOST), Spent.MIXED)
    both = found is Spent.MIXED and untold(target) and share(target, *BOTH) >= MOST
    return Spent.BLOCKED_OR_STALLED if both else found
