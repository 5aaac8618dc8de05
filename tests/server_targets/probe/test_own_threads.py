"""Threads that compute and have no request: the view's own are found and told of, and a server's are not."""

from __future__ import annotations

import gc
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from time import monotonic_ns, thread_time_ns
from types import SimpleNamespace

import pytest
from kinds import kind_of
from looking_for_threads import ANY, BOTH, LIMIT_S, READINGS, Looking, a_thread, c_code, computes, sleeps

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen, unpack_sample
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import EVERY_NS, Tasks, idents_of_threads


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


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
    looking, there = Looking(kind), threading.Event()

    def serves(flags):
        slot = looking.report.lanes.enter(7, monotonic_ns(), thread_time_ns())
        there.set()
        computes(flags)
        looking.report.lanes.leave(slot)

    with a_thread(serves):
        assert there.wait(20)  # until then it has had no request: on a busy machine that may be seen
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
