"""An answer that is known by its bytes is judged as httptools judges it."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.http_messages import Response
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import DONE, FAILED, Visits


@st.composite
def answers(draw):
    """One answer, mostly sound: a head, and a body that is counted, chunked, or ended by the connection."""
    status = draw(st.sampled_from([200, 201, 204, 304, 404, 500, 503]))
    headers = draw(st.lists(st.sampled_from([b"Server: x", b"Vary: *", b"Connection: close"]), max_size=2))
    body = b"" if status in (204, 304) else draw(st.binary(max_size=40) | st.just(bytes(3_000)))
    coding = draw(st.sampled_from(["length", "chunked", "end", "wrong length"]))
    if coding == "chunked":
        headers = [*headers, b"Transfer-Encoding: chunked"]
        body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    elif coding != "end":
        length = len(body) + (coding == "wrong length") * draw(st.sampled_from([-1, 1]))
        headers = [*headers, b"Content-Length: %d" % length]
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, *headers, b"", body])


def judged(answer):
    """What the referee says of an answer that came whole, and then the connection ended."""
    response = Response(0)
    response.feed(answer)
    if not response.complete and not response.broken:
        response.end()
    done = response.complete and response.status < 500
    return DONE if done else FAILED, response.status, response.received


async def seen(serving, sent, keep_alive):
    """The ends of visits that are answered with `sent`, in turn and three times over."""

    async def talk(peer):
        while await peer.request():
            answer = sent[peer.server.ids[-1] % len(sent)]
            await peer.send(answer)
            response = Response(0)
            response.feed(answer)
            if not (keep_alive and response.complete and response.reusable):
                return

    visits = Visits(3 * len(sent))
    plan = make_plan("closed", concurrency=1, requests=len(visits), keep_alive=keep_alive)
    async with serving(talk) as server:
        with anyio.fail_after(30):
            await drive(plan, server.port, ("/",), visits)
    return list(zip(visits.outcome, visits.status, visits.bytes_received, strict=True))


@pytest.mark.parametrize("keep_alive", [False, True])
@given(sent=st.lists(answers(), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_answers_seen_before_are_judged_like_answers_seen_first(serving, keep_alive, sent):
    assert anyio.run(seen, serving, sent, keep_alive) == 3 * [judged(answer) for answer in sent]


@pytest.mark.parametrize("keep_alive", [False, True])
def test_more_different_answers_than_are_remembered_are_all_read(serving, keep_alive):
    sent = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%04d" % number for number in range(600)]
    assert anyio.run(seen, serving, sent, keep_alive) == 3 * [judged(answer) for answer in sent]
