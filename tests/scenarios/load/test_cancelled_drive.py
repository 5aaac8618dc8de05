"""A drive that is cancelled hangs up, and tells which visits had not ended."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest
from peers import never_answers

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_drive_that_is_cancelled_hangs_up_and_says_nothing_of_who_has_not_ended(serving):
    async def answers_the_first_three(peer):
        await peer.request()
        if len(peer.server.ids) <= 3:
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            await peer.request()

    plan = make_plan("constant", rate=100, requests=100)
    visits = Visits(plan.requests)
    async with serving(answers_the_first_three) as server:
        descriptors = open_descriptors()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive, plan, server.port, ("/",), visits)
            while len(server.ids) < 6:
                await anyio.sleep(0)
            tasks.cancel_scope.cancel()
        counts = visits.counts()
        assert (counts["done"], counts["cancelled"], counts["pending"]) == (3, 0, 97)
        with anyio.fail_after(5):
            while server.open_now or open_descriptors() > descriptors:
                await anyio.sleep(0)
    assert sum(done > 0 for done in visits.done_ns) == 3
    assert len(visits.finished) == 3


async def test_clients_of_a_kind_of_their_own_are_cut_off_too(serving):
    visits = Visits(20)
    async with serving(never_answers) as server, anyio.create_task_group() as tasks:
        plan = make_plan("constant", rate=20, requests=20)
        behaviours = (ClientBehaviour(read_for_s=1.0),)
        tasks.start_soon(partial(drive, plan, server.port, ("/",), visits, behaviours=behaviours))
        while not server.ids:
            await anyio.sleep(0)
        tasks.cancel_scope.cancel()
    assert visits.counts()["pending"] == 20
