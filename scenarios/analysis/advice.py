"""What the figures of a target say of common advice about servers: in favour, against, or neither."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    MOST,
    MUCH_LONGER,
    at_once,
    computes,
    if_doubled,
    is_loop_its_own,
    is_scarce,
    longest_hold_ms,
    own_work_holds,
    share,
    untold,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import answered_otherwise, may_be_judged, without_page
from asgi_vs_wsgi.scenarios.results import TargetResult

WORTH_SAYING = 0.1
"""Of a visit's mean time: less than that is not what makes the difference."""
LOOP_HELD_MS = 50.0
ENOUGH = 20
"""Visitors for a slowest twentieth."""


class Said(Enum):
    """What it is that the figures say."""

    UNSERVED = auto()
    """Whom it has not served it has not carried."""
    HELD_UP = auto()
    SCARCE = auto()
    """What they wait for is."""
    CARRIED = auto()

    NO_LINE = auto()
    LINE_UNTOLD = auto()
    """Whether who stands before those in line is blocked is not shown."""
    LINE_BEFORE_BLOCKED = auto()
    LINE_BEFORE_COMPUTING = auto()
    LINE_BEFORE_LITTLE_BLOCKED = auto()
    LINE_FOR_CPU = auto()
    LINE_SHORTER_IF_DOUBLED = auto()
    """With twice the slots."""
    LINE_BEFORE_SLOTS = auto()
    LINE_BEFORE_HELD_LOOP = auto()
    LINE_BEFORE_LOOP = auto()

    FIRST_BYTE = auto()
    AWAITED = auto()
    AWAITED_FOR_LITTLE = auto()
    """While the loop was held by its own work."""
    HELD_OTHERS = auto()
    """By waiting without awaiting."""
    WAITED_IN_THREAD = auto()
    HELD_LONG = auto()
    HELD_SHORTLY = auto()
    COMPUTING = auto()
    HOPS = auto()
    THREADS_OF_VIEWS = auto()
    THREADS_OF_OTHERS = auto()
    THREADS = auto()
    TAIL = auto()


CERTAIN = (Said.UNSERVED, Said.HELD_LONG)
"""True of a server whatever speaks against its times."""


class Bearing(NamedTuple):
    """`supports` is None where a measurement belongs to an advice and does not decide it."""

    said: Said
    supports: bool | None


Advice = Callable[[TargetResult], Bearing | None]
"""What one target's figures say of it; None for nothing."""


def judged(advice: Advice, target: TargetResult) -> Bearing | None:
    """Decided only where the figures are the server's own, and of everybody who came."""
    found = advice(target)
    if found is None or found.said in CERTAIN or may_be_judged(target):
        return found
    return found._replace(supports=None)


def _is_told(target: TargetResult, interface: str) -> bool:
    return bool(target.interface == interface and target.latency_ms and target.states_ms)


def concurrency(target: TargetResult) -> Bearing | None:
    """Does ASGI carry many visitors at once? All were taken in; whether that was of use, a lone request tells."""
    if target.interface == "asgi" and (missing := without_page(target.requests)):
        answered = missing == answered_otherwise(target.requests)  # by the application: no server is to blame for a 429
        return Bearing(Said.UNSERVED, supports=None if answered else False)
    if not _is_told(target, "asgi"):
        return None
    if share(target, "queued", "stalled") >= MOST:
        return Bearing(Said.HELD_UP, supports=False)
    if share(target, "awaiting", "blocked") < MOST or at_once(target) <= 1:
        return None
    if own_work_holds(target):
        return Bearing(Said.AWAITED_FOR_LITTLE, supports=None)
    return Bearing(Said.SCARCE, supports=False) if is_scarce(target) else Bearing(Said.CARRIED, supports=True)


def wsgi_blocks(target: TargetResult) -> Bearing | None:
    """Is WSGI slow under load because it blocks?"""
    if not _is_told(target, "wsgi"):
        return None
    if share(target, "queued") < WORTH_SAYING:
        return Bearing(Said.NO_LINE, supports=False)
    if untold(target):
        return Bearing(Said.LINE_UNTOLD, supports=None)
    if share(target, "blocked") > share(target, "running", "stalled"):
        return Bearing(Said.LINE_BEFORE_BLOCKED, supports=True)
    why = Said.LINE_BEFORE_COMPUTING if computes(target) else Said.LINE_BEFORE_LITTLE_BLOCKED
    return Bearing(why, supports=False)


