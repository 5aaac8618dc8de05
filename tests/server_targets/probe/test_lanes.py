"""Lanes of loops: the server's own is there for good, that of a one-off loop is lent again when it has ended."""

from __future__ import annotations

import _thread
import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest
from asgiref.sync import AsyncToSync
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.executors import _follow_ways_back, followed_submit
from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE, Kind, WayBack
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

uvloop = pytest.importorskip("uvloop")
pytestmark = pytest.mark.parametrize("kind", KINDS)


async def three_steps():
    for _ in range(2):
        await asyncio.sleep(0)


def test_one_off_loops_one_after_another_share_one_lane_and_are_a_hop_each(kind):
    """As a synchronous view under ASGI makes one for each `async_to_sync`."""
    report, records = on_list(kind)
    ways = type("Followed", (AsyncToSync,), {})
    _follow_ways_back(ways, report)

    def view():
        CURRENT.set(7)
        for _ in range(5):
            ways(three_steps, force_new_loop=True)()

    async def server():
        own = report.lanes.of_running_loop()
        await asyncio.to_thread(view)
        assert list(report.lanes.loops.values()) == [own]
        return own

    own = asyncio.run(server())
    hops = [record for record in records if kind_of(record) == Kind.HOP]
    assert [flag_of(record) for record in hops] == [WayBack.WAITS] * 5  # by a thread that serves no call that we know
    steps = [record for record in records if kind_of(record) == Kind.STEP]
    assert {record[2] for record in steps} == {7}
    (lane,) = {record[3] & 0xFFFF for record in steps}
    assert own.lane == MAIN_LOOP_LANE != lane
    assert not report.lanes.free, "what was a loop's lane is never a thread's"


def test_a_call_that_waits_for_its_own_code_on_a_loop_says_so_and_when_it_goes_on(kind):
    report, records = on_list(kind)
    ways = type("Followed", (AsyncToSync,), {})
    _follow_ways_back(ways, report)
    executor = type("Followed", (ThreadPoolExecutor,), {"submit": followed_submit(ThreadPoolExecutor.submit, report)})

    def view():
        CURRENT.set(7)
        with executor(max_workers=1) as pool:
            pool.submit(copy_context().run, ways(three_steps, force_new_loop=True)).result()
            with pytest.raises(LookupError):
                pool.submit(copy_context().run, ways(broken_step, force_new_loop=True)).result()

    copy_context().run(view)
    hops = [record for record in records if kind_of(record) == Kind.HOP]
    calls = {record[3] & 0xFFFF for record in records if kind_of(record) == Kind.THREAD}
    assert [flag_of(record) for record in hops] == [WayBack.WAITS, WayBack.GOES_ON] * 2
    assert {record[3] & 0xFFFF for record in hops} == calls
    assert [record[0] for record in hops] == sorted(record[0] for record in hops)


HOLD_S = 0.03


def _callback(loop, held, done):
    loop.call_soon(held, done)


def _timer(loop, held, done):
    loop.call_later(0.005, held, done)


def _task_of_nobody(loop, held, done):
    async def task():
        held(done)

    return loop.create_task(task(), context=Context())


def _futures_callback(loop, held, done):
    loop.create_task(asyncio.sleep(0)).add_done_callback(lambda _: held(done))


def _from_another_thread(loop, held, done):
    threading.Thread(target=loop.call_soon_threadsafe, args=(held, done)).start()


@pytest.mark.parametrize("loops", [asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy])
@pytest.mark.parametrize("how", [_callback, _timer, _task_of_nobody, _futures_callback, _from_another_thread])
def test_what_else_a_one_off_loop_does_is_its_requests_and_none_of_it_once_it_has_ended(kind, how, loops, monkeypatch):
    report, records = on_list(kind)
    ways, times = type("Followed", (AsyncToSync,), {}), []
    _follow_ways_back(ways, report)
    monkeypatch.setattr(asyncio.events, "_event_loop_policy", loops())

    def held(done=None):
        since_ns = time.monotonic_ns()
        time.sleep(HOLD_S)
        times.append((since_ns, time.monotonic_ns()))
        if done:
            done.set_result(None)

    async def waits_and_leaves_something_behind():
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        kept = how(loop, held, done)
        await done
        loop.call_soon(
            lambda: loop.call_soon(lambda: loop.call_soon(held))
        )  # after its last step, when it has been given back
        return kept

    def view():
        CURRENT.set(7)
        ways(waits_and_leaves_something_behind, force_new_loop=True)()

    copy_context().run(view)
    steps = [record for record in records if kind_of(record) == Kind.STEP]
    assert {record[2] for record in steps} == {7}
    told = [any(record[0] <= since_ns and to_ns <= record[1] for record in steps) for since_ns, to_ns in times]
    assert told == [True, False][: len(times)]
    assert not report.lanes.loops


async def broken_step():
    await asyncio.sleep(0)
    raise LookupError("as it was")


def test_a_slot_has_the_kernels_number_of_its_thread_whoever_has_started_that(kind):
    lanes, over, seen = on_list(kind)[0].lanes, threading.Semaphore(0), []

    def serve():
        slot = lanes.enter(7, 1)
        seen.append((slot.tid, threading.get_native_id(), slot.thread_id, threading.get_ident()))
        lanes.leave(slot)
        over.release()

    for start in (lambda: threading.Thread(target=serve).start(), lambda: _thread.start_new_thread(serve, ()), serve):
        start()
        over.acquire()
    assert all(tid == native and thread_id == ident for tid, native, thread_id, ident in seen)
    assert lanes.served == {tid for tid, *_ in seen}


def test_the_first_thread_of_a_process_that_was_forked_has_a_number_of_its_own(kind):
    """`threading` still has the parent's there, in Python 3.11."""
    lanes = on_list(kind)[0].lanes
    lanes.leave(lanes.enter(7, 1))
    child = os.fork()
    if not child:
        os._exit(lanes.enter(7, 1).tid != os.getpid())
    assert os.waitpid(child, 0)[1] == 0


def test_the_lane_of_the_servers_own_loop_is_lent_to_nobody(kind):
    lanes = on_list(kind)[0].lanes

    async def server():
        return lanes.of_running_loop().lane

    for lane in (MAIN_LOOP_LANE, MAIN_LOOP_LANE + 1, MAIN_LOOP_LANE + 1):
        assert asyncio.run(server()) == lane
        lanes.drop_loop()
        assert (lanes.loops, lanes.free) == ({}, [])


def test_loops_at_the_same_time_have_lanes_of_their_own(kind):
    lanes, together = on_list(kind)[0].lanes, threading.Barrier(3)
    seen: list[int] = []

    def serve():
        seen.append(lanes.of_running_loop().lane)
        together.wait()

    threads = [threading.Thread(target=serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    together.wait()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 2
    assert MAIN_LOOP_LANE in seen


def test_the_thread_of_a_forked_child_has_a_kernel_id_of_its_own(kind: str) -> None:
    report, _ = on_list(kind)
    report.end_call(report.begin_call(7, 0))
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, str(report.begin_call(8, 0).tid).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 20)) == child
    os.close(reading)
    os.close(writing)


def test_every_recorder_notes_a_thread_that_another_has_met_before(kind: str) -> None:
    reports = [on_list(kind)[0] for _ in range(3)]
    for _ in range(2):
        for report in reports:
            report.end_call(report.begin_call(7, 0))
    assert [report.lanes.served for report in reports] == [{threading.get_native_id()}] * 3
