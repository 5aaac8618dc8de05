"""A visitor's cookies: what is sent back of what was set, to which paths, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.load import journey
from asgi_vs_wsgi.scenarios.load.journey import MOST_COOKIES, CookieJar

YESTERDAY, TOMORROW = (
    format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True).encode() for days in (-1, 1)
)


def after(*set_cookies: bytes, asked: str = "/shop/cart", then: str = "/shop/cart", own: str = "") -> str:
    jar = CookieJar("127.0.0.1")
    for each in set_cookies:
        jar.take([each], asked)
    return jar.header(then, own).decode("latin-1")


@pytest.mark.parametrize(
    ("set_cookies", "sent"),
    [
        ([b"a=1"], "a=1"),
        ([b"a=1", b"b=2"], "a=1; b=2"),
        ([b"a=1", b"a=2"], "a=2"),
        ([b"  a =  1 2 ; HttpOnly; SameSite=Lax"], "a=1 2"),
        ([b'a="quoted"; Path=/'], 'a="quoted"'),
        ([b"a=b=c"], "a=b=c"),
        ([b"a="], "a="),
        ([b"a=\xe9"], "a=é"),
        ([b"no pair", b"=nameless", b""], ""),
        ([b"a=1; Max-Age=0"], ""),
        ([b"a=1", b"a=; Max-Age=0"], ""),
        ([b"a=1; Max-Age=60"], "a=1"),
        ([b"a=1; max-age=-5"], ""),
        ([b"a=1; Max-Age=soon"], "a=1"),
        ([b"a=1; Expires=" + YESTERDAY], ""),
        ([b"a=1; expires=" + TOMORROW], "a=1"),
        ([b"a=1; Expires=" + YESTERDAY + b"; Max-Age=60"], "a=1"),
        ([b"a=1; Expires=no date"], "a=1"),
        ([b"a=1; Secure"], ""),
        ([b"a=1; Domain=127.0.0.1"], "a=1"),
        ([b"a=1; Domain=example.com"], ""),
    ],
)
def test_what_was_set_is_sent_back_as_long_as_it_lives(set_cookies, sent):
    assert after(*set_cookies) == sent


@pytest.mark.parametrize(
    ("path", "then", "sent"),
    [
        ("/", "/other", True),
        ("/shop", "/shop", True),
        ("/shop", "/shop/cart", True),
        ("/shop/", "/shop/cart", True),
        ("/shop", "/shopping", False),
        ("/shop/cart", "/shop", False),
        (None, "/shop/other", True),
        (None, "/elsewhere", False),
        ("relative", "/shop/other", True),
    ],
)
def test_a_cookie_goes_to_its_path_and_below(path, then, sent):
    line = b"a=1" if path is None else f"a=1; Path={path}".encode()
    assert bool(after(line, then=then)) is sent


def test_of_two_the_one_of_the_longer_path_comes_first():
    assert after(b"a=1; Path=/", b"a=2; Path=/shop") == "a=2; a=1"


@pytest.mark.parametrize(
    ("own", "sent"), [("lang=it", "lang=it; a=1"), ("a=mine", "a=mine"), ("x=1; a=mine; y=2", "x=1; a=mine; y=2")]
)
def test_what_a_request_says_itself_stands_before_what_was_set(own, sent):
    assert after(b"a=1", own=own) == sent


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_whatever_a_server_sets_a_header_stays_one_line(lines):
    """HTTP's parser hands no line breaks over; whatever else may be there."""
    header = after(*(line.replace(b"\r", b"").replace(b"\n", b"") for line in lines))
    assert "\r" not in header
    assert "\n" not in header


def test_a_visitor_keeps_no_more_than_a_browser():
    header = after(*(b"c%d=x" % number for number in range(MOST_COOKIES + 20)))
    assert header.count("=") == MOST_COOKIES
    assert "c0=" not in header
    assert f"c{MOST_COOKIES + 19}=" in header


@pytest.mark.parametrize(
    ("line", "lives_s"),
    [(b"a=1; Max-Age=60", 60), (b"a=1; Expires=" + TOMORROW, 86_400), (b"a=1", 10**9)],
    ids=["max-age", "expires", "session"],
)
def test_a_cookie_ends_while_its_visitor_thinks(monkeypatch, line, lives_s):
    now_s = journey.time()
    jar = CookieJar("127.0.0.1")
    jar.take([line], "/")
    monkeypatch.setattr(journey, "time", lambda: now_s + 0.9 * lives_s)
    assert jar.header("/") == b"a=1"
    monkeypatch.setattr(journey, "time", lambda: now_s + 1.1 * lives_s)
    assert jar.header("/") == (b"a=1" if line == b"a=1" else b"")
