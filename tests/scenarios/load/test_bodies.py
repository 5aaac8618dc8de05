"""Requests with methods, numbers, paths in turn and bodies of any size, and servers that do not read them."""

from __future__ import annotations

import asyncio
import re
from array import array
from dataclasses import replace

import anyio
import pytest
from drives import assert_all_ended, assert_in_order

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LARGE = bytes(range(256)) * 40_000  # 10 MB: no send buffer takes it at once
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"


class Bodies:
    """A server's talk that reads every body whole before it answers, and keeps it."""

    def __init__(self) -> None:
        self.got: dict[int, bytes] = {}

    async def __call__(self, peer):
        while head := await peer.request():
            length = re.search(rb"Content-Length: (\d+)\r\n", head)
            number = peer.server.ids[-1]
            self.got[number] = await peer.reader.readexactly(int(length[1])) if length else b""
            await peer.send(HELLO)
            if b"Connection: close" in head:
                return


async def driven(plan, server, specs, first_id=1, behaviours=()):
    visits = Visits(plan.requests, first_id)
    with anyio.fail_after(60):
        report = await drive(plan, server.port, specs, visits, behaviours=behaviours)
    assert_all_ended(visits)
    return visits, report


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("body", [b"", b"a=100%&b=%d%%", b"x" * 9_000, LARGE], ids=["none", "signs", "two", "large"])
@pytest.mark.parametrize("arrivals", ["burst", "closed"])
async def test_a_body_arrives_as_it_is_whatever_its_size(serving, arrivals, body, keep_alive):
    concurrency = 3 if arrivals == "closed" else None
    bodies = Bodies()
    async with serving(bodies) as server:
        plan = make_plan(arrivals, requests=12, concurrency=concurrency, keep_alive=keep_alive)
        visits, _ = await driven(plan, server, [RequestSpec(("/",), "POST", body=body)])
    assert visits.counts()["done"] == 12
    assert bodies.got == dict.fromkeys(range(1, 13), body)
    assert_in_order(visits)
    assert sum(not visits.reused(row) for row in range(12)) == server.connections


async def test_a_request_that_takes_its_time_to_send_says_when_it_began(serving):
    """The server reads nothing for a while: the last byte goes out after that."""

    async def talk(peer):
        await asyncio.sleep(0.2)
        await Bodies()(peer)

    async with serving(talk) as server:
        visits, _ = await driven(make_plan("burst", requests=3), server, [RequestSpec(("/",), "PUT", body=LARGE)])
    assert visits.counts()["done"] == 3
    assert all(0 < visits.send_start_ns[row] < visits.sent_ns[row] - 100_000_000 for row in range(3))
    assert not any(visits.answered_early(row) for row in range(3))


async def test_numbers_are_filled_in_and_paths_are_taken_in_turn_by_each_class(serving, hello):
    plan = replace(make_plan("burst", requests=6), path=array("H", [0, 1, 1, 0, 1, 1]))
    specs = [
        RequestSpec(("/one/{n}",), headers=(("Cookie", "visitor={n}-100%"),)),
        RequestSpec(("/a", "/b?n={n}", "/c"), "DELETE"),
    ]
    async with serving(hello) as server:
        await driven(plan, server, specs, first_id=500)
    heads = dict(zip(server.ids, server.heads, strict=True))
    lines = [heads[500 + row].split(b"\r\n")[0].removesuffix(b" HTTP/1.1") for row in range(6)]
    assert lines == [b"GET /one/1", b"DELETE /a", b"DELETE /b?n=3", b"GET /one/4", b"DELETE /c", b"DELETE /a"]
    assert b"Cookie: visitor=4-100%\r\n" in heads[503]


async def test_a_slow_client_sends_the_same(serving):
    bodies = Bodies()
    async with serving(bodies) as server:
        plan, spec = make_plan("burst", requests=2), RequestSpec(("/{n}",), "POST", body=b"y" * 5_000)
        visits, _ = await driven(plan, server, [spec], behaviours=[ClientBehaviour(send_for_s=0.1)])
    assert bodies.got == {1: b"y" * 5_000, 2: b"y" * 5_000}
    assert sorted(head.split()[1] for head in server.heads) == [b"/1", b"/2"]
    assert visits.counts()["done"] == 2


@pytest.mark.parametrize("behaviour", [None, ClientBehaviour(send_for_s=0.5)])
async def test_an_answer_that_does_not_wait_for_the_body_is_the_answer(serving, behaviour):
    """The kernel resets such a connection when the server closes it; the answer has come before."""

    async def talk(peer):
        await peer.request()
        await peer.send(TOO_LARGE)

    async with serving(talk) as server:
        plan, spec = make_plan("burst", requests=4, timeout_s=20), RequestSpec(("/",), "POST", body=LARGE)
        visits, _ = await driven(plan, server, [spec], behaviours=[behaviour])
    assert list(visits.status) == [413] * 4
    assert visits.errors() == {}
    if behaviour is None:
        assert all(visits.answered_early(row) for row in range(4))
        assert_in_order(visits)


@pytest.mark.parametrize("behaviour", [None, ClientBehaviour(send_for_s=0.5)])
async def test_a_server_that_closes_over_a_body_without_an_answer_is_told_as_that(serving, behaviour):
    async def talk(peer):
        await peer.request()

    async with serving(talk) as server:
        plan, spec = make_plan("burst", requests=4, timeout_s=20), RequestSpec(("/",), "POST", body=LARGE)
        visits, _ = await driven(plan, server, [spec], behaviours=[behaviour])
    assert visits.errors() == {"unread": 4}


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_what_head_is_answered_is_whole_without_the_body_that_it_tells_of(serving, keep_alive):
    """In turn with GETs of the same page, whose head may come alone first."""

    async def talk(peer):
        while head := await peer.request():
            await peer.send(HELLO.removesuffix(b"hello"))
            if head.startswith(b"GET"):
                await asyncio.sleep(0.002)
                await peer.send(b"hello")
            if not keep_alive:
                return

    plan = make_plan("closed", requests=60, concurrency=3, keep_alive=keep_alive, weights=(1, 1))
    async with serving(talk) as server:
        visits, _ = await driven(plan, server, [RequestSpec(("/",)), RequestSpec(("/",), "HEAD")])
    assert visits.counts()["done"] == 60
    assert {(plan.path[row], visits.bytes_received[row]) for row in range(60)} == {
        (0, len(HELLO)),
        (1, len(HELLO) - 5),
    }
    assert server.connections == (3 if keep_alive else 60)


@pytest.mark.parametrize(("method", "sent_again"), [("GET", True), ("PUT", True), ("POST", False), ("PATCH", False)])
async def test_only_what_may_be_sent_twice_is_sent_again_when_a_kept_connection_is_reset(serving, method, sent_again):
    """The server resets each connection over the second request, which nobody has read."""

    async def talk(peer):
        await peer.request()
        await peer.send(HELLO)
        await asyncio.sleep(0.02)
        peer.reset()

    plan = make_plan("constant", rate=1_000, requests=30, keep_alive=True)
    async with serving(talk) as server:
        visits, report = await driven(plan, server, [RequestSpec(("/",), method)])
    if sent_again:
        assert visits.counts()["done"] == 30
    else:
        assert visits.errors().keys() <= {"reset"}
        assert report.retried <= 30 - sum(visits.errors().values())
    assert len(server.ids) == len(set(server.ids))
