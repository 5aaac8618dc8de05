"""A visit that is timed from inside: what it computes and waits is its own, however many want the processor."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from kinds import on_list

from asgi_vs_wsgi.server_targets.probe.hooks import visit_times
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import Following
from asgi_vs_wsgi.server_targets.probe.hooks.visit_times import TimedBody
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOLLOW_ASGI, FOLLOW_TIMES, FOLLOW_WSGI

MS = 1_000_000
ASKED = {FOLLOW_WSGI: FOLLOW_TIMES}
SCOPE = {"type": "http", "headers": [(FOLLOW_ASGI, FOLLOW_TIMES.encode())]}
SPIN = "while True: pass"


def recorder() -> Any:
    told: list[tuple[int, int, int | None]] = []
    channel = SimpleNamespace(timed=lambda *of: told.append(of))
    return SimpleNamespace(followed=None, files=None, channel=channel, told=told)


def computes(ms: float) -> None:
    until = time.thread_time_ns() + ms * MS
    while time.thread_time_ns() < until:
        pass


def timed(application: Any) -> tuple[float, float]:
    """(computes, waits) in ms of one visit under WSGI, whose body is read as servers do."""
    to = recorder()
    body = Following(application, to).wsgi(dict(ASKED), None)
    for _ in body:
        pass
    if close := getattr(body, "close", None):
        close()
    ((_, computes_ns, waits_ns),) = to.told
    assert to.followed is None
    return computes_ns / MS, waits_ns / MS


@pytest.fixture
def crowded():
    """This thread's one processor, which two others want too."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    others = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(2)]
    try:
        yield
    finally:
        for each in others:
            each.kill()
            each.wait()
        os.sched_setaffinity(0, allowed)


def test_who_computes_while_others_do_waits_for_nothing_but_the_processor(crowded):
    """The law: what it was ready for and what it used are all of its time."""

    def page(environ: Any, start: Any) -> list[bytes]:
        computes(30)
        return [b""]

    begun = time.monotonic()
    computes_ms, waits_ms = timed(page)
    took_ms = (time.monotonic() - begun) * 1000
    assert 30 <= computes_ms < 40
    assert waits_ms < 0.1 * (took_ms - computes_ms), "others had the processor, and that is no wait"


def test_a_sleep_is_a_wait_of_its_length_also_where_others_compute(crowded):
    def page(environ: Any, start: Any) -> list[bytes]:
        time.sleep(0.02)
        return [b""]

    assert max(timed(page)[1] for _ in range(3)) > 19.9


def test_of_a_body_that_is_made_part_by_part_the_parts_and_its_close_are_timed_and_not_what_is_between():
    class Body:
        def __iter__(self) -> Any:
            yield b"1"
            time.sleep(0.01)
            yield b"2"

        def close(self) -> None:
            time.sleep(0.01)

    def waited_ns() -> int:
        to = recorder()
        body: Any = Following(lambda environ, start: Body(), to).wsgi(dict(ASKED), None)
        assert isinstance(body, TimedBody)
        for _ in body:
            time.sleep(0.05)
        assert to.followed is not None
        body.close()
        body.close()
        ((_, _, waits_ns),) = to.told
        return int(waits_ns)

    waits_ns = max(waited_ns() for _ in range(3))  # a kernel of several processors may count a wait for one twice
    assert 19 * MS < waits_ns < 60 * MS, "without the two pauses of the server"
    assert list(Following(lambda environ, start: Body(), recorder()).wsgi(dict(ASKED), None)) == [b"1", b"2"]


def test_a_body_that_its_server_lets_go_of_and_a_page_that_raises_end_the_visit():
    to = recorder()
    Following(lambda environ, start: iter([b"1"]), to).wsgi(dict(ASKED), None)
    assert (len(to.told), to.followed) == (1, None)
    with pytest.raises(ZeroDivisionError):
        Following(lambda environ, start: 1 / 0, to).wsgi(dict(ASKED), None)
    assert (len(to.told), to.followed) == (2, None)


@pytest.fixture
def crossing(monkeypatch):
    """(an ASGI application made timed, what is told): its executors and ways back are followed as in a worker."""
    from concurrent.futures import ThreadPoolExecutor

    from asgiref.current_thread_executor import CurrentThreadExecutor
    from asgiref.sync import AsyncToSync

    report, _ = on_list("python")
    told: list[Any] = []
    report.channel = SimpleNamespace(timed=lambda *of: told.append(of))  # type: ignore[assignment]
    for owner, name in ((ThreadPoolExecutor, "submit"), (CurrentThreadExecutor, "submit"), (AsyncToSync, "main_wrap")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # as it was, afterwards
    follow_threads(report)

    def visit(page: Any) -> tuple[float, float]:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            CURRENT.set(7)
            await page()
            await send({})
            await asyncio.to_thread(time.sleep, 0)

        async def send(message: Any) -> None:
            await asyncio.sleep(0.1)

        asyncio.run(Following(application, report).asgi(SCOPE, None, send))
        _, computes_ns, waits_ns = told.pop()
        assert report.followed is None
        return computes_ns / MS, waits_ns / MS

    return visit


async def in_thread() -> None:
    await sync_to_async(time.sleep)(0.02)
    await sync_to_async(computes)(10)


async def on_loop_and_through_both() -> None:
    await asyncio.sleep(0.01)
    computes(5)

    async def inner() -> None:
        await asyncio.sleep(0.01)
        await sync_to_async(computes)(5)

    await sync_to_async(async_to_sync(inner))()


@pytest.mark.parametrize("page", [in_thread, on_loop_and_through_both])
def test_what_crosses_between_loop_and_threads_computes_and_waits_once(crossing, page):
    computes_ms, waits_ms = crossing(page)
    assert 10 <= computes_ms < 30
    assert 19 < waits_ms < 60, "and not while its answer is sent"


def test_a_sleep_in_a_thread_is_a_wait_of_its_length_also_where_others_compute(crossing, crowded):
    assert max(crossing(in_thread)[1] for _ in range(3)) > 19


def test_where_the_kernel_does_not_count_the_wait_is_not_known_and_the_rest_is(monkeypatch, tmp_path):
    def page(environ: Any, start: Any) -> list[bytes]:
        computes(2)
        return [b""]

    monkeypatch.setattr(visit_times, "_TASKS", str(tmp_path))
    to = recorder()
    Following(page, to).wsgi(dict(ASKED), None)
    ((_, computes_ns, waits_ns),) = to.told
    assert computes_ns >= 2 * MS
    assert waits_ns is None
    tmp_path.joinpath(str(threading.get_native_id())).mkdir()
    tmp_path.joinpath(str(threading.get_native_id()), "schedstat").write_text("0 0 0\n", encoding="ascii")
    Following(page, to).wsgi(dict(ASKED), None)
    assert to.told[1][2] is None


def test_what_goes_wrong_with_the_clocks_gets_into_no_code_of_theirs_and_nothing_is_told(monkeypatch):
    def breaks(*given: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(visit_times.TimedVisit, "_read", breaks)
    to = recorder()
    assert Following(lambda environ, start: [b"page"], to).wsgi(dict(ASKED), None) == [b"page"]
    assert (to.told, to.followed) == ([], None)
