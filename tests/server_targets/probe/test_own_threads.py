"""Threads that compute and have no request: the view's own are found and told of, and a server's are not."""

from __future__ import annotations

import _thread
import gc
import hashlib
import threading
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from time import monotonic_ns, thread_time_ns
from types import FunctionType, SimpleNamespace

import pytest
from kinds import KINDS, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.own_threads import follow_class
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Kind, Seen, unpack_call, unpack_sample
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import EVERY_NS, Tasks, idents_of_threads
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

LIMIT_S = 20
READINGS = 3
BOTH = pytest.mark.parametrize("kind", KINDS)
ANY = pytest.mark.parametrize("kind", list(KINDS)[-1:])
"""Where a test has to wait for readings, and nothing of it is compiled but the slots."""


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


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
    """A thread that runs no Python: it has not one frame."""
    flags = [1]
    hashes = map(partial(hashlib.pbkdf2_hmac, "sha256", b"p", b"s", 20_000), iter(flags.__len__, 0))
    _thread.start_new_thread(deque, (hashes, 0))
    try:
        yield
    finally:
        flags.clear()


@BOTH
@pytest.mark.parametrize("known", [True, False], ids=["of threading", "of nobody"])
def test_a_thread_that_computes_in_the_users_code_is_found_with_its_line_and_its_end(kind, known):
    looking = Looking(kind)
    with a_thread(computes, known=known):
        looking.until(lambda: len(looking.own(Kind.SAMPLE)) > 3)
    looking.until(lambda: looking.own(Kind.THREAD_END))
    # Of a busy machine it may get nothing for a while, and is then told of once more.
    (begin, *_), (*_, end), looks = (looking.own(k) for k in (Kind.THREAD_START, Kind.THREAD_END, Kind.SAMPLE))
    cpu_ns = [begin[1], *(unpack_sample(look[1])[0] for look in looks)]
    assert cpu_ns == sorted(cpu_ns)
    assert cpu_ns[-1] > cpu_ns[0]
    assert begin[0] <= looks[0][0] < looks[-1][0]
    assert end[0] >= begin[0]
    at = [looking.words.get(unpack_sample(look[1])[1], "") for look in looks]
    assert any(words.endswith(" computes") for words in at)


@ANY
def test_on_a_busy_machine_a_thread_that_gets_little_is_found_all_the_same(kind):
    """A thirtieth of the time, and it wants more; one that has what it wants is none."""
    looking = Looking(kind)
    own = looking.sampler._own
    clock = own._cpu_of
    own._cpu_of = lambda tid: clock(tid) // 30
    with a_thread(computes):
        looking.until(lambda: looking.report.lanes.own)
        tids = set(looking.report.lanes.own)
    with a_thread(sleeps):
        looking.until(lambda: not looking.report.lanes.own)
        looking.readings()
    assert len(tids) == 1
    assert not looking.report.lanes.own


@ANY
def test_a_thread_that_uses_little_and_happens_to_be_awake_now_and_then_does_not_compute(kind):
    looking = Looking(kind)
    own = looking.sampler._own
    clock, seen = own._cpu_of, defaultdict(partial(cycle, (Seen.RUNNING, Seen.BLOCKED)))
    own._cpu_of = lambda tid: clock(tid) // 30
    own._seen = lambda tid: next(seen[tid])
    with a_thread(computes):
        looking.readings(2 * READINGS)
    assert not looking.report.lanes.own


@ANY
def test_a_thread_that_computes_no_more_is_told_of_no_more_though_it_lives_on(kind):
    looking = Looking(kind)
    rests = threading.Event()

    def work(flags):
        while not rests.is_set():
            sum(range(1000))
        sleeps(flags)

    with a_thread(work):
        looking.until(lambda: looking.own(Kind.SAMPLE))
        rests.set()
        looking.until(lambda: looking.own(Kind.THREAD_END) and not looking.sampler._own.computing())
        assert looking.report.lanes.own


@ANY
def test_a_thread_that_sleeps_is_not_told_of(kind):
    looking = Looking(kind)
    with a_thread(sleeps):
        looking.readings()
    assert not looking.own(Kind.SAMPLE)
    assert not looking.report.lanes.own


