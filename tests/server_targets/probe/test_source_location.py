"""Which line a thread is told to be at: the innermost of the user's own code, by its path."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import sysconfig
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import standing_threads
from standing_threads import KINDS, Told, in_a_function, standing

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.sampling import source_location as blame
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations


def test_the_compiled_probe_reads_lines_on_the_interpreters_that_it_knows():
    assert native is None or hasattr(native, "take_lines") == (sys.version_info < (3, 14))


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
    # `wait` is the helper's, and calls `threading`, which is not the user's
    text = Path(standing_threads.__file__).read_text()
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "go_on.wait()" in line)
    assert re.fullmatch(rf"standing_threads\.py:{number} wait <- threading\.py:\d+ wait", where)


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
        where, deadline_s = "", time.monotonic() + 30
        while not where.startswith("test_source_location.py"):
            assert time.monotonic() < deadline_s
            where = told.at(idents[0])[0] if idents else ""
    finally:
        os.write(writing, b"x")
        thread.join()
        os.close(reading)
        os.close(writing)
    assert re.fullmatch(r"test_source_location\.py:\d+ reads", where)


LIBRARY, INSTALLED = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")


def made_in(file: str, name: str = "made"):
    """A function that calls its argument, from a file of that name."""
    made: dict[str, Any] = {}
    exec(compile(f"def {name}(wait):\n    wait()\n", file, "exec"), made)
    return made[name]


DJANGO, ASGIREF = "django/core/handlers", "asgiref"
OUTSIDE = [
    (f"{DJANGO}/exception.py", "inner"),
    (f"{DJANGO}/wsgi.py", "__call__"),
    (f"{DJANGO}/asgi.py", "__call__"),
    ("asgi_vs_wsgi/server_targets/probe/hooks/executors.py", "followed_call"),
]
ASKED = [
    (f"{DJANGO}/wsgi.py", "_load_post_and_files"),
    (f"{DJANGO}/base.py", "inner"),
    (f"{ASGIREF}/current_thread_executor.py", "run"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("file", "name"), [*OUTSIDE, *ASKED])
def test_whoever_is_outside_of_djangos_handler_asks_for_nothing_within(kind, file, name):
    """A middleware of theirs, or what stands around the application; but a view asks for the body of its request."""
    handler = made_in(f"{sysconfig.get_path('purelib')}/{file}", name)

    def middleware(wait):
        handler(wait)

    go_on = threading.Lock()
    go_on.acquire()
    thread = threading.Thread(target=middleware, args=(go_on.acquire,))
    thread.start()
    try:
        told, where, until_s = Told(kind, folder=__file__), "", time.monotonic() + 30
        while f"{Path(file).name}:2 {name}" not in where:
            assert time.monotonic() < until_s, where
            where = told.at(thread.ident)[0] if thread.ident else ""
    finally:
        go_on.release()
        thread.join()
    own = re.match(r"test_source_location\.py:\d+ middleware <- ", where)
    assert bool(own) is ((file, name) not in OUTSIDE), where


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_of_the_probes_is_nobodys_line(kind, monkeypatch):
    """A call that was handed to an executor is made by a function of ours."""
    ours = made_in(f"{Path(blame.__file__).parents[1]}/hooks/executors.py", "asked_call")
    monkeypatch.setattr(blame, "_NOT_THE_USERS", ("/", "<"))
    told = Told(kind)
    go_on = threading.Lock()
    go_on.acquire()
    thread = threading.Thread(target=ours, args=(go_on.acquire,))  # its innermost frame of Python is ours
    thread.start()
    try:
        where, deadline_s = "", time.monotonic() + 30
        while " run" not in where:
            assert time.monotonic() < deadline_s
            where = told.at(thread.ident or 0)[0]
            assert "asked_call" not in where
    finally:
        go_on.release()
        thread.join()
    assert where.startswith(" <- threading.py:")


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
    assert where.startswith(" <- threading.py:")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("file", "name", "asked"),
    [
        ("django/core/handlers/exception.py", "inner", False),
        ("asgiref/sync.py", "thread_handler", True),  # of what it has called by `async_to_sync` itself
        ("asgiref/sync.py", "__call__", True),  # of `async_to_sync`, in the view that asks for it
        ("django/views/generic/list.py", "inner", True),
    ],
)
def test_who_is_outside_of_a_middleware_or_of_what_a_thread_was_handed_has_not_asked(file, name, asked, kind):
    """A middleware of the user's that only waits for the view of a library is not its line."""
    of_django, told, lock = made_in(f"{INSTALLED}/{file}", name), Told(kind), threading.Lock()

    def middleware():
        of_django(lock.acquire)

    lock.acquire()
    thread = threading.Thread(target=middleware)
    thread.start()
    library, where, deadline_s = f" <- {'/'.join(file.split('/')[-2:])}:2 {name}", "", time.monotonic() + 30
    while not where.endswith(library):
        assert time.monotonic() < deadline_s, where
        (where,) = told.at(thread.ident or 0)
    lock.release()
    thread.join()
    assert where.removesuffix(library).endswith(" middleware") is asked


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
def test_an_environment_in_the_users_own_folder_is_not_the_users(kind):
    with standing(in_a_function) as ident:
        (where,) = Told(kind, folder=f"{Path(threading.__file__).parents[2]}/").at(ident)
    own, _, library = where.partition(" <- ")
    assert library.startswith("threading.py:"), where
    assert "threading.py" not in own


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
    assert numbers == [], "to tell them gives up the GIL, and who stood there goes on"
    looked.tell()
    looked.tell()
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
