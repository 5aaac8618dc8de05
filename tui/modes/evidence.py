"""What the figures of a run say of a piece of advice: in favour, against, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from scenarios.result import TargetResult
from tui.drawing.words import count
from tui.modes.gain import MOST, computes, latency_words, share
from tui.report_figures import milliseconds

WORTH_SAYING = 0.1
"""Of a visit's mean time: less than that is not what makes the difference."""
LOOP_HELD_MS = 50.0


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
        held = share(target, "queued", "stalled")
        at_once = f"{target.in_flight.max_per_worker} at once in one worker, " if target.in_flight else ""
        if share(target, "awaiting", "blocked") >= MOST and target.in_flight and target.in_flight.max_per_worker > 1:
            yield Evidence(target.name, True, f"{at_once}{latency_words(target)}")
        elif held >= MOST:
            words = f"{at_once}but {held:.0%} of a visit was waiting for others, {latency_words(target)}"
            yield Evidence(target.name, False, words)


def wsgi_blocks(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Is WSGI slow under load because it blocks?"""
    for target in _of("wsgi", targets):
        in_line, slots = share(target, "queued"), target.workers * target.threads
        if in_line >= WORTH_SAYING and share(target, "blocked") > share(target, "running", "stalled"):
            before = count(slots, "blocked slot")
            words = f"{in_line:.0%} of a visit was standing in line before {before}, {latency_words(target)}"
            yield Evidence(target.name, True, words)
        elif in_line < WORTH_SAYING:
            yield Evidence(target.name, False, f"{count(slots, 'slot')} sufficed: {in_line:.0%} of a visit in line")
        else:
            yield Evidence(target.name, None, f"{in_line:.0%} of a visit in line, but not because the view blocks")


def interaction(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """What a server has a part in is the first byte."""
    for target in targets:
        if target.ttfb_ms:
            yield Evidence(
                target.name, None, f"first byte p75 {milliseconds(target.ttfb_ms.p75)}; no server has an INP"
            )


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
        return False, ": the work is computing, so workers help as far as there are cores, and threads hardly"
    if target.interface == "wsgi":
        return True, f", {count(target.workers * target.threads, 'slot')} in all"
    if _loop_held_ms(target) >= LOOP_HELD_MS:
        return False, " for a loop that was held: more workers would help, threads would not"
    return None, ""


def awaited(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did views under ASGI await what waits?"""
    for target in _of("asgi", targets):
        awaiting, held = share(target, "awaiting"), share(target, "blocked", "stalled")
        if awaiting >= WORTH_SAYING and awaiting > held:
            yield Evidence(target.name, True, f"{awaiting:.0%} of a visit awaiting, the loop free for others")
        elif held >= WORTH_SAYING and not computes(target):
            others = share(target, "stalled") >= WORTH_SAYING
            words = f"not done here, and {held:.0%} of a visit was blocked or stalled"
            yield Evidence(target.name, True if others else None, words)


def loop(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How long was a loop held?"""
    for target in _of("asgi", targets):
        held_ms = _loop_held_ms(target)
        if not held_ms:
            continue
        long = held_ms >= LOOP_HELD_MS
        where = next((f" at {each.where}" for each in target.blame if each.state in ("blocked", "running")), "")
        words = f"held for {milliseconds(held_ms)} at most" + (where if long else "")
        yield Evidence(target.name, True if long else None, words)


def _loop_held_ms(target: TargetResult) -> float:
    """The longest in any worker; 0 where no loop was looked into."""
    return max((worker.loop_held_max_ms or 0.0 for worker in target.workers_seen), default=0.0)


def computing(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Was there much computing?"""
    for target in targets:
        if share(target, "running") >= WORTH_SAYING:
            words = f"{share(target, 'running'):.0%} of a visit computing, {share(target, 'stalled'):.0%} stalled"
            yield Evidence(target.name, True, words)


def hops(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """How often did a request cross?"""
    for target in targets:
        if target.hops_per_request:
            yield Evidence(target.name, None, f"{target.hops_per_request:g} crossings a request")


def threads(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Did threads pile up under ASGI?"""
    for target in _of("asgi", targets):
        peaks = [worker.threads_peak for worker in target.workers_seen if worker.threads_peak]
        rss = [worker.rss_peak_mb for worker in target.workers_seen if worker.rss_peak_mb]
        if peaks and rss:
            many = max(peaks) >= 2 * target.threads + 4
            words = f"up to {max(peaks)} threads and {max(rss):.0f} MB in one worker"
            yield Evidence(target.name, True if many and share(target, "blocked") >= WORTH_SAYING else None, words)


def tail(targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Do the slow ones differ from the rest?"""
    for target in targets:
        latency = target.latency_ms
        if latency and latency.p50:
            words = (
                f"half within {milliseconds(latency.p50)}, the slowest twentieth {milliseconds(latency.p95)} or more"
            )
            yield Evidence(target.name, True if latency.p95 >= 2 * latency.p50 else None, words)
