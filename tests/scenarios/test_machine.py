"""What others took of the machine: from the kernel's counts, less what is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import MachineShare
from asgi_vs_wsgi.scenarios.results.metrics import taken_words
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.run.machine_load import (
    MachineWatch,
    process_cpu_ns,
    read_counts,
    tree_cpu_ns,
    worker_ready_ns,
)

STAT = """\
cpu  30 5 30 900 1 2 3 9 0 0
cpu0 10 5 20 400 1 1 1 4 0 0
cpu1 20 0 10 500 0 1 2 5 0 0
intr 12345
"""


def test_only_our_processors_count_and_no_idle_time():
    tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert read_counts(STAT, {0}) == (37 * tick_ns, 4 * tick_ns)
    assert read_counts(STAT, {0, 1}) == (70 * tick_ns, 9 * tick_ns)


def test_a_kernel_that_does_not_tell_is_no_zero(tmp_path):
    assert MachineWatch(lambda: 0, tmp_path / "stat").shares() is None


def test_a_law_reckons_with_the_cores_that_others_left():
    assert MachineShare(others_share=0.5, stolen_share=0.1).left_of(2) == pytest.approx(0.8)
    assert MachineShare(others_share=0.05, stolen_share=0.0).left_of(2) == 2


TWO_WHO_COMPUTE = """
import os, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
if other := os.fork():
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        pass
    os.kill(other, 9)
    print(time.process_time_ns(), flush=True)
    time.sleep(60)
while True:
    pass
"""


def test_who_computes_while_others_do_waits_for_nothing_but_the_processor():
    """The law: of a thread that only computes, what it was ready for and what it used are all of its time."""
    with subprocess.Popen([sys.executable, "-c", TWO_WHO_COMPUTE], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout
        used_ns = int(one.stdout.readline())
        link: Any = SimpleNamespace(pid=one.pid, sampler=0, watcher=0)
        ready_ns = worker_ready_ns(link)
        link.sampler = one.pid
        without_ours = worker_ready_ns(link)
        one.kill()
    assert ready_ns > 0.1e9, "another has had a part of the processor"
    assert ready_ns + used_ns > 0.38e9
    assert without_ours == worker_ready_ns(link) == 0, "the thread of a probe is not asked for, nor is who is gone"


@pytest.mark.alone
@pytest.mark.parametrize("niceness", [0, 19])
def test_a_program_that_is_not_ours_is_seen_and_our_own_is_not(niceness: int):
    """Also one at a low priority: from another session it takes half of the machine all the same."""
    spin = [sys.executable, "-c", "while True: pass"]
    cores = len(os.sched_getaffinity(0))
    with subprocess.Popen(spin) as other:
        try:
            os.setpriority(os.PRIO_PROCESS, other.pid, niceness)
            foreign = MachineWatch(time.process_time_ns)
            own = MachineWatch(lambda: time.process_time_ns() + cpu_ns(other.pid))
            until = time.monotonic() + 1.0
            while time.monotonic() < until:
                other.poll()
            seen, not_seen = foreign.shares(), own.shares()
        finally:
            other.kill()
    assert seen.others_share > 0.7 / cores
    assert not_seen.others_share < seen.others_share / 2


def cpu_ns(pid: int) -> int:
    return time.clock_gettime_ns((~pid << 3) | 2)


@pytest.mark.parametrize(
    ("others", "stolen", "words"),
    [
        (0.2, 0.0, "other programs took 20% of the machine"),
        (0.2, 0.05, "other programs took 20% of the machine, its host 5%"),
        (0.0, 0.16, "its host took 16% of the machine"),
        (0.0, 0.0, "other programs took 0% of the machine"),
    ],
)
def test_what_was_taken_is_told_of_whoever_took_it(others: float, stolen: float, words: str):
    assert taken_words(MachineShare(others, stolen)) == words


@pytest.mark.live
@pytest.mark.alone
@pytest.mark.usefixtures("measured_again")
def test_a_round_that_others_disturbed_is_measured_again_and_says_so():
    said = []
    experiment = resolve(Options("cpu-bound", targets=("gunicorn-sync:1",), parameters=("cpu_ms=10",)), load_catalog())
    spin = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(spin) for _ in range(2 * len(os.sched_getaffinity(0)))]
    try:
        outcome = run_headless(experiment, on_progress=said.append, on_ready=lambda target, pid: None)
    finally:
        for other in others:
            other.kill()
            other.wait()
    (target,) = outcome.result.targets
    assert target.machine.busy
    assert target.requests.completed == target.requests.planned
    again = [each.words for each in said if each.words.endswith(": measuring gunicorn-sync again")]
    assert len(again) == 1
    assert again[0].startswith("other programs took ")


SPINS_BELOW = """
import subprocess, sys, time
spin = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", spin])
{nested}
print("done", flush=True)
sys.stdin.read()
"""
AROUND = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
NESTED = "subprocess.run([sys.executable, '-c', around, spin])"


@pytest.mark.parametrize(("nested", "spun"), [("", 1), (NESTED, 2)])
def test_what_a_process_has_started_counts_with_it_also_when_it_has_ended(nested: str, spun: int):
    program = f"around = {AROUND!r}" + SPINS_BELOW.format(nested=nested)
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"done\n"
        alone, whole = process_cpu_ns(parent.pid), tree_cpu_ns(parent.pid)
        parent.stdin.close()
    assert whole - alone > spun * 0.25e9
    assert tree_cpu_ns(parent.pid) == 0


def test_a_child_that_still_runs_counts_with_its_parent():
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as parent:
        try:
            until = time.monotonic() + 20
            while tree_cpu_ns(parent.pid) - process_cpu_ns(parent.pid) < 0.2e9 and time.monotonic() < until:
                parent.poll()
            assert tree_cpu_ns(parent.pid) - process_cpu_ns(parent.pid) >= 0.2e9
        finally:
            os.killpg(parent.pid, signal.SIGKILL)
