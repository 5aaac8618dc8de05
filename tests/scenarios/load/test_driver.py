"""A drive against real servers: what was planned is what happens, and all of it is accounted for."""

from __future__ import annotations

import time

import anyio
import pytest
from drives import ARRIVALS, assert_all_ended, assert_in_order, driven

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import Plan, make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("arrivals", ARRIVALS)
async def test_every_planned_id_arrives_once_and_the_six_times_are_in_order(serving, hello, arrivals, keep_alive):
    plan = make_plan(**ARRIVALS[arrivals], keep_alive=keep_alive)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port, first_id=1_000)
    assert sorted(server.ids) == list(range(1_000, 1_040))
    assert list(visits.started) == list(range(40))
    assert visits.counts()["done"] == 40
    assert set(visits.status) == {200}
    assert_all_ended(visits)
    assert_in_order(visits)


async def test_paths_are_asked_for_as_planned(serving, hello):
    plan = make_plan("burst", requests=30, weights=(2, 1))
    async with serving(hello) as server:
        await driven(plan, server.port, first_id=0, paths=("/fast", "/slow?a=%20"))
    asked = dict(zip(server.ids, (head.split()[1] for head in server.heads), strict=True))
    assert [asked[row] for row in range(30)] == [(b"/fast", b"/slow?a=%20")[path] for path in plan.path]


async def test_drives_share_a_loop(serving, hello):
    plan = make_plan("poisson", rate=500, requests=50)
    columns = [Visits(50), Visits(50)]
    start_ns = time.monotonic_ns() + 10_000_000
    async with serving(hello) as one, serving(hello) as other, anyio.create_task_group() as tasks:
        for server, visits in zip((one, other), columns, strict=True):
            tasks.start_soon(_drive_at, plan, server.port, visits, start_ns)
    assert columns[0].intended_ns == columns[1].intended_ns
    assert [visits.counts()["done"] for visits in columns] == [50, 50]


async def _drive_at(plan, port, visits, start_ns):
    await drive(plan, port, ("/",), visits, start_ns=start_ns)


def test_a_drive_runs_on_asyncios_own_loop_too(serving, hello):
    async def main():
        async with serving(hello) as server:
            visits, _ = await driven(make_plan("closed", concurrency=2, requests=20, keep_alive=True), server.port)
        assert visits.counts()["done"] == 20

    anyio.run(main, backend_options={"use_uvloop": False})


@pytest.mark.parametrize("host", ["192.0.2.1", "localhost", "::1", "127.1", "0.0.0.0", ""])
async def test_only_loopback_addresses_are_driven(host):
    with pytest.raises(ValueError, match="loopback"):
        await drive(Plan.burst(1), 80, ("/",), Visits(1), host=host)


async def test_visits_and_paths_must_fit_the_plan():
    with pytest.raises(ValueError, match="fit"):
        await drive(Plan.burst(2), 80, ("/",), Visits(1))
    with pytest.raises(ValueError, match="fit"):
        await drive(make_plan("burst", requests=50, weights=(1, 1)), 80, ("/",), Visits(50))
