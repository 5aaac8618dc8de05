"""Lines of other threads: the right ones, and no frame is held while its thread runs on."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.protocol import records
from asgi_vs_wsgi.server_targets.probe.sampling import source_location as blame
from asgi_vs_wsgi.server_targets.probe.sampling import source_location as lines
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations, stacks_of

READING = Path(__file__).with_name("reading_lines.py")
ROOT = Path(records.__file__).parents[2]
KINDS = ["python", *(["compiled"] if hasattr(native, "take_lines") else [])]


def test_the_compiled_probe_reads_lines_on_the_interpreters_that_it_knows():
    assert native is None or hasattr(native, "take_lines") == (sys.version_info < (3, 14))


class Told:
    """A Blame of one kind and the lines that it has told."""

    def __init__(self, kind: str, folder: str = "", **options) -> None:
        self.by_number: dict[int, str] = {0: ""}
        channel = SimpleNamespace(location=self.by_number.__setitem__)
        self.blame = SourceLocations(channel, folder, native=native if kind == "compiled" else None, **options)  # type: ignore[arg-type]

    def at(self, *thread_ids: int) -> list[str]:
        return [self.by_number[number] for number in self.blame.locate(thread_ids)]


@contextmanager
def standing(call):
    """The ident of a thread that stands where `call` calls its argument."""
    here, go_on, idents = threading.Event(), threading.Event(), []

    def wait():
        idents.append(threading.get_ident())
        here.set()
        go_on.wait()

    thread = threading.Thread(target=call, args=(wait,))
    thread.start()
    here.wait()
    try:
        yield idents[0]
    finally:
        go_on.set()
        thread.join()


def in_a_function(wait):
    wait()


def far_down(wait, depth=900):
    return far_down(wait, depth - 1) if depth else wait()


def in_a_generator(wait):
    def parts():
        yield 1
        wait()

    list(parts())


def in_an_async_generator(wait):
    async def parts():
        yield 1
        await asyncio.sleep(0)
        wait()

    async def all_of():
        async for _ in parts():
            pass

    asyncio.run(all_of())


def in_an_except_clause(wait):
    try:
        raise LookupError
    except LookupError:
        wait()


def in_a_class_body(wait):
    class Made:  # code that is no function
        wait()


PLACES = [in_a_function, far_down, in_a_generator, in_an_async_generator, in_an_except_clause, in_a_class_body]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_the_line_is_the_innermost_of_the_users_code(kind, place):
    with standing(place) as ident:
        (where,) = Told(kind, folder=__file__).at(ident)
    # `wait` is in this file, and calls `threading`, which is not the user's
    number = next(n for n, line in enumerate(Path(__file__).read_text().splitlines(), 1) if "go_on.wait()" in line)
    assert re.fullmatch(rf"test_lines\.py:{number} wait <- threading\.py:\d+ wait", where)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_of_the_users_that_waits_by_itself_stands_alone(kind):
    told = Told(kind, folder=__file__)
    reading, writing = os.pipe()

    def reads(wait):
        idents.append(threading.get_ident())
        os.read(reading, 1)

    idents: list[int] = []
    thread = threading.Thread(target=reads, args=(None,))
    thread.start()
    try:
        where = ""
        while not where.startswith("test_lines.py"):
            where = told.at(idents[0])[0] if idents else ""
    finally:
        os.write(writing, b"x")
        thread.join()
        os.close(reading)
        os.close(writing)
    assert re.fullmatch(r"test_lines\.py:\d+ reads", where)


def made_in(file: str, name: str = "made"):
    """A function that calls its argument, from a file of that name."""
    made: dict[str, Any] = {}
    exec(compile(f"def {name}(wait):\n    wait()\n", file, "exec"), made)
    return made[name]


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_of_the_probes_is_nobodys_line(kind, monkeypatch):
    """A call that was handed to an executor is made by a function of ours."""
    ours = made_in(f"{Path(blame.__file__).parents[1]}/hooks/executors.py", "followed")
    monkeypatch.setattr(blame, "_NOT_THE_USERS", ("/", "<"))
    told = Told(kind)
    go_on = threading.Lock()
    go_on.acquire()
    thread = threading.Thread(target=ours, args=(go_on.acquire,))  # its innermost frame of Python is ours
    thread.start()
    try:
        where = ""
        while " run" not in where:
            where = told.at(thread.ident or 0)[0]
            assert "followed" not in where
    finally:
        go_on.release()
        thread.join()
    assert where.startswith("threading.py:")


PATHS = {
    "/home/me/project/views.py": "views.py:2 made",
    "/home/me/project/shop/models.py": "shop/models.py:2 made",
    "/home/me/project-of-another/models.py": "models.py:2 made",
    f"{sysconfig.get_path('purelib')}/django/db/backends/sqlite3/base.py": "sqlite3/base.py:2 made",
    f"{sysconfig.get_path('purelib')}/single.py": "single.py:2 made",
    threading.__file__: "threading.py:2 made",
    asyncio.locks.__file__: "asyncio/locks.py:2 made",
    "<string>": "<string>:2 made",
}


@pytest.mark.parametrize("file", PATHS)
def test_a_line_is_named_by_its_path_from_the_users_folder_or_within_its_package(file):
    files = blame.UserFiles("/home/me/project")
    assert files.words((made_in(file).__code__, 2)) == PATHS[file]
    assert blame.UserFiles("/home/me/project/").words((made_in(file).__code__, 2)) == PATHS[file]


@pytest.mark.parametrize("kind", KINDS)
def test_a_thread_with_no_line_of_the_users_is_told_by_its_innermost(kind, monkeypatch):
    monkeypatch.setattr(blame, "_NOT_THE_USERS", ("/", "<"))
    with standing(in_a_function) as ident:
        (where,) = Told(kind).at(ident)
    assert where.startswith("threading.py:")


LIBRARY, INSTALLED = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("path", "is_servers"),
    [
        (f"{INSTALLED}/gunicorn/util.py", True),
        (f"{INSTALLED}/waitress/task.py", True),
        (f"{INSTALLED}/django/core/servers/basehttp.py", True),
        (f"{LIBRARY}/socketserver.py", True),
        (f"{INSTALLED}/django/db/models/query.py", False),
        (f"{INSTALLED}/gunicorn_tools/write.py", False),
        (f"{LIBRARY}/socket.py", False),
        ("/home/me/project/gunicorn/views.py", False),
    ],
)
def test_a_line_in_a_file_of_a_server_is_known_as_that(path, is_servers, kind):
    """Where the thread is in no line of the user's."""
    made: dict[str, Any] = {}
    exec(compile("def write(wait):\n    wait()\n", path, "exec"), made)
    lock, told = threading.Lock(), Told(kind)
    lock.acquire()
    thread = threading.Thread(target=made["write"], args=(lock.acquire,))
    thread.start()
    deadline_s = time.monotonic() + 30
    while not any(where.endswith(f"{Path(path).name}:2 write") for where in told.by_number.values()):
        assert time.monotonic() < deadline_s
        told.at(thread.ident or 0)
    lock.release()
    thread.join()
    (number,) = (number for number, where in told.by_number.items() if where.endswith(":2 write"))
    assert (number in told.blame.servers) is is_servers


