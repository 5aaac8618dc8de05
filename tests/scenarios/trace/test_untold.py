"""Where the kernel does not show system calls, blocked and stalled are one: what is known adds up, no more is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settled_spans import settle

from asgi_vs_wsgi.scenarios.analysis.intervals import window_of
from asgi_vs_wsgi.scenarios.analysis.server_side import look_inside
from asgi_vs_wsgi.scenarios.analysis.worker_time import WorkerTime
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord, Sample, Slice
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, UNTOLD, State, Visit, inside, life, states_told
from asgi_vs_wsgi.scenarios.trace.target_trace import state_totals_ns
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen

UNSEEN = Seen.UNKNOWN


def looked_inside(made, *, shows_calls=False):
    trace = made.trace()
    for worker in trace.workers.values():
        worker.shows_calls = shows_calls
        worker.locations[1] = "views.py:3 page"
    return look_inside(trace, window_of(trace.visits)), trace


def a_sync_view(recording, seen=UNSEEN):
    """100 ms on one thread, 20 of them on the CPU, looked at twice."""
    made = recording(interface="wsgi")
    made.visit(0, 110.0)
    made.wsgi(1, 0, 10.0, 110.0, cpu=20.0)
    made.look(1, 0, 40.0, seen, cpu=15.0, lane=1, at=1)
    made.look(1, 0, 80.0, seen, cpu=20.0, lane=1, at=1)
    return made


def test_a_wait_whose_reason_is_not_shown_is_neither_blocked_nor_stalled(recording):
    inside, _ = looked_inside(a_sync_view(recording))
    assert inside.states_ms["blocked"] is inside.states_ms["stalled"] is None
    assert inside.states_ms[UNTOLD] == pytest.approx(80)
    assert inside.states_ms["running"] == pytest.approx(20)
    assert sum(filter(None, inside.states_ms.values())) == pytest.approx(110)
    (worker,) = inside.workers_seen
    assert worker.blocked_share is None
    assert worker.busy_share == pytest.approx(100 / 110)
    assert inside.telemetry.shows_calls is False


def test_its_line_is_known_all_the_same(recording):
    inside, _ = looked_inside(a_sync_view(recording))
    assert {(line.where, line.state): pytest.approx(line.ms) for line in inside.blame} == {
        ("views.py:3 page", "blocked_or_stalled"): 80,
        ("views.py:3 page", "running"): 20,
    }


def test_a_wait_too_short_to_be_looked_at_is_not_blocked_either(recording):
    made = recording(interface="wsgi")
    made.visit(0, 14.0)
    made.wsgi(1, 0, 10.0, 14.0, cpu=1.0)
    inside, _ = looked_inside(made)
    assert inside.states_ms["blocked"] is None
    assert inside.states_ms[UNTOLD] == pytest.approx(3)
    told, _ = looked_inside(made, shows_calls=True)
    assert told.states_ms["blocked"] == pytest.approx(3)
    assert UNTOLD not in told.states_ms


def test_where_nothing_waited_on_a_thread_all_is_told(recording):
    """On a loop that is free or held by others' steps nothing depends on the kernel."""
    made = recording(2)
    made.visit(0, 30.0)
    made.visit(1, 30.0)
    for row in (0, 1):
        made.begin(1, row, 0.0)
    made.step(1, 0, 0.0, 20.0)
    made.step(1, 1, 20.0, 21.0)
    made.end(1, 0, 25.0)
    made.end(1, 1, 25.0)
    inside, trace = looked_inside(made)
    assert UNTOLD not in inside.states_ms
    assert inside.states_ms["stalled"] == pytest.approx((20 + 1) / 2)
    assert inside.states_ms["blocked"] == 0
    assert inside.workers_seen[0].blocked_share == 0
    spans = trace.life(1, trace.visits.done_ns[1])
    assert State.STALLED in {span.state for span in settle(spans, trace.handling(1))}, "exact, and so drawn"


def test_one_look_that_failed_is_enough_to_leave_the_sums_untold(recording):
    """A kernel that showed calls at first and then did not: what was seen is drawn, the sums are one."""
    made = a_sync_view(recording, Seen.BLOCKED)
    made.look(1, 0, 100.0, UNSEEN, cpu=20.0, lane=1, at=1)
    inside, trace = looked_inside(made, shows_calls=True)
    assert inside.states_ms["blocked"] is None
    assert inside.states_ms[UNTOLD] == pytest.approx(80)
    assert inside.workers_seen[0].blocked_share is None
    drawn = {span.state for span in trace.life(0, trace.visits.done_ns[0])}
    assert {State.BLOCKED, State.BLOCKED_OR_STALLED} <= drawn


def test_the_figures_so_far_are_as_untold_as_those_at_the_end(recording):
    _, trace = looked_inside(a_sync_view(recording))
    (worker,) = trace.workers.values()
    time = WorkerTime(trace, worker)
    assert time.until(recording.at(5.0)).blocked_ns == 0, "it has had no request yet"
    assert time.until(recording.at(60.0)).blocked_ns is None
    where, time_ns = time.blocked_at(recording.at(110.0))
    assert (where, time_ns) == ("views.py:3 page", pytest.approx(80e6))


@given(st.lists(st.integers(0, 1000), min_size=len(State), max_size=len(State)))
def test_what_is_told_adds_up_whatever_is_not(times):
    told = states_told(times)
    assert sum(value for value in told.values() if value is not None) == sum(times)
    assert set(STATE_NAMES) <= set(told) <= {*STATE_NAMES, UNTOLD}
    assert (told["blocked"] is None) == (told["stalled"] is None) == (UNTOLD in told) == bool(times[-1])


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(Seen), st.integers(0, 500)), max_size=6), st.booleans())
def test_the_states_of_any_request_add_up_to_its_life(looks, ended):
    worker = WorkerTrace(1, 1)
    worker.shows_calls = False
    times = sorted(at for at, _, _ in looks)
    samples = [Sample(1000 + at, seen, 7 + cpu, 1) for at, (_, seen, cpu) in zip(times, looks, strict=True)]
    slice_ = Slice(101, 1, False, 1000, 1500 if ended else 0, 7, 300 if ended else 0, samples)
    handling = RequestRecord(101, worker, 1000, 1, end_ns=1500 if ended else 0, slices=[slice_])
    spans = inside(handling, 1000, 1500)
    assert sum(span.end_ns - span.start_ns for span in spans) == 500
    assert State.BLOCKED not in {span.state for span in spans if Seen.BLOCKED not in {s.seen for s in samples}}
    whole = life(Visit(900, 950, 960, 1600), handling, 1600)
    assert sum(state_totals_ns(whole, handling)) == 700
