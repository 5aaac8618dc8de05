"""Corrected and uncorrected latency part when visitors have to wait for a connection."""

from __future__ import annotations

import asyncio
import time

import anyio
import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio

STALL_S, DURATION_S, RATE = 0.6, 2.0, 200
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


async def through_a_stall(serving, **bounds):
    """The visits of an open drive whose server freezes for STALL_S in the middle."""

    async def talk(peer):
        while await peer.request():
            begun = start_s + 0.7
            if begun <= time.monotonic() < begun + STALL_S:
                await asyncio.sleep(begun + STALL_S - time.monotonic())
            await peer.send(HELLO)

    start_s = time.monotonic()
    plan = make_plan("constant", rate=RATE, duration_s=DURATION_S, keep_alive=True, **bounds)
    visits = Visits(plan.requests)
    async with serving(talk) as server:
        with anyio.fail_after(30):
            report = await drive(plan, server.port, ("/",), visits)
    return server, visits, report


def share_above(since_ns, until_ns, limit_s):
    taken = [until - since for since, until in zip(since_ns, until_ns, strict=True)]
    return sum(ns > limit_s * 1e9 for ns in taken) / len(taken)


@pytest.mark.parametrize("limit_s", [0.1, 0.3])
async def test_with_a_bounded_pool_only_the_corrected_latency_shows_a_stall(serving, limit_s):
    server, visits, report = await through_a_stall(serving, max_connections=10)
    expected = (STALL_S - limit_s) / DURATION_S  # the spare capacity is nearly all there is
    assert server.connections <= 10
    assert visits.counts()["done"] == len(visits)
    assert share_above(visits.intended_ns, visits.done_ns, limit_s) == pytest.approx(expected, abs=0.05)
    assert share_above(visits.sent_ns, visits.done_ns, limit_s) <= 10 / len(visits) + 0.01
    assert report.lag_p99_ms < limit_s * 1e3  # the wait for a connection is not the driver's


async def test_with_a_connection_for_everybody_both_latencies_show_it(serving):
    server, visits, _ = await through_a_stall(serving)
    assert server.connections > 10
    corrected = share_above(visits.intended_ns, visits.done_ns, 0.3)
    assert corrected == pytest.approx((STALL_S - 0.3) / DURATION_S, abs=0.05)
    assert share_above(visits.sent_ns, visits.done_ns, 0.3) == pytest.approx(corrected, abs=0.02)


async def test_who_waits_for_a_connection_longer_than_a_visitor_waits_gives_up(serving):
    async def talk(peer):
        await peer.request()
        await peer.request()

    plan = make_plan("burst", requests=30, max_connections=5, timeout_s=0.1)
    visits = Visits(30)
    async with serving(talk) as server:
        with anyio.fail_after(30):
            await drive(plan, server.port, ("/",), visits)
    assert visits.errors() == {"timeout": 30}
    assert server.open_most <= 5
    assert sorted(visits.finished) == list(range(30))
