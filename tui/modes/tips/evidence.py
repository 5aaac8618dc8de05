"""What the figures of a run say of a piece of advice: in favour, against, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.analysis.reservations import may_be_judged
from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    MOST,
    MUCH_LONGER,
    at_once,
    computes,
    is_scarce,
    longest_hold_ms,
    share,
    untold,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.analysis.workers import HELD
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.simulation.law_prediction import if_doubled
from asgi_vs_wsgi.scenarios.text.numbers import megabytes, number
from asgi_vs_wsgi.scenarios.text.numbers import share as share_words
from asgi_vs_wsgi.tui.modes.code.gain_text import latency_words, scarcity_text
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.text.numbers import count

WORTH_SAYING = 0.1
"""Of a visit's mean time: less than that is not what makes the difference."""
LOOP_HELD_MS = 50.0
HELD_LABELS = {state.label for state in HELD}
ENOUGH = 20
"""Visitors for a slowest twentieth."""


class Evidence(NamedTuple):
    """`supports` is None where a measurement belongs to an advice and does not decide it."""

    name: str
    supports: bool | None
    words: str


def _said(target: TargetResult, supports: bool | None, words: str) -> Evidence:
    """Judged only where the figures are the server's own, and of everybody who came."""
    return Evidence(target.name, supports if may_be_judged(target) else None, words)


Telling = Callable[[Sequence[TargetResult]], Iterator[Evidence]]


def _of(interface: str, targets: Sequence[TargetResult]) -> list[TargetResult]:
    return [each for each in targets if each.interface == interface and each.latency_ms and each.states_ms]


