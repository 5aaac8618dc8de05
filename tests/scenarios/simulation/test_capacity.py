"""Capacity: what runs out first says where the knee is and what sizing throws out, and a simulation says the same."""

from __future__ import annotations

from array import array

import pytest
from simulated_runs import MS, known_calibration

from asgi_vs_wsgi.scenarios.simulation.capacity import beyond_capacity, limit_rps, needs, theory_of
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, with_pool
from asgi_vs_wsgi.scenarios.simulation.replications import Coming, replicate
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.system_model import GivenArrivals

COMPUTES: Script = (("begin", 0.0), ("cpu", 50 * MS), ("done", 0.0))
WAITS: Script = (("begin", 0.0), ("cpu", 1 * MS), ("wait", 50 * MS), ("done", 0.0))
ALL = {"all": 1.0}
VARIANTS = {
    "the GIL": (COMPUTES, Setup("gunicorn-gthread", "thread", 1, 8, 8.0), 20.0, "of 1 GIL wanted"),
    "the cores": (COMPUTES, Setup("gunicorn-gthread", "thread", 1, 8, 2.0, gil=False), 40.0, "of 2 cores wanted"),
    "threads": (WAITS, Setup("gunicorn-gthread", "thread", 2, 4, 8.0), 8 / 0.051, "of 8 threads wanted"),
    "the pool": (
        WAITS,
        Setup("gunicorn-gthread", "thread", 2, 4, 8.0, pool=1),
        2 / 0.05,
        "of 2 pool places wanted",
    ),
}


@pytest.mark.parametrize(("script", "setup", "limit", "wanted"), VARIANTS.values(), ids=VARIANTS)
def test_what_runs_out_first_is_the_limit_everywhere(
    script: Script, setup: Setup, limit: float, wanted: str, request: pytest.FixtureRequest
):
    plain = {"all": [script]}
    scripts = with_pool(plain) if setup.pool else plain
    assert limit_rps(scripts, ALL, setup) == pytest.approx(limit)
    assert wanted in beyond_capacity(needs(scripts, ALL, setup), setup, 1.01 * limit)
    assert beyond_capacity(needs(scripts, ALL, setup), setup, 0.9 * limit) == ""
    times = array("d", [number / (1.5 * limit) for number in range(400)])
    come = Coming(GivenArrivals(times), ("all",), [0] * 400, 60.0, times)
    found = replicate(setup, scripts, come, refusal_s=0.0, most=3)
    assert found.scarce == request.node.callspec.id
    assert found.in_use.fullest > 0.9
    assert 400 / found.middle.totals.end_s == pytest.approx(limit, rel=0.1), "and it is what is served"


@pytest.mark.parametrize(("arrivals", "told"), [("poisson", 2), ("constant", 1)])
def test_erlangs_formula_is_told_only_of_visitors_who_come_by_chance(arrivals: str, told: int):
    scripts, setup = known_calibration("gunicorn-sync", [WAITS]).scripts, Setup("gunicorn-sync", "worker", 2, 1, 2.0)
    times = array("d", [number / 20 for number in range(50)])
    found = replicate(
        setup, scripts, Coming(GivenArrivals(times), ("all",), [0] * 50, 60.0, times), refusal_s=0, most=1
    )
    assert len(theory_of(scripts, ALL, setup, 20.0, arrivals, found.middle)) == told
