"""Processes below a worker, as the lab reads them: who they are, what they use, and when it is recorded at all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.run.child_processes import ChildWatch, read_children
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

LIMIT_S = 20
SPENDS = "import time\nwhile time.process_time() < {}: pass\nprint(flush=True)\ninput()"
STARTS = "import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', sys.argv[1]])"


@pytest.fixture
def start():
    """Start a Python that computes for so long (s), says so, and waits; its parents end with it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(cpu_s: float, *, below: bool = False) -> int:
        words = ["-c", STARTS, SPENDS.format(cpu_s)] if below else ["-c", SPENDS.format(cpu_s)]
        process = subprocess.Popen([sys.executable, "-S", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process.pid

    yield start
    for process in started:
        process.communicate(b"\n")


def until(true: Any) -> None:
    limit = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize("below", [False, True], ids=["child", "grandchild"])
def test_a_process_below_a_worker_counts_with_its_cpu_and_memory_as_long_as_it_runs_and_its_cpu_after(start, below):
    before = read_children(os.getpid())
    start(0.2, below=below)
    seen = read_children(os.getpid())
    assert seen.number - before.number == (2 if below else 1)
    assert seen.rss_kb - before.rss_kb > 1000
    assert seen.cpu_ns - before.cpu_ns >= 200_000_000


def test_what_has_ended_and_was_waited_for_keeps_its_cpu(start):
    before = read_children(os.getpid())
    subprocess.run([sys.executable, "-S", "-c", SPENDS.format(0.2)], input=b"\n", stdout=subprocess.DEVNULL, check=True)
    after = read_children(os.getpid())
    assert after.number == before.number
    assert after.cpu_ns - before.cpu_ns >= 150_000_000


def test_another_worker_below_a_worker_and_what_is_below_that_is_not_its_child(start):
    before = read_children(os.getpid())
    other = start(0, below=True)
    seen = read_children(os.getpid(), [os.getpid(), other])
    assert seen.number == before.number


def test_a_process_that_is_gone_has_no_children():
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert read_children(process.pid) == (0, 0, 0)


@pytest.fixture
def watched(recording, start):
    """(a watch over one worker, its trace); the worker is a process that has no child."""
    trace = recording().trace()
    pid = start(0)
    trace.add_worker(pid)
    return ChildWatch(trace), trace, pid


def test_nothing_is_recorded_where_no_worker_has_a_child(watched):
    watch, trace, pid = watched
    for _ in range(3):
        watch.read_now()
    assert not trace.raw[pid]


def test_from_the_first_child_on_every_reading_is_recorded_with_the_one_before_which_had_none(recording):
    words = [sys.executable, "-S", "-c", f"input()\n{STARTS}", SPENDS.format(0.1)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        trace = recording().trace()
        trace.add_worker(worker.pid)
        watch = ChildWatch(trace)
        watch.read_now()
        worker.stdin.write(b"\n")
        worker.stdin.flush()
        worker.stdout.readline()
        for _ in range(2):
            watch.read_now()
        worker.communicate(b"\n")
    trace.decode()
    vitals = trace.workers[worker.pid].vitals
    assert [value for _, value in vitals[Vital.CHILDREN]] == [0, 1, 1]
    times = [at_ns for at_ns, _ in vitals[Vital.CHILDREN]]
    assert times == sorted(times)
    used = [value for _, value in vitals[Vital.CHILDREN_CPU_US]]
    assert used == sorted(used)
    assert used[1] - used[0] >= 100_000


def test_a_clock_that_falls_back_to_a_tick_never_goes_back(recording, monkeypatch):
    trace = recording().trace()
    trace.add_worker(1)
    readings = iter([(0, 0, 0), (1, 10, 23_000_000), (0, 0, 20_000_000), (1, 10, 25_000_000)])
    monkeypatch.setattr(
        "asgi_vs_wsgi.scenarios.run.child_processes.read_children",
        lambda worker, workers: type(read_children(os.getpid()))(*next(readings)),
    )
    watch = ChildWatch(trace)
    for _ in range(4):
        watch.read_now()
    trace.decode()
    assert [value for _, value in trace.workers[1].vitals[Vital.CHILDREN_CPU_US]] == [0, 23_000, 23_000, 25_000]
