"""What a mean visit of a target went into, and what its visitors and workers were held by, from its figures.

What the course page calls "Performance Gain" and "Performance Cost": judged by what most of a visit went into.

What the law that a target kept in a run says of twice its workers, or of twice the threads that a worker has.
"""

from __future__ import annotations

from enum import Enum, auto
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.call_site import is_known_code
from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises, side_by_side
from asgi_vs_wsgi.scenarios.analysis.unserved import reservations
from asgi_vs_wsgi.scenarios.trace.states import UNTOLD

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import BlockingLine, LawResult, TargetResult


MOST = 0.5
MUCH_OF_A_RUN = 0.2
BOTH = ("blocked", "stalled")
"""What some kernels do not tell apart."""
INSIDE = ("receiving", "running", *BOTH, "awaiting", UNTOLD)
"""The states of a request that a worker has."""


def spent_ms(target: TargetResult, *states: str) -> float:
    """The time in these states together, of a mean visit; of one that is not known, nothing."""
    known = target.states_ms or {}
    untold = known.get(UNTOLD) if set(BOTH) <= set(states) else None
    return sum(known.get(state) or 0.0 for state in states) + (untold or 0.0)


def share(target: TargetResult, *states: str) -> float:
    """The part of a mean visit that was surely spent in these states; 0 where that was not measured."""
    mean = target.latency_ms.mean if target.latency_ms else 0.0
    return spent_ms(target, *states) / mean if mean else 0.0


def longest_inside(target: TargetResult) -> str:
    """The state that takes most of the time for which a worker has a request."""
    return max(INSIDE, key=lambda state: spent_ms(target, state))


def untold(target: TargetResult) -> bool:
    """Whether it cannot be told for how long a visit was blocked, and for how long stalled."""
    return bool(target.states_ms and target.states_ms.get(UNTOLD))


def computes(target: TargetResult) -> bool:
    """Whether those who are served use the CPU more than they wait: then it is not the interface that costs."""
    may_have_waited = BOTH if untold(target) else ("blocked",)
    return share(target, "running") > share(target, *may_have_waited, "awaiting")


def blocks_more(target: TargetResult) -> bool:
    """Whether lines were blocked for longer than others computed, whatever visits were: what goes on after an answer
    is in no visit, and keeps the next one waiting."""
    lines = [line for line in target.blame if not line.own_thread]
    blocked_ms = sum(line.ms for line in lines if line.state in ("blocked", UNTOLD))
    return blocked_ms > sum(line.ms for line in lines if line.state == "running")


def busy_share(target: TargetResult) -> float:
    """The part of the run for which the workers that it asked for had visitors, together; 1 where nobody counted."""
    shares = [each.busy_share for each in target.workers_seen]
    return 1.0 if not shares or None in shares else sum(each or 0.0 for each in shares) / target.workers


def at_once(target: TargetResult) -> int:
    """The most visitors who were in one worker together; 0 where nobody counted."""
    return target.in_flight.max_per_worker if target.in_flight else 0


def one_class(target: TargetResult) -> bool:
    """Whether all visitors ask for the same, so that a lone request is like any of them."""
    return len(target.classes) <= 1


def timed_alone(target: TargetResult) -> bool:
    """Whether a lone request was timed that is like those of the visitors."""
    return bool(target.service_s) and one_class(target)


def slowdown(target: TargetResult) -> float:
    """How many times as long as one alone half of them took, or, where none was timed, as the quickest; 0: not known.

    Where all were taken in at once and it is much, what they wait for is scarce.
    """
    if target.latency_ms is None:
        return 0.0
    alone_ms = target.service_s * 1000 if target.service_s and one_class(target) else target.latency_ms.min
    return target.latency_ms.p50 / alone_ms if alone_ms else 0.0


MUCH_LONGER = 2.0
"""Than a lone request: not only its own waiting."""


def is_scarce(target: TargetResult) -> bool:
    """Whether half of them took much longer than one alone, though all were taken in at once."""
    return slowdown(target) >= MUCH_LONGER


def most_blocked_share(target: TargetResult) -> float | None:
    """Of the run, for its most blocked worker; None where no worker tells."""
    return max((each.blocked_share for each in target.workers_seen if each.blocked_share is not None), default=None)


def longest_hold_ms(target: TargetResult) -> float | None:
    """Of any worker's event loop; None where no loop was looked into."""
    held = [each.loop_held_max_ms for each in target.workers_seen if each.loop_held_max_ms is not None]
    return max(held, default=None)