@ANY
def test_a_thread_of_the_server_that_computes_between_requests_is_not_the_views(kind):
    looking = Looking(kind, users=False)
    with a_thread(computes):
        looking.readings()
    assert not looking.report.lanes.own


@BOTH
def test_a_thread_that_serves_is_a_requests_and_no_own_one(kind):
    looking = Looking(kind)

    def serves(flags):
        slot = looking.report.lanes.enter(7, monotonic_ns(), thread_time_ns())
        computes(flags)
        looking.report.lanes.leave(slot)

    with a_thread(serves):
        looking.readings()
    assert not looking.own(Kind.SAMPLE)
    assert any(record[2] == 7 and kind_of(record) == Kind.SAMPLE for record in looking.records)


@BOTH
def test_an_own_thread_that_begins_to_serve_is_one_no_more(kind):
    """What it does in its slot would else be told twice."""
    looking = Looking(kind)
    serves = threading.Event()

    def work(flags):
        while flags and not serves.is_set():
            sum(range(1000))
        slot = looking.report.lanes.enter(7, monotonic_ns(), thread_time_ns())
        computes(flags)
        looking.report.lanes.leave(slot)

    with a_thread(work):
        looking.until(lambda: looking.own(Kind.SAMPLE))
        serves.set()
        looking.until(lambda: looking.own(Kind.THREAD_END))
        told = len(looking.own(Kind.SAMPLE))
        looking.readings()
    assert len(looking.own(Kind.SAMPLE)) == told
    assert not looking.report.lanes.own


@ANY
@pytest.mark.parametrize(("begun", "own"), [("before loading", True), ("before serving", False), ("later", True)])
def test_c_code_is_the_projects_unless_the_server_brought_it(kind, begun, own):
    """Between its load and its first request nobody but the server starts anything."""
    if begun == "before loading":
        with c_code():
            looking = Looking(kind)
            looking.until(lambda: looking.own(Kind.SAMPLE))
        return
    looking = Looking(kind)
    if begun == "later":
        looking.report.lanes.served.add(threading.get_native_id())
        looking.readings(2)
    with c_code():
        looking.readings(2)
        looking.report.lanes.served.add(threading.get_native_id())
        looking.readings()
    assert bool(looking.own(Kind.SAMPLE)) is own


@ANY
def test_a_thread_without_python_that_uses_little_may_be_a_servers_that_is_yet_to_serve(kind):
    """granian starts its threads when requests come, and each waits for the GIL before it runs any Python."""
    looking = Looking(kind)
    own = looking.sampler._own
    clock = own._cpu_of
    own._cpu_of = lambda tid: clock(tid) // 30
    looking.report.lanes.served.add(threading.get_native_id())
    looking.readings(2)
    with c_code():
        looking.readings()
    assert not looking.report.lanes.own


@pytest.fixture
def followed(kind):
    """(a class of threads that is followed, what is recorded of them)."""
    report, records = on_list(kind)
    threads = type("Followed", (threading.Thread,), {})
    follow_class(threads, report)
    yield threads, report, records
    assert not report.lanes.own


@BOTH
def test_of_a_thread_that_a_request_starts_all_cpu_is_told_however_short_it_is(kind, followed):
    threads, _, records = followed
    spent = []

    def work():
        since_ns = thread_time_ns()
        while thread_time_ns() < since_ns + 2_000_000:
            pass
        spent.append(thread_time_ns())

    CURRENT.set(7)
    before_ns = monotonic_ns()
    for _ in range(3):
        thread = threads(target=work)
        thread.start()
        thread.join()
    assert [(record[2], kind_of(record)) for record in records] == [(OWN_THREAD, Kind.THREAD)] * 3
    for record, cpu_ns in zip(records, spent, strict=True):
        took_ns, used_ns = unpack_call(record[1])
        assert 2_000_000 <= used_ns < 2 * cpu_ns
        assert used_ns <= took_ns
        assert before_ns < record[0] < record[0] + took_ns < monotonic_ns()
    assert len({record[3] & 0xFFFF for record in records}) == 1  # one lane, used again


