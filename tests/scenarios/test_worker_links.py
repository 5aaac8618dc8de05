"""What the lab keeps of a worker: its records to the last one, and no memory once it has read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from asgi_vs_wsgi.scenarios.collector.collector import Collector, WorkerLink
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, RECORD_BYTES
from asgi_vs_wsgi.server_targets.probe.protocol.ring import RingReader

pytestmark = pytest.mark.anyio

WORKER = """
import os, sys, time
from pathlib import Path
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
channel = Channel(sys.argv[1])
path = Path(sys.argv[1]).with_name(f"{os.getpid()}.ring")
buffer = ring.create(path, 1 << 14)
write = ring.writer(buffer)
for number in range(5):
    write(1, 2, 3, 4)
channel.hello(0, str(path), None)
sys.stdin.readline()
BODY
"""
FORK = "if not os.fork(): time.sleep(60)"
"""As a view's pool of processes does: what it forks has all that the worker has."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def until_so(true) -> None:
    with anyio.fail_after(10):
        while not true():
            await anyio.sleep(0.005)


@pytest.mark.parametrize("body", ["pass", FORK], ids=["alone", "with a child of its own"])
async def test_a_dead_worker_is_seen_read_and_let_go(tmp_path: Path, body: str):
    collector = Collector(tmp_path / "lab.sock")
    await collector.start()
    command = [sys.executable, "-c", WORKER.replace("BODY", body), str(collector.socket_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as worker:
        await until_so(lambda: collector.links)
        (link,) = collector.links
        assert len(link.read()) == 5 * RECORD_BYTES
        assert [path.name for path in tmp_path.iterdir()] == ["lab.sock"]  # its ring has no name any more
        assert link.ring is not None
        assert not link.died_ns
        worker.stdin.close()
        await until_so(lambda: link.died_ns)
        assert worker.wait(10) == 0
        assert link.read() == b""
        assert link.ring is None
        assert link.lost == 0
        assert link.read() == b""
        if body == FORK:
            os.killpg(worker.pid, 9)
    await collector.close()


async def test_a_worker_that_ended_before_its_hello_is_a_failed_start_and_one_that_served_is_none(tmp_path: Path):
    collector = Collector(tmp_path / "lab.sock")
    await collector.start()
    unborn, served, living = [await to_thread.run_sync(Channel, str(collector.socket_path)) for _ in range(3)]
    unborn.loading(3)
    for channel in (served, living):
        channel.loading(4)
        channel.hello(4)
    await until_so(lambda: len(collector.links) == 2)
    assert len(collector.alive(4)) == 2
    assert not collector.has_lost(4)
    for channel in (unborn, served):
        channel._socket.close()
    await until_so(lambda: collector.failed_starts and collector.has_lost(4))
    assert collector.failed_starts == {3}
    (link,) = collector.alive(4)
    assert not link.died_ns
    assert len(collector.of_target(4)) == 2
    living._socket.close()
    await until_so(lambda: link.died_ns)
    await collector.close()


def test_a_hole_in_the_ring_is_waited_for_while_its_worker_lives_and_lost_when_it_is_dead(tmp_path: Path):
    path = tmp_path / "1.ring"
    write = ring.writer(ring.create(path, 1 << 14))
    for number in range(5):
        write(number, number, 1, 0)
    with path.open("r+b") as file:  # as if a thread had drawn number 3 and not written it yet
        file.seek(ring.HEADER_BYTES + 3 * RECORD_BYTES)
        file.write(bytes(RECORD_BYTES))
    link = WorkerLink(0, 1, RingReader(path), 0)
    assert [record[0] for record in RECORD.iter_unpack(link.read())] == [0, 1]
    assert (link.read(), link.lost) == (b"", 0)
    link.died_ns = 1
    assert [record[0] for record in RECORD.iter_unpack(link.read())] == [3, 4]
    assert (link.ring, link.lost) == (None, 1)


def test_a_ring_is_as_long_as_its_capacity_says(tmp_path: Path):
    ring.create(tmp_path / "1.ring", 1 << 14)
    assert (tmp_path / "1.ring").stat().st_size == ring.size_of(1 << 14)
    assert (tmp_path / "1.ring").stat().st_blocks * 512 >= ring.size_of(1 << 14)  # no holes
