"""One visitor's story in words, from what was recorded of it until a moment; in a few words beside another's.

Visitor 14 was in line for a worker 1.22 s, then held worker 2 for 0.20 s: blocked 0.20 s at views.py:10 sync_page,
running 2.0 ms. Answered after 1.42 s.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.client_side import usual_and_longest_gap_ns
from asgi_vs_wsgi.scenarios.analysis.request_figures import awaited_ns, longest_line
from asgi_vs_wsgi.scenarios.analysis.unserved import is_page
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, ERROR_KINDS
from asgi_vs_wsgi.scenarios.trace.request_spans import own_work_line, stalled_behind
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, Span, State, held_inside
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns
from asgi_vs_wsgi.scenarios.wording import NS_PER_MS, listed, nanoseconds, thousands
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import kind_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited


WORTH_TELLING_NS = NS_PER_MS
"""What took less is left out, unless it was the longest."""
TIDYING_NS = 10 * NS_PER_MS
"""A worker that is done with a request so soon after the answer did nothing but tidy up."""
STREAMED_NS = 10 * NS_PER_MS
"""An answer whose last byte came so long after its first came in pieces."""
MUCH_LONGER = 1.5
"""A gap between two pieces that is told beside the usual one."""
REACHED_NS = 50_000
"""Who left as soon as a worker had begun."""
HELD_THERE = (State.BLOCKED, State.BLOCKED_OR_STALLED)
"""A line can be named."""
INSIDE = (State.RUNNING, *HELD_THERE, State.STALLED, State.AWAITING, State.RECEIVING, State.SENDING)


def story(trace: TargetTrace, row: int, at_ns: int) -> str:
    """What the visitor in `row` has lived through until `at_ns` (absolute)."""
    spans, handling = trace.life(row, at_ns), trace.handling(row)
    name = f"Visitor {row + 1}{kind_words(trace, row)}"
    if not spans:
        return f"{name} has not come yet."
    begun = handling if handling and handling.begin_ns < at_ns else None
    totals = state_totals_ns(spans, begun)
    ended = 0 < trace.visits.done_ns[row] <= at_ns
    if not trace.looked_into and ended:
        return f"{name}: no worker was looked into. {_end(trace, row, at_ns, None)}"
    if handling is None and ended and trace.visits.answered(row):
        return f"{name}: the records of whoever answered are missing. {_end(trace, row, at_ns, None)}"
    parts = list(_before(trace, totals, begun=begun is not None))
    if begun is not None:
        parts.append(_inside(trace, spans, totals, begun))
    return f"{name} {', '.join(parts)}. {_end(trace, row, at_ns, begun)}{_went_on_after(begun, at_ns)}"


def _before(trace: TargetTrace, totals: Sequence[int], *, begun: bool) -> Iterator[str]:
    """From the intended start until a worker begins it."""
    if totals[State.LATE] >= WORTH_TELLING_NS:
        yield f"set out {nanoseconds(totals[State.LATE])} late"
    if totals[State.CONNECTING] >= WORTH_TELLING_NS:
        yield f"connected in {nanoseconds(totals[State.CONNECTING])}"
    place = "thread" if trace.facts.slot == "thread" else "worker"
    waited_ns = totals[State.QUEUED]
    if waited_ns >= WORTH_TELLING_NS:
        yield f"{'was' if begun else 'has been'} in line for a {place} {nanoseconds(waited_ns)}"
    elif begun:
        yield "was begun at once"
    elif totals[State.RECEIVING]:
        yield f"has been sending its request for {nanoseconds(totals[State.RECEIVING])}"
    else:
        yield f"stands in line for a {place}"


def _inside(trace: TargetTrace, spans: list[Span], totals: Sequence[int], handling: RequestRecord) -> str:
    """Where it was, for how long, and what it did there, the longest first."""
    totals = [*totals]
    totals[State.SENDING] = _sent_ns(spans, handling)
    inside_ns = sum(totals[state] for state in INSIDE)
    worker = f"worker {handling.worker.index}"
    place = {"worker": f"held {worker}", "thread": f"held a thread of {worker}"}.get(
        trace.facts.slot, f"was in {worker}"
    )
    if inside_ns < REACHED_NS:
        return f"then reached {worker}"
    told = sorted((state for state in INSIDE if totals[state]), key=totals.__getitem__, reverse=True)
    told = [state for at, state in enumerate(told) if not at or totals[state] >= WORTH_TELLING_NS]
    did = ", ".join(_did(trace, state, spans, totals[state], handling) for state in told)
    return f"then {place} for {nanoseconds(inside_ns)}" + (f": {did}" if did else "")


def _sent_ns(spans: list[Span], handling: RequestRecord) -> int:
    """For how long its worker itself sent the answer; what is on its way later, nobody holds."""
    inside = (span for span in spans if span.start_ns < (handling.end_ns or FOREVER))
    return sum(span.end_ns - span.start_ns for span in inside if span.state is State.SENDING)


def _did(trace: TargetTrace, state: State, spans: list[Span], time_ns: int, handling: RequestRecord) -> str:
    time = nanoseconds(time_ns)
    if state is State.AWAITING:
        return f"awaiting {time} while its loop was free{_awaited(spans, handling)}"
    if state is State.SENDING:
        return f"sending the answer {time}"
    if state is State.STALLED:
        return f"stalled {time}{_behind(trace, spans, handling)}"
    where = longest_line(spans, state, handling)
    return f"{state.words} {time}" + (f" at {where}" if where and state in HELD_THERE else "")


MOST_AWAITED = 3
"""Things that are told."""


def _awaited(spans: list[Span], handling: RequestRecord) -> str:
    """For what, as far as its worker has looked, and at which line; the longest first."""
    sums_ns: Counter[tuple[Awaited, str]] = Counter()
    for (what, where, _), time_ns in awaited_ns(spans, handling):
        sums_ns[what, where] += time_ns
    longest = [(at, time_ns) for at, time_ns in sums_ns.most_common(MOST_AWAITED) if time_ns >= WORTH_TELLING_NS]
    told = [", ".join(filter(None, (what.words, where, nanoseconds(ns)))) for (what, where), ns in longest]
    return f" ({'; '.join(told)})" if told else ""


def _behind(trace: TargetTrace, spans: list[Span], handling: RequestRecord) -> str:
    """Whose steps held its loop meanwhile."""
    behind = stalled_behind(trace, spans, handling)
    held = [row for row, time_ns in behind.items() if time_ns >= WORTH_TELLING_NS]
    if OWN_WORK not in held:
        whom = f"visitor {held[0] + 1}" if len(held) == 1 else f"{len(held)} others"
        return f" behind {whom}" if held else ""
    others = f" and {len(held) - 1} other{'s' if len(held) > 2 else ''}" if len(held) > 1 else ""
    where = own_work_line(handling.worker, spans[0].start_ns, spans[-1].end_ns)
    return f" behind its loop's own work{f' at {where}' if where else ''}{others}"


def _end(trace: TargetTrace, row: int, at_ns: int, handling: RequestRecord | None) -> str:
    visits = trace.visits
    done_ns, outcome = visits.done_ns[row], visits.outcome[row]
    if not done_ns or done_ns > at_ns:
        return f"{_not_yet(trace, row, at_ns)}{_held_up(trace, row, at_ns, handling)}."
    took = nanoseconds(done_ns - visits.intended_ns[row])
    early = ", before all of its request was sent" if visits.answered_early(row) else ""
    if outcome == DONE and not is_page(visits.status[row], trace.expected(row)):
        return f"Answered {visits.status[row]}, which is no page, after {took}{early}{_kept(handling, done_ns, at_ns)}."
    if outcome == DONE:
        return f"Answered after {took}{early}{_in_pieces(trace, row)}{_kept(handling, done_ns, at_ns)}."
    if outcome == CANCELLED:
        return f"Left after {took}, without an answer{_went_on(handling, done_ns, at_ns)}."
    kind = ERROR_KINDS[visits.error[row]]
    met = f"it was answered {visits.status[row]}" if kind == "status" else FAILED_BY.get(kind, kind)
    return f"Failed after {took}{f': {met}' if met else ''}."


FAILED_BY = {
    "timeout": "its time was up",
    "refused": "the connection was refused",
    "reset": "the connection was reset",
    "closed": "the connection was closed before a whole answer",
    "protocol": "what came was no HTTP",
    "connect": "its own machine had no connection for it",
    "unread": "the connection was closed before the server had taken all of its request",
}
"""By the kind of error."""


def _in_pieces(trace: TargetTrace, row: int) -> str:
    """When the answer began, where that was well before its end, and how it came then."""
    first_ns, done_ns = trace.visits.first_byte_ns[row], trace.visits.done_ns[row]
    if not first_ns or done_ns - first_ns < STREAMED_NS:
        return ""
    began = f", the first byte after {nanoseconds(first_ns - trace.visits.intended_ns[row])}"
    gaps_ns = usual_and_longest_gap_ns(trace.visits, row)
    if gaps_ns is None:
        return began
    usual_ns, longest_ns = gaps_ns
    longest = f", the longest {nanoseconds(longest_ns)}" if longest_ns > MUCH_LONGER * usual_ns else ""
    return f"{began}, in {thousands(trace.visits.pieces.count(row))} pieces {nanoseconds(usual_ns)} apart{longest}"


def _not_yet(trace: TargetTrace, row: int, at_ns: int) -> str:
    """Of an answer that comes in pieces, some may be there."""
    first_ns, done_ns = trace.visits.first_byte_ns[row], trace.visits.done_ns[row]
    if not 0 < first_ns <= at_ns or (done_ns and done_ns - first_ns < STREAMED_NS):
        return "No answer yet"
    after = nanoseconds(first_ns - trace.visits.intended_ns[row])
    return f"The first byte came after {after}, the whole answer not yet"


def _held_up(trace: TargetTrace, row: int, at_ns: int, handling: RequestRecord | None) -> str:
    """Suspended, it cannot go on while another holds its event loop."""
    loop = handling.worker.loops.get(handling.lane) if handling else None
    spans = trace.life(row, at_ns)
    if loop is None or spans[-1].state is not State.AWAITING:
        return ""
    holder = loop.holder(at_ns - 1)
    if holder == OWN_WORK and handling is not None:
        where = own_work_line(handling.worker, at_ns - 1, at_ns)
        return f": stalled behind its event loop's own work{f' at {where}' if where else ''}"
    number = holder - trace.visits.first_id + 1
    return f": stalled behind visitor {number}, which holds its event loop" if number > 0 else ""


def _kept(handling: RequestRecord | None, done_ns: int, at_ns: int) -> str:
    """What the lane shows of it when its visitor is gone."""
    if handling is None:
        return ""
    worker = f"worker {handling.worker.index}"
    later_ns = min(handling.end_ns or at_ns, at_ns) - done_ns
    if later_ns < TIDYING_NS:
        return ""
    if not 0 < handling.end_ns <= at_ns:
        return f"; {worker} is not done with it yet"
    return f"; {worker} was done with it {nanoseconds(later_ns)} later"


def _went_on_after(handling: RequestRecord | None, at_ns: int) -> str:
    """What it had started and nobody waits for (a task, a thread) holds its worker all the same."""
    if handling is None or not 0 < handling.end_ns < at_ns:
        return ""
    spans = held_inside(handling, handling.end_ns, at_ns)
    time_ns = sum(span.end_ns - span.start_ns for span in spans)
    if time_ns < TIDYING_NS:
        return ""
    state = max(HELD_AFTER, key=lambda each: sum(s.end_ns - s.start_ns for s in spans if s.state is each))
    where = longest_line(spans, state, handling)
    did = f": {state.words} at {where}" if where else ""
    return f" What it had started went on in worker {handling.worker.index} for {nanoseconds(time_ns)} after that{did}."


HELD_AFTER = (State.RUNNING, State.BLOCKED, State.BLOCKED_OR_STALLED, State.STALLED)


def _went_on(handling: RequestRecord | None, done_ns: int, at_ns: int) -> str:
    """A worker may not know that its visitor has left."""
    if handling is None:
        return ""
    end_ns = min(handling.end_ns or at_ns, at_ns)
    if end_ns - done_ns < WORTH_TELLING_NS:
        return ""
    ends = "" if handling.end_ns and handling.end_ns <= at_ns else " so far"
    return f"; worker {handling.worker.index} went on with it for {nanoseconds(end_ns - done_ns)}{ends}"


ENDED = {DONE: "answered after {}", CANCELLED: "left without an answer after {}"}


def story_in_short(trace: TargetTrace, row: int, at_ns: int, *, most: int = 2) -> str:
    """What the visitor in `row` has lived through until `at_ns` (absolute); in the worker what took longest."""
    spans, handling = trace.life(row, at_ns), trace.handling(row)
    if not spans:
        return "has not come yet"
    end = end_in_short(trace, row, at_ns)
    if trace.visits.done_ns[row] and (not trace.looked_into or (handling is None and trace.visits.answered(row))):
        return end
    begun = handling if handling and handling.begin_ns < at_ns else None
    totals = state_totals_ns(spans, begun)
    totals[State.SENDING] = _sent_ns(spans, begun) if begun else 0
    lived = ", then ".join(_lived(totals, most, begun=begun is not None))
    return f"{lived}; {end}" if lived else end


def end_in_short(trace: TargetTrace, row: int, at_ns: int) -> str:
    """How it came out, if it has by then."""
    visits = trace.visits
    done_ns = visits.done_ns[row]
    if not done_ns or done_ns > at_ns:
        return "no answer yet"
    words = ENDED.get(visits.outcome[row], "failed after {}")
    if visits.outcome[row] == DONE and not is_page(visits.status[row], trace.expected(row)):
        words = f"answered {visits.status[row]} after {{}}"
    return words.format(nanoseconds(done_ns - visits.intended_ns[row]))


def _lived(totals: Sequence[int], most: int, *, begun: bool) -> Iterator[str]:
    """In line, and in the worker so many of the things that it did; with one alone, the line only if it was longer."""
    line_ns, longest_ns = totals[State.QUEUED], max(totals[state] for state in INSIDE)
    if not begun or line_ns >= (WORTH_TELLING_NS if most > 1 else longest_ns):
        yield f"{'was' if begun else 'has been'} in line {nanoseconds(line_ns)}"
    longest = sorted(INSIDE, key=totals.__getitem__, reverse=True)[:most]
    told = [state for at, state in enumerate(longest) if totals[state] >= (WORTH_TELLING_NS if at else 1)]
    if told:
        yield f"was {listed(f'{state.words} {nanoseconds(totals[state])}' for state in told)}"
