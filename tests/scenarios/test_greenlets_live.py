"""Requests that take turns on a hub (gevent): whatever holds it is named, and whoever waits for it is stalled. Live.

One run, in which pages that hold the hub come one after another beside many that wait for 50 ms. Shares and the run's
own intervals, no times: other programs may run.
"""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.analysis.advice import Said, loop
from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, clipped, handlings_of, window_of
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.request_spans import stalled_behind
from asgi_vs_wsgi.scenarios.trace.states import State, inside
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.tui.drawing.glyphs import LOOPS_OWN
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory

pytest.importorskip("gevent")
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("greenlets")]
FOLDERS = Path(__file__).parent / "folders"
HOLD_MS, IO_MS = 200, 50
COMPUTING = {
    "own_pool": "_computes",
    "shared_pool": "_computes",
    "shared_pool_again": "_computes",
    "thread": "_computes",
    "spawned": "_computes",
    "async_computes": "_computes",
    "fails": "_computes",
    "hashes": "_hashes",
    "queries": "_queries",
    "matches": "_matches",
    "deadline": "_computes",
    "stream_computes": "_computes",
}
"""Class of visitors to the function whose line computes on the hub's thread."""
BLOCKING = {"sleeps": "_blocks", "async_awaits": "_blocks", "stream_sleeps": "_blocks"}
HOLDING = COMPUTING | BLOCKING
ON_A_THREAD = (State.RUNNING, State.BLOCKED, State.STALLED)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    asked = Options("greenlets", scenario_dirs=(str(FOLDERS),), parameters=(f"hold_ms={HOLD_MS}", f"io_ms={IO_MS}"))
    return run_headless(
        resolve(asked, load_catalog(asked.scenario_dirs)),
        on_progress=lambda progress: None,
        on_ready=lambda target, pid: None,
    )


@pytest.fixture(scope="module")
def trace(outcome):
    return outcome.traces[0]


@pytest.fixture(scope="module")
def worker(trace):
    (worker,) = trace.workers.values()
    return worker


@pytest.fixture(scope="module")
def seen(outcome):
    return outcome.result.targets[0].workers_seen[0]


def only(trace, name):
    """The one visitor of a class: its row, and its worker's half."""
    (row,) = trace.rows_of(name)
    return row, trace.handling(row)


def states_of(handling):
    """Nanoseconds in each state, from the application's entry to its end."""
    times = Counter()
    for span in inside(handling, handling.begin_ns, handling.end_ns):
        times[span.state] += span.end_ns - span.start_ns
    return times


def function_of(handling):
    """Where it was longest while it was on a thread."""
    times = Counter()
    for span in inside(handling, handling.begin_ns, handling.end_ns):
        if span.state in ON_A_THREAD:
            times[handling.worker.line_at(span.location).rpartition(" ")[2]] += span.end_ns - span.start_ns
    return times.most_common(1)[0][0]


def hold_of(handling):
    """The turn in which it held the hub longest."""
    return max((each for each in handling.slices if each.on_loop), key=lambda each: each.end_ns - each.start_ns)


def ms(slice_):
    return (slice_.end_ns - slice_.start_ns) / 1e6


def test_everybody_is_answered_and_every_state_adds_up(outcome, trace):
    (result,) = outcome.result.targets
    assert result.requests.completed == result.requests.planned - 1  # but for the view that fails
    assert result.telemetry.joined
    assert result.telemetry.lost == 0
    assert result.telemetry.shows_calls
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000


@pytest.mark.parametrize(("name", "function"), HOLDING.items())
def test_what_holds_the_hub_is_a_turn_of_its_request_at_its_own_line(name, function, trace):
    _, handling = only(trace, name)
    assert function_of(handling) == function
    assert ms(hold_of(handling)) > 0.9 * HOLD_MS
    states = states_of(handling)
    on_thread_ns = sum(states[state] for state in ON_A_THREAD)
    if name in BLOCKING:
        assert states[State.BLOCKED] > 0.5 * on_thread_ns
    else:
        assert states[State.BLOCKED] < 0.3 * on_thread_ns


@pytest.mark.parametrize("name", [name for name in HOLDING if name not in ("async_awaits", "deadline")])
def test_a_page_that_only_computes_is_hardly_ever_suspended(name, trace):
    _, handling = only(trace, name)
    states, hold = states_of(handling), hold_of(handling)
    assert ms(hold) > 0.9 * HOLD_MS, "it computes, or blocks, until so much time has passed, and that is one turn"
    assert sum(states[state] for state in ON_A_THREAD) > 0.9 * (hold.end_ns - hold.start_ns)


@pytest.mark.parametrize("name", HOLDING)
def test_whoever_is_suspended_meanwhile_is_stalled_behind_that_very_visitor(name, trace):
    row, handling = only(trace, name)
    hold = hold_of(handling)
    beside = [
        (other, trace.handling(other))
        for other in trace.rows_of("waits")
        if (h := trace.handling(other)) and h.begin_ns < hold.start_ns < hold.end_ns < h.end_ns
    ]
    assert beside
    for other, theirs in beside:
        assert stalled_behind(trace, trace.life(other, trace.visits.done_ns[other]), theirs)[row] > 0.9 * ms(hold) * 1e6
        assert trace.state_totals_ns(other)[State.STALLED] > 0.9 * ms(hold) * 1e6


