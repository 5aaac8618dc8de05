"""Each long suspension is looked at once, on its own loop, and of strangers nothing is called or kept."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
import weakref

import pytest
from awaiting_views import of_a_timer
from looked_requests import Looked, both, ended

from asgi_vs_wsgi.server_targets.probe.hooks.executors import _on_its_loop
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, HEADER_ASGI
from asgi_vs_wsgi.server_targets.probe.sampling import await_looks


@both
def test_one_suspension_is_looked_at_once_and_the_next_one_anew(kind):
    goes_on = asyncio.Event()

    async def view():
        await goes_on.wait()
        await asyncio.sleep(1000)

    looked = Looked(kind, [view])

    async def main():
        tasks = looked.ask()
        await looked.until(lambda: looked.told)
        await looked.grow_old(10)
        assert len(looked.told) == 1
        goes_on.set()
        await looked.until(lambda: len(looked.told) > 1)
        await ended(tasks)

    asyncio.run(main())
    assert [what for _, what, _ in looked.told] == ["an event", "a timer"]


@both
def test_an_async_view_of_a_wsgi_server_is_looked_at_on_the_loop_that_was_made_for_it(kind):
    looked, goes_on, left = Looked(kind, []), threading.Event(), []

    async def view():
        await waits()

    async def waits():
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        threading.Thread(target=lambda: goes_on.wait(20) and loop.call_soon_threadsafe(event.set)).start()
        await event.wait()

    def served():
        CURRENT.set(7)
        asyncio.run(looked.report.steps(_on_its_loop(view(), looked.report, 7, 0), 7))
        left.append(dict(looked.report.loops))

    serving = threading.Thread(target=served)
    serving.start()
    try:
        asyncio.run(looked.until(lambda: looked.told))
    finally:
        goes_on.set()
        serving.join()
    assert looked.told == [(7, "an event", "waits")]
    assert left == [{}]


@both
def test_who_waits_for_a_moment_only_is_not_looked_at_and_no_loop_is_woken(kind, monkeypatch):
    monkeypatch.setattr(await_looks, "OLD_NS", 1 << 62)
    monkeypatch.setattr(await_looks, "BUSY_NS", 0)
    looked = Looked(kind, [of_a_timer])

    async def main():
        tasks = looked.ask()
        await asyncio.sleep(0)
        monkeypatch.setattr(asyncio.get_running_loop(), "call_soon_threadsafe", None)  # would raise
        assert looked.looks.turn()
        await ended(tasks)
        assert not looked.looks.turn()

    asyncio.run(main())
    assert not looked.told


@both
def test_who_went_on_before_the_look_is_not_told_of(kind):
    """The loop was held, and the request is elsewhere when the look comes."""
    event = asyncio.Event()

    async def view():
        await event.wait()
        await asyncio.sleep(1000)

    looked = Looked(kind, [view])

    async def main():
        tasks = looked.ask()
        await asyncio.sleep(0)
        event.set()
        time.sleep(2 * await_looks.OLD_NS / 1e9)
        assert looked.looks.turn()
        await asyncio.sleep(0)
        assert not looked.told
        await looked.until(lambda: looked.told)
        await ended(tasks)

    asyncio.run(main())
    assert [what for _, what, _ in looked.told] == ["a timer"]


# ---- it is a stranger's process


class Touchy:
    """An awaitable that notes whatever is done to it beside awaiting."""

    def __init__(self, touched):
        object.__setattr__(self, "_touched", touched)

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return asyncio.sleep(1000).__await__().send(None)

    def __getattribute__(self, name):
        touched = object.__getattribute__(self, "_touched")
        touched.append(name)
        return object.__getattribute__(self, name)

    def __repr__(self):
        self._touched.append("repr")
        return "touched"

    def __eq__(self, other):
        self._touched.append("eq")
        return False

    def __hash__(self):
        self._touched.append("hash")
        return 1

    def __bool__(self):
        self._touched.append("bool")
        return True


@both
def test_nothing_of_a_strangers_awaitable_is_called(kind):
    touched: list[str] = []

    async def view():
        await Touchy(touched)

    looked = Looked(kind, [view])

    async def main():
        tasks = looked.ask()
        await asyncio.sleep(0)
        touched.clear()
        await looked.until(lambda: looked.told)
        assert touched == []
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            await asyncio.gather(*tasks)

    asyncio.run(main())
    assert looked.told == [(1, "something else", "view")]


@both
@pytest.mark.parametrize("how", ["returns", "raises", "is cancelled", "is forgotten"])
def test_nothing_is_kept_of_a_request_that_has_ended_however(kind, how):
    class Thing:
        pass

    things = []
    event = asyncio.Event()

    async def view():
        thing = Thing()
        things.append(weakref.ref(thing))
        await event.wait()
        if how == "raises":
            raise LookupError

    looked = Looked(kind, [view])

    async def main():
        if how == "is forgotten":
            steps = looked._probed({"type": "http", "headers": [(HEADER_ASGI, b"1")]}, None, None)
            steps.send(None)  # type: ignore[attr-defined]
            await looked.until(lambda: looked.told)
            del steps
        else:
            tasks = looked.ask()
            await looked.until(lambda: looked.told)
            if how != "is cancelled":
                event.set()
                await asyncio.gather(*tasks, return_exceptions=True)
            await ended(tasks)
            del tasks
        assert looked.report.suspended() == []

    asyncio.run(main())
    gc.collect()
    assert things[0]() is None
    assert not looked.looks.turn()


@both
def test_a_look_that_fails_is_not_tried_again_and_the_loop_does_not_hear_of_it(kind, monkeypatch):
    looked, said = Looked(kind, [of_a_timer]), []
    monkeypatch.setattr(await_looks, "waits_for", lambda *_: 1 // 0)

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, told: said.append(told))
        tasks = looked.ask()
        await looked.until(lambda: not looked.looks.works)
        assert not looked.looks.turn()
        await ended(tasks)

    asyncio.run(main())
    assert not said
    assert not looked.told


@both
def test_a_loop_that_is_closed_is_asked_no_more(kind):
    looked = Looked(kind, [of_a_timer])
    loop = asyncio.new_event_loop()

    async def main():
        return looked.ask()

    tasks = loop.run_until_complete(main())
    loop.run_until_complete(asyncio.sleep(2 * await_looks.OLD_NS / 1e9))
    loop.close()
    looked.looks.turn()
    assert looked.report.loops == {}
    assert not looked.told
    for task in tasks:
        task._log_destroy_pending = False


@both
def test_of_many_who_wait_all_are_told_some_at_a_time(kind):
    many = await_looks.MOST_AT_ONCE * 3 + 1
    looked, at_once = Looked(kind, [of_a_timer] * many), []

    async def main():
        tasks = looked.ask()
        await asyncio.sleep(2 * await_looks.OLD_NS / 1e9)
        while len(looked.told) < many:
            before = len(looked.told)
            looked.looks.turn()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            at_once.append(len(looked.told) - before)
        await ended(tasks)

    asyncio.run(main())
    assert {request for request, _, _ in looked.told} == set(range(1, many + 1))
    assert max(at_once) <= await_looks.MOST_AT_ONCE


@both
def test_a_loop_that_is_at_work_is_asked_for_the_few_who_have_waited_longest_and_then_left_alone(kind, monkeypatch):
    monkeypatch.setattr(await_looks, "BUSY_NS", 1 << 62)
    monkeypatch.setattr(await_looks, "BUSY_REST", 1 << 40)
    monkeypatch.setattr(await_looks, "LONGEST_REST_NS", 1 << 62)
    looked = Looked(kind, [of_a_timer] * 10)

    async def main():
        tasks = looked.ask()
        await asyncio.sleep(2 * await_looks.OLD_NS / 1e9)
        assert looked.looks.turn() is False  # nobody is woken for it sooner
        await looked.grow_old(5)
        await ended(tasks)

    asyncio.run(main())
    assert sorted(request for request, _, _ in looked.told) == [*range(1, await_looks.FEW + 1)]
