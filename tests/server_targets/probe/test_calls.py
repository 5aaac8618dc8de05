"""Calls that a request hands to a thread: one record each, and nothing that the caller notices."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.executors import followed_submit
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD, Crossing, Kind, unpack_call
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def followed(kind):
    """(an executor whose submits are followed, the recorder, its records), inside request 7."""
    report, records = on_list(kind)
    executor = type("Followed", (ThreadPoolExecutor,), {"submit": followed_submit(ThreadPoolExecutor.submit, report)})
    token = CURRENT.set(7)
    with executor(max_workers=1) as pool:
        yield pool, report, records
    CURRENT.reset(token)


def test_a_call_is_one_record_with_its_length_its_cpu_and_where_it_came_from(kind, followed):
    pool, report, records = followed
    assert pool.submit(lambda number, *, by: number * by, 6, by=7).result() == 42
    (record,) = records
    assert (kind_of(record), flag_of(record), record[2]) == (Kind.THREAD, Crossing.THREAD, 7)
    took_ns, cpu_ns = unpack_call(record[1])
    assert 0 < cpu_ns <= took_ns
    assert not report.lanes.slots


def test_a_call_that_a_thread_hands_to_a_pool_of_the_views_own_is_nobodys_time(kind):
    """The thread that has handed it over waits for it, and that is what its request does."""
    report, records = on_list(kind)
    submit = followed_submit(ThreadPoolExecutor.submit, report, own=True)
    executor = type("Followed", (ThreadPoolExecutor,), {"submit": submit})
    CURRENT.set(7)
    with executor(max_workers=1) as pool:
        assert pool.submit(lambda: 1).result() == 1

        async def hands_over():
            CURRENT.set(7)
            return await asyncio.get_running_loop().run_in_executor(pool, lambda: 2)

        assert asyncio.run(hands_over()) == 2
    assert [(kind_of(record), flag_of(record), record[2]) for record in records] == [
        (Kind.THREAD, Crossing.THREAD, OWN_THREAD),
        (Kind.THREAD, Crossing.LOOP, 7),
    ]


def test_many_arguments_arrive(kind, followed):
    pool, *_ = followed
    assert pool.submit(lambda *numbers, **more: sum(numbers) + sum(more.values()), *range(20), a=1, b=2).result() == 193


def test_an_error_passes_and_the_call_is_over(kind, followed):
    pool, report, records = followed

    def broken():
        raise LookupError("as it was")

    with pytest.raises(LookupError, match="as it was"):
        pool.submit(broken).result()
    assert [kind_of(record) for record in records] == [Kind.THREAD]
    assert not report.lanes.slots


def test_a_call_that_the_sampler_has_met_is_told_by_its_beginning_and_its_end(kind, followed):
    pool, report, records = followed

    def met():
        (slot,) = report.lanes.slots.values()
        slot.sampled = True

    pool.submit(met).result()
    assert [kind_of(record) for record in records] == [Kind.THREAD_START, Kind.THREAD_END]
    assert records[1][0] > records[0][0]
    assert records[1][1] >= records[0][1] > 0


def test_a_call_within_a_call_interrupts_it_and_gives_it_back(kind, followed):
    pool, report, records = followed
    seen = []

    class Here(ThreadPoolExecutor):
        """As asgiref's CurrentThreadExecutor: runs what it is given on the thread that asks."""

        def submit(self, call, /, *args):
            return call(*args)

    Here.submit = followed_submit(Here.submit, report)
    here = Here.__new__(Here)

    def inner():
        (slot,) = report.lanes.slots.values()
        seen.append(slot.outer is not None)

    def outer():
        here.submit(inner)
        (slot,) = report.lanes.slots.values()
        seen.append(slot.outer is None)

    context = CURRENT.get()

    def in_request():
        CURRENT.set(context)
        outer()

    pool.submit(in_request).result()
    assert seen == [True, True]
    assert len(records) == 2
    assert len(report.lanes.free) == 2


def test_a_call_outside_any_request_is_not_recorded(kind, followed):
    pool, _, records = followed
    CURRENT.set(0)
    assert pool.submit(lambda: 1).result() == 1
    CURRENT.set(7)
    assert not records


def test_what_is_no_call_is_refused_as_it_was(kind, followed):
    pool, *_ = followed
    with pytest.raises(TypeError):
        pool.submit()
