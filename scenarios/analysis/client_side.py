"""What the client saw of a target: its connections, in which pieces answers came, and who was served.

A server that lets so many connections in as it has places, and no more until one of them is closed, leaves newcomers in
line behind connections on which nobody asks for anything. That is seen from outside: who came on a new connection heard
nothing, and others who asked later, on connections that were kept, were answered meanwhile.

Every request is accounted for: planned = completed + failed + cancelled + dropped; also for each class of visitors.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate, pairwise, starmap
from operator import sub
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import is_page
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, ERROR_KINDS, FAILED, REFUSED, TIMEOUT, Visits
from asgi_vs_wsgi.scenarios.results import (
    HttpConnections,
    Latency,
    PageFigures,
    PieceCount,
    Pieces,
    RequestCounts,
    RequestSent,
    Spread,
    TargetResult,
    VisitFigures,
    VisitorClass,
)
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, latency_of, nearest_rank
from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.scenarios.wording import count, thousands
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.load.driver import DriverReport
    from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def http_connections(visits: Visits, report: DriverReport | None) -> HttpConnections | None:
    """Of visitors who keep their connections; without a report nobody counted."""
    if report is None:
        return None
    rows = range(len(visits))
    reused = [row for row in rows if visits.reused(row)]
    made = [row for row in rows if visits.connected_ns[row] and not visits.reused(row)]
    unheard = [row for row in made if visits.error[row] == TIMEOUT and not visits.first_byte_ns[row]]
    return HttpConnections(
        made=len(made),
        reused=len(reused),
        closed_by_server=report.closed_by_server,
        refused=visits.error.count(REFUSED),
        retried=report.retried,
        answered=sum(visits.first_byte_ns[row] > 0 for row in made),
        unheard=len(unheard),
        overtook=_overtook(visits, reused, unheard),
    )


def _overtook(visits: Visits, reused: Sequence[int], unheard: Sequence[int]) -> int:
    """Those of `reused` that were sent after any of `unheard` and answered before that one gave up."""
    waits = sorted((visits.sent_ns[row], visits.done_ns[row]) for row in unheard)
    since_ns = [sent_ns for sent_ns, _ in waits]
    # By how many had been sent by then: when the last of them gave up.
    until_ns = [0, *accumulate((done_ns for _, done_ns in waits), max)]
    return sum(0 < visits.first_byte_ns[row] < until_ns[bisect_left(since_ns, visits.sent_ns[row])] for row in reused)


def kept_places_words(target: TargetResult) -> str:
    """Why visitors timed out, where kept connections fill the server's places; "" where that was not measured."""
    connections = target.http_connections
    if connections is None or not (connections.unheard and connections.overtook):
        return ""
    if connections.unheard < target.requests.errors.get("timeout", 0):
        return ""  # others were let in, and had no answer either
    timed_out = next((each.ms for each in target.not_served if each.kind == "timeout" and each.ms), None)
    after = f" within {in_words('latency_ms.p50', timed_out.p50)}" if timed_out else ""
    return (
        f"kept connections filled its places: {count(connections.unheard, 'visitor')} on new connections"
        f" heard nothing{after}, while {thousands(connections.overtook)} later requests were answered"
        f" on the {_number(connections.answered)} that it had let in"
    )


def _number(connections: int) -> str:
    return thousands(connections) if connections > 1 else "one"


def connection_words(connections: HttpConnections) -> str:
    """`12 made, used again 108 times, 3 closed by the server`: what there is none of is left out, but for the first."""
    again = connections.reused
    parts = [f"{thousands(connections.made)} made", f"used again {count(again, 'time')}"]
    others = {
        "closed by the server": connections.closed_by_server,
        "refused": connections.refused,
        "waited on in vain": connections.unheard,
    }
    parts += [f"{thousands(number)} {what}" for what, number in others.items() if number]
    if connections.retried:
        parts.append(f"{count(connections.retried, 'request')} sent again on a new one")
    return ", ".join(parts)


def pieces(visits: Visits, rows: Sequence[int] | None = None) -> Pieces | None:
    """Of all who were answered (of those in `rows`); gaps are those between the pieces whose times were kept."""
    answered = [row for row in (range(len(visits)) if rows is None else rows) if visits.outcome[row] == DONE]
    counts = sorted(map(visits.pieces.count, answered))
    if not counts:
        return None
    gaps_ns = sorted(_gaps_ns(visits, answered))
    told_ns = (nearest_rank(gaps_ns, 50), nearest_rank(gaps_ns, 95), gaps_ns[-1]) if gaps_ns else ()
    spread = Spread(*(gap_ns / NS_PER_MS for gap_ns in told_ns)) if told_ns else None
    return Pieces(PieceCount(counts[0], nearest_rank(counts, 50), counts[-1]), spread)


def _gaps_ns(visits: Visits, rows: Sequence[int]) -> Iterator[int]:
    for row in rows:
        yield from starmap(_length, pairwise(visits.pieces.times_ns(row)))


def _length(before_ns: int, after_ns: int) -> int:
    return after_ns - before_ns


def usual_and_longest_gap_ns(visits: Visits, row: int) -> tuple[int, int] | None:
    """Between the pieces of one answer; None where it came at once."""
    gaps_ns = sorted(_gaps_ns(visits, [row]))
    return (nearest_rank(gaps_ns, 50), gaps_ns[-1]) if gaps_ns else None


