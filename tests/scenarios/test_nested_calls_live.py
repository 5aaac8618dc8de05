"""A thread that waits in `async_to_sync` for code of its own request: what that does is told, not the waiting. Live."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from folder_runs import run_each

from asgi_vs_wsgi.scenarios.results.outcome import Outcome

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("nested-calls")]
SERVERS = ("uvicorn-h11", "uvicorn")
BLOCKED = ("with-sync-middleware", "without", "sync-view", "two-middlewares", "to-and-fro")
COMPUTING = ("computing-below", "computing-below-two")
AWAITING = "awaiting-below"
LIBRARY = ("library-below", "library-below-middleware")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Every depth on both servers, in one run of each folder."""
    one = ("with-sync-middleware", "without", "computing-below")
    several = ("sync-view", "two-middlewares", "to-and-fro", "computing-below-two", AWAITING, *LIBRARY)
    return run_each("nested-call", one, SERVERS) | run_each("nested-calls", several, SERVERS)


@pytest.fixture(params=SERVERS)
def outcome_of(request, outcomes) -> Callable[[str], Outcome]:
    return lambda name: outcomes[f"{name}-{request.param}"]


def blamed_ms(result, word: str) -> float:
    return sum(line.ms for line in result.blame if word in line.where)


def assert_sums(outcome):
    (result,), (trace,) = outcome.result.targets, outcome.traces
    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000


@pytest.mark.parametrize("name", BLOCKED)
def test_a_sync_call_is_blocked_at_its_own_line_whatever_waits_for_it(name, outcome_of, shares):
    outcome = outcome_of(name)
    (result,) = outcome.result.targets
    assert result.requests.completed == 4
    share = shares(result)
    assert share["blocked"] > share["running"] + share["awaiting"]  # where others take the machine, all but this grows
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == ("_slow", "blocked")
    assert line.ms == pytest.approx(4 * 200, rel=0.1)
    for outer in ("middleware", "_calls_back"):
        assert blamed_ms(result, outer) < 0.02 * line.ms
    assert_sums(outcome)


@pytest.mark.parametrize("name", COMPUTING)
def test_computing_below_sync_middlewares_runs_or_waits_for_the_gil_and_blocks_nothing(name, outcome_of, shares):
    outcome = outcome_of(name)
    (result,) = outcome.result.targets
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["running"] + share["stalled"] > 0.6
    assert share["stalled"] > share["running"]  # four under one GIL
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == ("_heavy", "running")
    assert blamed_ms(result, "middleware") < 0.1 * line.ms
    assert_sums(outcome)


def test_a_thread_is_blocked_while_what_it_waits_for_awaits_and_no_outer_line_is_blamed(outcome_of, shares):
    outcome = outcome_of(AWAITING)
    (result,) = outcome.result.targets
    share = shares(result)
    assert share["blocked"] > share["running"] + share["awaiting"]
    assert result.states_ms["blocked"] > 0.85 * 200
    assert blamed_ms(result, "middleware") < 20
    assert_sums(outcome)


@pytest.mark.parametrize(("name", "asked"), zip(LIBRARY, ("below_a_library", "library_page"), strict=True))
def test_what_a_library_has_a_waiting_thread_do_is_told_at_the_line_that_has_asked_for_it(
    name, asked, outcome_of, shares
):
    """A view that calls the library, in that thread or on its loop; not a middleware that waits for such a view."""
    outcome = outcome_of(name)
    (result,) = outcome.result.targets
    share = shares(result)
    assert share["blocked"] > share["running"] + share["awaiting"]
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == (asked, "blocked")
    assert blamed_ms(result, "middleware") < 0.02 * line.ms
    assert line.ms == pytest.approx(4 * 200, rel=0.1)
    assert_sums(outcome)
