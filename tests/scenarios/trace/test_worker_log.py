from __future__ import annotations

import itertools
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Crossing, Ending, Kind, Seen, Vital, pack_call


def test_a_wsgi_request_is_one_slice_of_its_thread(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.wsgi(1, 0, 10, 30, cpu=5)
    log = rec.trace().workers[1]
    (handling,) = log.handlings.values()
    (slice_,) = handling.slices
    assert (handling.begin_ns, handling.end_ns) == (slice_.start_ns, slice_.end_ns) == (rec.at(10), rec.at(30))
    assert slice_.cpu_end_ns - slice_.cpu_start_ns == 5_000_000


def test_records_may_come_in_any_number_of_portions(recording: Any) -> None:
    rec = recording(requests=2)
    for row in (0, 1):
        rec.begin(1, row, row)
        rec.step(1, row, 10 + row, 10.5 + row)
    whole, portions = WorkerTrace(1, 1), WorkerTrace(1, 1)
    packed = rec.packed(1)
    whole.feed(packed)
    for start in range(0, len(packed), 32):
        portions.feed(packed[start : start + 32])
    assert portions.events == whole.events == 4
    assert [h.slices for h in portions.handlings.values()] == [h.slices for h in whole.handlings.values()]


def test_a_step_that_the_sampler_met_is_one_slice_whoever_writes_first(recording: Any) -> None:
    """The loop's thread and the sampler's write at the same time: its begin (both may), its end, the whole step."""
    for order in {*itertools.permutations(("start", "start", "end", "whole"))}:
        if order.index("end") > order.index("whole"):
            continue  # one thread writes these two
        rec = recording()
        rec.begin(1, 0, 0)
        for what in order:
            if what == "start":
                rec.event(1, Kind.STEP_START, 10, 0)
            elif what == "end":
                rec.event(1, Kind.STEP_END, 20, 0)
            else:
                rec.step(1, 0, 10, 20)
        worker = rec.trace().workers[1]
        (slice_,) = worker.handlings[rec.first_id].slices
        assert (slice_.start_ns, slice_.end_ns) == (rec.at(10), rec.at(20))
        assert worker.loops[0].held_ns(rec.at(0), rec.at(100)) == 10_000_000


def test_a_call_in_a_thread_is_one_slice_and_one_hop_whoever_writes_first(recording: Any) -> None:
    """The thread tells of a call when it is over; the sampler may have met it before, or tell of it too late."""
    whole = (Kind.THREAD, 10, pack_call(10_000_000, 4_000_000))
    begun, over = (Kind.THREAD_START, 10, 7_000_000), (Kind.THREAD_END, 20, 11_000_000)
    for told in ((whole,), (begun, whole), (whole, begun), (begun, begun, over), (begun, over), (begun, over, begun)):
        rec = recording()
        rec.begin(1, 0, 0)
        for kind, at_ms, value in told:
            rec.event(1, kind, at_ms, 0, value=value, lane=1, flag=Crossing.LOOP)
        handling = rec.trace().workers[1].handlings[rec.first_id]
        (slice_,) = handling.slices
        assert (slice_.start_ns, slice_.end_ns, handling.hops) == (rec.at(10), rec.at(20), 1)
        running, blocked = slice_.pieces(rec.at(100))
        assert (running[2] - running[1], blocked[2] - blocked[1]) == (4_000_000, 6_000_000)


def test_the_end_of_a_slice_that_began_before_the_log_closes_no_other(recording: Any) -> None:
    rec = recording(requests=2)
    rec.begin(1, 0, 0)
    rec.event(1, Kind.STEP_START, 1, 0)
    rec.event(1, Kind.STEP_END, 2, 1)
    (slice_,) = rec.trace().workers[1].handlings[rec.first_id].slices
    assert slice_.end_ns == 0


def test_a_look_belongs_to_the_slice_it_was_taken_in_even_when_it_is_written_late(recording: Any) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.step(1, 0, 10, 20)
    rec.step(1, 0, 30, 40)
    rec.look(1, 0, 15, Seen.BLOCKED, at=7)
    first, second = rec.trace().workers[1].handlings[rec.first_id].slices
    assert [sample.location for sample in first.samples] == [7]
    assert not second.samples


@pytest.mark.parametrize("ms", [10, 20])
def test_a_look_at_the_very_edge_of_a_slice_belongs_to_it(recording: Any, ms: float) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.step(1, 0, 10, 20)
    rec.look(1, 0, ms, Seen.BLOCKED, at=7)
    (slice_,) = rec.trace().workers[1].handlings[rec.first_id].slices
    assert [sample.location for sample in slice_.samples] == [7]


@pytest.mark.parametrize("lane", [0, 1, 2])
def test_of_several_threads_at_once_a_look_belongs_to_the_one_that_was_looked_at(recording: Any, lane: int) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.step(1, 0, 10, 20)
    for thread in (1, 2):
        rec.event(1, Kind.THREAD, 10, 0, value=pack_call(10_000_000, 1), lane=thread)
    rec.look(1, 0, 15, Seen.BLOCKED, lane=lane)
    slices = rec.trace().workers[1].handlings[rec.first_id].slices
    assert [slice_.lane for slice_ in slices if slice_.samples] == [lane]


@pytest.mark.parametrize(("crossing", "hops"), [(Crossing.LOOP, 1), (Crossing.THREAD, 0)])
@pytest.mark.parametrize("met", [True, False])
def test_only_a_call_that_leaves_a_loop_is_a_hop(recording: Any, crossing: Crossing, hops: int, met: bool) -> None:
    """A call that a thread makes, or hands to another thread, stays where it was: in threads."""
    rec = recording()
    rec.begin(1, 0, 0)
    kind, value = (Kind.THREAD_START, 7_000_000) if met else (Kind.THREAD, pack_call(10_000_000, 4_000_000))
    rec.event(1, kind, 10, 0, value=value, lane=1, flag=crossing)
    assert rec.trace().workers[1].handlings[rec.first_id].hops == hops


def test_a_call_that_used_no_cpu_was_blocked(recording: Any) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.event(1, Kind.THREAD, 10, 0, value=pack_call(10_000_000, 0), lane=1)
    (slice_,) = rec.trace().workers[1].handlings[rec.first_id].slices
    blocked_ns = sum(end - start for state, start, end, _ in slice_.pieces(rec.at(100)) if state is State.BLOCKED)
    assert blocked_ns == pytest.approx(10_000_000, abs=1)


def test_a_response_begins_when_it_was_begun_first(recording: Any) -> None:
    """WSGI lets an application begin it anew as long as nothing is sent, and Django does with an error page."""
    rec = recording()
    rec.begin(1, 0, 0)
    rec.event(1, Kind.RESPONSE_START, 10, 0, value=200)
    rec.event(1, Kind.RESPONSE_START, 20, 0, value=500)
    assert rec.trace().workers[1].handlings[rec.first_id].response_start_ns == rec.at(10)


def test_hops_readings_and_late_beats_are_kept(recording: Any) -> None:
    rec = recording()
    rec.begin(1, 0, 0)
    rec.event(1, Kind.HOP, 1, 0)
    rec.event(1, Kind.HOP, 2, 0)
    rec.event(1, Kind.VITAL, 3, value=41_000, flag=Vital.RSS_KB)
    rec.event(1, Kind.LOOP_LATE, 4, value=9_000_000)
    rec.event(1, Kind.END, 5, 0, flag=Ending.CANCELLED)
    log = rec.trace().workers[1]
    handling = log.handlings[rec.first_id]
    assert (handling.hops, handling.ending) == (2, Ending.CANCELLED)
    assert log.vitals[Vital.RSS_KB] == [(rec.at(3), 41_000)]
    assert log.late_beats == [(rec.at(4), 9_000_000)]


def test_when_the_server_accepted_is_known_whichever_is_told_first(recording: Any) -> None:
    rec = recording(requests=2)
    rec.event(1, Kind.ACCEPTED, 1, 0)
    rec.begin(1, 0, 2)
    rec.begin(1, 1, 2)
    rec.event(1, Kind.ACCEPTED, 3, 1)
    handlings = rec.trace().workers[1].handlings.values()
    assert [handling.accepted_ns for handling in handlings] == [rec.at(1), rec.at(3)]
