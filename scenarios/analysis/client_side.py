"""What the client alone can tell of a target: its connections, and in which pieces answers came.

A server that lets so many connections in as it has places, and no more until one of them is closed, leaves newcomers in
line behind connections on which nobody asks for anything. That is seen from outside: who came on a new connection heard
nothing, and others who asked later, on connections that were kept, were answered meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, pairwise, starmap
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.visits import DONE, REFUSED, TIMEOUT, Visits
from asgi_vs_wsgi.scenarios.results import HttpConnections, PieceCount, Pieces, Spread, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, nearest_rank
from asgi_vs_wsgi.scenarios.wording import count, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.load.driver_health import DriverReport


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
