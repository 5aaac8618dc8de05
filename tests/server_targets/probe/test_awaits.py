"""What suspended requests wait for: told once for each long suspension, at their own line, and without a trace."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import sysconfig
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from awaiting_views import GO_ON, WAITS, of_a_timer
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.protocol.records import AWAITED_WORDS, Awaited, Kind
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_ASGI
from asgi_vs_wsgi.server_targets.probe.sampling import await_looks
from asgi_vs_wsgi.server_targets.probe.sampling.await_looks import AwaitLooks
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations

uvloop = pytest.importorskip("uvloop")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
both = pytest.mark.parametrize("kind", KINDS)


class Looked:
    """A recorder, what looks at it, and what they told."""

    def __init__(self, kind: str, views) -> None:
        self.report, self.records = on_list(kind)
        self.lines = {0: ""}
        channel = SimpleNamespace(location=self.lines.__setitem__)
        self.looks = AwaitLooks(self.report, SourceLocations(channel, __file__.rpartition("/")[0]))  # type: ignore[arg-type]
        self._views = list(views)
        self._probed = ProbedAsgi(self._serve, self.report)

    async def _serve(self, scope, receive, send):
        await self._views[int(scope["headers"][0][1]) - 1]()

    def ask(self) -> list[asyncio.Task[None]]:
        """A request for each view, numbered from 1."""
        scopes = [{"type": "http", "headers": [(HEADER_ASGI, b"%d" % n)]} for n in range(1, len(self._views) + 1)]
        return [asyncio.ensure_future(self._probed(scope, None, None)) for scope in scopes]

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """(request, what, function) of each look that was recorded."""
        found = [r for r in self.records if kind_of(r) == Kind.AWAITS]
        return [
            (r[2], Awaited(flag_of(r)).words, self.lines[r[1]].partition(BESIDE)[0].rpartition(" ")[2]) for r in found
        ]

    async def until(self, done, limit_s=20.0) -> None:
        """Look, as the sampler does, until it is so."""
        until_s = time.monotonic() + limit_s
        while not done():
            assert time.monotonic() < until_s, self.told
            self.looks.turn()
            await asyncio.sleep(0.002)

    async def grow_old(self, times: int = 3) -> None:
        """So long that whoever is suspended now is looked at, if anybody is to be."""
        for _ in range(times):
            await asyncio.sleep(await_looks.OLD_NS / 1e9 * 1.5)
            self.looks.turn()


async def ended(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@cache
def told_of_all(kind: str, loop: str) -> dict[int, set[tuple[str, str]]]:
    looked = Looked(kind, WAITS)
    GO_ON.clear()

    async def main():
        tasks = looked.ask()
        expected = {(number, *waits) for number, waits in enumerate(WAITS.values(), 1)}
        with contextlib.suppress(AssertionError):  # each of the tests below says it of its own
            await looked.until(lambda: expected <= set(looked.told), limit_s=10)
        GO_ON.set()
        await ended(tasks)
        await ended(asyncio.all_tasks() - {asyncio.current_task()})  # what a view leaves behind
        assert looked.looks.works
        assert looked.report.suspended() == []

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(main())
    told: dict[int, set[tuple[str, str]]] = {}
    for request, what, function in looked.told:
        told.setdefault(request, set()).add((what, function))
    return told


@both
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("view", WAITS, ids=lambda view: view.__name__)
def test_what_is_awaited_is_told_at_the_requests_own_innermost_line(view, loop, kind):
    assert WAITS[view] in told_of_all(kind, loop)[[*WAITS].index(view) + 1]


@both
def test_a_call_that_waits_for_a_thread_and_one_that_has_it_are_told_apart(kind):
    """The same line: first all threads are taken, then one works for it."""
    looked = Looked(kind, [])

    async def main():
        loop = asyncio.get_running_loop()
        go_on, go_on_too = threading.Event(), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(go_on.wait)

            async def view():
                await loop.run_in_executor(pool, go_on_too.wait)

            looked._views.append(view)
            (task,) = looked.ask()
            await looked.until(lambda: looked.told)
            go_on.set()
            await looked.grow_old()
            looked.looks._looked_at.clear()  # it is still the same suspension: only for us it is looked at again
            await looked.until(lambda: len(looked.told) > 1)
            go_on_too.set()
            await task

    asyncio.run(main())
    assert [(what, line) for _, what, line in looked.told] == [
        ("a free thread of the executor", "view"),
        ("its own call in a thread", "view"),
    ]


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


# ---- what a library waits for


async def event():
    await asyncio.Event().wait()


async def queue():
    await asyncio.Queue().get()


async def future():
    await asyncio.get_running_loop().create_future()


async def stream():
    await asyncio.StreamReader().read(1)


def method_of(file: str, qualified: str, awaits: str = "await inner()"):
    """A method that awaits its argument, as of an installed package's file."""
    owner, name = qualified.split(".")
    made: dict[str, Any] = {}
    source = f"import asyncio\nclass {owner}:\n    async def {name}(self, inner):\n        {awaits}\n"
    exec(compile(source, f"{sysconfig.get_path('purelib')}/{file}", "exec"), made)
    return getattr(made[owner](), name)


