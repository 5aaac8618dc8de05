"""What is told of a target at once is what the document of `simulate` says of it, class by class."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest
from simulated_runs import IN_THREAD, MS, known_calibration

from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, with_pool
from asgi_vs_wsgi.scenarios.simulation.replications import Coming, coming, replicate, shortest_s
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation, simulate_one
from asgi_vs_wsgi.scenarios.simulation.system_model import GivenArrivals
from asgi_vs_wsgi.scenarios.simulation.what_if_answer import first_answer, knee, whole_answer

QUICK: Script = tuple((word, 5 * MS if word == "wait" else s) for word, s in IN_THREAD)
LOAD = Load("constant", requests=600, rate=20.0)


def asked(pool: int | None = None) -> Simulation:
    both = {"quick": [QUICK], "slow": [IN_THREAD]}
    calibration = replace(
        known_calibration("gunicorn-gthread", [QUICK]), scripts=both, mix={"quick": 0.5, "slow": 0.5}, slot="thread"
    )
    target = Target("gunicorn-gthread", "page", 1, 4, name="gunicorn-gthread")
    setup = Setup("gunicorn-gthread", "thread", 1, 4, 2.0, pool=pool)
    return Simulation(target, calibration, setup, with_pool(both) if pool else both, [])


def coming_at(rate: float, visitors: int = 600) -> Coming:
    times = array("d", [number / rate for number in range(visitors)])
    return Coming(GivenArrivals(times), ("quick", "slow"), [number % 2 for number in range(visitors)], 60.0, times)


def test_figures_of_classes_are_those_of_the_document():
    each = asked()
    answer = whole_answer(each, coming_at(20.0), LOAD, lambda part: None)
    target, _ = simulate_one(each, coming_at(20.0), LOAD, lambda part: None)
    assert answer.classes.keys() == {"quick", "slow"}
    for told in target.classes:
        latency_ms, intervals_ms = answer.classes[told.name]
        assert told.latency_ms is not None
        for name, value in latency_ms.items():
            assert value == pytest.approx(getattr(told.latency_ms, name), abs=1e-5)
        assert intervals_ms["p95"] == pytest.approx((told.latency_ms.intervals or {})["p95"], abs=1e-5)
    assert answer.classes["slow"][0]["p50"] > 5 * answer.classes["quick"][0]["p50"]


def test_a_first_answer_is_of_fewer_replications_and_within_what_is_said_in_the_end():
    each = asked()
    first, whole = first_answer(each, coming_at(20.0), LOAD), whole_answer(each, coming_at(20.0), LOAD, lambda _: None)
    assert (first.whole, whole.whole) == (False, True)
    assert first.replications < whole.replications
    assert first.trace is None
    assert whole.trace is not None
    low, high = whole.intervals_ms["p95"]
    assert low <= first.latency_ms["p95"] <= high


def test_a_pool_that_is_full_is_what_ends_first_and_moves_the_knee():
    """One place, of which half of the visitors have 50 ms and the others 5: 36 a second at most."""
    pooled = asked(pool=1)
    answer = whole_answer(pooled, coming_at(36.0), LOAD, lambda part: None)
    assert answer.scarce == "the pool"
    assert answer.in_use.fullest == answer.in_use.pool > 0.9
    assert simulate_one(pooled, coming_at(36.0), LOAD, lambda part: None)[0].simulation.scarce == "the pool"
    free, held = (knee(each, lambda rate: coming_at(rate, 200), lambda part: None) for each in (asked(), pooled))
    assert held.limit_rps == pytest.approx(1 / 0.0275, rel=0.05)
    assert free.limit_rps > 3 * held.limit_rps


def test_more_than_can_be_served_is_said_to_be_so():
    assert whole_answer(asked(), coming_at(400.0), LOAD, lambda part: None).overloaded
    assert not whole_answer(asked(), coming_at(20.0), LOAD, lambda part: None).overloaded


AFTERWARDS: Script = (*IN_THREAD[:-1], ("cpu", 200 * MS))


def test_closed_visitors_come_for_as_long_as_they_are_to_and_no_others_are_counted():
    """One at a time; the answer takes 51 ms, and work goes on after it on another of many threads."""
    scripts = {"all": [AFTERWARDS]}
    calibration = replace(known_calibration("gunicorn-gthread", [AFTERWARDS]), scripts=scripts, slot="thread")
    setup = Setup("gunicorn-gthread", "thread", 4, 8, 8.0)
    each = Simulation(Target("gunicorn-gthread", "page", 4, 8, name="a"), calibration, setup, scripts, [])
    load = Load("closed", concurrency=1, duration_s=5.0)
    plan = make_plan("closed", concurrency=1, duration_s=5.0)
    answer = whole_answer(each, coming(plan, ("all",), shortest_s(scripts), 0.0), load, lambda part: None)
    assert answer.makespan_s == pytest.approx(5.0, rel=0.1), "to the end of the duration"
    assert answer.visitors == answer.answered > 60, "who had not come is nobody"


@pytest.mark.parametrize(
    ("server", "slot", "ends"), [("gunicorn-gthread", "thread", True), ("granian-wsgi", "thread", False)]
)
def test_extremes_are_of_servers_whose_workers_accept(server: str, slot: str, ends: bool):
    times = array("d", bytes(8 * 40))
    come = Coming(GivenArrivals(times), ("all",), [0] * 40, 60.0, times)
    found = replicate(Setup(server, slot, 2, 4, 2.0), {"all": [IN_THREAD]}, come, refusal_s=0.0)
    assert (found.uneven_p95_ms is not None) is ends


def test_what_progress_raises_ends_a_replication_before_its_end():
    told: list[float] = []

    def progress(part: float) -> None:
        told.append(part)
        raise InterruptedError

    each = asked()
    with pytest.raises(InterruptedError):
        first_answer(each, coming_at(20.0, 60_000), LOAD, progress)
    assert told[0] < 0.3
