"""A WSGI application under the probe: what is recorded, and that servers and applications notice nothing."""

from __future__ import annotations

from wsgiref.util import FileWrapper

import pytest
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns
from asgi_vs_wsgi.server_targets.probe.hooks.wsgi import FollowedBody, is_stream
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Handed, Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOREIGN_FROM, HEADER_WSGI

pytestmark = pytest.mark.parametrize("kind", KINDS)
LIFE = [Kind.BEGIN, Kind.RESPONSE_START, Kind.END]


class Page:
    """A body as Django's: it takes a `close` of ours, and has one of its own."""

    def __init__(self, parts=(b"page",)):
        self.parts, self.closed = parts, 0

    def __iter__(self):
        return iter(self.parts)

    def close(self):
        self.closed += 1


class Stubborn:
    """A body that takes no attribute."""

    __slots__ = ("closed",)

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter([b"page"])

    def close(self):
        self.closed += 1


def answering(body):
    def application(environ, start_response):
        start_response("204 Nothing here", [("X", "y")])
        return body

    return application


def served(application, environ):
    """As a server does it: the parts of the body, and what start_response was given."""
    told = []
    body = application(environ, lambda *words: told.append(words))
    try:
        return list(body), told
    finally:
        if hasattr(body, "close"):
            body.close()


@pytest.mark.parametrize("make", [Page, Stubborn, lambda: [b"page"], lambda: (part for part in [b"page"])])
def test_a_request_is_recorded_from_call_to_close_whatever_its_body_is(kind, make):
    report, records = on_list(kind)
    parts, told = served(report.wsgi(answering(make())), {HEADER_WSGI: "7"})
    assert parts == [b"page"]
    assert told == [("204 Nothing here", [("X", "y")])]
    assert [kind_of(record) for record in records] == LIFE
    assert [record[2] for record in records] == [7, 7, 7]
    assert records[1][1] == 204
    assert [record[0] for record in records] == sorted(record[0] for record in records)
    assert records[2][1] >= records[0][1] > 0, "the thread's CPU clock"
    assert not report.lanes.slots
    assert CURRENT.get() == 0


@pytest.mark.parametrize("make", [Page, Stubborn])
def test_the_bodys_own_close_is_called_once(kind, make):
    body = make()
    served(on_list(kind)[0].wsgi(answering(body)), {})
    assert body.closed == 1


def test_a_body_that_servers_know_stays_the_same_object(kind, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"page")
    with path.open("rb") as file:
        body = FileWrapper(file)
        assert on_list(kind)[0].wsgi(answering(body))({}, lambda *words: None) is body
        body.close()


def test_the_number_of_parts_stays_known_where_it_was(kind):
    body = on_list(kind)[0].wsgi(answering([b"one"]))({}, lambda *words: None)
    assert len(body) == 1  # type: ignore[arg-type]
    body.close()  # type: ignore[attr-defined]
    body = on_list(kind)[0].wsgi(answering(part for part in [b"one"]))({}, lambda *words: None)
    assert not hasattr(body, "__len__")
    body.close()  # type: ignore[attr-defined]


def test_an_application_that_raises_has_ended_and_its_error_passes(kind):
    report, records = on_list(kind)

    def application(environ, start_response):
        raise LookupError("as it was")

    with pytest.raises(LookupError, match="as it was"):
        report.wsgi(application)({}, lambda *words: None)
    assert [kind_of(record) for record in records] == [Kind.BEGIN, Kind.END]
    assert flag_of(records[-1]) == Ending.RAISED
    assert not report.lanes.slots


def test_an_error_in_close_passes_and_the_request_has_ended(kind):
    report, records = on_list(kind)

    class Broken(Page):
        def close(self):
            raise OSError("as it was")

    body = report.wsgi(answering(Broken()))({}, lambda *words: None)
    with pytest.raises(OSError, match="as it was"):
        body.close()  # type: ignore[attr-defined]
    assert kind_of(records[-1]) == Kind.END
    assert not report.lanes.slots


def test_what_start_response_returns_and_raises_is_the_servers(kind):
    def application(environ, start_response):
        write = start_response("200 OK", [])
        with pytest.raises(AssertionError, match="headers are sent"):
            start_response("500 Oops", [], "exc_info")
        return [write]

    def start_response(status, headers, *exc_info):
        assert not exc_info, "headers are sent"
        return "the server's write"

    body = on_list(kind)[0].wsgi(application)({}, start_response)
    assert list(body) == ["the server's write"]
    body.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("header", ["", "0", "-3", "12x", str(FOREIGN_FROM), "9" * 40, "ä"])
def test_a_visitor_without_a_number_of_ours_gets_one_beyond_them(kind, header):
    report, records = on_list(kind)
    served(report.wsgi(answering([])), {HEADER_WSGI: header} if header else {})
    assert {record[2] > FOREIGN_FROM for record in records} == {True}


@pytest.mark.parametrize("number", [1, (1 << 31) - 1, 1 << 31, FOREIGN_FROM - 1])
def test_every_number_that_the_driver_may_deal_is_recorded_as_it_is(kind, number):
    report, records = on_list(kind)
    served(report.wsgi(answering([])), {HEADER_WSGI: str(number)})
    assert {record[2] for record in records} == {number}


def test_the_view_knows_its_request_and_the_sampler_finds_it(kind):
    report, _ = on_list(kind)
    seen = []

    def application(environ, start_response):
        (slot,) = report.lanes.slots.values()
        seen.append((CURRENT.get(), slot.request, slot.since_ns > 0, slot.outer))
        return []

    served(report.wsgi(application), {HEADER_WSGI: "9"})
    assert seen == [(9, 9, True, None)]


def test_a_connection_that_waited_in_the_servers_hands_is_told_once(kind):
    report, records = on_list(kind)
    accepted_ns[4000] = 1_000
    for _ in range(2):
        served(report.wsgi(answering([])), {HEADER_WSGI: "7", "REMOTE_PORT": "4000"})
    told = [record for record in records if kind_of(record) == Kind.ACCEPTED]
    assert [record[:3] for record in told] == [(1_000, 0, 7)]
    assert kind_of(records[0]) == Kind.ACCEPTED, "before the request's beginning"
    assert not accepted_ns


def test_in_a_greenlet_each_part_of_a_stream_is_told_when_it_is_handed_over_and_when_the_next_is_asked_for(kind):
    report, records = on_list(kind)
    page = Page((b"one", b"two"))
    body = FollowedBody(page, page.close, report.write, 9, 3)
    heard = [(part, flag_of(records[-1])) for part in body]
    body.close()
    assert heard == [(b"one", Handed.PART), (b"two", Handed.PART)]
    assert [flag_of(record) for record in records] == [Handed.PART, Handed.ASKED] * 2
    assert {(record[2], kind_of(record), record[3] & 0xFFFF) for record in records} == {(9, Kind.ANSWERED, 3)}
    assert page.closed == 1


def test_what_a_server_may_know_another_way_to_send_is_no_stream(kind):
    """A file, which the kernel can send; and whatever is not known to be one."""
    page = Page()
    page.streaming, page.file_to_stream = True, None  # type: ignore[attr-defined] # as Django's
    assert is_stream(page)
    page.file_to_stream = page  # type: ignore[attr-defined]
    assert not is_stream(page)
    assert is_stream(part for part in (b"page",))
    assert not any(map(is_stream, (Page(), Stubborn(), FileWrapper(None), [b"page"])))
