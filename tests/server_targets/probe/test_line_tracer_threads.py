"""Threads that a request starts: all their CPU is told, once; those of pools, of nobody and in trouble are let be."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic_ns, thread_time_ns
from types import FunctionType

import pytest
from kinds import kind_of, on_list
from looking_for_threads import BOTH, Looking, computes, ends_soon

from asgi_vs_wsgi.server_targets.probe.hooks.own_work import follow_class
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Kind, unpack_call
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


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
