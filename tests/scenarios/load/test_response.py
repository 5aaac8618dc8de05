"""Answers: whole, in pieces, without an end of their own, and broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.load.http_messages import Response

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\nTrailer: x\r\n\r\n"
NO_BODY = b"HTTP/1.1 204 No Content\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + LENGTH
UNTIL_END = b"HTTP/1.1 200 OK\r\n\r\nhello"
CODED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"


def fed(*pieces: bytes) -> Response:
    response = Response(0)
    for piece in pieces:
        response.feed(piece)
    return response


@st.composite
def cut(draw):
    """An answer that ends by itself, and the pieces in which it comes."""
    whole = draw(st.sampled_from([LENGTH, CHUNKED, NO_BODY, UNCHANGED, INTERIM, CLOSING]))
    cuts = sorted(draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    return whole, [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


@given(cut())
def test_an_answer_is_complete_with_its_last_byte_and_not_before(case):
    whole, pieces = case
    response = fed(*pieces[:-1])
    assert not response.complete
    response.feed(pieces[-1])
    assert response.complete
    assert not response.broken
    assert (response.status, response.received, response.reusable) == (
        fed(whole).status,
        len(whole),
        fed(whole).reusable,
    )


@pytest.mark.parametrize(
    ("whole", "status", "reusable"),
    [
        (LENGTH, 200, True),
        (CHUNKED, 201, True),
        (NO_BODY, 204, True),
        (UNCHANGED, 304, True),
        (INTERIM, 200, True),
        (CLOSING, 200, False),
        (LENGTH.replace(b"1.1", b"1.0"), 200, False),
    ],
)
def test_status_and_reuse_are_as_the_server_said(whole, status, reusable):
    response = fed(whole)
    assert (response.complete, response.status, response.reusable) == (True, status, reusable)


@pytest.mark.parametrize("whole", [UNTIL_END, CODED, UNTIL_END.replace(b"1.1", b"1.0")])
def test_a_body_without_a_length_ends_with_the_connection(whole):
    response = fed(whole)
    assert not response.complete
    response.end()
    assert response.complete
    assert not response.reusable


@pytest.mark.parametrize("whole", [LENGTH, CHUNKED, INTERIM, CLOSING])
def test_an_answer_cut_short_by_the_end_of_the_connection_is_not_complete(whole):
    for size in range(1, len(whole)):
        response = fed(whole[:size])
        response.end()
        assert not response.complete


@pytest.mark.parametrize(
    "junk", [b"junk\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"\x16\x03\x01\x02", b"HTTP/1.1 101 Up\r\n\r\n"]
)
def test_what_is_not_an_http_answer_is_broken(junk):
    response = fed(junk)
    response.end()
    assert not response.complete
    assert response.broken or not response.status


def test_a_length_given_twice_is_broken():
    assert fed(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc").broken


@pytest.mark.parametrize("more", [b"x", LENGTH, b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"])
def test_what_follows_an_answer_is_not_taken_for_it_but_spoils_the_connection(more):
    response = fed(LENGTH + more)
    assert (response.complete, response.status, response.reusable) == (True, 200, False)
