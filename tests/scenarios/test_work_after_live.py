"""Work that a request has started and that goes on after its end counts: in blame, and in its worker's time. Live."""

from __future__ import annotations

import pytest
from folder_runs import run_each

from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord
from asgi_vs_wsgi.tui.drawing.visitor_story import story

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("work-after")]
SERVERS = ("uvicorn-h11", "uvicorn")
WORK_MS = 300
WAYS = (
    ("blocking-task", 500, "_blocks", "blocked"),
    ("middleware", WORK_MS, "_blocks", "blocked"),
    ("computes", WORK_MS, "_computes", "running"),
    ("thread", WORK_MS, "_waits", "blocked"),
)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Every way on both servers, in one run of each folder."""
    tasks = run_each("fire-and-forget", ("blocking-task", "awaiting-task"), SERVERS)
    return tasks | run_each("work-after", ("middleware", "computes", "thread"), SERVERS)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("name", "work_ms", "function", "state"), WAYS, ids=lambda value: str(value))
def test_what_goes_on_after_the_answer_is_blamed_on_its_line(name, work_ms, function, state, server, outcomes):
    outcome = outcomes[f"{name}-{server}"]
    (result,), (trace,) = outcome.result.targets, outcome.traces
    (seen,), (worker,) = result.workers_seen, trace.workers.values()
    assert result.requests.completed == 4
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == (function, state)
    whole = [each for each in handlings_of(trace, worker) if longest_ns(each) > 0.9 * work_ms * 1e6]
    assert {0, 1, 2} <= {each.request - trace.visits.first_id for each in whole}  # the last one's may outlive the run
    assert (0.7 if state == "running" else 0.85) * len(whole) * work_ms < line.ms < 1.15 * 4 * work_ms
    assert not [own for own in seen.own_work if own.where == line.where]  # whose it is is known

    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)
    if name != "thread":  # that holds nobody up: the run is over at once
        assert seen.busy_share > 0.8
        assert (seen.blocked_share > 0.5) is (state == "blocked")

    # The lane says whose: each long step is a visitor's, who had gone. The story tells of it.
    first = trace.visits.first_id
    for handling in whole:
        longest = max(handling.slices, key=lambda each: each.end_ns - each.start_ns)
        if 0 < handling.end_ns < longest.start_ns:
            words = story(trace, handling.request - first, longest.end_ns)
            assert "What it had started went on in worker 1" in words
            assert f" {function}." in words


def longest_ns(handling: RequestRecord) -> int:
    return max(each.end_ns - each.start_ns for each in handling.slices)


@pytest.mark.parametrize("server", SERVERS)
def test_a_task_that_awaits_after_the_answer_holds_nobody(server, outcomes):
    (result,) = outcomes[f"awaiting-task-{server}"].result.targets
    (seen,) = result.workers_seen
    assert not [line for line in result.blame if "_awaits" in line.where]
    assert seen.blocked_share < 0.3
    assert result.makespan_s < 0.5


def test_a_thread_that_works_on_when_its_visitor_has_left_is_blamed_for_all_of_it(run_target):
    (result,) = run_target("work-after", "thread", view="waits", arrivals="burst", timeout_s=0.1).result.targets
    assert result.requests.failed == 4
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == ("_waits", "blocked")
    assert line.ms == pytest.approx(4 * WORK_MS, rel=0.15)
