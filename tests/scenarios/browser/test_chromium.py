"""The browser's processes, without a browser: what is left when it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.browser import chromium
from asgi_vs_wsgi.scenarios.browser.chromium import Chromium
from asgi_vs_wsgi.scenarios.errors import RunFailed
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


def fails(*_: object, **__: object) -> None:
    raise OSError(24, "Too many open files")


def is_odd(*_: object, **__: object) -> None:
    raise ValueError("embedded null byte")


class SecondFails:
    """The first pipe can be had."""

    def __init__(self) -> None:
        self._made = os.pipe

    def __call__(self) -> tuple[int, int]:
        made, self._made = self._made(), fails
        return made


@pytest.mark.parametrize(
    ("of", "name", "instead", "error"),
    [
        (os, "pipe", SecondFails(), RunFailed),
        (subprocess, "Popen", fails, RunFailed),
        (subprocess, "Popen", is_odd, ValueError),
        (os, "set_blocking", fails, RunFailed),
    ],
)
@pytest.mark.anyio
async def test_a_browser_that_cannot_be_started_leaves_no_pipe_open(of, name, instead, error, tmp_path, monkeypatch):
    monkeypatch.setattr(of, name, instead)
    before = {each.name for each in Path("/proc/self/fd").iterdir()}
    with pytest.raises(error):
        chromium._start("/bin/true", tmp_path)
    assert {each.name for each in Path("/proc/self/fd").iterdir()} == before
