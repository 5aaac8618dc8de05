"""How a worker ended: as it was told to, whoever told it, or not; a crash is one whatever it was told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from asgi_vs_wsgi.scenarios.collector.collector import SETTLED_NS, WorkerLink
from asgi_vs_wsgi.server_targets.processes.log_lines import killed_in_line
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.server_targets.processes.process_table import is_below, killed_by, read_entry
from asgi_vs_wsgi.server_targets.servers import server_spec

NOW_NS = time.monotonic_ns
LONG_AGO_NS = 10 * SETTLED_NS


def dead(*, told: str = "", killed: int = 0, since_ns: int = LONG_AGO_NS) -> WorkerLink:
    link = WorkerLink(0, 41, None, 1)
    if told:
        link.tell(told)
    link.killed_by, link.died_ns = killed, NOW_NS() - since_ns
    return link


@pytest.mark.parametrize("told", ["recycled", "reloaded", "stopped"])
def test_who_ends_after_being_told_to_has_not_died(told):
    assert dead(told=told).ended == told
    assert dead(told=told, killed=signal.SIGTERM).ended == told  # uvicorn's workers end by the signal that they got


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
@pytest.mark.parametrize("told", ["recycled", "reloaded", "stopped", ""])
def test_a_crash_is_a_death_whatever_was_asked(told, number):
    assert dead(told=told, killed=number).ended == "died"


def test_only_a_server_that_stops_may_kill_its_workers():
    assert dead(told="stopped", killed=signal.SIGKILL).ended == "stopped"
    assert dead(told="reloaded", killed=signal.SIGKILL).ended == "died"


def test_nobody_is_called_dead_before_the_servers_words_can_have_come():
    link = dead(since_ns=0)
    assert link.ended == ""
    assert WorkerLink(0, 41, None, 1).ended == ""
    link.tell("recycled")
    assert link.ended == "recycled"
    assert link.told_ns <= link.died_ns
    assert dead().ended == "died"


def test_the_first_thing_that_a_worker_was_told_counts():
    link = dead(told="reloaded")
    told_ns = link.told_ns
    link.tell("stopped")
    assert (link.told_to, link.told_ns) == ("reloaded", told_ns)


LINES = {
    "gunicorn-sync": ("[2026-11-27 11:48:01 +0000] [1234] [INFO] Autorestarting worker after current request.", 1234),
    "gunicorn-gthread": ("[2026-11-27 11:48:01 +0000] [77] [INFO] Autorestarting worker after current request.", 77),
    "uvicorn": ("INFO:     Finished server process [4321]", 4321),
}


@pytest.mark.parametrize("name", LINES)
def test_which_worker_is_recycled_is_read_from_the_servers_own_line(name):
    line, pid = LINES[name]
    pattern = server_spec(name).ending_lines.recycling
    found = pattern.search(line)
    assert int(found[1]) == pid
    assert pattern.search(line.replace("[", "(")) is None


def test_by_which_signal_a_worker_was_ended_is_read_from_gunicorns_line():
    assert killed_in_line("[1] [ERROR] Worker (pid:52) was sent SIGKILL! Perhaps out of memory?") == (
        52,
        signal.SIGKILL,
    )
    assert killed_in_line("Worker (pid:52) was sent SIGNONSENSE!") is None
    assert killed_in_line("a page about SIGKILL") is None


def ended_child(*, by: int) -> subprocess.Popen[bytes]:
    """A zombie: nobody has waited for it."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    child.send_signal(by)
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s and (entry := read_entry(child.pid)) and entry.running:
        time.sleep(0.01)
    return child


def test_what_ended_a_process_that_nobody_has_waited_for_is_known():
    child = ended_child(by=signal.SIGKILL)
    assert killed_by(child.pid) == signal.SIGKILL
    child.wait()
    assert killed_by(child.pid) == 0
    assert killed_by(os.getpid()) == 0


def test_only_what_is_below_a_process_is_found_below_it():
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        grandchild = int(parent.stdout.readline())
        try:
            assert is_below(grandchild, parent.pid)
            assert is_below(grandchild, os.getpid())
            assert not is_below(parent.pid, grandchild)
            assert not is_below(os.getpid(), parent.pid)
        finally:
            handle = ProcessHandle(grandchild)
            handle.send(signal.SIGKILL)
            handle.close()