def interaction(target: TargetResult) -> Bearing | None:
    """What a server has a part in is the first byte."""
    return Bearing(Said.FIRST_BYTE, supports=None) if target.ttfb_ms else None


def queue(target: TargetResult) -> Bearing | None:
    """Did visitors stand in line, and before what? Workers help against any line, threads only where these wait.

    A run with more of them was not made; a law that held in this one says what it would have brought.
    """
    if share(target, "queued") < WORTH_SAYING or not target.queue_ms:
        return None
    if computes(target):
        return Bearing(Said.LINE_FOR_CPU, supports=False)
    if target.interface == "wsgi":
        shorter = target.makespan_s is not None and if_doubled(target) is not None
        return Bearing(Said.LINE_SHORTER_IF_DOUBLED, True) if shorter else Bearing(Said.LINE_BEFORE_SLOTS, None)
    if _is_held_long(target):
        return Bearing(Said.LINE_BEFORE_HELD_LOOP, supports=False)
    return Bearing(Said.LINE_BEFORE_LOOP, supports=None)


def awaited(target: TargetResult) -> Bearing | None:
    """Did views under ASGI await what waits?"""
    if not _is_told(target, "asgi"):
        return None
    awaiting, held = share(target, "awaiting"), share(target, "blocked", "stalled")
    if own_work_holds(target) and (awaiting >= WORTH_SAYING or held >= WORTH_SAYING):
        return Bearing(Said.AWAITED_FOR_LITTLE, supports=None)
    if awaiting >= WORTH_SAYING and awaiting > held:
        return Bearing(Said.AWAITED, supports=True)
    if held < WORTH_SAYING or computes(target) or not _waits(target):
        return None
    if share(target, "stalled") >= WORTH_SAYING:
        return Bearing(Said.HELD_OTHERS, supports=True)
    return Bearing(Said.WAITED_IN_THREAD, supports=None)


def _waits(target: TargetResult) -> bool:
    """Whether a view waits without awaiting: in a thread, or on the loop, which it then holds."""
    return share(target, "blocked") >= WORTH_SAYING or _is_held_long(target)


def _is_held_long(target: TargetResult) -> bool:
    return (longest_hold_ms(target) or 0.0) >= LOOP_HELD_MS and is_loop_its_own(target)


def loop(target: TargetResult) -> Bearing | None:
    """How long was a loop held? A WSGI server may have one too, on which all its requests take turns."""
    looped = target.interface == "asgi" or target.loop
    if not looped or not _is_told(target, target.interface) or not longest_hold_ms(target):
        return None
    return Bearing(Said.HELD_LONG, supports=True) if _is_held_long(target) else Bearing(Said.HELD_SHORTLY, None)


def computing(target: TargetResult) -> Bearing | None:
    """Was there much computing?"""
    much = share(target, "running") >= WORTH_SAYING
    return Bearing(Said.COMPUTING, True if computes(target) else None) if much else None


def hops(target: TargetResult) -> Bearing | None:
    """How often did a request hop between loop and thread?"""
    return Bearing(Said.HOPS, supports=None) if target.hops_per_request else None


def threads(target: TargetResult) -> Bearing | None:
    """Did threads pile up under ASGI?"""
    most = most_threads(target)
    if not _is_told(target, "asgi") or not most or not largest_mb(target):
        return None
    if most < 2 * target.threads + 4:
        return Bearing(Said.THREADS, supports=None)
    if share(target, "blocked") >= WORTH_SAYING and not _is_held_long(target):
        return Bearing(Said.THREADS_OF_VIEWS, supports=True)
    return Bearing(Said.THREADS if untold(target) else Said.THREADS_OF_OTHERS, supports=None)


def most_threads(target: TargetResult) -> int:
    """In one worker; 0 where nobody counted."""
    return max((each.threads_peak or 0 for each in target.workers_seen), default=0)


def largest_mb(target: TargetResult) -> float:
    """Of any worker; 0 where nobody looked."""
    return max((each.rss_peak_mb or 0.0 for each in target.workers_seen), default=0.0)


def tail(target: TargetResult) -> Bearing | None:
    """Do the slow ones differ from the rest?"""
    latency = target.latency_ms
    if not latency or not latency.mean or target.requests.completed < ENOUGH:
        return None
    return Bearing(Said.TAIL, True if latency.p95 >= MUCH_LONGER * latency.mean else None)
