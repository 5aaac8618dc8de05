"""Connections and pieces as figures, and the one sentence about places that kept connections fill."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.client_side import (
    connection_words,
    http_connections,
    kept_places_words,
    pieces,
    request_counts,
)
from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved
from asgi_vs_wsgi.scenarios.load.driver import DriverReport
from asgi_vs_wsgi.scenarios.load.visits import FAILED, REFUSED, TIMEOUT
from asgi_vs_wsgi.scenarios.results import HttpConnections
from asgi_vs_wsgi.scenarios.results.metrics import figure

REPORT = DriverReport(None, 0.1, retried=1, closed_by_server=2)


def crowd(recording, *, kept: int = 6, waiting: int = 3, gave_up_ms: int = 900):
    """One connection that carries `kept + 1` requests of 100 ms, and others that wait on their own in vain."""
    rec = recording(requests=kept + 1 + waiting)
    for row in range(kept + 1):
        rec.visit(row, 100 * row + 90, intended=100 * row, sent=100 * row + 1)
        if not row:
            rec.visits.connected_ns[row] += 500_000
    for row in range(kept + 1, kept + 1 + waiting):
        rec.visit(row, outcome=FAILED, error=TIMEOUT, sent=2, status=0)
        rec.visits.connected_ns[row] += 500_000
        rec.visits.done_ns[row] = rec.at(gave_up_ms)
    return rec


def result_of(rec):
    trace = rec.trace()
    figures = ProgressiveFigures(trace).target(max(trace.visits.done_ns))
    connections = http_connections(trace.visits, REPORT)
    counts = request_counts(trace)
    return replace(figures, http_connections=connections, requests=counts, not_served=unserved(trace))


def test_every_request_is_on_a_connection_that_was_made_or_kept(recording):
    rec = crowd(recording)
    rec.visits.error[9], rec.visits.connected_ns[9] = REFUSED, 0
    found = http_connections(rec.visits, REPORT)
    assert found == HttpConnections(
        made=3, reused=6, closed_by_server=2, refused=1, retried=1, answered=1, unheard=2, overtook=6
    )
    assert figure(result_of(rec), "http_connections.reused") == 6
    assert http_connections(rec.visits, None) is None


@pytest.mark.parametrize(("gave_up_ms", "overtook"), [(900, 6), (495, 4), (150, 0), (99, 0)])
def test_only_who_was_sent_later_and_answered_before_they_gave_up_overtook(recording, gave_up_ms, overtook):
    found = http_connections(crowd(recording, gave_up_ms=gave_up_ms).visits, REPORT)
    assert found is not None
    assert found.overtook == overtook


def test_who_gives_up_and_comes_again_hides_none_of_them(recording):
    rec = crowd(recording, waiting=2, gave_up_ms=400)
    rec.visits.sent_ns[8], rec.visits.done_ns[8] = rec.at(950), rec.at(1400)
    assert http_connections(rec.visits, REPORT).overtook == 3


def test_the_sentence_rests_on_what_was_counted(recording):
    words = kept_places_words(result_of(crowd(recording)))
    assert words == (
        "kept connections filled its places: 3 visitors on new connections heard nothing within 0.90 s,"
        " while 6 later requests were answered on the one that it had let in"
    )


def test_nothing_is_said_where_nobody_was_overtaken_or_others_timed_out_too(recording):
    assert kept_places_words(result_of(crowd(recording, gave_up_ms=99))) == ""
    assert kept_places_words(result_of(crowd(recording, waiting=0))) == ""
    heard = crowd(recording)
    heard.visits.first_byte_ns[9] = heard.at(500)
    assert kept_places_words(result_of(heard)) == ""
    assert kept_places_words(replace(result_of(crowd(recording)), http_connections=None)) == ""


def test_the_words_of_connections_leave_out_what_there_was_none_of():
    none = HttpConnections(1, 0, 0, 0, 0, 1, 0, 0)
    assert connection_words(none) == "1 made, used again 0 times"
    some = HttpConnections(1200, 1, 3, 4, 1, 5, 6, 7)
    assert connection_words(some) == (
        "1 200 made, used again 1 time, 3 closed by the server, 4 refused, 6 waited on in vain,"
        " 1 request sent again on a new one"
    )


def test_pieces_are_of_those_who_were_answered(recording):
    rec = recording(requests=4)
    for row in range(3):
        rec.visit(row, 90)
    rec.visits.outcome[3] = FAILED
    rec.visits.pieces.put(0, 3, [rec.at(10), rec.at(20), rec.at(50)])
    rec.visits.pieces.put(3, 9, [rec.at(10), rec.at(900)])
    found = pieces(rec.visits)
    assert (found.count.min, found.count.p50, found.count.max) == (1, 1, 3)
    assert (found.gap_ms.p50, found.gap_ms.p95, found.gap_ms.max) == (10, 30, 30)
    assert pieces(rec.visits, [1, 2]).gap_ms is None
    assert pieces(rec.visits, [3]) is None
