"""Kept connections are used again, given up when the server leaves, and never ask twice what was heard once."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LAST_HELLO = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def driven(plan, port):
    visits = Visits(plan.requests, 1)
    with anyio.fail_after(30):
        await drive(plan, port, ("/",), visits)
    return visits


async def test_closed_visitors_keep_a_connection_each(serving, hello):
    async with serving(hello) as server:
        visits = await driven(make_plan("closed", concurrency=4, requests=200, keep_alive=True), server.port)
    assert server.connections == 4
    assert [visits.reused(row) for row in range(200)].count(False) == 4


async def test_open_visitors_share_the_connections_that_are_free(serving, hello):
    async with serving(hello) as server:
        visits = await driven(make_plan("constant", rate=200, requests=60, keep_alive=True), server.port)
    assert visits.counts()["done"] == 60
    assert server.connections < 20
    assert sum(not visits.reused(row) for row in range(60)) == server.connections


async def test_without_keep_alive_every_visit_has_its_own_connection(serving, hello):
    async with serving(hello) as server:
        visits = await driven(make_plan("closed", concurrency=4, requests=40), server.port)
    assert server.connections == 40
    assert not any(visits.reused(row) for row in range(40))


@pytest.mark.parametrize("answer", [HELLO, LAST_HELLO], ids=["unsaid", "said"])
@pytest.mark.parametrize("arrivals", ["closed", "constant"])
async def test_a_server_that_leaves_after_some_answers_loses_nobody(serving, arrivals, answer):
    async def talk(peer):
        for visit in range(3):
            if not await peer.request():
                return
            await peer.send(answer if visit == 2 else HELLO)

    numbers: dict[str, Any] = {"concurrency": 3} if arrivals == "closed" else {"rate": 1_000}
    async with serving(talk) as server:
        visits = await driven(make_plan(arrivals, **numbers, requests=100, keep_alive=True), server.port)
    assert visits.counts()["done"] == 100
    assert sorted(server.ids) == list(range(1, 101))
    assert server.connections >= 33


async def test_a_request_that_was_heard_is_not_sent_again(serving):
    """The server takes the second request on each connection and dies of it."""

    async def talk(peer):
        await peer.request()
        await peer.send(HELLO)
        await peer.request()

    async with serving(talk) as server:
        visits = await driven(make_plan("closed", concurrency=1, requests=10, keep_alive=True), server.port)
    assert visits.errors() == {"closed": 5}
    assert sorted(server.ids) == list(range(1, 11))


async def test_an_idle_connection_on_which_the_server_speaks_unasked_is_given_up(serving):
    async def talk(peer):
        while await peer.request():
            await peer.send(HELLO)
            await asyncio.sleep(0.002)
            await peer.send(HELLO)

    async with serving(talk) as server:
        visits = await driven(make_plan("constant", rate=50, requests=10, keep_alive=True), server.port)
    assert visits.counts()["done"] == 10
    assert server.connections == 10
    assert sorted(server.ids) == list(range(1, 11))


@pytest.mark.parametrize(("answer", "leaves_after"), [(HELLO, 2), (LAST_HELLO, 3), (HELLO, 1)])
@pytest.mark.parametrize("arrivals", ["closed", "constant"])
async def test_connections_that_the_server_ends_are_counted_and_so_are_requests_sent_again(
    serving, arrivals, answer, leaves_after
):
    async def talk(peer):
        for visit in range(leaves_after):
            if not await peer.request():
                return
            await peer.send(answer if visit == leaves_after - 1 else HELLO)

    concurrency, rate = (3, None) if arrivals == "closed" else (None, 1_000)
    plan = make_plan(arrivals, requests=90, concurrency=concurrency, rate=rate, keep_alive=True)
    visits = Visits(90, 1)
    async with serving(talk) as server:
        with anyio.fail_after(30):
            report = await drive(plan, server.port, ("/",), visits)
    assert visits.counts()["done"] == 90
    reused = sum(visits.reused(row) for row in range(90))
    assert server.connections == 90 - reused
    # Those that were open when the last visitor had its answer were not yet ended by anybody.
    assert server.connections - server.open_most <= report.closed_by_server <= server.connections
    assert report.retried <= report.closed_by_server
    assert sorted(server.ids) == list(range(1, 91))


async def test_a_server_that_ends_nothing_is_not_said_to(serving, hello):
    visits = Visits(60, 1)
    async with serving(hello) as server:
        report = await drive(
            make_plan("closed", requests=60, concurrency=3, keep_alive=True), server.port, ("/",), visits
        )
    assert (report.closed_by_server, report.retried) == (0, 0)
