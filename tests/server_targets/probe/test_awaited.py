"""What a suspended request waits for is told by its kind, at the request's own line."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from awaiting_views import GO_ON, WAITS
from kinds import KINDS
from looked_requests import Looked, both, ended

from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.protocol.records import AWAITED_WORDS, Awaited

uvloop = pytest.importorskip("uvloop")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


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


@both
@pytest.mark.parametrize(
    ("file", "name", "own"),
    [
        ("django/core/handlers/exception.py", "Wrapper.inner", False),
        ("django/core/handlers/asgi.py", "ASGIHandler.__call__", False),
        ("channels/routing.py", "ProtocolTypeRouter.__call__", True),
    ],
)
def test_what_stands_around_djangos_handler_asks_for_nothing_within(file, name, own, kind):
    """A middleware of theirs, a router of protocols."""
    calls = method_of("asgiref/sync.py", "SyncToAsync.__call__", "await asyncio.Event().wait()")
    handler = method_of(file, name)

    async def outside():
        await handler(lambda: calls(None))

    looked = Looked(kind, [outside])

    async def main():
        tasks = looked.ask()
        await looked.until(lambda: looked.told)
        await ended(tasks)

    asyncio.run(main())
    (number,) = {record[1] for record in looked.records if record[2] == 1 and record[1] in looked.lines and record[1]}
    asks, _, waits = looked.lines[number].partition(BESIDE)
    assert asks.endswith(" outside") is own
    assert waits or own


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
    assert beside["acquire"].startswith("test_awaited.py:")
    assert " view <- asyncio/locks.py:" in beside["acquire"]
    assert BESIDE not in beside["own"]


def test_every_thing_that_is_awaited_has_words():
    assert set(AWAITED_WORDS) == set(Awaited)
    assert len(set(AWAITED_WORDS.values())) == len(Awaited)
