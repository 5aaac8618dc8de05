"""What a run of the catalog rarely meets: the figures of the last frame are those of the result there too."""

from __future__ import annotations

import pytest
from analysed import figures, staircase
from last_frame import assert_score_is, compared, last_frame

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED, PENDING, REFUSED, STATUS, TIMEOUT
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen


def begun_when_all_had_left(recording):
    rec = recording(requests=2, interface="wsgi")
    rec.visit(0, 100)
    rec.visit(1, 90, outcome=CANCELLED)
    rec.wsgi(1, 0, 0, 100, cpu=30)
    rec.wsgi(1, 1, 110, 180, cpu=30)
    return rec


def worked_on_after_its_visitor_had_left(recording):
    rec = recording(requests=2)
    rec.visit(0, 40, outcome=FAILED, error=TIMEOUT)
    rec.visit(1, 200)
    for row in (0, 1):
        rec.begin(1, row, 10 * row)
    rec.event(1, Kind.STEP_START, 20, 0)
    rec.look(1, 0, 60, Seen.BLOCKED, at=1)
    rec.event(1, Kind.STEP_END, 150, 0)
    rec.step(1, 1, 150, 190)
    rec.end(1, 1, 195)
    return rec


def turned_away_and_never_sent(recording):
    rec = recording(requests=5, interface="wsgi")
    rec.visit(0, 100)
    rec.visit(1, 2, outcome=FAILED, error=REFUSED)
    rec.visit(2, 50, outcome=FAILED, error=STATUS, status=503)
    rec.visit(3, 60, status=429)
    rec.visit(4, 70, outcome=PENDING)
    rec.wsgi(1, 0, 0, 100, cpu=10)
    rec.wsgi(1, 2, 10, 50, cpu=10, lane=2)
    return rec


@pytest.mark.parametrize(
    "made",
    [staircase, begun_when_all_had_left, worked_on_after_its_visitor_had_left, turned_away_and_never_sent],
    ids=lambda made: made.__name__,
)
def test_the_last_frame_tells_what_the_result_tells(recording, made):
    rec = made(recording)
    trace = rec.trace()
    trace.workers[1].locations[1] = "views.py:3 page"
    assert compared(last_frame(trace)) == compared(figures(rec, trace=trace))
    assert_score_is(trace, figures(rec, trace=trace))


@pytest.mark.parametrize("died_ms", [45, 300])
def test_a_worker_that_dies_in_the_run_or_after_the_last_visitor_is_lost_in_both(recording, died_ms):
    rec = worked_on_after_its_visitor_had_left(recording)
    trace = rec.trace()
    trace.workers[1].died_ns = rec.at(died_ms)
    told = last_frame(trace)
    assert compared(told) == compared(figures(rec, trace=trace))
    assert told.workers_lost == 1


def test_without_a_probe_neither_tells_anything_of_the_workers(recording):
    rec = recording(requests=2)
    rec.visit(0, 40)
    rec.visit(1, 90)
    trace = rec.trace()
    told = last_frame(trace)
    assert compared(told) == compared(figures(rec, trace=trace, probe=False))
    assert told.states_ms is told.in_flight is None