def request_counts(trace: TargetTrace, rows: Sequence[int] | None = None, planned: int | None = None) -> RequestCounts:
    """What became of the visitors (of those in `rows`); one that had not ended when the run did is dropped.

    `planned`: how many there are to be, where not all of them are in `rows`.
    """
    visits = trace.visits
    rows = range(len(visits)) if rows is None else rows
    outcomes = _tally(visits.outcome, rows)
    completed, failed, cancelled = outcomes[DONE], outcomes[FAILED], outcomes[CANCELLED]
    errors = {ERROR_KINDS[kind]: count for kind, count in sorted(_tally(visits.error, rows).items()) if kind}
    statuses = {str(status): count for status, count in sorted(_tally(visits.status, rows).items()) if status}
    alike = not trace.facts.expect and not trace.facts.pages and all(is_page(int(status)) for status in statuses)
    return RequestCounts(
        len(rows) if planned is None else planned,
        completed,
        failed,
        cancelled,
        len(rows) - completed - failed - cancelled,
        {"timeout": 0} | errors,
        statuses,
        0 if alike else _unexpected(trace, rows),
    )


def _unexpected(trace: TargetTrace, rows: Sequence[int]) -> int:
    """How many were answered otherwise than they came for."""
    if trace.facts.pages:
        status = trace.visits.status
        done = (row for row in rows if trace.visits.outcome[row] == DONE)
        return sum(not is_page(status[row], trace.expected(row)) for row in done)
    columns = [trace.visits.outcome, trace.visits.status, *([trace.class_of] if len(trace.classes) > 1 else [])]
    tally = Counter(zip(*(map(column.__getitem__, rows) for column in columns), strict=True))
    return sum(
        number
        for (outcome, status, *kind), number in tally.items()
        if outcome == DONE and not is_page(status, trace.expected_by(kind[0] if kind else 0))
    )


def _tally(column: Sequence[int], rows: Iterable[int]) -> Counter[int]:
    """Without a step of Python for each row: the screen counts in every frame."""
    return Counter(map(column.__getitem__, rows))


def visitor_classes(trace: TargetTrace, requests: Sequence[RequestSpec] = ()) -> list[VisitorClass]:
    """In the order of the scenario; one class, `all`, where it has none. `requests` has what each sent, if known."""
    classes = [_class(trace, name, trace.rows_of(name)) for name in trace.classes]
    sent = [RequestSent(spec.method, [*spec.paths], len(spec.body)) for spec in requests]
    return [replace(each, request=one) for each, one in zip(classes, sent, strict=True)] if sent else classes


def _class(trace: TargetTrace, name: str, rows: Sequence[int]) -> VisitorClass:
    pages = trace.facts.pages.get(name, [])
    return VisitorClass(
        name,
        *_counted(trace, rows),
        visits=_visits(trace, rows, len(pages)) if pages else None,
        pages=[
            PageFigures(page.name, page.view, *_counted(trace, rows[place :: len(pages)]), page.request)
            for place, page in enumerate(pages)
        ],
    )


def _counted(trace: TargetTrace, rows: Sequence[int]) -> tuple[RequestCounts, Latency | None, Latency | None]:
    visits = trace.visits
    served = served_rows(visits, rows)
    latency, first_byte = latency_of(latencies_ns(visits, served)), latency_of(first_bytes_ns(visits, served))
    return request_counts(trace, rows), latency, first_byte


def _visits(trace: TargetTrace, rows: Sequence[int], pages: int) -> VisitFigures:
    """A visitor's rows are together, one for each page."""
    visitors = [rows[at : at + pages] for at in range(0, len(rows), pages)]
    whole = [each for each in visitors if all(_has_page(trace, row) for row in each)]
    waited_ns = (sum(latencies_ns(trace.visits, each)) for each in whole)
    return VisitFigures(len(visitors), len(whole), latency_of(waited_ns))


def _has_page(trace: TargetTrace, row: int) -> bool:
    return trace.visits.outcome[row] == DONE and is_page(trace.visits.status[row], trace.expected(row))


def websockets(trace: TargetTrace, until_ns: int = FOREVER) -> int | None:
    """How many were opened from the first visitor on, until then; None where no worker counts them, as of old."""
    told = trace.facts.environment
    if trace.facts.interface != "asgi" or told is None or told.probe is None:
        return None
    since_ns = min(filter(None, trace.visits.intended_ns), default=FOREVER)
    opened_ns = (at_ns for worker in trace.workers.values() for at_ns, _ in worker.vitals[Vital.WEBSOCKETS])
    return sum(since_ns <= at_ns <= until_ns for at_ns in opened_ns)


def served_rows(visits: Visits, rows: Sequence[int]) -> list[int]:
    """Those of the rows who were answered."""
    return [row for row in rows if visits.outcome[row] == DONE]


def latencies_ns(visits: Visits, served: Sequence[int]) -> Iterator[int]:
    """From the intended start to the last byte."""
    return _times_ns(visits.intended_ns, visits.done_ns, served)


def uncorrected_latencies_ns(visits: Visits, served: Sequence[int]) -> Iterator[int]:
    """From the actual send to the last byte."""
    return _times_ns(visits.sent_ns, visits.done_ns, served)


def first_bytes_ns(visits: Visits, served: Sequence[int]) -> Iterator[int]:
    """From the intended start to the first byte."""
    return _times_ns(visits.intended_ns, visits.first_byte_ns, served)


def _times_ns(since: Sequence[int], until: Sequence[int], rows: Sequence[int]) -> Iterator[int]:
    return map(sub, map(until.__getitem__, rows), map(since.__getitem__, rows))
