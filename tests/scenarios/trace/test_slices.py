from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.analysis.server_side import look_inside
from asgi_vs_wsgi.scenarios.analysis.worker_time import late_beats_ns
from asgi_vs_wsgi.scenarios.trace.slices import Piece, Sample, Slice
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen

CPU_NS = 7_000


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    """Ended or not, on a loop or a thread, with looks at it in order."""
    start_ns, length_ns = 1_000, draw(st.integers(1, 500))
    times = sorted(draw(st.lists(st.integers(start_ns, start_ns + length_ns), max_size=5)))
    clocks = sorted(draw(st.lists(st.integers(0, 400), min_size=len(times) + 1, max_size=len(times) + 1)))
    samples = [
        Sample(at_ns, draw(st.sampled_from(Seen)), CPU_NS + clock, number)
        for number, (at_ns, clock) in enumerate(zip(times, clocks, strict=False))
    ]
    ended = draw(st.booleans())
    slice_ = Slice(1, 0, draw(st.booleans()), start_ns, start_ns + length_ns if ended else 0, samples=samples)
    if not slice_.on_loop:
        slice_.cpu_start_ns = CPU_NS
        slice_.cpu_end_ns = CPU_NS + clocks[-1] if ended else 0
    return slice_


def moments(pieces: list[Piece]) -> dict[int, tuple[State, int]]:
    return {moment: (state, at) for state, start, end, at in pieces for moment in range(start, end)}


@given(slices(), st.integers(1_000, 1_700))
def test_pieces_partition_a_slice_without_gap_or_overlap(slice_: Slice, until_ns: int) -> None:
    pieces = slice_.pieces(until_ns)
    edges = [slice_.start_ns, *(end for _, _, end, _ in pieces)]
    assert [start for _, start, _, _ in pieces] == edges[:-1]
    assert edges[-1] == max(slice_.start_ns, min(slice_.end_ns or until_ns, until_ns))
    assert all(start < end for _, start, end, _ in pieces)


@given(slices(), st.integers(1_000, 1_700))
def test_what_is_shown_of_the_past_is_the_same_whenever_it_is_shown(slice_: Slice, until_ns: int) -> None:
    last_look_ns = max((sample.at_ns for sample in slice_.samples), default=slice_.start_ns)
    known_until_ns = slice_.end_ns or last_look_ns
    later = moments(slice_.pieces(5_000))
    earlier = moments(slice_.pieces(until_ns))
    assert {m: piece for m, piece in earlier.items() if m < known_until_ns} == {
        m: piece for m, piece in later.items() if m < min(until_ns, known_until_ns)
    }


def test_a_thread_that_nobody_looked_at_is_split_by_its_cpu_clock() -> None:
    slice_ = Slice(1, 1, False, 100, 200, cpu_start_ns=CPU_NS, cpu_end_ns=CPU_NS + 30)
    assert slice_.pieces(1_000) == [(State.RUNNING, 100, 130, -1), (State.BLOCKED, 130, 200, -1)]


def test_a_step_of_a_loop_that_nobody_looked_at_was_running() -> None:
    assert Slice(1, 0, True, 100, 200).pieces(1_000) == [(State.RUNNING, 100, 200, -1)]


def test_between_two_looks_the_cpu_clock_counts_the_running_part_and_the_look_tells_the_rest() -> None:
    looks = [Sample(150, Seen.BLOCKED, CPU_NS + 10, 3), Sample(190, Seen.RUNNING, CPU_NS + 30, 4)]
    slice_ = Slice(1, 1, False, 100, 200, CPU_NS, CPU_NS + 40, looks)
    assert slice_.pieces(1_000) == [
        (State.RUNNING, 100, 110, 3),
        (State.BLOCKED, 110, 150, 3),
        (State.RUNNING, 150, 170, 4),
        (State.STALLED, 170, 190, 4),  # it wanted the CPU and did not have it
        (State.RUNNING, 190, 200, 4),
    ]


def test_a_wait_for_the_gil_that_was_seen_counts_as_stalled() -> None:
    slice_ = Slice(1, 1, False, 100, 200, CPU_NS, CPU_NS + 40, [Sample(200, Seen.STALLED, CPU_NS + 40, 3)])
    assert slice_.pieces(1_000) == [(State.RUNNING, 100, 140, 3), (State.STALLED, 140, 200, 3)]


def test_a_look_that_came_after_the_end_adds_nothing_to_the_slice() -> None:
    slice_ = Slice(1, 0, True, 100, 200, samples=[Sample(210, Seen.BLOCKED, 0, 3)])
    assert slice_.pieces(1_000) == [(State.BLOCKED, 100, 200, 3)]


def test_a_step_did_not_run_while_its_worker_was_held_still(recording: Any) -> None:
    """Nobody has looked at it, and a step has no CPU clock of its own."""
    rec = recording()
    rec.visit(0, done=120)
    rec.begin(1, 0, 5)
    rec.step(1, 0, 10, 100)
    trace = rec.trace()
    worker = trace.workers[1]
    held = TargetTrace(trace.facts, trace.visits, events=[pause(rec, "pause", 20), pause(rec, "resume", 90)])
    held.feed(1, rec.packed(1))
    later = TargetTrace(trace.facts, trace.visits)
    later.add_worker(1)
    for at_ms, do in ((20, "pause"), (90, "resume")):
        later.add_event(pause(rec, do, at_ms))
    later.feed(1, rec.packed(1))
    assert states_of(worker.handlings[rec.first_id].slices[0], rec) == [("running", 90)]
    for one in (held, later):
        (slice_,) = one.workers[1].handlings[rec.first_id].slices
        assert states_of(slice_, rec) == [("running", 10), ("stalled", 70), ("running", 10)]


def pause(rec: Any, do: str, at_ms: float) -> ServerEvent:
    return ServerEvent(do, at_ms / 1000, rec.at(at_ms), worker=1)


def states_of(slice_: Slice, rec: Any) -> list[tuple[str, float]]:
    return [(state.label, (to_ns - from_ns) / 1e6) for state, from_ns, to_ns, _ in slice_.pieces(rec.at(120))]


def test_a_worker_that_was_held_still_is_not_said_to_have_held_its_loop(recording: Any) -> None:
    rec = recording()
    rec.visit(0, done=120)
    rec.begin(1, 0, 5)
    rec.step(1, 0, 10, 12)
    rec.event(1, Kind.LOOP_LATE, 92, value=70_000_000)
    rec.step(1, 0, 94, 100)
    trace = rec.trace()
    assert look_inside(trace, (rec.at(0), rec.at(120))).workers_seen[0].loop_held_max_ms == 70
    for at_ms, do in ((20, "pause"), (90, "resume")):
        trace.add_event(pause(rec, do, at_ms))
    inside = look_inside(trace, (rec.at(0), rec.at(120)))
    assert inside.workers_seen[0].loop_held_max_ms == 6
    late_ns, untold_ns = late_beats_ns(trace, trace.workers[1], (rec.at(0), rec.at(120)))
    assert untold_ns < 0.1 * late_ns
