"""Sizing: what is said to hold a latency does, the cheapest comes first, what cannot be held is refused with why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from simulated_runs import IN_THREAD, MS, ON_LOOP, known_calibration

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.simulation import sizing as search
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script
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
    assert roomy.wanted == pytest.approx(2 * plain.wanted), "Little's law is of the rate at which it is to be held"


def test_the_ground_stands_beside_the_answer():
    asked_for = goal(60.0, 80.0)
    told = sizing(BOTH, asked_for, size(BOTH, asked_for))
    assert "60.0/s × 51 ms = 3.08 workers" in told.little
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


def test_what_gives_nobody_a_page_holds_nothing_however_short_the_time_limit():
    impatient = goal(18.0, 1000.0)._replace(timeout_s=0.06)
    one, *_ = size([BOTH[0]._replace(workers=1)], impatient)
    assert not one.holds
    assert one.p95_ms == pytest.approx(60.0)
    assert "gets no page" in one.why
    assert size([BOTH[0]._replace(workers=8)], impatient)[0].holds, "all get theirs within the limit"


def test_a_class_of_which_nobody_came_is_refused_and_a_rare_one_has_visitors_to_choose_by():
    base = known_calibration("gunicorn-sync", [IN_THREAD])
    rare = replace(base, scripts={"all": [IN_THREAD], "rare": [IN_THREAD]}, mix={"all": 1 - 1e-3, "rare": 1e-3})
    each = BOTH[0]._replace(calibration=rare, scripts=rare.scripts, workers=4)
    with pytest.raises(BadInput, match="none of “rare”") as refused:
        size([each], goal(30.0, 80.0)._replace(of="rare", visitors=20))
    assert "more --requests" in refused.value.one_line()
    few = search._crowds(each, goal(30.0, 80.0)._replace(of="rare", visitors=20_000)).few
    assert all(len(visitors.counted) >= 5 for visitors in few)


def test_words_are_of_the_arrivals_and_of_the_rate_at_which_it_is_to_be_held():
    steady = goal(60.0, 80.0, headroom=2.0)._replace(arrivals="constant")
    told = sizing(BOTH, steady, ())
    assert "by chance" not in told.little
    assert "120/s × 51 ms = 6.16 workers" in told.little
    assert "1500 visitors each (12.5 s)" in told.sure
    assert told.seconds == 12.5
    assert "wanted on average" in told.little
    assert "923 workers" in sizing(BOTH, goal(18_000.0, 80.0), ()).little, "no power of ten"


def test_a_refusal_costs_what_it_costs_in_a_simulation():
    """At most two are served at once; whoever else comes gets a 503."""
    setup = structs.replace(BOTH[1].setup, options={"limit_concurrency": 2})
    used = []
    for overhead_ms in (0.0, 5.0):
        calibration = BOTH[1].calibration
        costly = replace(calibration, told=structs.replace(calibration.told, overhead_ms=overhead_ms))
        each = BOTH[1]._replace(calibration=costly, setup=setup, workers=1)
        used.append(size([each], goal(60.0, 80.0))[0].in_use.loops)
    assert used[1] > used[0] + 0.1


@pytest.mark.parametrize("rate", [1e-7, 1e-4])
def test_a_rate_at_which_hardly_anybody_comes_is_held(rate: float):
    assert size([BOTH[0]._replace(workers=1)], goal(rate, 80.0))[0].holds
