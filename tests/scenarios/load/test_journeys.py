"""Visitors who ask for several pages, against small real servers: in turn, with thought between."""

from __future__ import annotations

import asyncio
import re

import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.journey import Journey
from asgi_vs_wsgi.scenarios.load.plan import MixPart, PlanError, make_plan, mix, with_pages
from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import CLOSED, DONE, FAILED, STATUS, TIMEOUT, Visits

pytestmark = pytest.mark.anyio
LOGIN, CART, PAY = (RequestSpec((path,)) for path in ("/login", "/cart", "/pay"))
FIRST_ID = 501


def answer(status: int = 200, *lines: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in lines)
    return f"HTTP/1.1 {status} X\r\n{head}Content-Length: 2\r\n\r\nok".encode()


async def plain(peer):
    while head := await peer.request():
        await peer.send(answer())
        if b"Connection: close" in head:
            return


async def driven(serving, talk, journey: Journey, *, visitors=3, others=0, keep_alive=False, timeout_s=5.0, **given):
    """Everybody at once, `others` of them of a class that asks for one page; visits, server and report."""
    settings = {"timeout_s": timeout_s, "keep_alive": keep_alive}
    many = [visitors, others] if others else [visitors]
    parts = [MixPart(make_plan("burst", requests=each, **settings), 0, at) for at, each in enumerate(many)]
    plan = with_pages(mix(parts, {0}), [len(journey.pages), 1])
    visits = Visits(plan.requests, FIRST_ID)
    async with serving(talk) as server:
        requests = [journey.pages[0], RequestSpec(("/other",))]
        given = {"behaviours": (None, None)} | given
        report = await drive(plan, server.port, requests, visits, journeys=(journey, None), **given)
    return visits, server, report


def paths(server) -> dict[int, str]:
    """Id of a request to what it asked for."""
    return {each: head.split()[1].decode() for each, head in zip(server.ids, server.heads, strict=True)}


def cookies(server) -> dict[int, str]:
    found = (re.search(rb"\r\nCookie: (.*?)\r\n", head) for head in server.heads)
    return {each: match[1].decode() if match else "" for each, match in zip(server.ids, found, strict=True)}


# ---- rows


@pytest.mark.parametrize(
    ("pages", "path", "rows"),
    [
        ([1], [0, 0], [0, 0]),
        ([3], [0, 0], [0] * 6),
        ([1, 2], [0, 1, 0], [0, 1, 1, 0]),
        ([2, 3, 1], [0, 1, 2, 1], [0, 0, 1, 1, 1, 2, 1, 1, 1]),
    ],
)
async def test_each_page_has_a_row_and_a_visitors_rows_are_together(pages, path, rows):
    parts = [MixPart(make_plan("burst", requests=1), 1_000 * place, number) for place, number in enumerate(path)]
    plan = with_pages(mix(parts, {9}), pages)
    assert list(plan.path) == rows
    assert plan.requests == len(rows) == len(plan.offsets_ns)
    assert list(plan.offsets_ns) == sorted(plan.offsets_ns)


async def test_more_pages_than_any_run_has_requests_are_refused():
    with pytest.raises(PlanError, match="1,000,002"):
        with_pages(make_plan("burst", requests=500_001), [2])


# ---- one after another


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("others", [0, 4])
async def test_every_visitor_asks_for_every_page_in_order(serving, keep_alive, others):
    visits, server, report = await driven(
        serving, plain, Journey((LOGIN, CART, PAY)), others=others, keep_alive=keep_alive
    )
    assert list(visits.outcome) == [DONE] * (others + 9)
    expected = [*["/other"] * others, *["/login", "/cart", "/pay"] * 3]
    assert [paths(server)[FIRST_ID + row] for row in range(len(visits))] == expected
    for first in range(others, len(visits), 3):
        ended = visits.done_ns[first : first + 2]
        assert list(visits.intended_ns[first + 1 : first + 3]) == list(ended)
        assert all(visits.connect_start_ns[row] >= visits.intended_ns[row] for row in range(first, first + 3))
    assert sorted(visits.finished) == list(range(len(visits)))
    assert server.connections == (3 if keep_alive else 9) + others
    assert [visits.reused(row) for row in range(others, others + 3)] == [False, keep_alive, keep_alive]
    assert (report.retried, report.closed_by_server) == (0, 0)


