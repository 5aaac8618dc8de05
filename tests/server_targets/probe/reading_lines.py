"""Reads the lines of busy threads for some seconds; a program of its own, because what it tests could crash it.

reading_lines.py SECONDS python|compiled
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import sys
import threading
import time
from types import SimpleNamespace

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations


class Cycle:
    """Garbage that only the collector finds, with a finalizer in Python."""

    def __init__(self):
        self.me = self

    def __del__(self):
        sum(range(20))


def generator(length):
    try:
        for number in range(length):
            yield [number, Cycle()]
    finally:
        Cycle()


def deep(depth):
    held = [depth, Cycle() if depth % 50 == 0 else None]
    if not depth:
        raise KeyError("bottom")
    try:
        return deep(depth - 1)
    except KeyError as error:
        if depth % 100 == 0:
            raise KeyError(depth) from error
        raise
    finally:
        del held


def keeps_its_traceback():
    kept = Cycle()
    try:
        deep(10)
    except KeyError as error:
        kept.error = error  # type: ignore[attr-defined] # a cycle of frames
        kept.frames = [error.__traceback__.tb_frame, sys._getframe()]  # type: ignore[attr-defined]


async def async_generator(length):
    for _ in range(length):
        await asyncio.sleep(0)
        yield Cycle()


async def page():
    async for _ in async_generator(10):
        with contextlib.suppress(KeyError):
            deep(5)
    async for _ in async_generator(3):
        break  # left half way
    sum(len(part) for each in generator(5) for part in generator(2) if each)


async def pages(until_s):
    while time.monotonic() < until_s:
        await asyncio.gather(*[page() for _ in range(8)])


def sync_pages(until_s):
    while time.monotonic() < until_s:
        with contextlib.suppress(KeyError):
            deep(900)
        keeps_its_traceback()
        for _ in generator(10):
            next(generator(3))
        short_lived = threading.Thread(target=lambda: list(generator(3)))
        short_lived.start()
        short_lived.join()


def main(seconds, kind):
    faulthandler.enable()
    sys.setrecursionlimit(1200)
    gc.set_threshold(1)
    sys.setswitchinterval(1e-5)
    until_s = time.monotonic() + seconds
    threads = [threading.Thread(target=sync_pages, args=(until_s,)) for _ in range(2)]
    threads += [threading.Thread(target=lambda: asyncio.run(pages(until_s))) for _ in range(2)]
    for thread in threads:
        thread.start()
    told = []
    blame = SourceLocations(
        SimpleNamespace(location=lambda number, where: told.append(where)),  # type: ignore[arg-type]
        __file__,
        native=native if kind == "compiled" else None,
    )
    looks = found = 0
    while time.monotonic() < until_s:
        numbers = blame.locate(list(threading._active)[:64])  # type: ignore[attr-defined]
        blame.tell()
        looks, found = looks + 1, found + sum(map(bool, numbers))
    for thread in threads:
        thread.join()
    assert gc.isenabled()
    assert {where.removeprefix(BESIDE).partition(":")[0] for where in told} <= {"reading_lines.py", "threading.py"}, (
        told
    )
    print(looks, found, len(told))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