def concurrency(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Does ASGI carry many visitors at once? Whom it has not served it has not carried."""
    for target in targets:
        if target.interface == "asgi" and (words := unserved_words(target)):
            most = at_once(target)
            yield Evidence(target.name, False, f"{most} at once in one worker, but {words}" if most > 1 else words)
        elif target.interface == "asgi" and target.latency_ms and target.states_ms:
            yield from _carried(target)


def _carried(target: TargetResult) -> Iterator[Evidence]:
    """All were taken in; whether that was of use, a lone request tells."""
    most, held = at_once(target), share(target, "queued", "stalled")
    in_one = f"{number(most)} at once in one worker"
    if held >= MOST:
        why = ", who compute" if computes(target) else ""
        words = f"{in_one}, but " if most > 1 else ""
        words += f"{share_words(held)} of a visit was waiting for others{why}; {latency_words(target)}"
        yield _said(target, False, words)
    elif share(target, "awaiting", "blocked") >= MOST and most > 1:
        if is_scarce(target):
            scarce = f"yet {scarcity_text(target)}: what they wait for is scarce"
            yield _said(target, False, f"{in_one}, {scarce}; {latency_words(target)}")
        else:
            yield _said(target, True, f"{in_one}, {latency_words(target)}")


def wsgi_blocks(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Is WSGI slow under load because it blocks?"""
    for target in _of("wsgi", targets):
        in_line = share(target, "queued")
        if in_line < WORTH_SAYING:
            yield _said(target, False, f"before {_slots(target)}, {share_words(in_line)} of a visit in line")
        elif untold(target):
            words = (
                f"{share_words(in_line)} of a visit in line; whether {_slots(target)} were blocked is not shown here"
            )
            yield Evidence(target.name, None, words)
        elif share(target, "blocked") > share(target, "running", "stalled"):
            before = f"before {_slots(target)} that {'was' if _slots_number(target) == 1 else 'were'} blocked"
            yield _said(target, True, f"{share_words(in_line)} of a visit in line, {before}; {latency_words(target)}")
        else:
            why = "because its pages compute, not because they block" if computes(target) else "but little was blocked"
            yield _said(target, False, f"{share_words(in_line)} of a visit in line, {why}")


def _slots(target: TargetResult) -> str:
    """What can serve a visitor: `2 workers`, `8 threads`."""
    return count(_slots_number(target), "thread" if target.threads > 1 else "worker")


def _slots_number(target: TargetResult) -> int:
    return target.workers * target.threads


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
            words = f"{share_words(in_line)} of a visit in line (p95 {milliseconds(target.queue_ms.p95)}){why}"
            yield _said(target, supports, words)


def _before_what(target: TargetResult) -> tuple[bool | None, str]:
    """Workers help against any line, threads only against one before threads that wait."""
    if computes(target):
        return False, ": its pages compute, so more workers help only as far as there are cores"
    if target.interface == "wsgi":
        return _by_law(target)
    if (longest_hold_ms(target) or 0.0) >= LOOP_HELD_MS:
        return False, " for a loop that was held: more workers would help, threads would not"
    return None, " for the loop's turn"


def _by_law(target: TargetResult) -> tuple[bool | None, str]:
    """A run with more of them was not made; a law that held in this one says what it would have brought."""
    more = if_doubled(target)
    if more is None or target.makespan_s is None:
        return None, f" before {_slots(target)}"
    change = f"all served after {in_seconds(more.makespan_s)} instead of {in_seconds(target.makespan_s)}"
    return True, f" before {_slots(target)}; with twice the {more.what}, by the law that held here, {change}"


def awaited(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did views under ASGI await what waits?"""
    for target in _of("asgi", targets):
        awaiting, held = share(target, "awaiting"), share(target, "blocked", "stalled")
        if awaiting >= WORTH_SAYING and awaiting > held:
            yield _said(target, True, f"{share_words(awaiting)} of a visit awaiting, the loop free for others")
        elif held >= WORTH_SAYING and not computes(target) and _waits(target):
            others = share(target, "stalled") >= WORTH_SAYING
            where = "" if others or untold(target) else ", in a thread of its own: others went on"
            words = f"not done here, and {share_words(held)} of a visit was blocked or stalled{where}"
            yield _said(target, True if others else None, words)


def _waits(target: TargetResult) -> bool:
    """Whether a view waits without awaiting: in a thread, or on the loop, which it then holds."""
    return share(target, "blocked") >= WORTH_SAYING or (longest_hold_ms(target) or 0.0) >= LOOP_HELD_MS


def loop(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How long was a loop held?"""
    for target in _of("asgi", targets):
        held_ms = longest_hold_ms(target) or 0.0
        if not held_ms:
            continue
        long = held_ms >= LOOP_HELD_MS
        most = next((each.where for each in target.blame if each.state in HELD_LABELS), "")
        where = f"; the line that held requests longest: {most}" if long and most else ""
        words = f"held for up to {milliseconds(held_ms)}{where}"
        yield Evidence(target.name, True if long else None, words)


def computing(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Was there much computing?"""
    for target in targets:
        running, waiting = share(target, "running"), share(target, "queued", "stalled")
        if running >= WORTH_SAYING:
            words = f"{share_words(running)} of a visit computing, {share_words(waiting)} waiting for others"
            yield _said(target, True if computes(target) else None, f"{words}; {latency_words(target)}")


def hops(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How often did a request cross?"""
    for target in targets:
        if target.hops_per_request:
            crossings = "crossing" if target.hops_per_request == 1 else "crossings"
            yield Evidence(target.name, None, f"{number(target.hops_per_request)} {crossings} a request")


def threads(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did threads pile up under ASGI?"""
    for target in _of("asgi", targets):
        peaks = [worker.threads_peak for worker in target.workers_seen if worker.threads_peak]
        rss = [worker.rss_peak_mb for worker in target.workers_seen if worker.rss_peak_mb]
        if peaks and rss:
            words = f"{count(max(peaks), 'thread')} and {megabytes(max(rss))} were seen in one worker at the most"
            many = max(peaks) >= 2 * target.threads + 4
            in_threads = share(target, "blocked") >= WORTH_SAYING and (longest_hold_ms(target) or 0.0) < LOOP_HELD_MS
            view_is_not = many and not in_threads and not untold(target)
            whose = ", not for its view: hardly any of a visit was blocked in them" if view_is_not else ""
            yield _said(target, True if many and in_threads else None, words + whose)


def tail(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Do the slow ones differ from the rest?"""
    for target in targets:
        latency = target.latency_ms
        if latency and latency.mean and target.requests.completed >= ENOUGH:
            words = f"mean {milliseconds(latency.mean)}, the slowest twentieth {milliseconds(latency.p95)} or more"
            yield _said(target, True if latency.p95 >= MUCH_LONGER * latency.mean else None, words)
