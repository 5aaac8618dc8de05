"""What counts as an answer, however it comes."""

from __future__ import annotations

import asyncio

import pytest
from drives import assert_in_order, driven

from asgi_vs_wsgi.scenarios.load.plan import Plan, make_plan
from asgi_vs_wsgi.scenarios.load.visits import FAILED

pytestmark = pytest.mark.anyio
BODIES = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", True),
    "interim": (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", True),
    "until the end": (b"HTTP/1.0 200 OK\r\n\r\nhello", False),
    "long": (b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000), True),
}


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_is_whole_however_it_ends_and_however_it_comes(serving, body, keep_alive, in_pieces):
    whole, ends_by_itself = BODIES[body]

    async def talk(peer):
        while await peer.request():
            pieces = [whole[:9], whole[9:20], whole[20:-1], whole[-1:]] if in_pieces else [whole]
            for piece in pieces:
                await peer.send(piece)
                await asyncio.sleep(0.001)
            if not (keep_alive and ends_by_itself):
                return

    plan = make_plan("closed", concurrency=2, requests=6, keep_alive=keep_alive)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.counts()["done"] == 6
    assert set(visits.bytes_received) == {len(whole)}
    assert_in_order(visits)


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_error_is_a_failed_visit(serving, status, keep_alive):
    async def talk(peer):
        while await peer.request():
            await peer.send(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
            if not keep_alive:
                return

    plan = make_plan("closed", concurrency=2, requests=10, keep_alive=keep_alive)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.errors() == {"status": 10}
    assert visits.counts()["failed"] == 10
    assert set(visits.status) == {status}
    assert 0 not in visits.first_byte_ns


async def test_a_refusal_that_is_not_the_servers_fault_is_an_answer(serving):
    async def talk(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with serving(talk) as server:
        visits, _ = await driven(Plan.burst(3), server.port)
    assert visits.counts()["done"] == 3
    assert set(visits.status) == {404}


async def test_a_server_that_answers_before_it_is_asked_is_heard(serving):
    async def talk(peer):
        await peer.send(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n")

    async with serving(talk) as server:
        visits, _ = await driven(Plan.burst(20), server.port)
    assert visits.outcome.count(FAILED) == 20
    assert set(visits.errors()) <= {"status", "reset"}
