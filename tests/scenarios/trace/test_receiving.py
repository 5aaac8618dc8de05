"""A client that is slow to send: `receiving` from when a worker has accepted it, without gap or overlap."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.server_side import in_hands_ns, look_inside
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.scenarios.trace.states import Span, State, Visit, life
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind

WORKER = WorkerTrace(1, 1)


def handled(begin_ns: int, accepted_ns: int = 0, end_ns: int = 0) -> RequestRecord:
    return RequestRecord(7, WORKER, begin_ns, 0, end_ns=end_ns, accepted_ns=accepted_ns)


def states(visit: Visit, handling: RequestRecord | None, now_ns: int = 1000, *, shows_accept: bool = True) -> list[Any]:
    return [
        (span.state, span.start_ns, span.end_ns) for span in life(visit, handling, now_ns, shows_accept=shows_accept)
    ]


def test_a_worker_receives_from_its_accept_until_the_last_byte_was_sent():
    told = states(Visit(100, 100, 600, 900, send_start_ns=110), handled(700, 300, 900))
    assert told[:4] == [
        (State.CONNECTING, 100, 300),
        (State.RECEIVING, 300, 600),
        (State.QUEUED, 600, 700),
        (State.AWAITING, 700, 900),
    ]


def test_nobody_receives_before_the_first_byte_is_out():
    told = states(Visit(100, 100, 600, 900, send_start_ns=400), handled(700, 150, 900))
    assert told[:2] == [(State.CONNECTING, 100, 400), (State.RECEIVING, 400, 600)]


def test_who_is_accepted_when_all_is_sent_was_never_received():
    told = states(Visit(100, 100, 600, 900, send_start_ns=110), handled(700, 650, 900))
    assert told[:2] == [(State.CONNECTING, 100, 600), (State.QUEUED, 600, 700)]


def test_an_accept_that_came_right_before_the_application_is_not_told_and_none_is_made_up():
    told = states(Visit(100, 100, 600, 900, send_start_ns=110), handled(700, 0, 900))
    assert State.RECEIVING not in {state for state, _, _ in told}


def test_where_accepts_are_not_shown_it_is_split_at_the_first_byte():
    told = states(Visit(100, 100, 600, 900, send_start_ns=110), handled(700, 0, 900), shows_accept=False)
    assert told[:3] == [(State.CONNECTING, 100, 110), (State.RECEIVING, 110, 600), (State.QUEUED, 600, 700)]


def test_an_application_that_begins_before_all_is_sent_is_seen_as_what_it_does():
    """A body may come while an ASGI application awaits it, or while a WSGI one reads it: that is observed."""
    told = states(Visit(100, 100, 800, 900, send_start_ns=110), handled(500, 200, 900))
    assert told == [(State.CONNECTING, 100, 200), (State.RECEIVING, 200, 500), (State.AWAITING, 500, 900)]


def test_who_gives_up_while_it_sends_was_received_to_its_end_where_the_first_byte_tells():
    told = states(Visit(100, 100, 0, 900, send_start_ns=110), None, shows_accept=False)
    assert told == [(State.CONNECTING, 100, 110), (State.RECEIVING, 110, 900)]


def test_a_request_that_went_out_whole_is_never_received():
    for shows_accept in (True, False):
        told = states(Visit(100, 100, 100, 900), handled(500, 200, 900), shows_accept=shows_accept)
        assert State.RECEIVING not in {state for state, _, _ in told}


TIMES = st.integers(1, 1000)


@given(st.lists(TIMES, min_size=4, max_size=4), TIMES, TIMES, st.booleans(), st.booleans(), TIMES)
def test_states_part_any_life_without_gap_or_overlap(client, accepted, begin, seen, shows_accept, now):
    intended, connect, start, sent = sorted(client)
    visit = Visit(intended, connect, sent, 1001, send_start_ns=start)
    handling = handled(max(begin, accepted, connect), accepted, 1001) if seen else None
    spans = life(visit, handling, max(now, intended + 1), shows_accept=shows_accept)
    edges = [intended, *(span.end_ns for span in spans)]
    assert [span.start_ns for span in spans] == edges[:-1]
    assert edges[-1] == min(1001, max(now, intended + 1))
    received = [span for span in spans if span.state is State.RECEIVING]
    assert all(isinstance(span, Span) and start <= span.start_ns < span.end_ns <= sent for span in received)
    assert not (received and shows_accept) or received[0].start_ns >= accepted


@pytest.mark.parametrize(
    ("accepted", "sent", "begin", "hands"), [(300, 600, 700, 100), (650, 600, 700, 50), (0, 6, 7, 0)]
)
def test_time_in_one_workers_hands_begins_when_the_request_is_whole(accepted, sent, begin, hands):
    """What is still sent is not in line, so it cannot be the greater part of the line."""
    assert in_hands_ns(handled(begin, accepted), sent) == hands


def test_figures_of_a_slow_sender_add_up_and_say_since_when(recording):
    rec = recording(requests=2)
    rec.visit(0, 1600, sent=1400)
    rec.visits.send_start_ns[0] = rec.at(5)
    rec.visit(1, 20)
    rec.event(1, Kind.ACCEPTED, 100, 0)
    for row, begin, end in ((1, 10, 20), (0, 1500, 1600)):
        rec.begin(1, row, begin)
        rec.end(1, row, end)
    trace = rec.trace()
    window = (rec.at(0), rec.at(1600))
    of_first_byte = look_inside(trace, window)
    trace.facts = replace(trace.facts, shows_accept=True)
    of_accept = look_inside(trace, window)
    assert of_first_byte.states_ms["receiving"] == pytest.approx(1395 / 2)
    assert of_accept.states_ms["receiving"] == pytest.approx(1300 / 2)
    assert of_accept.accepted_ms.max == pytest.approx(100)
    for inside in (of_first_byte, of_accept):
        assert sum(inside.states_ms.values()) == pytest.approx((1600 + 20) / 2)


@pytest.mark.parametrize(("slot", "busy_ms"), [("worker", 1500), ("thread", 100)])
def test_a_worker_that_serves_one_at_a_time_is_busy_while_it_reads_a_slow_request(recording, slot, busy_ms):
    """A thread of many, or a loop, turns to others meanwhile."""
    rec = recording(requests=1, interface="wsgi")
    rec.visit(0, 1600, sent=1400)
    rec.visits.send_start_ns[0] = rec.at(5)
    rec.event(1, Kind.ACCEPTED, 100, 0)
    rec.wsgi(1, 0, 1500, 1600, cpu=1)
    trace = rec.trace()
    trace.facts = replace(trace.facts, shows_accept=True, slot=slot)
    (worker,) = look_inside(trace, (rec.at(0), rec.at(1600))).workers_seen
    assert worker.busy_share == pytest.approx(busy_ms / 1600)
