"""However a headless run or a served target ends, no process of ours is left two seconds of a core later. Live."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process_family import assert_gone

pytestmark = pytest.mark.live

COMMAND = [sys.executable, "-P", "-m", "asgi_vs_wsgi"]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


def descendants(pid: int) -> set[int]:
    """All processes below `pid`, by the kernel's own list."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = {int(child) for child in (task / "children").read_text().split()}
        except OSError:
            continue
        found |= children.union(*(descendants(child) for child in children), set())
    return found


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready_workers(process: subprocess.Popen[str], workers: int) -> set[int]:
    """Wait for the `ready TARGET PID` lines."""
    pids = set()
    while len(pids) < workers:
        line = process.stderr.readline()
        assert line, "the command ended before its servers were ready"
        if line.startswith("ready "):
            pids.add(int(line.split()[2]))
    return pids


def until_ready(process: subprocess.Popen[str], workers: int) -> set[int]:
    """All processes of the run, the command among them, once its servers are ready."""
    return ready_workers(process, workers) | descendants(process.pid) | {process.pid}


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_that_is_ended_by_a_signal_leaves_no_process(number):
    with start("run", "slow-io", "--json", "--set", "io_ms=2000") as process:
        pids = until_ready(process, 4)
        process.send_signal(number)
        assert_gone(pids)
        assert process.wait() == (-number if number is signal.SIGKILL else 128 + number)
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_served_target_that_is_ended_by_a_signal_leaves_no_process(number):
    with start("serve", "slow-io", "--target", "uvicorn:2") as process:
        pids = until_ready(process, 2)
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(number)
        assert_gone(pids)
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("delay_s", [0.05, 0.15, 0.3, 0.5])
def test_a_run_killed_while_it_starts_leaves_no_process(delay_s):
    with start("run", "slow-io", "--json") as process:
        deadline = time.monotonic() + delay_s
        pids: set[int] = set()
        while time.monotonic() < deadline:
            pids |= descendants(process.pid)
        process.kill()
        assert_gone(pids | descendants(process.pid))


def test_workers_that_are_stopped_die_with_the_run(tmp_path):
    with start("run", "slow-io", "--json", "--set", "io_ms=2000") as process:
        workers = ready_workers(process, 4)
        everything = descendants(process.pid) | {process.pid}
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        process.kill()
        assert_gone(everything)


def test_a_finished_run_leaves_no_process_and_no_file():
    with start("run", "slow-io", "--target", "uvicorn:2", "--requests", "4", "--json", "--set", "io_ms=20") as process:
        pids = until_ready(process, 2)
        own = f"asgi-vs-wsgi-{process.pid}-*"  # others may be running too
        assert list(Path("/dev/shm").glob(own))
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert_gone(pids)
    assert not list(Path("/dev/shm").glob(own))
