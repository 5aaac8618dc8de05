"""No frame is held while its thread runs on, and nothing of a stranger's process changes by our reading."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest
from standing_threads import KINDS, Told, in_a_function, standing

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.protocol import records
from asgi_vs_wsgi.server_targets.probe.sampling import source_location as lines
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import stacks_of

READING = Path(__file__).with_name("reading_lines.py")
ROOT = Path(records.__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_thread_has_let_go_of_is_gone_although_it_was_looked_at(kind):
    """Who holds a frame keeps its variables alive beyond the function's end."""

    class Thing:
        pass

    things = []

    def holds_a_thing(wait):
        thing = Thing()
        things.append(weakref.ref(thing))
        wait()

    told = Told(kind)
    with standing(holds_a_thing) as ident:
        for _ in range(3):
            told.at(ident)
    assert things[0]() is None


# ---- nobody holds a frame while its thread runs


def held_from_elsewhere(read, seconds=0.4):
    """How often a running thread saw that others hold its frame while `read(its ident)` was called beside it."""
    seen, stop, ready = [0], threading.Event(), threading.Event()

    def runs():
        frame = sys._getframe()
        alone = sys.getrefcount(frame)
        ready.set()
        while not stop.is_set():
            seen[0] += sys.getrefcount(frame) > alone

    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=runs)
    try:
        thread.start()
        ready.wait()
        timer = threading.Timer(seconds, stop.set)
        timer.start()
        while not stop.is_set():
            read(thread.ident)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(switch_s)
    return seen[0]


def test_reading_frames_as_one_does_is_seen_by_the_thread_that_runs():
    """What the tests below would see: the sampler did this once."""

    def as_one_does(ident):
        frame = sys._current_frames().get(ident)
        return frame and frame.f_lineno

    assert held_from_elsewhere(as_one_does) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_is_held_while_its_thread_runs(kind):
    told = Told(kind)
    assert held_from_elsewhere(lambda ident: told.blame.locate([ident])) == 0


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_afterwards_as_it_was_also_where_reading_fails(on, monkeypatch):
    was_on = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        assert stacks_of([threading.get_ident()])[0]
        assert gc.isenabled() is on
        monkeypatch.setattr(lines, "_LINE", lambda frame: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            stacks_of([threading.get_ident()])
        assert gc.isenabled() is on
    finally:
        (gc.enable if was_on else gc.disable)()


def test_nothing_is_collected_while_frames_are_read(monkeypatch):
    """The collector runs finalizers, which are Python code, behind which another thread may run on."""
    reading, collected, real = [], [], lines._read

    def begin():
        reading.append(True)
        yield from ()

    def end():
        reading.clear()
        yield from ()

    def look(depth=200):
        return look(depth - 1) if depth else stacks_of([threading.get_ident()] * 10)

    def at_a_collection(phase, _info):
        collected.append(bool(reading))

    monkeypatch.setattr(lines, "_read", lambda idents: chain(begin(), real(idents), end()))
    thresholds = gc.get_threshold()
    gc.callbacks.append(at_a_collection)
    try:
        gc.set_threshold(1)
        look()
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(at_a_collection)
    assert collected, "it runs before and after"
    assert not any(collected)


@pytest.mark.parametrize("kind", KINDS)
def test_busy_threads_are_read_and_nothing_crashes(kind):
    """900 calls deep, exceptions, generators, threads that end, a collection at every allocation."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment = {**unmeasured, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", str(READING), "1.5", kind]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    looks, found, places = map(int, ran.stdout.split())
    assert looks > 20
    assert found > looks
    assert places > 3


# ---- where frames are not read


def test_without_a_gil_no_frame_is_read(monkeypatch):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    told = Told("python")
    assert not told.blame.reads_lines
    assert told.at(threading.get_ident()) == [""]


def test_a_build_without_a_gil_that_has_turned_it_on_is_read(monkeypatch):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    assert Told("python").blame.reads_lines


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_want_lines_has_none_and_no_frame_is_looked_at(kind, monkeypatch):
    monkeypatch.setattr(sys, "_current_frames", None)
    told = Told(kind, wanted=False)
    assert not told.blame.reads_lines
    assert told.at(threading.get_ident(), 1) == ["", ""]


@pytest.mark.skipif("compiled" not in KINDS, reason="nothing was compiled")
@pytest.mark.parametrize(
    "given",
    [
        (),
        ([], {}, "", (), "") * 2,
        ((), {}, "", (), ""),
        ([], [], "", (), ""),
        ([], {}, b"", (), ""),
        ([], {}, "", [], "", ()),
        ([], {}, "", (1,), "", ()),
        ([], {}, "", (), 1, ()),
        (["x"], {}, "", (), "", ()),
        ([-1], {}, "", (), "", ()),
        ([1 << 70], {}, "", (), "", ()),
        ([1] * 257, {}, "", (), "", ()),
        ([], {}, "", (), "", ("x",)),
        ([], {}, "", (), "", (("x", 1),)),
    ],
    ids=repr,
)
def test_the_compiled_reader_refuses_what_it_cannot_use(given):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        native.take_lines(*given)


def test_many_readers_at_once_do_not_disturb_one_another():
    with standing(in_a_function) as ident, ThreadPoolExecutor(4) as pool:
        told = [Told(kind, folder=__file__) for kind in KINDS * 2]
        answers = list(pool.map(lambda each: {each.at(ident)[0] for _ in range(200)}, told))
    assert len({where for answer in answers for where in answer}) == 1
