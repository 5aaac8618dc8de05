"""A process on greenlets, in which one thing after another is done to a recorder; prints what came of each as JSON.

python greenlet_cases.py KIND early|late      the probe imported after gevent has patched, or (a preloaded project)
                                              before
python greenlet_cases.py KIND early RING      one request that computes until the process is killed
"""

# ruff: noqa: E402

from __future__ import annotations

import sys
from pathlib import Path

KIND, WHEN, *RING = sys.argv[1:]
if WHEN == "early":
    from gevent import monkey

    monkey.patch_all()

sys.path.insert(0, str(Path(__file__).parent))
import asyncio
import contextvars
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from kinds import on_list, on_ring

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_WSGI
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

if WHEN == "late":
    from gevent import monkey

    monkey.patch_all()

import gevent
import greenlet
from gevent.monkey import get_original

HOLD_S = 0.03
heard_before: list[str] = []
greenlet.settrace(lambda event, pair: heard_before.append(event))
report, records = (on_ring(KIND, ring.create(Path(RING[0]))), []) if RING else on_list(KIND)
follow_threads(report)
wsgi = report.wsgi(lambda environ, start: environ["view"]() or [b"page"])
came: dict[str, Any] = {}


def visit(request: int, view: Callable[[], Any]) -> None:
    body: Any = wsgi({HEADER_WSGI: str(request), "view": view}, lambda *given: None)
    body.close()


def beside(request: int, view: Callable[[], Any]) -> gevent.Greenlet:
    return gevent.spawn(visit, request, view)


def computes() -> None:
    until = time.perf_counter() + HOLD_S
    while time.perf_counter() < until:
        pass


def waits_and_computes() -> None:
    gevent.sleep(0.01)
    computes()
    gevent.sleep(0.01)


def told(case: Callable[[], Any]) -> None:
    """Do it, and keep what it says and what was recorded meanwhile."""
    records.clear()
    said = case()
    came[case.__name__] = {"said": said, "records": [list(record) for record in records]}


def chained() -> int:
    heard_before.clear()
    beside(1, waits_and_computes).join()
    return len(heard_before)


def forgotten() -> list[int]:
    """Somebody takes the place of our trace function and does not go on to it; then somebody takes it away."""
    heard: list[str] = []
    beside(2, lambda: greenlet.settrace(lambda event, pair: heard.append(event))).join()
    before = len(heard)
    beside(3, waits_and_computes).join()
    after = len(heard)
    greenlet.settrace(None)
    beside(4, waits_and_computes).join()
    return [before, after]


def borrowed() -> None:
    """Somebody takes the place for a while, again and again, and gives it back."""
    for _ in range(2 * sys.getrecursionlimit()):
        earlier = greenlet.settrace(lambda event, pair: None)
        visit(5, lambda: None)
        greenlet.settrace(earlier)
        visit(5, lambda: None)
    records.clear()
    beside(6, waits_and_computes).join()


def killed() -> None:
    started = beside(7, lambda: gevent.sleep(60))
    gevent.sleep(0.01)
    started.kill()
    beside(8, waits_and_computes).join()


def raising() -> None:
    def fails() -> None:
        computes()
        raise ValueError

    started = beside(9, fails)
    started.link_exception(lambda _: None)
    gevent.get_hub().NOT_ERROR += (ValueError,)
    started.join()


def closed_late() -> None:
    """A body that another request's greenlet closes, in the midst of its turn."""
    body: Any = gevent.spawn(wsgi, {HEADER_WSGI: "10", "view": computes}, lambda *given: None).get()

    def closes() -> None:
        computes()
        body.close()
        computes()

    beside(11, closes).join()


def in_a_thread() -> None:
    over: list[bool] = []

    def serve() -> None:
        visit(12, computes)
        over.append(True)

    get_original("_thread", "start_new_thread")(serve, ())
    while not over:
        gevent.sleep(0.001)


def beside_a_loop() -> None:
    """A thread has one running loop for all its greenlets: a pool's call comes from a loop only in that of the loop."""
    pool = ThreadPoolExecutor(1)

    async def crosses() -> None:
        await asyncio.sleep(0.03)
        await asyncio.get_running_loop().run_in_executor(pool, computes)

    one = beside(13, lambda: asyncio.run(crosses()))
    gevent.sleep(0.01)
    assert asyncio._get_running_loop() is not None
    other = beside(14, lambda: pool.submit(computes).result())
    gevent.joinall([one, other], raise_error=True)


def lent() -> None:
    """A pool whose thread a request has started is used by nobody then."""
    pool = ThreadPoolExecutor(1)
    beside(17, lambda: pool.submit(computes).result()).join()
    pool.submit(computes).result()


def read_slowly() -> list[float]:
    """Servers that wait for their readers: of an answer that is whole, and of one whose parts are still to be made.

    For how long each wait lasted, in ms: on a busy machine a hub's clock falls behind, and it waits less than asked.
    """
    lasted: dict[tuple[int, str], float] = {}

    def wait(request: int, whose: str) -> None:
        since = time.monotonic()
        gevent.sleep(HOLD_S)
        lasted[request, whose] = (time.monotonic() - since) * 1000

    def serve(request: int, made: Any) -> None:
        def view() -> Any:
            wait(request, "view")
            return made

        body: Any = wsgi({HEADER_WSGI: str(request), "view": view}, lambda *given: None)
        wait(request, "server")
        body.close()

    parts = (b"part" for _ in range(1))
    gevent.joinall([gevent.spawn(serve, 18, None), gevent.spawn(serve, 19, parts)])
    return [lasted[18, "view"], lasted[18, "server"], lasted[19, "view"] + lasted[19, "server"]]


def idle() -> float:
    since = time.monotonic()
    gevent.sleep(0.4)
    return (time.monotonic() - since) * 1e9


def of_nobody() -> None:
    timer = gevent.get_hub().loop.timer(0.01)
    timer.start(computes)
    gevent.sleep(0.05)
    gevent.spawn(computes).join()
    gevent.sleep(0.01)


def failing_in_the_pool() -> list[str]:
    hub, heard = gevent.get_hub(), list[str]()
    hub.handle_error = lambda context, *error: heard.append(repr(context))

    def view() -> None:
        def fails_elsewhere() -> None:
            raise ValueError

        try:
            hub.threadpool.spawn(func=fails_elsewhere).get()
        except ValueError:
            heard.append("raised")

    beside(15, view).join()
    del hub.handle_error
    return heard


def contexts() -> list[str]:
    """A greenlet begins in an empty context, or in the one that it was given: with us as without."""
    word = contextvars.ContextVar("word", default="empty")
    heard: list[str] = []

    def child() -> None:
        heard.append(word.get())
        computes()

    def view() -> None:
        word.set("parent's")
        plain, given = gevent.Greenlet(child), gevent.Greenlet(child)
        given.gr_context = contextvars.Context()
        given.gr_context.run(word.set, "given")
        plain.start()
        plain.join()
        given.start()
        given.join()

    beside(16, view).join()
    return heard


CASES = (
    *(chained, forgotten, borrowed, killed, raising, closed_late, in_a_thread, beside_a_loop, lent, read_slowly),
    *(idle, of_nobody, failing_in_the_pool, contexts),
)

if RING:
    channel: Any = SimpleNamespace(location=lambda number, where: print(number, where, flush=True))
    Sampler(
        report, SourceLocations(channel, str(Path(__file__).parent), native=native), ThreadStates(), native=native
    ).start()
    HOLD_S = 60.0
    beside(1, computes).join()
else:
    for each in CASES:
        told(each)
    sys.stdout.write(json.dumps(came))
