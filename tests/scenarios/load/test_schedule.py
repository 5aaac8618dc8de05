"""Visitors come when the plan says, and the driver says how late it was."""

from __future__ import annotations

import statistics
import time

import pytest
from drives import ARRIVALS, assert_all_ended, driven

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import Plan, make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("arrivals", ["burst", "constant", "poisson"])
async def test_intended_times_are_exactly_the_plans(serving, hello, arrivals):
    plan = make_plan(**ARRIVALS[arrivals], seed=5)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port)
    assert [at_ns - visits.start_ns for at_ns in visits.intended_ns] == list(plan.offsets_ns)


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_a_closed_visitor_intends_to_come_again_when_its_answer_is_there(serving, hello, keep_alive):
    plan = make_plan("closed", concurrency=3, requests=30, keep_alive=keep_alive)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port)
    assert server.open_most <= 3
    assert list(visits.intended_ns[:3]) == [visits.start_ns] * 3
    assert sorted(visits.intended_ns[3:]) == sorted(visits.done_ns)[:27]


async def test_a_drive_may_start_at_a_set_time(serving, hello):
    visits = Visits(5)
    start_ns = time.monotonic_ns() + 50_000_000
    async with serving(hello) as server:
        await drive(Plan.burst(5), server.port, ("/",), visits, start_ns=start_ns)
    assert set(visits.intended_ns) == {start_ns}
    assert min(visits.connect_start_ns) >= start_ns


@pytest.mark.alone
async def test_open_arrivals_are_not_held_to_a_millisecond(serving, hello):
    """The best of five, as the machine may be busy; a grain of 1 ms would make every median about 0.5 ms."""
    medians_ms = []
    plan = make_plan("constant", rate=300.3, requests=40)
    async with serving(hello) as server:
        for _ in range(5):
            visits, _ = await driven(plan, server.port)
            late_ns = [sent - intended for sent, intended in zip(visits.sent_ns, visits.intended_ns, strict=True)]
            assert min(late_ns) > 0
            medians_ms.append(statistics.median(late_ns) / 1e6)
    assert min(medians_ms) < 0.35


async def test_the_driver_reports_how_late_and_how_busy_it_was(serving, hello):
    plan = make_plan("constant", rate=1_000, requests=101)
    async with serving(hello) as server:
        visits, report = await driven(plan, server.port)
    late_ns = sorted(map(int.__sub__, visits.connect_start_ns, visits.intended_ns))
    assert report.lag_p99_ms == late_ns[99] / 1e6  # of 101, the 100th is the first that 99 % do not exceed
    assert 0 < report.cpu_share < 1.5


async def test_a_closed_drive_has_no_schedule_to_be_late_for(serving, hello):
    plan = make_plan("closed", concurrency=2, requests=10)
    async with serving(hello) as server:
        _, report = await driven(plan, server.port)
    assert report.lag_p99_ms is None


async def test_closed_arrivals_with_a_duration_begin_nothing_after_it(serving, hello):
    plan = make_plan("closed", concurrency=3, duration_s=0.1)
    visits = Visits(plan.requests)
    async with serving(hello) as server:
        await drive(plan, server.port, ("/",), visits)
    assert 3 < len(visits) < 100_000
    assert visits.counts()["done"] == len(visits) == len(server.ids)
    over_ns = visits.start_ns + 100_000_000
    assert sum(at_ns > over_ns for at_ns in visits.intended_ns) <= 3  # whose answers were there when the time was up
    assert_all_ended(visits)
