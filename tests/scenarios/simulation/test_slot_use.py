"""Little's law: slots in use are arrivals a second times the time for which each holds one."""

from __future__ import annotations

import pytest
from made_targets import MS, facts, figures
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.simulation.slot_use import Crowding, slot_uses
from asgi_vs_wsgi.scenarios.trace.states import UNTOLD

COME = [1 + row * 100 * MS for row in range(16)]
"""Ten a second."""


def uses(about, told, factors=None):
    return slot_uses(about, told, COME, told.requests.completed / 10, factors or WhatIfFactors())


def test_a_worker_is_held_for_as_long_as_its_visitor_is_served_and_a_loop_only_while_it_runs():
    of_worker = uses(facts(), figures(facts(), queued=500.0, blocked=90.0, running=10.0)).measured
    assert (of_worker.wanted, of_worker.aside, of_worker.slots) == (pytest.approx(1.0), 0, 2)
    of_loop = uses(facts("asgi"), figures(facts("asgi"), awaiting=90.0, running=10.0)).measured
    assert (of_loop.wanted, of_loop.aside) == (pytest.approx(0.1), pytest.approx(0.9))


@pytest.mark.parametrize(
    ("factors", "crowding"),
    [
        (WhatIfFactors(), Crowding.FREE),
        (WhatIfFactors(visitors=1.7), Crowding.NEAR),
        (WhatIfFactors(visitors=4), Crowding.BEYOND),
        (WhatIfFactors(visitors=4, workers=4), Crowding.FREE),
    ],
)
def test_denser_visitors_crowd_the_slots_and_more_workers_free_them(factors, crowding):
    assert uses(facts(), figures(facts(), blocked=100.0), factors).predicted.crowding is crowding


def test_measured_are_those_who_were_served_and_predicted_all_who_come():
    told = figures(facts(), blocked=100.0)
    found = uses(facts(), replace(told, requests=replace(told.requests, completed=8, failed=8)))
    assert (found.measured.rate, found.predicted.rate) == (pytest.approx(10.0), pytest.approx(10.0))


def test_of_a_whole_run_as_many_are_served_a_second_as_its_throughput_tells():
    told = replace(figures(facts(), blocked=100.0), throughput_rps=3.0)
    assert uses(facts(), told).measured.rate == 3.0
    assert uses(facts(), told).measured.wanted == pytest.approx(0.3)


def test_a_longer_wait_is_not_predicted_where_it_is_not_known_how_long_they_wait():
    told = figures(facts(), running=10.0)
    told = replace(told, states_ms=told.states_ms | {"blocked": None, "stalled": None, UNTOLD: 90.0})
    assert uses(facts(), told, WhatIfFactors(wait=2)) is None
    assert uses(facts(), told).measured.wanted == pytest.approx(1.0)


def test_of_one_who_has_come_no_rate_is_known():
    assert slot_uses(facts(), figures(facts(), blocked=1.0), COME[:1], 1.0, WhatIfFactors()) is None
