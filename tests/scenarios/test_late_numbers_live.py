"""Requests join their workers' records, also in a run that is far on, where their numbers are large. Live servers."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.run import orchestrator as experiment_run
from asgi_vs_wsgi.scenarios.run.round import Numbers
from asgi_vs_wsgi.server_targets.probe.request_context import FOREIGN_FROM
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("late-numbers")]


def numbers_from(first: int, *, beyond: bool = False) -> type[Numbers]:
    """As if so many had been dealt before; `beyond`: the probe's own numbers, which it takes for a stranger's."""

    class Late(Numbers):
        def next_first_id(self, target: int, requests: int) -> int:
            self._next.setdefault(target, first)
            if not beyond:
                return super().next_first_id(target, requests)
            self._next[target] += requests
            return self._next[target] - requests

    return Late


@pytest.mark.parametrize(("view", "server"), [("sleeps", "gunicorn-sync"), ("awaits", "uvicorn")])
def test_client_and_server_halves_are_joined_for_every_request_and_nothing_is_lost(view, server, run_view):
    outcome = run_view(view, server, workers=2, requests=40, parameters=("ms=10",))
    (trace,) = outcome.traces
    (result,) = outcome.result.targets
    assert all(trace.handling(row) is not None for row in range(40))
    assert result.telemetry.lost == 0
    assert sum(worker.requests for worker in result.workers_seen) == 40


@pytest.mark.parametrize(("server", "view"), [("gunicorn-sync", "sleeps"), ("uvicorn", "awaits")])
@pytest.mark.parametrize("first", [(1 << 31) - 3, FOREIGN_FROM - 12])
def test_requests_with_late_numbers_join_their_records(monkeypatch, run_view, server, view, first):
    monkeypatch.setattr(experiment_run, "Numbers", numbers_from(first))
    outcome = run_view(view, server, requests=6, parameters=("ms=10",))
    (result,), (trace,) = outcome.result.targets, outcome.traces
    assert (result.telemetry.unjoined, result.telemetry.joined) == (0, True)
    assert sum(worker.requests for worker in result.workers_seen) == 6
    assert all(trace.handling(row) for row in range(6))


def test_a_run_whose_records_do_not_join_says_so_in_one_line(monkeypatch, run_view):
    monkeypatch.setattr(experiment_run, "Numbers", numbers_from(FOREIGN_FROM + 1_000_000, beyond=True))
    outcome = run_view("sleeps", "gunicorn-sync", requests=6, parameters=("ms=10",))
    (result,), (trace,) = outcome.result.targets, outcome.traces
    assert result.requests.completed == 6
    assert (result.telemetry.unjoined, result.telemetry.joined) == (6, False)
    assert result.states_ms is result.queue_ms is result.in_flight is None
    assert trace.answered_unseen
    assert sum("do not join" in line for line in warnings(outcome.result)) == 1
