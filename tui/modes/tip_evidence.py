"""What the figures of a run say of a piece of advice, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.advice import Advice, Bearing, Said, judged, largest_mb, most_threads
from asgi_vs_wsgi.scenarios.analysis.blamed_lines import HELD
from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    at_once,
    computes,
    if_doubled,
    longest_hold_ms,
    loop_lines,
    own_work_share,
    own_work_where,
    share,
    untold,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.wording import count, megabytes, number
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.tui.modes.gain_text import latency_words, scarcity_text
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.target_tables import whose_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetResult


HELD_LABELS = {state.label for state in HELD}


class Evidence(NamedTuple):
    """`supports` is None where a measurement belongs to an advice and does not decide it."""

    name: str
    supports: bool | None
    words: str


def evidence(advice: Advice, targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Of every target whose figures say something of it."""
    for target in targets:
        if found := judged(advice, target):
            yield Evidence(target.name, found.supports, _text(found, target))


def _text(found: Bearing, target: TargetResult) -> str:
    return _WORDS[found.said](target)


# ---- many at once


def _in_one(target: TargetResult) -> str:
    return f"{number(at_once(target))} in flight in one worker"


def _unserved(target: TargetResult) -> str:
    words = unserved_words(target)
    return f"{_in_one(target)}, but {words}" if at_once(target) > 1 else words


def _held_up(target: TargetResult) -> str:
    why = " (pages compute)" if computes(target) else ""
    many = f"{_in_one(target)}, but " if at_once(target) > 1 else ""
    held = share_words(share(target, "queued", "stalled"))
    return f"{many}{held} of a visit was in line or stalled{why}; {latency_words(target)}"


def _scarce(target: TargetResult) -> str:
    scarce = f"yet {scarcity_text(target)}: what they wait for is scarce"
    return f"{_in_one(target)}, {scarce}; {latency_words(target)}"


def _carried(target: TargetResult) -> str:
    return f"{_in_one(target)}, {latency_words(target)}"


# ---- in line


def _slots(target: TargetResult) -> str:
    """What can serve a visitor: `2 workers`, `8 threads`."""
    return count(target.workers * target.threads, "thread" if target.threads > 1 else "worker")


def _in_line(target: TargetResult) -> str:
    return f"{share_words(share(target, 'queued'))} of a visit in line"


def _no_line(target: TargetResult) -> str:
    return f"{_in_line(target)}, before {_slots(target)}"


def _before_blocked(target: TargetResult) -> str:
    were = "was" if target.workers * target.threads == 1 else "were"
    return f"{_in_line(target)}, before {_slots(target)} that {were} blocked; {latency_words(target)}"


def _long(target: TargetResult) -> str:
    """With how long that was for the slow ones."""
    return f"{_in_line(target)} (p95 of that {milliseconds(target.queue_ms.p95 if target.queue_ms else None)})"


def _shorter_if_doubled(target: TargetResult) -> str:
    more = if_doubled(target)
    assert more is not None, "that is what was said"
    change = f"all served after {in_seconds(more.makespan_s)} instead of {in_seconds(target.makespan_s)}"
    law = f"with twice the {more.what}, by the law that held here, {change}"
    return f"{_long(target)} before {_slots(target)}; {law}"


# ---- loops, threads and the rest


def _awaited(target: TargetResult) -> str:
    return f"{share_words(share(target, 'awaiting'))} of a visit awaiting, the loop free for others"


def _not_awaited(target: TargetResult) -> str:
    held = share_words(share(target, "blocked", "stalled"))
    return f"{share_words(share(target, 'awaiting'))} of a visit awaiting, {held} blocked or stalled"


def _in_thread(target: TargetResult) -> str:
    return _not_awaited(target) + ("" if untold(target) else ", in a thread of its own: others went on")


def _held(target: TargetResult) -> str:
    return f"held for up to {milliseconds(longest_hold_ms(target))}"


def _held_long(target: TargetResult) -> str:
    most = next((each for each in loop_lines(target) if each.state in HELD_LABELS), None)
    if most is None:
        return _held(target)
    own = bool(whose_line(most, target))
    return f"{_held(target)}; the line that held {'it' if own else 'requests'} longest: {most.where}" + (
        ", outside any request" if own else ""
    )


def _for_little(target: TargetResult) -> str:
    where = own_work_where(target)
    own = f"its loop worked outside any request for {share_words(own_work_share(target))} of the run"
    awaiting = f"{share_words(share(target, 'awaiting'))} of a visit awaiting"
    return f"{awaiting}, but {own}{f', most of it at {where}' if where else ''}"


def _computing(target: TargetResult) -> str:
    running, behind = share(target, "running"), share(target, "queued", "stalled")
    words = f"{share_words(running)} of a visit running, {share_words(behind)} in line or stalled"
    return f"{words}; {latency_words(target)}"


def _hops(target: TargetResult) -> str:
    many = target.hops_per_request or 0.0
    return f"{number(many)} {'hop' if many == 1 else 'hops'} per request"


def _threads(target: TargetResult) -> str:
    many, size = count(most_threads(target), "thread"), megabytes(largest_mb(target))
    return f"{many} and {size} were seen in one worker at the most"


def _tail(target: TargetResult) -> str:
    latency = target.latency_ms
    mean, slow = (latency.mean, latency.p95) if latency else (None, None)
    return f"mean {milliseconds(mean)}, the slowest twentieth {milliseconds(slow)} or more"


_WORDS: dict[Said, Callable[[TargetResult], str]] = {
    Said.UNSERVED: _unserved,
    Said.HELD_UP: _held_up,
    Said.SCARCE: _scarce,
    Said.CARRIED: _carried,
    Said.NO_LINE: _no_line,
    Said.LINE_UNTOLD: lambda one: f"{_in_line(one)}; whether {_slots(one)} were blocked is not shown here",
    Said.LINE_BEFORE_BLOCKED: _before_blocked,
    Said.LINE_BEFORE_COMPUTING: lambda one: f"{_in_line(one)}, because its pages compute, not because they block",
    Said.LINE_BEFORE_LITTLE_BLOCKED: lambda one: f"{_in_line(one)}, but little was blocked",
    Said.LINE_FOR_CPU: lambda one: (
        f"{_long(one)}: its pages compute, so more workers help only as far as there are cores"
    ),
    Said.LINE_SHORTER_IF_DOUBLED: _shorter_if_doubled,
    Said.LINE_BEFORE_SLOTS: lambda one: f"{_long(one)} before {_slots(one)}",
    Said.LINE_BEFORE_HELD_LOOP: lambda one: (
        f"{_long(one)} for a loop that was held: more workers would help, threads would not"
    ),
    Said.LINE_BEFORE_LOOP: lambda one: f"{_long(one)} for the loop's turn",
    Said.FIRST_BYTE: lambda one: f"first byte p75 {milliseconds(one.ttfb_ms.p75 if one.ttfb_ms else None)}",
    Said.AWAITED: _awaited,
    Said.AWAITED_FOR_LITTLE: _for_little,
    Said.HELD_OTHERS: _not_awaited,
    Said.WAITED_IN_THREAD: _in_thread,
    Said.HELD_LONG: _held_long,
    Said.HELD_SHORTLY: _held,
    Said.COMPUTING: _computing,
    Said.HOPS: _hops,
    Said.THREADS: _threads,
    Said.THREADS_OF_VIEWS: _threads,
    Said.THREADS_OF_OTHERS: lambda one: f"{_threads(one)}, not for its view: hardly any of a visit was blocked in them",
    Said.TAIL: _tail,
}
