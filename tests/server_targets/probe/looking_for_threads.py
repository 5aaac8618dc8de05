"""A sampler whose turns are ours, and threads that do something of which it is known what is to be told."""

from __future__ import annotations

import _thread
import hashlib
import threading
import time
from collections import deque
from contextlib import contextmanager
from functools import partial
from itertools import chain
from operator import methodcaller
from pathlib import Path
from time import monotonic_ns
from types import SimpleNamespace

import pytest
from kinds import KINDS, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import EVERY_NS
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

LIMIT_S = 20
READINGS = 3
BOTH = pytest.mark.parametrize("kind", KINDS)
ANY = pytest.mark.parametrize("kind", list(KINDS)[-1:])
"""Where a test has to wait for readings, and nothing of it is compiled but the slots."""


class Looking:
    """A sampler over this process, whose every turn is ours; code of this folder is the user's, or none is."""

    def __init__(self, kind, *, users=True):
        self.report, self.records = on_list(kind)
        self.words: dict[int, str] = {}
        channel = SimpleNamespace(location=self.words.__setitem__)
        folder = str(Path(__file__).parent) if users else "/nowhere"
        blame = SourceLocations(channel, folder)  # type: ignore[arg-type]
        if not users:
            blame.files[__file__] = False
        self.sampler = Sampler(self.report, blame, ThreadStates())

    def until(self, done):
        limit = time.monotonic() + LIMIT_S
        while not done():
            assert time.monotonic() < limit, "nothing was told"
            self.sampler.turn()
            time.sleep(0.003)

    def readings(self, many=READINGS):
        end_ns = monotonic_ns() + many * EVERY_NS
        self.until(lambda: monotonic_ns() > end_ns)

    def own(self, kind):
        return [record for record in self.records if record[2] == OWN_THREAD and kind_of(record) == kind]


@contextmanager
def a_thread(run, *, known=False):
    """`run(flags)` on another thread until we are done with it, in Python; `known`: to `threading`."""
    flags, over = [1], threading.Event()

    def thread():
        run(flags)
        over.set()

    if known:
        threading.Thread(target=thread).start()
    else:
        _thread.start_new_thread(thread, ())
    try:
        yield
    finally:
        flags.clear()
        over.wait()


def computes(flags):
    while flags:
        sum(range(1000))


def ends_soon():
    """Flags that are there for longer than what is worth telling takes."""
    flags = [1]
    threading.Timer(0.02, flags.clear).start()
    return flags


def sleeps(flags):
    while flags:
        time.sleep(0.1)


@contextmanager
def c_code():
    """A thread that runs no Python: it has not one frame. It has ended when we are done with it."""
    flags, over = [1], _thread.allocate_lock()
    over.acquire()
    hashes = map(partial(hashlib.pbkdf2_hmac, "sha256", b"p", b"s", 20_000), iter(flags.__len__, 0))
    _thread.start_new_thread(deque, (chain(hashes, map(methodcaller("release"), [over])), 0))
    try:
        yield
    finally:
        flags.clear()
        over.acquire()
