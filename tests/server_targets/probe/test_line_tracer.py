"""A visit that is followed: its lines and crossings by name, and nothing of it gets into code of theirs."""

from __future__ import annotations

import asyncio
import sys
from contextvars import copy_context
from functools import partial, wraps
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from asgi_vs_wsgi.server_targets.probe.callable_name import name_of
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import MOST_LINES, FollowedVisit, Following
from asgi_vs_wsgi.server_targets.probe.request_context import FOLLOW_LINES, FOLLOW_WSGI
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles


def page(request: object = None) -> list[bytes]:
    return [b"page"]


async def async_page() -> None:
    pass


@wraps(page)
def decorated(*given: Any) -> Any:
    return page(*given)


class Middleware:
    def __call__(self, request: object) -> object:
        return request

    def process_request(self, request: object) -> None:
        pass


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def recorder() -> Any:
    parts: list[dict[str, Any]] = []
    channel = SimpleNamespace(followed=lambda request, **part: parts.append(part))
    return SimpleNamespace(followed=None, files=UserFiles(""), channel=channel, parts=parts)


HERE = f"{page.__module__}."


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (page, "page"),
        (decorated, "page"),
        (partial(page, 1), "page"),
        (partial(copy_context().run, page, 1), "page"),
        (sync_to_async(page), "page"),
        (partial(getattr(sync_to_async(page), "thread_handler"), None), "page"),  # noqa: B009 - typed as a function
        (async_to_sync(async_page), "async_page"),
        (Middleware().process_request, "Middleware.process_request"),
        (Middleware(), "Middleware"),
        (SimpleNamespace(view_class=Middleware), "Middleware"),
    ],
)
def test_what_runs_beyond_a_crossing_has_its_own_name(call, name):
    assert name_of(call) == HERE + name


def test_an_object_that_answers_to_nothing_is_no_fault_of_the_request():
    visit = FollowedVisit(1, UserFiles(""), None)
    visit.crosses(Hostile(), to_loop=False)
    assert visit.crossings == []
    assert visit.trace(SimpleNamespace(), "call", None) is None  # type: ignore[arg-type]


def test_lines_are_those_that_ran_and_the_trace_is_gone_afterwards():
    told = recorder()
    application = Following(lambda environ, start: page(), told)
    assert application.wsgi({}, None) == [b"page"]
    assert told.parts == []
    before = sys.gettrace()
    sys.settrace(None)
    try:
        assert application.wsgi({FOLLOW_WSGI: FOLLOW_LINES}, None) == [b"page"]
        assert sys.gettrace() is None
    finally:
        sys.settrace(before)
    assert told.followed is None
    [lines] = [part for part in told.parts if part.get("file") == __file__]
    assert page.__code__.co_firstlineno + 1 in lines["elsewhere"]
    assert lines["on_loop"] == []
    assert told.parts[-1] == {"whole": True, "traced": True}


def test_whoever_traces_already_goes_on():
    told, seen = recorder(), []

    def debugger(frame: Any, event: str, argument: Any) -> None:
        seen.append(frame.f_code.co_name)

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        Following(lambda environ, start: page(), told).wsgi({FOLLOW_WSGI: FOLLOW_LINES}, None)
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(before)
    assert "page" in seen
    assert told.parts == [{"whole": True, "traced": False}]


def test_on_a_loop_lines_are_told_apart_from_those_in_a_thread():
    told = recorder()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0)
        await asyncio.to_thread(told.followed.traced(page))

    async def visit() -> None:
        scope = {"type": "http"}
        await Following(application, told).asgi(scope, None, None)

    asyncio.run(visit())
    [lines] = [part for part in told.parts if part.get("file") == __file__]
    first = application.__code__.co_firstlineno
    assert {first + 1, first + 2} <= set(lines["on_loop"])
    assert page.__code__.co_firstlineno + 1 in lines["elsewhere"]
    assert page.__code__.co_firstlineno + 1 not in lines["on_loop"]


def test_what_is_told_at_once_is_bounded():
    told = recorder()
    visit = FollowedVisit(1, UserFiles(""), None)
    visit._lines["/a.py", False] = set(range(2 * MOST_LINES + 1))
    visit.end(told.channel)
    assert [len(part["elsewhere"]) for part in told.parts if "file" in part] == [MOST_LINES, MOST_LINES, 1]