@pytest.mark.parametrize(("least", "most"), [(0.03, 0.03), (0.0, 0.04), (0.02, 0.06)])
async def test_a_page_is_intended_after_the_thought_about_the_one_before(serving, least, most):
    journey = Journey((LOGIN, CART, PAY), (least, most))
    thought: list[list[int]] = []
    for _ in range(2):
        visits, _, _ = await driven(serving, plain, journey)
        rows = [row for row in range(9) if row % 3]
        thought.append([visits.intended_ns[row] - visits.done_ns[row - 1] for row in rows])
    assert thought[0] == thought[1]  # of one seed, whatever the server does
    assert all(least * 1e9 <= each <= most * 1e9 for each in thought[0])
    assert len({*thought[0]}) == (1 if least == most else 6)


async def test_thinking_takes_no_part_in_what_a_page_takes(serving):
    visits, _, _ = await driven(serving, plain, Journey((LOGIN, CART), (0.3, 0.3)), visitors=2)
    latency_ns = [done - intended for done, intended in zip(visits.done_ns, visits.intended_ns, strict=True)]
    assert max(visits.done_ns) - min(visits.intended_ns) >= 0.3e9
    assert sum(latency_ns) < max(visits.done_ns) - min(visits.intended_ns)


# ---- what a visitor was given


async def sets_cookies(peer):
    while head := await peer.request():
        number = peer.server.ids[-1]
        path = head.split()[1]
        lines = {
            b"/login": [
                f"Set-Cookie: session={number}; Path=/",
                "set-cookie: other=x; Path=/nowhere",
                "SET-COOKIE: flash=1",
            ],
            b"/cart": ["Set-Cookie: flash=; Max-Age=0", "Set-Cookie: cart=full; Path=/"],
        }.get(path, [])
        await peer.send(answer(200, *lines))
        if b"Connection: close" in head:
            return


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_cookies_come_back_from_the_visitor_who_was_given_them(serving, keep_alive):
    visits, server, _ = await driven(serving, sets_cookies, Journey((LOGIN, CART, PAY)), keep_alive=keep_alive)
    sent = cookies(server)
    for first in range(FIRST_ID, FIRST_ID + 9, 3):
        assert sent[first] == ""
        assert sent[first + 1] == f"session={first}; flash=1"
        assert sent[first + 2] == f"session={first}; cart=full"
    assert visits.outcome.count(DONE) == 9


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ("lang=it", "lang=it; session={id}; flash=1"),
        ("session=mine", "session=mine; flash=1"),
        ("who={n}", "who={number}; session={id}; flash=1"),
    ],
)
async def test_the_cookies_that_a_page_says_are_sent_beside_them(serving, own, sent):
    cart = RequestSpec(("/cart",), headers=(("Cookie", own), ("X-Visitor", "{n}")))
    _, server, _ = await driven(serving, sets_cookies, Journey((LOGIN, cart)), visitors=3)
    told = cookies(server)
    for number, first in ((1, FIRST_ID), (3, FIRST_ID + 2), (5, FIRST_ID + 4)):
        assert told[first + 1] == sent.format(id=first, number=number)
        head = server.heads[server.ids.index(first + 1)]
        assert b"X-Visitor: %d\r\n" % number in head
        assert head.count(b"Cookie:") == 1


async def test_bodies_numbers_and_turns_are_each_visitors_own(serving):
    bodies: list[bytes] = []

    async def reads(peer):
        while head := await peer.request():
            if length := re.search(rb"Content-Length: (\d+)", head):
                bodies.append(await peer.reader.readexactly(int(length[1])))
            await peer.send(answer())
            if b"Connection: close" in head:
                return

    pages = (RequestSpec(("/a/{n}", "/b/{n}")), RequestSpec(("/save",), "POST", body=b"100% {n}"))
    _, server, _ = await driven(serving, reads, Journey(pages), visitors=3, others=2)
    asked = paths(server)
    assert [asked[FIRST_ID + row] for row in (2, 4, 6)] == ["/a/3", "/b/5", "/a/7"]
    assert bodies == [b"100% {n}"] * 3  # a body is sent as it is


# ---- what goes wrong


