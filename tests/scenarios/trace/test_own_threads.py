"""What threads and processes of the views' own do beside requests: told as theirs, and no time of any request."""

from __future__ import annotations

from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.analysis.background_work import BesideRequests
from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.server_side import joining, look_inside
from asgi_vs_wsgi.scenarios.analysis.worker_time import late_beats_ns
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Kind, Seen, Vital

RESULT, WORK = "views.py:9 page", "views.py:4 _work"


def waits_for_its_pool(recording: Any, *, over: bool = True, calls: Any = Seen.BLOCKED) -> Any:
    """A visitor's thread is blocked from 0 to 100, while two threads of its own compute: from 10 to 60, and to 90."""
    rec = recording(interface="wsgi", threads=4)
    own = OWN_THREAD - rec.first_id
    rec.visit(0, done=100)
    rec.event(1, Kind.BEGIN, 0, 0, value=rec.at(0), lane=1)
    rec.event(1, Kind.THREAD_START, 10, own, value=rec.at(0), lane=2)
    rec.event(1, Kind.THREAD_START, 20, own, value=rec.at(0), lane=3)
    for lane, ms, cpu in ((2, 40, 30), (3, 50, 30), (3, 80, 60)):
        look(rec, own, ms, cpu, lane, 3, Seen.RUNNING)
    look(rec, 0, 50, 0, 1, 7, calls)
    rec.event(1, Kind.THREAD_END, 60, own, value=rec.at(45), lane=2)
    if over:
        rec.event(1, Kind.THREAD_END, 90, own, value=rec.at(70), lane=3)
    rec.event(1, Kind.END, 100, 0, value=rec.at(0), lane=1)
    trace = rec.trace()
    trace.workers[1].locations.update({3: WORK, 7: RESULT})
    return rec, trace


