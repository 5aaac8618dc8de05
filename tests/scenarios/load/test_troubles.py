"""Every visit that ends in trouble is counted once, and of the right kind."""

from __future__ import annotations

import anyio
import pytest
from drives import ARRIVALS, assert_all_ended, assert_in_order, driven
from peers import TROUBLES, closes_early, closes_within_an_answer, never_answers, resets, talks_nonsense

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import ERROR_KINDS, Visits

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_every_visit_ends_in_trouble_of_the_right_kind(serving, trouble, arrivals):
    plan = make_plan(**ARRIVALS[arrivals], timeout_s=0.1 if TROUBLES[trouble] == "timeout" else 20)
    async with serving(trouble) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.errors() == {TROUBLES[trouble]: 40}
    assert_all_ended(visits)
    assert_in_order(visits)


@pytest.mark.parametrize("arrivals", ARRIVALS)
async def test_nobody_listens_and_every_visit_is_refused(unused_port, arrivals):
    visits, _ = await driven(make_plan(**ARRIVALS[arrivals]), unused_port)
    assert visits.errors() == {"refused": 40}
    assert_all_ended(visits)


async def test_a_server_that_refuses_everybody_does_not_hold_the_loop(unused_port):
    plan = make_plan("closed", concurrency=2, requests=20_000)
    visits = Visits(plan.requests)
    with anyio.move_on_after(0.05) as scope:
        await drive(plan, unused_port, ("/",), visits)
    assert scope.cancelled_caught


async def test_mixed_troubles_add_up_to_the_plan(serving, hello):
    kinds = [resets, closes_early, talks_nonsense, never_answers, hello, closes_within_an_answer]

    async def talk(peer):
        await kinds[peer.server.connections % len(kinds)](peer)

    plan = make_plan("poisson", rate=2_000, requests=120, timeout_s=0.2)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    counts = visits.counts()
    assert counts == {"pending": 0, "done": 20, "failed": 100, "cancelled": 0}
    assert sum(visits.errors().values()) == 100
    assert sorted(server.ids) == list(range(1, 121))


async def test_a_visitor_gives_up_when_its_time_is_over_and_not_before(serving):
    plan = make_plan("constant", rate=50, requests=5, timeout_s=0.15)
    async with serving(never_answers) as server:
        visits, _ = await driven(plan, server.port)
    stayed_s = [(done - came) / 1e9 for done, came in zip(visits.done_ns, visits.intended_ns, strict=True)]
    assert 0.15 <= min(stayed_s) < 1.2 * 0.15  # of five, as the machine may be busy
    assert set(visits.error) == {ERROR_KINDS.index("timeout")}
