"""When the pieces of an answer came: one for each that was there to be read, whatever its framing."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import anyio
import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.http_messages import MOST_OF_ONE
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import Visits

pytestmark = pytest.mark.anyio

GAP_S = 0.03
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


def with_length(parts) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % sum(map(len, parts))


def chunks(parts):
    return [*(b"%x\r\n%b\r\n" % (len(part), part) for part in parts), b"0\r\n\r\n"]


def sends(head: bytes, parts, gap_s: float = GAP_S):
    """A server's talk: the head with the first part, then one part after another."""

    async def talk(peer):
        await peer.request()
        await peer.send(head + parts[0])
        for part in parts[1:]:
            await asyncio.sleep(gap_s)
            await peer.send(part)

    return talk


async def visited(serving, talk, *, requests: int = 3, behaviour=None):
    visits = Visits(requests, 1)
    async with serving(talk) as server:
        with anyio.fail_after(30):
            await drive(make_plan("burst", requests=requests), server.port, ["/"], visits, behaviours=[behaviour])
    assert visits.counts()["done"] == requests
    return visits


PARTS = [b"one", b"two", b"three", b"four"]


@pytest.mark.parametrize("behaviour", [None, ClientBehaviour(leave_after_s=20.0)], ids=["crowd", "beside"])
@pytest.mark.parametrize(
    ("head", "parts"),
    [(CHUNKED, chunks(PARTS)), (with_length(PARTS), PARTS), (UNTIL_CLOSED, PARTS)],
    ids=["chunked", "length", "closed"],
)
async def test_each_part_is_a_piece_with_its_time(serving, head, parts, behaviour):
    visits = await visited(serving, sends(head, parts), behaviour=behaviour)
    for row in range(3):
        times_ns = visits.pieces.times_ns(row)
        assert visits.pieces.count(row) == len(times_ns) == 4
        assert visits.first_byte_ns[row] <= times_ns[0]
        assert times_ns[-1] <= visits.done_ns[row]
        assert all(after_ns - before_ns > GAP_S * 1e9 / 2 for before_ns, after_ns in pairwise(times_ns))
    assert {*visits.pieces.log} == {0, 1, 2}


async def test_a_head_that_comes_alone_is_no_piece(serving):
    visits = await visited(serving, sends(with_length([b"", *PARTS[:2]]), [b"", *PARTS[:2]]))
    assert [visits.pieces.count(row) for row in range(3)] == [2, 2, 2]
    assert all(visits.pieces.times_ns(row)[0] > visits.first_byte_ns[row] for row in range(3))


@pytest.mark.parametrize("size", [0, 5, 1_000])
async def test_an_answer_that_is_there_at_once_is_one_piece_and_keeps_no_times(serving, size):
    body = b"x" * size
    visits = await visited(serving, sends(with_length([body]), [body]))
    assert [visits.pieces.count(row) for row in range(3)] == [1, 1, 1]
    assert not visits.pieces.rows()


@pytest.mark.parametrize("size", [400, 479, 2_000, 60_000])
async def test_what_fills_the_buffer_and_goes_on_is_one_piece(serving, size):
    """The first buffer is small: what it does not hold is no piece of its own."""
    parts = [b"x" * size] * 3
    visits = await visited(serving, sends(with_length(parts), parts), requests=1)
    assert visits.pieces.count(0) == 3


async def test_of_very_many_pieces_all_are_counted_and_the_first_keep_their_times(serving):
    parts = [b"x"] * 120
    visits = await visited(serving, sends(with_length(parts), parts, gap_s=0.002), requests=2)
    for row in range(2):
        assert 100 <= visits.pieces.count(row) <= 120
        assert len(visits.pieces.times_ns(row)) == MOST_OF_ONE