def loop_lines(target: TargetResult) -> list[BlockingLine]:
    """The lines that were on an event loop, or on the one thread of a worker, and not beside it; the longest first.

    Where threads have the CPU beside it, its own library waits to hand them work, and is held as its requests are.
    """
    lines = [line for line in target.blame if not line.own_thread and not line.beside_loop]
    return [line for line in lines if is_known_code(line.where)] if _has_threads(target) else lines


def _has_threads(target: TargetResult) -> bool:
    return any(line.beside_loop for line in target.blame)


def blocks_threads(target: TargetResult) -> bool:
    """Whether those who were blocked longest were so in threads beside an event loop, which went on."""
    blocked = [line for line in target.blame if line.state in ("blocked", UNTOLD) and not line.own_thread]
    return bool(blocked) and blocked[0].beside_loop


def computes_in_threads(target: TargetResult) -> bool:
    """Whether threads beside its loops computed more than they waited, and for much of the run."""
    running_ms = sum(line.ms for line in target.blame if line.beside_loop and line.state == "running")
    waited_ms = sum(line.ms for line in target.blame if line.beside_loop and line.state != "running")
    return running_ms > waited_ms and running_ms >= MUCH_OF_A_RUN * (target.makespan_s or 0.0) * 1000 * target.workers


def wants_cpu(target: TargetResult) -> bool:
    """Whether those in a worker were most of that time on the CPU, or wanted it, however long others stood in line."""
    inside_ms = spent_ms(target, *INSIDE, "sending")
    return computes(target) and spent_ms(target, "running", "stalled") >= MOST * inside_ms > 0


def is_loop_its_own(target: TargetResult) -> bool:
    """Whether what held its loop longest was on it: a step also takes long while threads beside it have the CPU.

    So it was not where lines of threads were seen, and those on the loop together did not last for most of the hold.
    """
    held_ms = longest_hold_ms(target) or 0.0
    return not _has_threads(target) or sum(line.ms for line in loop_lines(target)) >= MOST * held_ms


def most_awaited(target: TargetResult) -> tuple[str, float] | None:
    """What its suspended requests waited for longest, at whichever lines, and for how many milliseconds in all."""
    sums_ms: dict[str, float] = {}
    for line in target.awaiting_for or ():
        sums_ms[line.what] = sums_ms.get(line.what, 0.0) + line.ms
    return max(sums_ms.items(), key=itemgetter(1), default=None)


OWN_WORK_MUCH = 0.1
"""Of the run: a loop that works for so long for no visitor is what they wait for, too."""


def own_work_share(target: TargetResult) -> float:
    """Of the run, for the worker whose loop worked longest for no request; 0 where that is not known."""
    known = max((each.own_work_ms or 0.0 for each in target.workers_seen), default=0.0)
    return known / 1000 / target.makespan_s if target.makespan_s else 0.0


def own_work_holds(target: TargetResult) -> bool:
    """Whether a loop was held by what no request had started, so long that whoever awaits gains little by it."""
    return own_work_share(target) >= OWN_WORK_MUCH


def own_work_where(target: TargetResult) -> str:
    """The line at which that was longest; "" where none was seen."""
    lines = [line for each in target.workers_seen for line in each.own_work]
    return max(lines, key=lambda line: line.ms).where if lines else ""


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
    """Whether nothing is gained by awaiting, for what they await is scarce."""
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
        gains = at_once(target) > 1 and not own_work_holds(target)
        return Gain(False if scarce else True if gains else None, spent, scarce)
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


BY_SLOTS = ("one-per-worker", "one-per-thread")


class Doubled(NamedTuple):
    """What there would be twice as many of, and how long all would then have taken."""

    what: str
    makespan_s: float


def if_doubled(figures: TargetResult) -> Doubled | None:
    """With twice the workers, or the threads that a worker has; None where no law of these was confirmed here."""
    law = figures.law
    if law is None or not law.holds or law.name not in BY_SLOTS:
        return None
    now = _confirmed(figures, law)
    what = "threads" if law.name == "one-per-thread" else "workers"
    makespan_s = LAWS[law.name](replace(now, **{what: 2 * getattr(now, what)}))
    return None if makespan_s is None else Doubled(what, makespan_s)


def _confirmed(figures: TargetResult, law: LawResult) -> Premises:
    """The premises from which the result's law has predicted."""
    cores, cpu_s = law.cores or 1.0, law.cpu_s or 0.0
    planned = figures.requests.planned
    together = side_by_side(figures.threads, figures.environment)
    return Premises(planned, figures.workers, figures.threads, cores, law.service_s, cpu_s, law.busiest, together)
