"""What the lab keeps of a worker: its records to the last one, and no memory once it has read them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES

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


def test_a_ring_is_as_long_as_its_capacity_says(tmp_path: Path):
    ring.create(tmp_path / "1.ring", 1 << 14)
    assert (tmp_path / "1.ring").stat().st_size == ring.size_of(1 << 14)
    assert (tmp_path / "1.ring").stat().st_blocks * 512 >= ring.size_of(1 << 14)  # no holes
