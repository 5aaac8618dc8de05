"""Readings of the whole worker, and beats of its loop that come late."""

from __future__ import annotations

import asyncio
import gc
import time
from time import monotonic_ns

import pytest
from kinds import flag_of, kind_of

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Vital
from asgi_vs_wsgi.server_targets.probe.sampling.heartbeat import BEAT_S, WORTH_TELLING_NS, start_heartbeat
from asgi_vs_wsgi.server_targets.probe.sampling.process_stats import (
    COLLECTIONS,
    FullCollections,
    ProcessStats,
    follow_collections,
    read_vitals,
)

STATUS = b"""Name:\tpython
VmRSS:\t    5000 kB
RssAnon:\t    1200 kB
RssFile:\t     300 kB
RssShmem:\t    3500 kB
Threads:\t7
"""


def test_memory_is_a_workers_own_and_that_of_its_files_and_not_what_is_shared():
    """Shared is mostly our ring."""
    assert read_vitals(STATUS) == {Vital.RSS_KB: 1500, Vital.THREADS: 7}


def test_a_reading_is_taken_once_per_interval_however_often_it_is_asked_for():
    records = []
    stats = ProcessStats(lambda *record: records.append(record))
    for _ in range(3):
        stats.maybe()
    stats._status.close()
    assert sorted(flag_of(record) for record in records) == [Vital.RSS_KB, Vital.THREADS]
    assert {kind_of(record) for record in records} == {Kind.VITAL}
    assert all(record[1] > 0 for record in records)


def test_a_collection_of_all_garbage_is_told_with_what_it_cost_and_a_young_one_is_not():
    records = []
    stats = ProcessStats(lambda *record: records.append(record))
    follow_collections()
    before_ns = monotonic_ns()
    gc.collect(0)
    gc.collect()
    gc.callbacks.remove(COLLECTIONS)
    stats.maybe()
    stats._status.close()
    ((at_ns, cpu_us, *_),) = [each for each in records if flag_of(each) == Vital.FULL_COLLECTION_US]
    assert before_ns < at_ns < monotonic_ns()
    assert 0 < cpu_us < (monotonic_ns() - before_ns) / 1000


@pytest.mark.parametrize(("free_threaded", "told"), [(True, 1), (False, 0)])
def test_what_a_free_threaded_python_tells_as_its_youngest_is_a_collection_of_all(free_threaded, told):
    """There it has no other (Python/gc_free_threading.c)."""
    collections = FullCollections(free_threaded=free_threaded)
    for phase in ("start", "stop"):
        collections(phase, {"generation": 0, "collected": 0, "uncollectable": 0})
    assert len(collections.seen) == told


class Loop:
    """A loop on which nothing comes by itself."""

    def __init__(self):
        self.calls = []

    def call_later(self, delay_s, beat, due_ns):
        self.calls.append((delay_s, beat, due_ns))


def test_only_beats_that_come_late_are_told_and_after_each_there_is_another():
    loop, records = Loop(), []
    start_heartbeat(loop.call_later, lambda *record: records.append(record), lambda: None)
    for late_ns in (-50_000_000, 60_000_000, -50_000_000, 70_000_000):
        delay_s, beat, due_ns = loop.calls[-1]
        assert delay_s == BEAT_S
        assert 0 < due_ns - monotonic_ns() <= BEAT_S * 1e9
        beat(monotonic_ns() - late_ns)
    assert len(loop.calls) == 5
    assert [kind_of(record) for record in records] == [Kind.LOOP_LATE] * 2
    assert [record[1] // 10_000_000 * 10 for record in records] >= [60, 70]


def test_a_loop_that_was_held_over_a_beat_tells_for_how_long():
    records = []

    async def held():
        start_heartbeat(asyncio.get_running_loop().call_later, lambda *record: records.append(record), lambda: None)
        time.sleep(2.5 * BEAT_S)
        while not records:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(held(), 10))
    at_ns, late_ns, *_ = records[0]
    assert late_ns >= 1.4 * BEAT_S * 1e9 > WORTH_TELLING_NS
    assert at_ns <= monotonic_ns()
