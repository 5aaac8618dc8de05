"""The ring: nothing lost, nothing twice, and what is overwritten is counted."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import KINDS, on_ring

from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, RECORD_BYTES, Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.protocol.ring import RingReader

pytestmark = pytest.mark.parametrize("kind", KINDS)

_names = itertools.count()


def writer(kind: str, path: Path, capacity: int) -> ring.Write:
    return on_ring(kind, ring.create(path, capacity)).write


def new_ring(kind: str, folder: Path, capacity: int) -> tuple[ring.Write, RingReader]:
    path = folder / f"{next(_names)}.ring"
    return writer(kind, path, capacity), RingReader(path)


def values(records: bytes) -> list[int]:
    return [record[1] for record in RECORD.iter_unpack(records)]


def write_some(write: ring.Write, numbers: range) -> None:
    for number in numbers:
        write(number, number, 1, pack_header(0, Kind.HOP))


@given(st.lists(st.integers(0, 40), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_reader_that_keeps_up_reads_every_record_once_and_in_order(kind, tmp_path_factory, bursts):
    write, reader = new_ring(kind, tmp_path_factory.getbasetemp(), 64)
    expected, got = 0, []
    for burst in bursts:
        write_some(write, range(expected, expected + burst))
        expected += burst
        got += values(reader.read())
    assert got == list(range(expected))
    assert reader.lost == 0


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_what_a_slow_reader_missed_is_counted_so_that_read_and_lost_are_all(kind, tmp_path_factory, bursts):
    write, reader = new_ring(kind, tmp_path_factory.getbasetemp(), 64)
    written, got = 0, []
    for burst in bursts:
        write_some(write, range(written, written + burst))
        written += burst
        got += values(reader.read())
        assert len(got) + reader.lost == written
    assert got == sorted(set(got))


@pytest.mark.parametrize("written", [64, 65, 66, 100, 128, 129, 300])
def test_of_a_dead_writer_that_had_lapped_its_reader_all_is_read_or_counted(kind, tmp_path, written):
    write, reader = new_ring(kind, tmp_path, 64)
    write_some(write, range(written))
    got = values(reader.read_last())
    assert got == list(range(reader.lost, written))
    assert got


def test_a_slot_that_a_dead_writer_drew_and_never_filled_is_lost_and_the_rest_is_read(kind, tmp_path):
    write, reader = new_ring(kind, tmp_path, 64)
    write_some(write, range(5))
    path = next(tmp_path.glob("*.ring"))
    with path.open("r+b") as file:  # as if record number 3 had never been written
        file.seek(ring.HEADER_BYTES + 3 * RECORD_BYTES)
        file.write(bytes(RECORD_BYTES))
    assert values(reader.read()) == [0, 1]
    assert values(reader.read_last()) == [3, 4]
    assert reader.lost == 1


def test_every_slot_of_a_hole_that_a_dead_writer_left_is_lost(kind, tmp_path):
    write, reader = new_ring(kind, tmp_path, 64)
    write_some(write, range(7))
    path = next(tmp_path.glob("*.ring"))
    with path.open("r+b") as file:  # as if three threads had drawn numbers 3 to 5 and never written
        file.seek(ring.HEADER_BYTES + 3 * RECORD_BYTES)
        file.write(bytes(3 * RECORD_BYTES))
    assert values(reader.read_last()) == [0, 1, 5, 6]
    assert reader.lost == 3


class CopiedSlowly:
    """The bytes of a ring, while whose first copy is made something happens."""

    def __init__(self, records: memoryview, meanwhile: Callable[[], None]) -> None:
        self._records, self._meanwhile = records, [meanwhile]

    def __getitem__(self, part: slice) -> memoryview:
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._records[part]


@pytest.mark.parametrize("more", [57, 59, 64, 80, 200])
def test_a_reader_that_was_lapped_while_it_copied_hands_out_nothing_that_was_written_over(kind, tmp_path, more):
    write, reader = new_ring(kind, tmp_path, 64)
    write_some(write, range(10))
    reader._bytes = CopiedSlowly(reader._bytes, lambda: write_some(write, range(10, 10 + more)))  # type: ignore[assignment]
    got = values(reader.read())
    assert got == sorted(set(got))
    assert got[-1] == 9 + more
    assert len(got) + reader.lost == 10 + more


def test_threads_that_write_at_once_lose_nothing(kind, tmp_path):
    write, reader = new_ring(kind, tmp_path, 1 << 16)
    threads = [threading.Thread(target=write_some, args=(write, range(n * 5000, n * 5000 + 5000))) for n in range(4)]
    for thread in threads:
        thread.start()
    got: list[int] = []
    while any(thread.is_alive() for thread in threads):
        got += values(reader.read())
    got += values(reader.read())
    assert sorted(got) == list(range(20000))


def test_a_killed_writer_loses_nothing_that_it_wrote(kind, tmp_path):
    path = tmp_path / "killed.ring"
    pid = os.fork()
    if not pid:
        write = writer(kind, path, 1 << 12)
        write_some(write, range(1000))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    reader = RingReader(path)
    assert values(reader.read_last()) == list(range(1000))
    assert reader.lost == 0


def test_a_child_that_the_application_forks_does_not_write_into_its_parents_ring(kind, tmp_path):
    write, reader = new_ring(kind, tmp_path, 64)
    write_some(write, range(1))
    pid = os.fork()
    if not pid:
        write_some(write, range(10, 20))
        os._exit(0)
    os.waitpid(pid, 0)
    write_some(write, range(1, 2))
    assert values(reader.read()) == [0, 1]