def test_nobody_who_waits_is_told_to_hold_the_hub(trace):
    turns = [trace.handling(row).slices for row in trace.rows_of("waits")]
    assert all(each.on_loop for slices in turns for each in slices)
    assert statistics.median(sum(map(ms, slices)) for slices in turns) < 0.2 * HOLD_MS


@pytest.mark.parametrize(
    ("name", "function"), [("real_thread", "_computes"), ("real_thread_waits", "_waits_elsewhere")]
)
def test_a_real_thread_of_gevents_pool_is_a_thread_and_leaves_the_hub_free(name, function, trace):
    row, handling = only(trace, name)
    (call,) = (each for each in handling.slices if not each.on_loop)
    assert ms(call) > 0.9 * HOLD_MS
    assert function_of(handling) == function
    assert (states_of(handling)[State.BLOCKED] > 0.3 * ms(call) * 1e6) is (name == "real_thread_waits")
    for other in trace.rows_of("waits"):
        spans = trace.life(other, trace.visits.done_ns[other])
        assert stalled_behind(trace, spans, trace.handling(other))[row] < 0.5 * ms(call) * 1e6


def test_a_read_from_a_socket_is_a_suspension_that_leaves_the_hub_free(trace):
    row, handling = only(trace, "reads_a_socket")
    states = states_of(handling)
    assert states[State.AWAITING] > 0.8 * HOLD_MS * 1e6
    assert ms(hold_of(handling)) < 0.3 * HOLD_MS
    for other in trace.rows_of("waits"):
        spans = trace.life(other, trace.visits.done_ns[other])
        assert stalled_behind(trace, spans, trace.handling(other))[row] < 0.3 * HOLD_MS * 1e6


def test_a_coroutine_that_awaits_is_suspended_until_its_thread_blocks_the_hub(trace):
    _, handling = only(trace, "async_awaits")
    states = states_of(handling)
    assert states[State.AWAITING] > 0.7 * HOLD_MS * 1e6
    assert states[State.BLOCKED] > 0.5 * HOLD_MS * 1e6
    assert handling.hops == 2  # into the loop, and out of it
    assert only(trace, "async_computes")[1].hops == 1
    assert only(trace, "own_pool")[1].hops == 0


def test_what_fails_in_a_pool_is_told_by_its_own_line(outcome):
    (failure,) = outcome.result.targets[0].failures
    assert (failure.exception, failure.where.rpartition(" ")[2], failure.count) == ("ValueError", "_fails", 1)


def test_timers_and_greenlets_of_nobody_are_the_hubs_own_work(trace, worker, seen):
    _, handling = only(trace, "nobodys")
    assert sum(map(ms, handling.slices)) < 0.9 * HOLD_MS
    own = [each for each in worker.own_work.slices if ms(each) > 0.9 * HOLD_MS]
    within = [each for each in own if handling.begin_ns < each.start_ns < handling.end_ns]
    assert len(within) == 2
    lines = {(line.where.rpartition(" ")[2], line.state): line.ms for line in seen.own_work}
    assert lines["_computes", "running"]
    assert lines["_blocks", "blocked"] > 0.5 * HOLD_MS
    assert seen.own_work_ms > 2 * 0.9 * HOLD_MS
    spans = inside(handling, handling.begin_ns, handling.end_ns)
    assert stalled_behind(trace, spans, handling)[OWN_WORK] > 0.9 * sum(map(ms, within)) * 1e6


def test_the_hubs_own_work_is_seen_in_its_lane_and_told_in_its_story(trace, worker):
    _, last_ns = window_of(trace.visits)
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    _, handling = only(trace, "nobodys")
    lines = Pane(book).frame(Window(handling.begin_ns, handling.end_ns, 100), last_ns, 40)
    assert LOOPS_OWN in next(line.row for line in lines if line.label.startswith("worker 1")).drawn
    hold = next(
        each for each in worker.own_work.slices if ms(each) > 0.9 * HOLD_MS and each.start_ns > handling.begin_ns
    )
    middle_ns = (hold.start_ns + hold.end_ns) // 2
    assert book.held_up(middle_ns)[0] >= 1
    words = WorkerStory(trace, worker).words(last_ns)
    assert "outside any request" in words
    assert "no request on its loop or in a thread" in words


def test_a_worker_is_busy_while_its_hub_or_a_thread_is_held_and_not_while_all_wait(outcome, trace, worker, seen):
    window = window_of(trace.visits)
    records = [*handlings_of(trace, worker), worker.own_work]
    slices = [(each.start_ns, each.end_ns or window[1]) for one in records for each in one.slices]
    union_ns = Covered(clipped(slices, window)).until_ns(window[1])
    makespan_ns = outcome.result.targets[0].makespan_s * 1e9
    assert seen.busy_share == pytest.approx(union_ns / makespan_ns, rel=0.01)
    here = [(one.begin_ns, one.end_ns) for one in handlings_of(trace, worker)]
    assert seen.busy_share * makespan_ns < 0.9 * Covered(clipped(here, window)).until_ns(window[1])


def test_the_longest_hold_is_a_turns_and_the_hubs_heart_stood_still_for_all_of_them(outcome, trace, worker, seen):
    holds = [hold_of(only(trace, name)[1]) for name in HOLDING]
    assert seen.loop_held_max_ms >= max(map(ms, holds))
    (result,) = outcome.result.targets
    assert loop(result).said is Said.HELD_LONG
    told = result.telemetry
    assert told.late_ms > 0.1 * sum(map(ms, holds))
    assert told.late_untold_ms < 0.7 * told.late_ms