@pytest.mark.parametrize(
    ("bad", "error"),
    [(answer(500), STATUS), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha", CLOSED)],
)
@pytest.mark.parametrize("keep_alive", [False, True])
async def test_a_visitor_goes_on_after_a_page_that_failed(serving, bad, error, keep_alive):
    async def fails_once(peer):
        while head := await peer.request():
            failing = head.split()[1] == b"/login"
            await peer.send(bad if failing else answer())
            if b"Connection: close" in head or (failing and error == CLOSED):
                return

    visits, _, _ = await driven(serving, fails_once, Journey((LOGIN, CART, PAY)), keep_alive=keep_alive)
    assert list(visits.outcome) == [FAILED, DONE, DONE] * 3
    assert list(visits.error) == [error, 0, 0] * 3


async def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_asked_for(serving):
    async def hangs(peer):
        while head := await peer.request():
            if head.split()[1] == b"/login":
                await asyncio.sleep(30)
            await peer.send(answer())
            if b"Connection: close" in head:
                return

    visits, _, _ = await driven(serving, hangs, Journey((LOGIN, CART)), visitors=2, keep_alive=True, timeout_s=0.3)
    assert list(visits.outcome) == [FAILED, DONE] * 2
    assert list(visits.error) == [TIMEOUT, 0] * 2
    assert not visits.reused(1)


async def test_a_kept_connection_that_the_server_leaves_is_made_anew(serving):
    """While the visitor thinks, or just as it asks: an application has seen each page once."""

    async def leaves(peer):
        await peer.request()
        await peer.send(answer())

    visits, server, report = await driven(serving, leaves, Journey((LOGIN, CART, PAY), (0.05, 0.05)), keep_alive=True)
    assert list(visits.outcome) == [DONE] * 9
    assert sorted(server.ids) == list(range(FIRST_ID, FIRST_ID + 9))
    assert server.connections == 9
    assert report.closed_by_server >= 6


@pytest.mark.parametrize(("method", "outcome"), [("GET", DONE), ("PUT", DONE), ("POST", FAILED)])
async def test_what_may_not_be_asked_twice_is_not(serving, method, outcome):
    """The server resets a kept connection over the second request."""

    async def resets(peer):
        await peer.request()
        await peer.send(answer())
        if b"/login" in peer.server.heads[-1]:
            await peer.reader.readuntil(b"\r\n\r\n")
            peer.reset()

    again = RequestSpec(("/cart",), method)
    visits, _, report = await driven(serving, resets, Journey((LOGIN, again)), visitors=1, keep_alive=True)
    assert list(visits.outcome) == [DONE, outcome]
    assert report.retried == (outcome == DONE)


async def test_a_server_that_says_close_is_believed(serving):
    async def closes(peer):
        await peer.request()
        await peer.send(answer(200, "Connection: close"))

    visits, server, report = await driven(serving, closes, Journey((LOGIN, CART)), keep_alive=True)
    assert list(visits.outcome) == [DONE] * 6
    assert server.connections == 6
    assert (report.retried, report.closed_by_server) == (0, 6)


async def test_heads_and_slow_senders_are_served_as_elsewhere(serving):
    async def heads(peer):
        while head := await peer.request():
            await peer.send(answer()[: -2 if head.startswith(b"HEAD") else None])
            if b"Connection: close" in head:
                return

    journey = Journey((RequestSpec(("/a",), "HEAD"), RequestSpec(("/b",), "POST", body=b"x" * 2000)))
    slow = ClientBehaviour(send_for_s=0.1)
    visits, _, _ = await driven(serving, heads, journey, keep_alive=True, behaviours=(slow, None))
    assert list(visits.outcome) == [DONE] * 6
    assert all(
        visits.send_start_ns[row] and visits.sent_ns[row] - visits.send_start_ns[row] >= 0.05e9 for row in range(6)
    )


async def test_nobody_listens_and_every_page_is_refused(serving, unused_port):
    plan = with_pages(mix([MixPart(make_plan("burst", requests=2), 0, 0)], {0}), [2])
    visits = Visits(plan.requests, 1)
    await drive(plan, unused_port, [LOGIN], visits, journeys=(Journey((LOGIN, CART)),))
    assert list(visits.outcome) == [FAILED] * 4
    assert len(visits.finished) == 4


async def test_a_drive_that_is_cancelled_while_its_visitors_think_leaves_nothing_open(serving):
    async with serving(plain) as server:
        plan = with_pages(mix([MixPart(make_plan("burst", requests=3, keep_alive=True), 0, 0)], {0}), [2])
        visits = Visits(plan.requests, 1)
        journeys = (Journey((LOGIN, CART), (60.0, 60.0)),)
        task = asyncio.ensure_future(drive(plan, server.port, [LOGIN], visits, journeys=journeys))
        while len(visits.finished) < 3:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while server.open_now:
            await asyncio.sleep(0.005)
    assert visits.counts() == {"pending": 3, "done": 3, "failed": 0, "cancelled": 0}