@pytest.mark.parametrize("kind", KINDS)
def test_code_below_the_users_own_folder_is_the_users_even_among_installed_packages(kind):
    with standing(in_a_function) as ident:
        (where,) = Told(kind, folder=str(Path(threading.__file__).parent)).at(ident)
    assert where.startswith("threading.py:")


@pytest.mark.parametrize("kind", KINDS)
def test_each_line_is_told_once_under_a_number_of_its_own_and_none_of_them_means_no_line(kind):
    numbers: list[int] = []
    channel = SimpleNamespace(location=lambda number, where: numbers.append(number))
    looked = SourceLocations(channel, __file__, native=native if kind == "compiled" else None)  # type: ignore[arg-type]
    with standing(in_a_function) as one:
        found = [
            *looked.locate([one]),
            *looked.locate([threading.get_ident()]),
            *looked.locate([one]),
            *looked.locate([1]),
        ]
    assert found == [1, 2, 1, 0]
    assert numbers == [1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_thread_that_is_gone_and_one_that_never_was_have_no_line(kind):
    with standing(in_a_function) as ident:
        pass
    assert Told(kind).at(ident, 1, ident) == ["", "", ""]


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_several_threads_has_its_own_line_in_the_order_asked_for(kind):
    def elsewhere(wait):
        wait()

    with standing(in_a_function) as one, standing(elsewhere) as other:
        told = Told(kind, folder=__file__)
        first = told.at(one, 1, other, threading.get_ident())
        assert first[:3] == [first[0], "", first[0]]
        assert "at" in first[3].split()[1]
        assert told.at(other, one) == [first[0], first[0]]


def test_both_kinds_read_the_same_lines():
    if len(KINDS) < 2:
        pytest.skip("nothing was compiled")
    for place in PLACES:
        with standing(place) as ident:
            assert Told("python").at(ident) == Told("compiled").at(ident)


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
        ([], {}, "", [], ""),
        ([], {}, "", (1,), ""),
        ([], {}, "", (), 1),
        (["x"], {}, "", (), ""),
        ([-1], {}, "", (), ""),
        ([1 << 70], {}, "", (), ""),
        ([1] * 257, {}, "", (), ""),
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