LIBRARIES = [
    ("uvicorn/protocols/http/h11_impl.py", "RequestResponseCycle.receive", event, "the client"),
    ("uvicorn/protocols/http/flow_control.py", "FlowControl.drain", event, "the client"),
    ("hypercorn/asyncio/tcp_server.py", "TCPServer.protocol_send", stream, "the client"),
    ("django/core/handlers/asgi.py", "ASGIHandler.read_body", queue, "the client"),
    ("httpcore/_async/connection_pool.py", "AsyncPoolRequest.wait_for_connection", event, "a pool"),
    ("asyncpg/pool.py", "Pool._acquire", queue, "a pool"),
    ("asyncpg/pool.py", "Pool.fetch", stream, "a socket"),
    ("asyncpg/connection.py", "Connection._execute", future, "a socket"),
    ("psycopg/waiting.py", "Waiter.wait_async", event, "a socket"),
    ("aiohttp/streams.py", "StreamReader._wait", future, "a socket"),
    ("aiosqlite/core.py", "Connection._execute", future, "its own call in a thread"),
    ("nobody/knows.py", "Library.get", event, "an event"),
    ("nobody/knows.py", "Library.get", future, "something else"),
]


@pytest.mark.parametrize(
    ("file", "method", "inner", "what"), LIBRARIES, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_library_that_waits_is_told_by_what_it_waits_for_whatever_it_does_that_with(file, method, inner, what):
    """Its primitives are not the user's: the line that called it is."""
    call = method_of(file, method)
    # What the library itself is written with is its own too.
    own = method_of("library/of_its_own.py", "Inner.wait", inspect.getsource(inner).splitlines()[1].strip())

    async def view():
        await call(lambda: own(None))

    looked = Looked([*KINDS][-1], [view])

    async def main():
        tasks = looked.ask()
        await looked.until(lambda: looked.told)
        await ended(tasks)

    asyncio.run(main())
    assert looked.told == [(1, what, "view")]


@both
@pytest.mark.parametrize("file", ["django/core/handlers/asgi.py", "starlette/middleware/base.py"])
def test_where_a_framework_runs_the_view_in_a_task_it_is_told_what_the_view_waits_for(file, kind):
    handle = method_of(file, "Handler.handle", "await asyncio.wait([asyncio.ensure_future(inner())])")

    async def view():
        await asyncio.Lock().acquire()
        await asyncio.gather(event(), queue())

    looked = Looked(kind, [lambda: handle(view)])

    async def main():
        tasks = looked.ask()
        await looked.until(lambda: looked.told)
        await ended(tasks)
        await ended(asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(main())
    assert looked.told == [(1, "another task", "view")]


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
def test_the_line_of_the_library_that_waits_stands_beside_the_requests_own(kind):
    async def view():
        await asyncio.Semaphore(0).acquire()

    async def own():
        await asyncio.get_running_loop().create_future()

    looked = Looked(kind, [view, own])

    async def main():
        tasks = looked.ask()
        await looked.until(lambda: len(looked.told) == 2)
        await ended(tasks)

    asyncio.run(main())
    beside = {line.rpartition(" ")[2]: line for line in looked.lines.values() if line}
    assert beside["acquire"].startswith("test_awaits.py:")
    assert " view <- asyncio/locks.py:" in beside["acquire"]
    assert BESIDE not in beside["own"]


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


def test_every_thing_that_is_awaited_has_words():
    assert set(AWAITED_WORDS) == set(Awaited)
    assert len(set(AWAITED_WORDS.values())) == len(Awaited)