def look(rec: Any, row: int, ms: float, cpu: float, lane: int, at: int, seen: Seen) -> None:
    """On the clock of `waits_for_its_pool`, which stands at the run's start where a thread has used nothing."""
    rec.event(1, Kind.SAMPLE, ms, row, value=(rec.at(cpu) // 1000) << 24 | at, lane=lane, flag=seen)


def test_a_request_that_waits_for_its_own_threads_is_blocked_there_whatever_they_do(recording: Any) -> None:
    _rec, trace = waits_for_its_pool(recording)
    totals = trace.state_totals_ns(0)
    assert totals[State.BLOCKED] == sum(totals) == 100_000_000
    assert {span.location for span in trace.life(0, trace.visits.done_ns[0])} == {7}
    assert trace.handling(0).hops == 0


def test_their_cpu_their_lines_and_how_many_there_were_are_told_beside(recording: Any) -> None:
    rec, trace = waits_for_its_pool(recording)
    inside = look_inside(trace, (rec.at(0), rec.at(100)))
    own = inside.own_threads
    assert own is not None
    assert (own.count, own.cpu_ms) == (2, pytest.approx(45 + 70))
    (line,) = own.lines
    assert (line.where, line.state, line.ms, line.own_thread) == (WORK, "running", pytest.approx(115), True)
    told = {(each.where, each.state, each.own_thread): each.ms for each in inside.blame}
    assert told == {
        (WORK, "running", True): pytest.approx(115),
        (RESULT, "blocked", False): pytest.approx(100),
    }
    assert inside.states_ms is not None
    assert inside.states_ms["running"] == 0
    assert joining(trace).unknown == 0


def test_a_line_where_requests_and_own_threads_compute_is_told_of_each(recording: Any) -> None:
    """Nothing of the one is added to the other."""
    rec = recording(interface="wsgi")
    own = OWN_THREAD - rec.first_id
    rec.visit(0, done=100)
    rec.event(1, Kind.BEGIN, 0, 0, value=rec.at(0), lane=1)
    rec.event(1, Kind.THREAD_START, 10, own, value=rec.at(0), lane=2)
    look(rec, 0, 50, 40, 1, 3, Seen.STALLED)
    look(rec, own, 50, 30, 2, 3, Seen.STALLED)
    rec.event(1, Kind.THREAD_END, 60, own, value=rec.at(30), lane=2)
    rec.event(1, Kind.END, 100, 0, value=rec.at(50), lane=1)
    trace = rec.trace()
    trace.workers[1].locations[3] = WORK
    inside = look_inside(trace, (rec.at(0), rec.at(100)))
    running = {each.own_thread: each.ms for each in inside.blame if each.state == "running"}
    assert running == {False: pytest.approx(50), True: pytest.approx(30)}


@pytest.mark.parametrize("ms", [5, 30, 55, 75, 100])
def test_the_figures_so_far_grow_to_those_of_the_run(recording: Any, ms: float) -> None:
    rec, trace = waits_for_its_pool(recording)
    so_far = ProgressiveFigures(trace).target(rec.at(ms)).own_threads
    whole = BesideRequests(trace).own_threads(rec.at(100))
    assert so_far is not None
    assert so_far.cpu_ms <= min(whole.cpu_ms, max(0, ms - 10) + max(0, ms - 20))
    assert so_far.count == (0 if ms <= 10 else 1 if ms <= 20 else 2)
    if ms == 100:
        assert so_far == whole


def test_a_thread_that_never_ends_keeps_no_run_waiting_and_is_told_until_the_last_look(recording: Any) -> None:
    _, trace = waits_for_its_pool(recording, over=False)
    assert not trace.workers[1].at_work
    assert BesideRequests(trace).own_threads(FOREVER).cpu_ms == pytest.approx(45 + 60)


def test_a_call_that_was_too_short_to_be_met_counts_with_its_cpu(recording: Any) -> None:
    rec = recording(interface="wsgi")
    rec.visit(0, done=100)
    rec.wsgi(1, 0, 0, 100)
    own = OWN_THREAD - rec.first_id
    for start in (10, 20, 30):
        rec.event(1, Kind.THREAD, start, own, value=4_000_000 << 32 | 3_000_000, lane=2)
    own_threads = BesideRequests(rec.trace()).own_threads(rec.at(100))
    assert (own_threads.count, own_threads.cpu_ms) == (1, pytest.approx(9))


def test_a_beat_that_an_own_thread_made_late_is_not_said_to_be_unexplained(recording: Any) -> None:
    rec = recording()
    rec.visit(0, done=100)
    rec.begin(1, 0, 0)
    rec.end(1, 0, 100)
    own = OWN_THREAD - rec.first_id
    rec.event(1, Kind.THREAD, 20, own, value=60_000_000 << 32 | 60_000_000, lane=2)
    rec.event(1, Kind.LOOP_LATE, 80, value=50_000_000)
    trace = rec.trace()
    late_ns, untold_ns = late_beats_ns(trace, trace.workers[1], (rec.at(0), rec.at(100)))
    assert (late_ns, untold_ns) == (50_000_000, 0)


def reading(rec: Any, pid: int, ms: float, number: int, rss_mb: int, cpu_ms: int) -> None:
    values = {Vital.CHILDREN: number, Vital.CHILDREN_RSS_KB: rss_mb * 1024, Vital.CHILDREN_CPU_US: cpu_ms * 1000}
    for vital, value in values.items():
        rec.event(pid, Kind.VITAL, ms, value=value, flag=vital)


def test_child_processes_of_all_workers_count_together_and_only_what_they_used_in_the_run(recording: Any) -> None:
    rec = recording(interface="wsgi", workers=2)
    rec.visit(0, done=200)
    rec.wsgi(1, 0, 0, 200)
    for ms, first, second in (
        (-10, (1, 30, 500), (0, 0, 0)),  # a pool that the warm-up has started
        (90, (2, 60, 580), (1, 10, 40)),
        (190, (1, 30, 660), (1, 20, 90)),
    ):
        reading(rec, 1, ms, *first)
        reading(rec, 2, ms, *second)
    trace = rec.trace()
    seen = BesideRequests(trace).child_processes(FOREVER)
    assert (seen.count, seen.cpu_ms, seen.rss_peak_mb) == (3, 160 + 90, 70)
    early = BesideRequests(trace).child_processes(rec.at(100))
    assert (early.count, early.cpu_ms) == (3, 80 + 40)
    none = BesideRequests(trace).child_processes(rec.at(-20))
    assert (none.count, none.cpu_ms, none.rss_peak_mb) == (0, 0, None)


def test_what_the_children_of_a_dead_worker_had_used_stays_counted(recording: Any) -> None:
    rec = recording(interface="wsgi", workers=2)
    rec.visit(0, done=300)
    rec.wsgi(1, 0, 0, 300)
    for ms in (0, 100):
        reading(rec, 1, ms, 1, 10, ms)
        reading(rec, 2, ms, 1, 10, ms)
    reading(rec, 2, 200, 1, 10, 150)
    assert BesideRequests(rec.trace()).child_processes(FOREVER).cpu_ms == 250
