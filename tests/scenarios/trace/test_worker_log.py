from __future__ import annotations

import itertools
from typing import Any

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
