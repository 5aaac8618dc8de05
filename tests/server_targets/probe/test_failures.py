"""What requests raise: told once with words and line, counted by records, and noticed by no application."""

from __future__ import annotations

import asyncio
import pathlib
from typing import Any

import pytest
from kinds import KINDS, kind_of
from told_failures import Told, noted

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.hooks.failures import Failure
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, HEADER_ASGI, HEADER_WSGI

by_kind = pytest.mark.parametrize("kind", KINDS)


def line_of(mark: str) -> int:
    with pathlib.Path(__file__).open(encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if line.rstrip().endswith(f"# {mark}"))


def raising(error: BaseException):
    def application(environ, start_response):
        raise error  # raised by a callable

    return application


def with_body(body):
    def application(environ, start_response):
        start_response("200 OK", [])
        return body

    return application


def serve(application, number: int = 7, write=lambda part: None) -> None:
    """As a server does it."""
    body = application({HEADER_WSGI: str(number)}, lambda *words: None)
    try:
        for part in body:
            write(part)
    finally:
        if hasattr(body, "close"):
            body.close()


def parts(error: BaseException):
    yield b"first"
    raise error  # raised by a body


class Page:
    """A body as Django's, which takes a `close` of ours."""

    def __init__(self, made) -> None:
        self.made = made

    def __iter__(self):
        return self.made

    def close(self) -> None:
        """Nothing to close."""


class Attached(Page):
    """Its own close raises."""

    def close(self) -> None:
        raise ValueError("while it was closed")  # raised by a close


@by_kind
def test_what_a_wsgi_application_raises_is_told_with_its_line_and_passes(kind):
    told = Told(kind)
    with pytest.raises(KeyError, match="as it was"):
        serve(told.recorder.wsgi(raising(KeyError("as it was"))))
    where = f"test_failures.py:{line_of('raised by a callable')} application"
    assert told.counted == [(7, Failure("KeyError", "'as it was'", where))]
    assert [kind_of(event) for event in told.events if event[0] != "told"] == [Kind.BEGIN, Kind.FAILURE, Kind.END]


@by_kind
@pytest.mark.parametrize("make", [Page, lambda made: made], ids=["own close", "generator"])
def test_what_a_body_raises_is_told_before_it_ends(kind, make):
    told = Told(kind)
    with pytest.raises(LookupError, match="as it was"):
        serve(told.recorder.wsgi(with_body(make(parts(LookupError("as it was"))))))
    where = f"test_failures.py:{line_of('raised by a body')} parts"
    assert told.counted == [(7, Failure("LookupError", "as it was", where))]
    assert kind_of(told.events[-1]) == Kind.END


@by_kind
def test_what_closing_raises_is_told(kind):
    told = Told(kind)
    with pytest.raises(ValueError, match="while it was closed"):
        serve(told.recorder.wsgi(with_body(Attached(iter([b"page"])))))
    assert [failure.words for _, failure in told.counted] == ["while it was closed"]


@by_kind
@pytest.mark.parametrize("make", [Page, lambda made: made], ids=["own close", "generator"])
def test_a_page_that_is_served_while_somebody_handles_another_error_has_not_failed(kind, make):
    told = Told(kind)
    try:
        raise KeyError("the server's own business")
    except KeyError:
        serve(told.recorder.wsgi(with_body(make(iter([b"page"])))))
    assert told.counted == []


SERVER = """
def serve(application, number, write):
    body = application({header: str(number)}, lambda *words: None)
    try:
        for part in body:
            write(part)
    finally:
        body.close()

def broken(part):
    raise BrokenPipeError("the visitor has left")
"""


@by_kind
def test_a_visitor_who_leaves_while_a_server_writes_is_no_failure(kind):
    told = Told(kind)
    server: dict[str, Any] = {"header": HEADER_WSGI}
    exec(compile(SERVER, "<a server>", "exec"), server)
    with pytest.raises(BrokenPipeError):
        server["serve"](told.recorder.wsgi(with_body(Page(iter([b"page"])))), 7, server["broken"])
    assert told.counted == []
    with pytest.raises(ConnectionError):  # of the view's own upstream
        server["serve"](told.recorder.wsgi(with_body(Page(parts(ConnectionError("upstream"))))), 8, bytes)
    assert [request for request, _ in told.counted] == [8]


def asgi_served(kind: str, application, during=None) -> tuple[Told, Any]:
    told = Told(kind)
    scope = {"type": "http", "headers": [(HEADER_ASGI, b"7")], "client": None}

    async def send(message):
        if message["type"] == "http.response.body":
            raise ConnectionResetError("the visitor has left")

    async def server():
        task = asyncio.ensure_future(_awaited(ProbedAsgi(application, told.recorder)(scope, None, send)))
        if during:
            await during(task)
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        return outcome

    return told, asyncio.run(server())


async def _awaited(made):
    return await made


@by_kind
def test_what_an_asgi_application_raises_is_told_with_its_line_and_passes(kind):
    async def application(scope, receive, send):
        await asyncio.sleep(0)
        raise ArithmeticError("as it was")  # raised by a coroutine

    told, outcome = asgi_served(kind, application)
    assert isinstance(outcome, ArithmeticError)
    where = f"test_failures.py:{line_of('raised by a coroutine')} application"
    assert told.counted == [(7, Failure("ArithmeticError", "as it was", where))]


@by_kind
def test_what_is_raised_before_there_is_a_coroutine_is_told_too(kind):
    def application(scope, receive, send):
        raise TypeError("no coroutine at all")

    told, outcome = asgi_served(kind, application)
    assert isinstance(outcome, TypeError)
    assert [failure.exception for _, failure in told.counted] == ["TypeError"]


@by_kind
def test_a_request_that_is_cancelled_has_not_failed(kind):
    async def application(scope, receive, send):
        await asyncio.sleep(60)

    async def cancel(task):
        await asyncio.sleep(0)
        task.cancel()

    told, outcome = asgi_served(kind, application, cancel)
    assert isinstance(outcome, asyncio.CancelledError)
    assert told.counted == []


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt()])
def test_what_ends_a_request_from_outside_is_no_failure_of_it(error):
    told = Told()
    noted(told, error, 7)
    assert told.counted == []


def test_of_several_errors_of_a_request_the_first_counts_and_django_is_heard():
    told = Told()
    CURRENT.set(7)
    try:
        raise RuntimeError("in the view")  # in a view
    except RuntimeError as error:
        told.recorder.failures.heard(sender=None, request=object())
        told.recorder.failures.note(error, 7)
    finally:
        CURRENT.set(0)
    told.recorder.failures.heard()  # nothing is handled now, and no request is here
    assert [(request, failure.words) for request, failure in told.counted] == [(7, "in the view")]
