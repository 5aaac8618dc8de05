"""The browser's processes, without a browser: what is left when it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.browser import chromium
from asgi_vs_wsgi.scenarios.browser.chromium import Chromium
from asgi_vs_wsgi.server_targets.processes.process_table import read_entry, read_table


@pytest.mark.anyio
async def test_whoever_outlives_the_browser_is_gone_and_all_of_proc_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    told, read = tmp_path / "pids", []
    kill = os.killpg
    later = asyncio.get_running_loop().call_later
    monkeypatch.setattr(chromium.os, "killpg", lambda *group: later(0.1, kill, *group))  # a machine that is busy
    monkeypatch.setattr(chromium, "read_table", lambda: read.append(1) or read_table())
    command = ["sh", "-c", f"sleep 600 & echo $! >> {told}; sleep 600 & echo $! >> {told}"]
    process = subprocess.Popen(command, start_new_session=True)
    process.wait()
    from_read, from_write = os.pipe()
    to_read, to_write = os.pipe()
    os.close(to_read)
    try:
        await Chromium(process, to_write, from_read).close()
    finally:
        os.close(from_write)
    left = [entry for pid in told.read_text().split() if (entry := read_entry(int(pid))) and entry.running]
    assert (left, len(read)) == ([], 1)
