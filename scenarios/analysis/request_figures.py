"""What one request adds to the figures of its target, and what these become of the sums of many."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.blamed_lines import HELD, Line, is_beside_loop, with_library
from asgi_vs_wsgi.scenarios.analysis.worker_time import blocked_spans
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.results import AwaitedLine, FailureReason
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.trace.states import Span, State, looks_in, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.scenarios.trace.worker_trace import Raised, WorkerTrace


STAGES = ("coming in", "in line", "request handling", "response generation", "sending")
"""The second and the last are states; the first is all that comes before the line, the others what is neither."""
SENDING = State.SENDING
BEGUN = STAGES.index("request handling")
"""From here on a worker has it."""


class Raising(NamedTuple):
    """A worker, and the number of an exception of which it has told."""

    worker: WorkerTrace
    number: int


class RequestFigures(NamedTuple):
    """Times in nanoseconds; `stages_ns` is None where no worker was looked into."""

    row: int
    served: bool
    handling: RequestRecord | None
    states_ns: list[int]
    stages_ns: list[int] | None
    blame_ns: list[tuple[Line, int]]
    blocked: list[Span]
    """When it was blocked, or may have been."""
    awaited_ns: list[tuple[AwaitedAt, int]]


def request_figures(trace: TargetTrace, row: int, until_ns: int) -> RequestFigures:
    """Of a whole visit, or of what there is of one that has not ended by then."""
    handling = trace.handling(row)
    done_ns = trace.visits.done_ns[row] or until_ns
    spans = trace.life(row, done_ns)
    return RequestFigures(
        row,
        trace.visits.outcome[row] == DONE,
        handling,
        state_totals_ns(spans, handling),
        stages_ns(trace, row, handling, done_ns, spans) if handling else None,
        list(_blame(spans, handling)) if handling else [],
        blocked_spans(spans),
        list(awaited_ns(spans, handling)) if handling else [],
    )


def stages_ns(
    trace: TargetTrace, row: int, handling: RequestRecord, done_ns: int, spans: Sequence[Span] = ()
) -> list[int]:
    """How long each of STAGES took; together they are the latency. A worker may itself send what it has made."""
    visits = trace.visits
    end_ns = min(handling.end_ns or done_ns, done_ns)
    started_ns = min(handling.response_start_ns or end_ns, end_ns)
    sent_ns = min(visits.sent_ns[row] or handling.begin_ns, handling.begin_ns)
    marks = (visits.intended_ns[row], sent_ns, handling.begin_ns, started_ns, end_ns, done_ns)
    *first, made_ns, after_ns = (to_ns - from_ns for from_ns, to_ns in pairwise(marks))
    inside = ((max(span.start_ns, started_ns), min(span.end_ns, end_ns)) for span in spans if span.state is SENDING)
    itself_ns = sum(max(0, to_ns - from_ns) for from_ns, to_ns in inside)
    return [*first, made_ns - itself_ns, after_ns + itself_ns]


def longest_stage(times: Sequence[float]) -> tuple[int, float]:
    """Which of STAGES takes longest, and its part of the whole."""
    place = max(range(len(STAGES)), key=times.__getitem__)
    return place, times[place] / (sum(times) or 1)


def _blame(spans: list[Span], handling: RequestRecord) -> Iterator[tuple[Line, int]]:
    """The lines that held it; spans that no sample judged blame none."""
    worker = handling.worker
    for span in spans:
        if span.location >= 0 and span.state in HELD and (where := worker.line_at(span.location)):
            beside = is_beside_loop(handling, span.lane)
            yield (where, span.state, worker.library_at(span.location), beside), span.end_ns - span.start_ns


AwaitedAt = tuple[Awaited, str, str]
"""What a suspended request waited for, the source line, and a library's line that waited there; "" for none."""


def awaited_ns(spans: Iterable[Span], handling: RequestRecord) -> Iterator[tuple[AwaitedAt, int]]:
    """What it waited for while it was suspended, as far as looks at it tell, and how long its loop was free meanwhile.

    A look speaks of its whole suspension; where there is more than one, each up to the next. Under WSGI a thread is
    held by one that is suspended on a one-off loop.
    """
    worker = handling.worker
    loop, waiting = worker.loops.get(handling.lane), {lane for lane, _, _ in handling.waits}
    for span in spans if handling.await_looks else ():
        if span.state is not State.AWAITING and (loop or span.lane not in waiting or span.state is not State.BLOCKED):
            continue
        inside = looks_in(span, handling)
        edges = [span.start_ns, *(look.at_ns for look in inside[1:]), span.end_ns]
        for look, (from_ns, to_ns) in zip(inside, pairwise(edges), strict=False):
            held_ns = loop.held_ns(from_ns, to_ns) if loop else 0
            at = (look.awaited, worker.line_at(look.location), worker.library_at(look.location))
            yield at, to_ns - from_ns - held_ns


def awaited_lines(trace: TargetTrace, sums_ns: Mapping[AwaitedAt, int], suspended_ns: int) -> list[AwaitedLine] | None:
    """Of all requests together, the longest first; None where they were suspended and nobody looked."""
    if suspended_ns and not all(worker.sees_awaits for worker in trace.workers.values()):
        return None
    told = (((what, where), library, sum_ns) for (what, where, library), sum_ns in sums_ns.items() if sum_ns)
    together = with_library(told)
    lines = [AwaitedLine(what.words, where, ns / NS_PER_MS, lib) for (what, where), (ns, lib) in together.items()]
    return sorted(lines, key=lambda line: line.ms, reverse=True)


def longest_line(spans: Iterable[Span], state: State, handling: RequestRecord) -> str:
    """The source line at which a request was longest in that state, and the library's that waited there longest:
    `models.py:147 get_tags <- sqlite3/base.py:359 execute`; "" where none was seen."""
    worker = handling.worker
    seen = [
        (worker.line_at(span.location), worker.library_at(span.location), span.end_ns - span.start_ns)
        for span in spans
        if span.state is state and span.location >= 0
    ]
    where, (_, library) = max(with_library(seen).items(), key=lambda each: each[1][0], default=("", (0, None)))
    return f"{where}{BESIDE}{library}" if library else where


def mean_states_ms(sums_ns: Sequence[int], served: int) -> dict[str, float | None] | None:
    """Milliseconds per request that was served in each State; those that are known add up to the mean latency."""
    return states_told([sum_ns / served / NS_PER_MS for sum_ns in sums_ns]) if served else None


UNTOLD: Raised = ("an exception", "of which its worker could not tell", "")


def raising_of(handling: RequestRecord | None) -> Raising | None:
    """What the request raised, if it did."""
    return Raising(handling.worker, handling.failure) if handling and handling.failure else None


def failure_reasons(counts: Mapping[Raising, int]) -> list[FailureReason]:
    """Of all workers together, the most frequent first."""
    together: Counter[Raised] = Counter()
    for (worker, number), count in counts.items():
        together[worker.raised.get(number, UNTOLD)] += count
    reasons = [FailureReason(*raised, count) for raised, count in together.items() if count]
    return sorted(reasons, key=lambda each: (-each.count, each.where, each.exception, each.words))
