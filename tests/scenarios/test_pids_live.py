"""The pids that the lanes name are those that the kernel shows at the listening socket. Live servers."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.collector.collector import Collector
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.run.server_group import running_servers

pytestmark = pytest.mark.live


def listening_inode(port: int) -> str:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = {row[9] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    return f"socket:[{inode}]"


def holds(pid: int, inode: str) -> bool:
    return any(str(descriptor.readlink()) == inode for descriptor in Path(f"/proc/{pid}/fd").iterdir())


def test_every_worker_that_said_hello_holds_the_targets_listening_socket():
    async def main() -> None:
        with run_folder() as folder:
            collector = Collector(folder / "lab.sock")
            await collector.start()
            async with running_servers(resolve(Options("slow-io"), load_catalog()), folder, collector) as fleet:
                for running in fleet.targets:
                    inode = listening_inode(running.port)
                    pids = [link.pid for link in collector.alive(running.index)]
                    assert len(pids) == 2
                    assert all(holds(pid, inode) for pid in pids)
            await collector.close()

    anyio.run(main, backend_options={"use_uvloop": True})
