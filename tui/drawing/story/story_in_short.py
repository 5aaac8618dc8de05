"""One visitor's story in a few words, for those targets beside the one whose story is told in full.

waited 2.1 ms in line, then was set aside 0.20 s; answered after 0.21 s
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asgi_vs_wsgi.scenarios.analysis.unserved import is_page
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, DROPPED
from asgi_vs_wsgi.scenarios.trace.spans import state_totals_ns
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.story.visitor_story import INSIDE, WORTH_TELLING_NS
from asgi_vs_wsgi.tui.text.numbers import nanoseconds

DID = {
    State.RUNNING: "ran",
    State.BLOCKED: "blocked",
    State.STALLED: "was held up",
    State.BLOCKED_OR_STALLED: "blocked or was held up",
    State.AWAITING: "was set aside",
    State.RECEIVING: "sent its request for",
}
"""In the words of the rows."""
ENDED = {DONE: "answered after {}", CANCELLED: "left without an answer after {}", DROPPED: "dropped after {}"}


def story_in_short(trace: TargetTrace, row: int, at_ns: int, *, most: int = 2) -> str:
    """What the visitor in `row` has lived through until `at_ns` (absolute); in the worker what took longest."""
    spans, handling = trace.life(row, at_ns), trace.handling(row)
    if not spans:
        return "has not come yet"
    end = end_in_short(trace, row, at_ns)
    if trace.visits.done_ns[row] and (not trace.looked_into or (handling is None and trace.visits.answered(row))):
        return end
    begun = handling if handling and handling.begin_ns < at_ns else None
    lived = ", then ".join(_lived(state_totals_ns(spans, begun), most, begun=begun is not None))
    return f"{lived}; {end}" if lived else end


def end_in_short(trace: TargetTrace, row: int, at_ns: int) -> str:
    """How it came out, if it has by then."""
    visits = trace.visits
    done_ns = visits.done_ns[row]
    if not done_ns or done_ns > at_ns:
        return "no answer yet"
    words = ENDED.get(visits.outcome[row], "failed after {}")
    if visits.outcome[row] == DONE and not is_page(visits.status[row]):
        words = f"answered {visits.status[row]} after {{}}"
    return words.format(nanoseconds(done_ns - visits.intended_ns[row]))


def _lived(totals: Sequence[int], most: int, *, begun: bool) -> Iterator[str]:
    """In line, and in the worker so many of the things that it did; with one alone, the line only if it was longer."""
    line_ns, longest_ns = totals[State.QUEUED], max(totals[state] for state in INSIDE)
    if not begun or line_ns >= (WORTH_TELLING_NS if most > 1 else longest_ns):
        yield f"{'waited' if begun else 'has waited'} {nanoseconds(line_ns)} in line"
    longest = sorted(INSIDE, key=totals.__getitem__, reverse=True)[:most]
    told = [state for at, state in enumerate(longest) if totals[state] >= (WORTH_TELLING_NS if at else 1)]
    if told:
        yield " and ".join(f"{DID[state]} {nanoseconds(totals[state])}" for state in told)