@BOTH
def test_what_was_told_by_looks_is_not_told_twice(kind, monkeypatch):
    looking = Looking(kind)
    threads = type("Followed", (threading.Thread,), {})
    follow_class(threads, looking.report)
    CURRENT.set(7)
    flags = [1]
    spent: list[int] = []
    thread = threads(target=lambda: (computes(flags), spent.append(thread_time_ns())))
    thread.start()
    looking.until(lambda: len(looking.own(Kind.SAMPLE)) > 3)
    flags.clear()
    thread.join()
    starts = sorted({(record[0], record[1]) for record in looking.own(Kind.THREAD_START)})  # both may tell of one
    ends = sorted((record[0], record[1]) for record in looking.own(Kind.THREAD_END))
    assert len(starts) == len(ends)
    told = [end - start for (_, start), (_, end) in zip(starts, ends, strict=True)]
    told += [unpack_call(record[1])[1] for record in looking.own(Kind.THREAD)]
    assert 0.5 * spent[0] < sum(told) < 1.1 * spent[0] + 1_000_000


@BOTH
@pytest.mark.parametrize("way", ["outside any request", "pool", "asgiref", "broken"])
def test_threads_of_nobody_and_of_executors_and_those_that_do_not_start_are_left_alone(
    kind, way, followed, monkeypatch
):
    threads, _, records = followed
    CURRENT.set(0 if way == "outside any request" else 7)
    if way == "pool":
        monkeypatch.setattr(threading, "Thread", threads)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(computes, ends_soon())
    elif way == "asgiref":  # it ends its pools so, once for each request under ASGI
        target = FunctionType(computes.__code__, {**computes.__globals__, "__name__": "asgiref.sync"})
        target.__module__ = "asgiref.sync"
        thread = threads(target=target, args=(ends_soon(),))
        thread.start()
        thread.join()
    elif way == "broken":
        thread = threads(target=computes, args=(ends_soon(),))
        thread.start()
        thread.join()
        assert records
        records.clear()
        with pytest.raises(RuntimeError):
            thread.start()
    else:
        thread = threads(target=computes, args=(ends_soon(),))
        thread.start()
        thread.join()
    assert not records


@BOTH
def test_an_error_in_an_own_thread_goes_where_it_went(kind, followed, monkeypatch):
    threads, *_ = followed
    heard = []
    monkeypatch.setattr(threading, "excepthook", lambda told: heard.append(told.exc_type))
    CURRENT.set(7)
    thread = threads(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert heard == [ZeroDivisionError]


@ANY
@pytest.mark.parametrize("collects", [True, False])
def test_every_thread_that_runs_python_is_known_by_both_numbers_and_the_collector_is_left_as_it_was(kind, collects):
    expected = {threading.get_native_id(): threading.get_ident()}
    known = threading.Semaphore(0)

    def tells(flags):
        expected[threading.get_native_id()] = threading.get_ident()
        known.release()
        sleeps(flags)

    with a_thread(tells), a_thread(tells, known=True), c_code():
        for _ in range(2):
            known.acquire()
        if not collects:
            gc.disable()
        try:
            found = idents_of_threads()
            assert gc.isenabled() is collects
        finally:
            gc.enable()
        assert expected.items() <= found.items()
        assert set(found) < Tasks().listed()  # the one in C has no frame


@ANY
def test_where_the_kernel_lists_no_threads_none_are_found(kind):
    assert Tasks(b"/proc/self/nothing").listed() == set()


@BOTH
def test_a_thread_that_begins_to_serve_while_the_list_is_read_stays_known_as_one_that_serves(kind):
    """It notes itself once: whoever took it for one that has ended would later take it for the view's own."""
    looking = Looking(kind)
    report, listed = looking.report, Tasks().listed
    met: list[int] = []

    def serve():
        slot = report.begin_call(7, 0)
        met.append(slot.tid)
        report.end_call(slot)

    def listed_late():
        found = listed()
        if not met:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(serve).result()
        return found

    looking.sampler._own._tasks = SimpleNamespace(listed=listed_late)  # type: ignore[assignment]
    looking.sampler._own.maybe_read(monotonic_ns(), ())
    assert met[0] in report.lanes.served
    # Python says that a thread has ended before the kernel does.
    limit = time.monotonic() + LIMIT_S
    while met[0] in Tasks().listed():
        assert time.monotonic() < limit, "it has not ended"
        time.sleep(0.003)
    looking.sampler._own.maybe_read(monotonic_ns() + 2 * EVERY_NS, ())
    assert met[0] not in report.lanes.served, "it has ended"
