"""What a server does itself with an answer that has begun is `sending`: looks in its files, and a greenlet's waits."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.trace.request_spans import suspensions
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State, held_inside
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Handed, Kind, Seen

CPU_NS = 5_000_000_000
VIEW, WRITE = 1, 2
"""Locations."""


def served(recording, looks, *, start_ms=50.0):
    """A request of a thread from 0 to 120 whose answer begins then and is read by 150; looks: (ms, seen, cpu, line)."""
    rec = recording(interface="wsgi")
    rec.visit(0, 150)
    rec.event(1, Kind.BEGIN, 0, 0, value=CPU_NS, lane=1)
    for at_ms, seen, cpu, line in (each for each in looks if each[0] <= start_ms):
        rec.look(1, 0, at_ms, seen, cpu=cpu, lane=1, at=line)
    rec.event(1, Kind.RESPONSE_START, start_ms, 0, value=200, lane=1)
    for at_ms, seen, cpu, line in (each for each in looks if each[0] > start_ms):
        rec.look(1, 0, at_ms, seen, cpu=cpu, lane=1, at=line)
    rec.event(1, Kind.END, 120, 0, value=CPU_NS + 12_000_000, lane=1, flag=Ending.RETURNED)
    return rec


def spans(rec, row=0):
    """(state, from, to, line) of a visitor, in ms, neighbours of a kind as one."""
    trace, merged = rec.trace(), []
    for span in trace.life(row, trace.visits.done_ns[row]):
        times = [(at_ns - rec.at(0)) / 1e6 for at_ns in (span.start_ns, span.end_ns)]
        if merged and merged[-1][0] is span.state and merged[-1][3] == span.location:
            merged[-1] = (span.state, merged[-1][1], times[1], span.location)
        else:
            merged.append((span.state, *times, span.location))
    return merged


def test_from_the_beginning_of_the_answer_on_a_look_in_the_servers_files_is_sending_at_no_line(recording):
    looks = [(20, Seen.BLOCKED, 0, VIEW), (48, Seen.BLOCKED, 0, VIEW), (60, Seen.SERVING, 4, WRITE)]
    assert spans(served(recording, [*looks, (100, Seen.SERVING, 9, WRITE)])) == [
        (State.BLOCKED, 0, 48, VIEW),
        (State.RUNNING, 48, 50, -1),  # of the 4 ms of CPU since the last look what there was room for
        (State.SENDING, 50, 150, -1),
    ]


def test_a_look_before_the_answer_whose_line_was_read_when_it_had_begun_is_at_no_line_of_the_servers(recording):
    """A look without the GIL waits for it to read the line: the thread may have gone on from its view to its server."""
    rec = served(recording, [(20, Seen.BLOCKED, 0, VIEW)])
    end = rec.records[1].pop()
    rec.look(1, 0, 45, Seen.SERVING, lane=1, at=WRITE)
    rec.look(1, 0, 60, Seen.SERVING, lane=1, at=WRITE)
    rec.records[1].append(end)
    assert spans(rec) == [(State.BLOCKED, 0, 20, VIEW), (State.BLOCKED, 20, 50, -1), (State.SENDING, 50, 150, -1)]


def test_what_nobody_had_looked_at_before_was_the_applications(recording):
    assert spans(served(recording, [(60, Seen.SERVING, 10, WRITE)])) == [
        (State.RUNNING, 0, 10, -1),
        (State.BLOCKED, 10, 50, -1),
        (State.SENDING, 50, 150, -1),
    ]


def test_a_server_that_is_looked_at_before_the_answer_waits_for_its_client(recording):
    found = spans(served(recording, [(20, Seen.SERVING, 0, WRITE), (40, Seen.RUNNING, 20, VIEW)]))
    assert found[0] == (State.BLOCKED, 0, 20, WRITE)
    assert State.SENDING not in {state for state, since, _, _ in found if since < 120}


def test_between_the_parts_of_a_stream_it_sends_and_in_them_it_is_where_the_view_is(recording):
    looks = [
        *((40, Seen.BLOCKED, 0, VIEW), (60, Seen.SERVING, 0, WRITE), (80, Seen.BLOCKED, 0, VIEW)),
        (100, Seen.SERVING, 0, WRITE),
    ]
    assert spans(served(recording, looks)) == [
        (State.BLOCKED, 0, 40, VIEW),
        (State.BLOCKED, 40, 50, -1),
        (State.SENDING, 50, 60, -1),
        (State.BLOCKED, 60, 80, VIEW),
        (State.SENDING, 80, 150, -1),
    ]


@pytest.mark.parametrize("held_by_another", [False, True])
def test_a_greenlet_that_is_suspended_with_its_whole_answer_handed_over_is_sending(recording, held_by_another):
    rec = recording(requests=2, interface="wsgi")
    rec.visit(0, 150)
    rec.visit(1, 150)
    for row in (0, 1):
        rec.begin(1, row, 0)
    rec.step(1, 0, 0, 5)
    rec.event(1, Kind.ANSWERED, 44, 0)
    rec.step(1, 0, 40, 45)
    if held_by_another:
        rec.step(1, 1, 50, 90)
    rec.step(1, 0, 110, 115)
    rec.end(1, 0, 120)
    rec.end(1, 1, 120)
    assert [(state, since, to) for state, since, to, _ in spans(rec)] == [
        (State.RUNNING, 0, 5),
        (State.AWAITING, 5, 40),
        (State.RUNNING, 40, 45),
        (State.SENDING, 45, 110),
        (State.RUNNING, 110, 115),
        (State.SENDING, 115, 150),
    ]
    trace = rec.trace()
    totals = trace.state_totals_ns(0)
    assert totals[State.STALLED] == 0
    assert totals[State.AWAITING] == 35_000_000
    gaps = suspensions(trace.handling(0), trace.visits.done_ns[0])
    assert [(since - rec.at(0), to - rec.at(0)) for since, to in gaps] == [(5_000_000, 40_000_000)]


def test_a_greenlet_is_sending_while_its_server_has_a_part_and_awaiting_while_it_makes_the_next(recording):
    rec = recording(interface="wsgi")
    rec.visit(0, 150)
    rec.begin(1, 0, 0)
    for at_ms, handed in ((4, Handed.PART), (41, Handed.ASKED), (74, Handed.PART), (111, Handed.ASKED)):
        rec.step(1, 0, at_ms - 4, at_ms + 1)
        rec.event(1, Kind.ANSWERED, at_ms, 0, flag=handed)
    rec.end(1, 0, 120)
    assert [(state, since, to) for state, since, to, _ in spans(rec) if state is not State.RUNNING] == [
        (State.SENDING, 5, 37),
        (State.AWAITING, 42, 70),
        (State.SENDING, 75, 107),
        (State.AWAITING, 112, 120),
        (State.SENDING, 120, 150),
    ]
    gaps = suspensions(rec.trace().handling(0), 0)
    assert [(since - rec.at(0), to - rec.at(0)) for since, to in gaps] == [
        (42_000_000, 70_000_000),
        (112_000_000, 120_000_000),
    ]


def test_what_an_answered_greenlet_goes_on_to_do_is_what_it_does_on_its_thread(recording):
    rec = recording(interface="wsgi")
    rec.visit(0, 60)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 5)
    rec.event(1, Kind.ANSWERED, 4, 0)
    rec.end(1, 0, 50)
    rec.step(1, 0, 80, 90)
    held = held_inside(rec.trace().handling(0), rec.at(60), FOREVER)
    assert [(span.state, span.start_ns, span.end_ns) for span in held] == [(State.RUNNING, rec.at(80), rec.at(90))]
