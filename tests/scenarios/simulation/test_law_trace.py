"""Predicted lanes: a trace of the same kind as a recorded one, that takes as long as its law says."""

from __future__ import annotations

import pytest
from made_targets import facts

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.simulation.law_trace import START_NS, predicted_trace, shares
from asgi_vs_wsgi.scenarios.trace.states import State

PREMISES = Premises(requests=12, workers=2, threads=3, cores=2, service_s=0.2, cpu_s=0.01, busiest=7)


@pytest.mark.parametrize("law", LAWS)
def test_a_predicted_run_ends_when_its_law_says(law):
    premises = PREMISES if law != "one-per-worker" else Premises(12, 2, 1, 2, 0.2, 0.01, 6)
    interface = "asgi" if law in ("all-at-once", "loop-held") else "wsgi"
    time_s = LAWS[law](premises)
    trace = predicted_trace(law, premises, facts(interface), time_s)
    assert len(trace.visits) == 12
    assert all(trace.visits.done_ns)
    last_s = (max(trace.visits.done_ns) - START_NS) / 1e9
    assert last_s == pytest.approx(time_s, rel=0.02)


@pytest.mark.parametrize("together", [1, 2, 3, 8])
def test_without_a_gil_as_many_are_predicted_to_run_at_once_as_can_compute(together):
    premises = Premises(12, 1, 8, 4, 0.2, 0.2, 12, side_by_side=together)
    time_s = LAWS["cpu-shared"](premises)
    trace = predicted_trace("cpu-shared", premises, facts("wsgi"), time_s)
    assert (max(trace.visits.done_ns) - START_NS) / 1e9 == pytest.approx(time_s, rel=0.02)
    (worker,) = trace.workers.values()
    begun = [handling.begin_ns for handling in worker.handlings.values()]
    assert begun.count(min(begun)) == min(together, 4)
    assert {handling.lane for handling in worker.handlings.values()} == set(range(1, min(together, 4) + 1))


@pytest.mark.parametrize(
    ("law", "interface", "state"),
    [
        ("one-per-worker", "wsgi", State.QUEUED),
        ("all-at-once", "asgi", State.AWAITING),
        ("loop-held", "asgi", State.STALLED),
    ],
)
def test_its_visitors_wait_in_the_way_that_the_law_is_about(law, interface, state):
    trace = predicted_trace(law, PREMISES, facts(interface), LAWS[law](PREMISES))
    totals = [sum(trace.state_totals_ns(row)[each] for row in range(12)) for each in State]
    assert max(State, key=totals.__getitem__) is state


def test_the_visitors_are_shared_as_they_were_measured():
    assert shares(PREMISES) == [7, 5]
    assert sum(shares(Premises(10, 3, 1, 2, 0.2, 0.01, None))) == 10
