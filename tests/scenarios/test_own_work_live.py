"""A loop that is held by what is no step of a request: visitors are stalled, the worker is busy, its line is named.

Live servers, with a loop that has a selector and with uvloop. Shares and sums, no times: other programs may run.
"""

from __future__ import annotations

import pytest
from busy_machine import slowness
from folder_runs import run_each

from asgi_vs_wsgi.scenarios.analysis.advice import awaited, concurrency
from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, clipped, handlings_of, window_of
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.tui.drawing.glyphs import LOOPS_OWN
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("own-work")]
SERVERS = ("uvicorn-h11", "uvicorn")
WAYS = (("h11", "_checks"), ("timer", "_hold"), ("callback", "_hold"), ("task", "_hold"))
FROM_ELSEWHERE = ("reader", "datagrams", "thread")
"""What a loop calls because others have sent it something; one with a selector knows no difference."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Every way on both servers, in one run of each folder."""
    held = run_each("held-loop", ("timer", "callback", "task", "nothing"), SERVERS)
    held |= run_each("held-loop", FROM_ELSEWHERE, ("uvicorn",))
    return held | run_each("background-of-nobody", ("h11",), SERVERS)


EACH = [(*way, server) for way in WAYS for server in SERVERS] + [(name, "_hold", "uvicorn") for name in FROM_ELSEWHERE]


@pytest.mark.parametrize(("name", "function", "server"), EACH)
def test_what_no_request_does_holds_the_loop_and_is_told(name, function, server, outcomes):
    outcome = outcomes[f"{name}-{server}"]
    (result,), (trace,) = outcome.result.targets, outcome.traces
    (seen,), (worker,) = result.workers_seen, trace.workers.values()

    assert result.requests.completed == result.requests.planned == len(trace.visits)
    assert seen.requests == len(trace.visits)  # own work is no visitor
    line = result.blame[0]
    assert line.where.startswith("views.py:")
    assert line.where.endswith(f" {function}")
    assert line.state == "blocked"
    assert (seen.own_work[0].where, seen.own_work[0].state) == (line.where, "blocked")

    makespan_ms = result.makespan_s * 1000
    assert seen.own_work_ms > 0.4 * makespan_ms
    assert line.ms > 0.7 / slowness() * seen.own_work_ms  # a loop that gets no core is held too, and nobody's line
    assert line.ms > 0.7 * seen.blocked_share * makespan_ms
    assert seen.busy_share >= seen.blocked_share > 0.7 / slowness() * seen.own_work_ms / makespan_ms
    states = result.states_ms
    assert states["stalled"] > 20 * states["blocked"]
    assert states["stalled"] > 0.1 * (states["stalled"] + states["awaiting"])
    assert sum(states.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)

    assert result.telemetry.late_ms > 0.1 * seen.own_work_ms  # the heart stood still meanwhile
    assert result.telemetry.late_untold_ms < 0.5 * result.telemetry.late_ms
    for advice in (awaited, concurrency):
        said = advice(result)
        assert said is None or said.supports is not True
    assert_held_is_the_union_of_slices(trace, worker)
    assert_lanes_and_story_name_it(trace, worker, function)


def assert_held_is_the_union_of_slices(trace, worker):
    window = window_of(trace.visits)
    (loop,) = worker.loops.values()
    records = [*handlings_of(trace, worker), worker.own_work]
    slices = [(s.start_ns, s.end_ns or window[1]) for each in records for s in each.slices if s.on_loop]
    union_ns = Covered(clipped(slices, window)).until_ns(window[1])
    assert loop.held_ns(*window) == pytest.approx(union_ns, rel=0.01)


def assert_lanes_and_story_name_it(trace, worker, function):
    first_ns, last_ns = window_of(trace.visits)
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    lines = Pane(book).frame(Window(first_ns, last_ns, 100), last_ns, 40)
    row = next(line.row for line in lines if line.label.startswith("worker 1"))
    assert LOOPS_OWN in row.drawn
    story = WorkerStory(trace, worker).words(last_ns)
    assert "outside any request" in story
    assert story.rstrip(".").endswith(f" {function}")
    holds = [step for step in worker.own_work.slices if step.end_ns - step.start_ns > 50_000_000]
    middle_ns = next(m for s in holds if book.held_up(m := (s.start_ns + s.end_ns) // 2)[0])
    assert book.held_up(middle_ns)[1] == [0]


def stalled_share(target):
    """Of the time for which its visitors were suspended."""
    return target.states_ms["stalled"] / (target.states_ms["stalled"] + target.states_ms["awaiting"])


@pytest.mark.parametrize("server", SERVERS)
def test_a_loop_that_only_serves_is_hardly_ever_at_work_of_its_own(server, outcomes):
    """Of itself, and beside one that is held. The more others take the machine, the more alike the two are."""
    (result,), (held,) = (outcomes[f"{name}-{server}"].result.targets for name in ("nothing", "timer"))
    (seen,), (held_seen,) = result.workers_seen, held.workers_seen
    others = slowness()
    assert seen.own_work_ms / result.makespan_s < (1 - 0.5 / others) * held_seen.own_work_ms / held.makespan_s
    assert seen.blocked_share < 0.4 * held_seen.blocked_share
    assert stalled_share(result) < (1 - 0.3 / others) * stalled_share(held)
    assert not any(line.where.startswith("views.py") for line in seen.own_work)
