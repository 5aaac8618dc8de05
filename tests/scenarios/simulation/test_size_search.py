"""Sizing: what is said to hold a latency does, the cheapest comes first, what cannot be held is refused with why."""

from __future__ import annotations

import pytest
from simulated_runs import IN_THREAD, MS, ON_LOOP, known_calibration

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.simulation import sizing as search
from asgi_vs_wsgi.scenarios.simulation.scripts import Script
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.sizing import size
from asgi_vs_wsgi.scenarios.simulation.sizing_goal import Asked, Goal, refuse_goal, sizing
from asgi_vs_wsgi.server_targets.servers import server_spec


def asked(server: str, script: Script) -> Asked:
    spec = server_spec(server)
    setup = Setup(server, spec.slot, 1, spec.default_threads, 2.0)
    calibration = known_calibration(server, [script])
    return Asked(calibration, Target(server, "page", name=server), calibration.scripts, None, None, setup)


def goal(rate: float, p95_ms: float, headroom: float = 1.0) -> Goal:
    return Goal(rate, p95_ms * MS, "all", headroom, "poisson", 1500, 60.0)


BOTH = [asked("gunicorn-sync", IN_THREAD), asked("uvicorn", ON_LOOP)]


def test_the_cheapest_that_hold_it_come_first_and_the_others_say_why_not():
    found = size(BOTH, goal(60.0, 80.0))
    holding = [one for one in found if one.holds]
    assert found[: len(holding)] == holding
    assert [one.memory_mb for one in holding] == sorted(one.memory_mb for one in holding)
    assert holding[0].target == "uvicorn:1"
    assert all(one.interval[0] <= one.p95_ms <= one.interval[1] <= 80.0 for one in holding)
    assert all(one.why for one in found if not one.holds)
    assert all(one.simulated for one in found)
    by_target = {one.target: one for one in found}
    assert by_target["gunicorn-sync:2"].why == "3.08 of 2 workers wanted: the line grows without end"
    assert by_target["gunicorn-sync:4"].p95_ms > 80.0, "enough on average, and not enough by chance"


def test_what_holds_it_holds_it_for_other_visitors_too_and_breaks_where_it_says(monkeypatch: pytest.MonkeyPatch):
    sync = [BOTH[0]]
    (best, *_) = size(sync, goal(60.0, 80.0))
    assert 60.0 <= best.holds_at_rps < best.breaks_at_rps
    monkeypatch.setattr(search, "SEED", 1_000_000)
    others = {one.target: one for one in size(sync, goal(60.0, 88.0))}
    assert others[best.target].holds
    beyond = {one.target: one for one in size(sync, goal(best.breaks_at_rps * 1.15, 80.0))}
    assert not beyond[best.target].holds


def test_headroom_asks_for_more():
    plain, roomy = (size([BOTH[0]], goal(60.0, 80.0, headroom))[0] for headroom in (1.0, 2.0))
    assert roomy.workers > plain.workers
    assert roomy.wanted == plain.wanted, "Little's law is of the rate that was asked for"


def test_the_ground_stands_beside_the_answer():
    asked_for = goal(60.0, 80.0)
    told = sizing(BOTH, asked_for, size(BOTH, asked_for))
    assert "60.0/s × 51 ms = 3.1 workers" in told.little
    assert "That is not enough" in told.little
    assert "replications of 1500 visitors" in told.sure


def test_a_rate_beyond_any_capacity_is_refused_with_what_is_wanted():
    with pytest.raises(BadInput, match=r"90 000/s is beyond any capacity: .* wanted: the line grows without end"):
        size(BOTH, goal(90_000.0, 80.0))


def test_what_a_visitor_takes_alone_no_worker_makes_shorter():
    with pytest.raises(
        BadInput, match=r"one visitor in twenty takes 51 ms alone already .* no number of workers helps"
    ):
        refuse_goal([BOTH[0]], goal(10.0, 40.0))
    refuse_goal([BOTH[0]], goal(10.0, 60.0))
