"""What the figures of a run say of a piece of advice: in favour, against, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from scenarios.analysis.blame import HELD
from scenarios.result import TargetResult
from tui.drawing.words import count
from tui.modes.gain import MOST, computes, latency_words, one_class, share, untold
from tui.modes.twice import twice
from tui.report_figures import in_seconds, milliseconds

WORTH_SAYING = 0.1
"""Of a visit's mean time: less than that is not what makes the difference."""
LOOP_HELD_MS = 50.0
MUCH_LONGER = 2.0
"""Than a lone request: not only its own waiting."""
HELD_LABELS = {state.label for state in HELD}
ENOUGH = 20
"""Visitors for a slowest twentieth."""


class Evidence(NamedTuple):
    """`supports` is None where a measurement belongs to an advice and does not decide it."""

    name: str
    supports: bool | None
    words: str


Telling = Callable[[Sequence[TargetResult]], Iterator[Evidence]]


def _of(interface: str, targets: Sequence[TargetResult]) -> list[TargetResult]:
    return [each for each in targets if each.interface == interface and each.latency_ms and each.states_ms]


def concurrency(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Does ASGI carry many visitors at once?"""
    for target in _of("asgi", targets):
        most = target.in_flight.max_per_worker if target.in_flight else 0
        held = share(target, "queued", "stalled")
        if held >= MOST:
            why = ", who compute" if computes(target) else ""
            at_once = f"{most} at once in one worker, but " if most > 1 else ""
            words = f"{at_once}{held:.0%} of a visit was waiting for others{why}; {latency_words(target)}"
            yield Evidence(target.name, False, words)
        elif share(target, "awaiting", "blocked") >= MOST and most > 1:
            yield _carried(target, most)


def _carried(target: TargetResult, most: int) -> Evidence:
    """All were taken in; whether that was of use, a lone request tells."""
    if target.latency_ms and target.service_s and one_class(target):
        times = target.latency_ms.p50 / 1000 / target.service_s
        if times >= MUCH_LONGER:
            what = f"yet half of them took {times:.0f} × a lone request or more: what they await is scarce"
            return Evidence(target.name, False, f"{most} at once in one worker, {what}; {latency_words(target)}")
    return Evidence(target.name, True, f"{most} at once in one worker, {latency_words(target)}")


def wsgi_blocks(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Is WSGI slow under load because it blocks?"""
    for target in _of("wsgi", targets):
        in_line = share(target, "queued")
        if in_line < WORTH_SAYING:
            yield Evidence(target.name, False, f"{_slots(target)} sufficed: {in_line:.0%} of a visit in line")
        elif untold(target):
            words = f"{in_line:.0%} of a visit in line; whether {_slots(target)} were blocked is not shown here"
            yield Evidence(target.name, None, words)
        elif share(target, "blocked") > share(target, "running", "stalled"):
            words = (
                f"{in_line:.0%} of a visit in line, before {_slots(target)} that were blocked; {latency_words(target)}"
            )
            yield Evidence(target.name, True, words)
        else:
            why = "because its pages compute, not because they block" if computes(target) else "but little was blocked"
            yield Evidence(target.name, False, f"{in_line:.0%} of a visit in line, {why}")


def _slots(target: TargetResult) -> str:
    """What can serve a visitor: `2 workers`, `8 threads`."""
    return count(target.workers * target.threads, "thread" if target.threads > 1 else "worker")


def interaction(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """What a server has a part in is the first byte."""
    for target in targets:
        if target.ttfb_ms:
            yield Evidence(target.name, None, f"first byte p75 {milliseconds(target.ttfb_ms.p75)}")


def queue(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did visitors stand in line, and before what?"""
    for target in targets:
        in_line = share(target, "queued")
        if in_line >= WORTH_SAYING and target.queue_ms:
            supports, why = _before_what(target)
            words = f"{in_line:.0%} of a visit in line (p95 {milliseconds(target.queue_ms.p95)}){why}"
            yield Evidence(target.name, supports, words)


def _before_what(target: TargetResult) -> tuple[bool | None, str]:
    """Workers help against any line, threads only against one before threads that wait."""
    if computes(target):
        return False, ": its pages compute, so workers help as far as there are cores, and threads hardly"
    if target.interface == "wsgi":
        return _by_law(target)
    if _loop_held_ms(target) >= LOOP_HELD_MS:
        return False, " for a loop that was held: more workers would help, threads would not"
    return None, " for the loop's turn"


def _by_law(target: TargetResult) -> tuple[bool | None, str]:
    """A run with more of them was not made; a law that held in this one says what it would have brought."""
    more = twice(target)
    if more is None or target.makespan_s is None:
        return None, f" before {_slots(target)}"
    what = "threads" if target.threads > 1 else "workers"
    change = f"all served after {in_seconds(more)} instead of {in_seconds(target.makespan_s)}"
    return True, f" before {_slots(target)}; with twice the {what}, by the law that held here, {change}"


def awaited(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did views under ASGI await what waits?"""
    for target in _of("asgi", targets):
        awaiting, held = share(target, "awaiting"), share(target, "blocked", "stalled")
        if awaiting >= WORTH_SAYING and awaiting > held:
            yield Evidence(target.name, True, f"{awaiting:.0%} of a visit awaiting, the loop free for others")
        elif held >= WORTH_SAYING and not computes(target) and _waits(target):
            others = share(target, "stalled") >= WORTH_SAYING
            where = "" if others or untold(target) else ", in a thread of its own: others went on"
            words = f"not done here, and {held:.0%} of a visit was blocked or stalled{where}"
            yield Evidence(target.name, True if others else None, words)


def _waits(target: TargetResult) -> bool:
    """Whether a view waits without awaiting: in a thread, or on the loop, which it then holds."""
    return share(target, "blocked") >= WORTH_SAYING or _loop_held_ms(target) >= LOOP_HELD_MS


def loop(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How long was a loop held?"""
    for target in _of("asgi", targets):
        held_ms = _loop_held_ms(target)
        if not held_ms:
            continue
        long = held_ms >= LOOP_HELD_MS
        where = next((f", at {each.where}" for each in target.blame if each.state in HELD_LABELS), "")
        words = f"held for {milliseconds(held_ms)} at most" + (where if long else "")
        yield Evidence(target.name, True if long else None, words)


def _loop_held_ms(target: TargetResult) -> float:
    """The longest in any worker; 0 where no loop was looked into."""
    return max((worker.loop_held_max_ms or 0.0 for worker in target.workers_seen), default=0.0)


def computing(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Was there much computing?"""
    for target in targets:
        running, waiting = share(target, "running"), share(target, "queued", "stalled")
        if running >= WORTH_SAYING:
            words = f"{running:.0%} of a visit computing, {waiting:.0%} waiting for others"
            yield Evidence(target.name, True if computes(target) else None, f"{words}; {latency_words(target)}")


def hops(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How often did a request cross?"""
    for target in targets:
        if target.hops_per_request:
            crossings = "crossing" if target.hops_per_request == 1 else "crossings"
            yield Evidence(target.name, None, f"{target.hops_per_request:.3g} {crossings} a request")


def threads(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did threads pile up under ASGI?"""
    for target in _of("asgi", targets):
        peaks = [worker.threads_peak for worker in target.workers_seen if worker.threads_peak]
        rss = [worker.rss_peak_mb for worker in target.workers_seen if worker.rss_peak_mb]
        if peaks and rss:
            words = f"up to {max(peaks)} threads and {max(rss):.0f} MB in one worker"
            many = max(peaks) >= 2 * target.threads + 4
            in_threads = share(target, "blocked") >= WORTH_SAYING and _loop_held_ms(target) < LOOP_HELD_MS
            whose = (
                "" if in_threads or not many or untold(target) else "; not by its view, but by Django's own sync steps"
            )
            yield Evidence(target.name, True if many and in_threads else None, words + whose)


def tail(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Do the slow ones differ from the rest?"""
    for target in targets:
        latency = target.latency_ms
        if latency and latency.mean and target.requests.completed >= ENOUGH:
            words = f"mean {milliseconds(latency.mean)}, the slowest twentieth {milliseconds(latency.p95)} or more"
            yield Evidence(target.name, True if latency.p95 >= MUCH_LONGER * latency.mean else None, words)
