"""A thread that waits in `async_to_sync` for code of its own request: what that does is told, not the waiting. Live."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.live


@pytest.fixture(params=["uvicorn-h11", "uvicorn"])
def server(request):
    return request.param


def blamed_ms(result, word: str) -> float:
    return sum(line.ms for line in result.blame if word in line.where)


def assert_sums(outcome):
    (result,), (trace,) = outcome.result.targets, outcome.traces
    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("nested-call", "with-sync-middleware"),
        ("nested-call", "without"),
        ("nested-calls", "sync-view"),
        ("nested-calls", "two-middlewares"),
        ("nested-calls", "to-and-fro"),
    ],
)
def test_a_sync_call_is_blocked_at_its_own_line_whatever_waits_for_it(folder, name, server, run_target, shares):
    outcome = run_target(folder, name, server=server)
    (result,) = outcome.result.targets
    assert result.requests.completed == 4
    assert shares(result)["blocked"] > 0.85
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == ("_slow", "blocked")
    assert line.ms == pytest.approx(4 * 200, rel=0.1)
    for outer in ("middleware", "_calls_back"):
        assert blamed_ms(result, outer) < 0.02 * line.ms
    assert_sums(outcome)


@pytest.mark.parametrize(
    ("folder", "name"), [("nested-call", "computing-below"), ("nested-calls", "computing-below-two")]
)
def test_computing_below_sync_middlewares_runs_or_waits_for_the_gil_and_blocks_nothing(
    folder, name, server, run_target, shares
):
    outcome = run_target(folder, name, server=server)
    (result,) = outcome.result.targets
    share = shares(result)
    assert share["blocked"] < 0.05
    assert share["running"] + share["stalled"] > 0.6
    assert share["stalled"] > share["running"]  # four under one GIL
    line = result.blame[0]
    assert (line.where.split(" ")[1], line.state) == ("_heavy", "running")
    assert blamed_ms(result, "middleware") < 0.1 * line.ms
    assert_sums(outcome)


def test_a_thread_is_blocked_while_what_it_waits_for_awaits_and_no_outer_line_is_blamed(server, run_target, shares):
    outcome = run_target("nested-calls", "awaiting-below", server=server)
    (result,) = outcome.result.targets
    assert shares(result)["blocked"] > 0.85
    assert blamed_ms(result, "middleware") < 20
    assert_sums(outcome)
