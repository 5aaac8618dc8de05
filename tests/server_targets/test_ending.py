"""Processes are ended for certain, and never another one in their place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asgi_vs_wsgi.server_targets.processes import process_handle
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.server_targets.processes.process_table import ProcessEntry, below, read_entry, read_table
from asgi_vs_wsgi.server_targets.processes.termination import end_all

RUNNER = """
import os, time
while True:
    if os.fork():
        os._exit(0)
    os.setsid()
    time.sleep(0.003)
"""


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """It and its group are gone afterwards, however the test ends."""
    with subprocess.Popen(command, process_group=0) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(params=["pidfd", "no pidfd"])
def kernel(request, monkeypatch):
    """A kernel with pidfds, and one that has none."""
    if request.param == "no pidfd":

        def refuse(pid: int, flags: int = 0) -> int:
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr(process_handle.os, "pidfd_open", refuse)


def test_a_process_gets_its_signal_and_one_that_ended_gets_none(kernel):
    with running("sleep", "60") as process:
        held = ProcessHandle(process.pid)
        assert held.send(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
        assert not held.send(signal.SIGTERM)
        held.close()


def test_there_is_no_handle_of_nobody(kernel):
    with subprocess.Popen(["true"]) as process:
        pass
    with pytest.raises(ProcessLookupError):
        ProcessHandle(process.pid)


def test_a_pid_that_was_given_to_another_process_is_left_alone(kernel, monkeypatch):
    """As if the one that was held had ended and been reaped, and this one had got its pid."""
    with running("sleep", "60") as process:
        held = read_entry(process.pid)
        earlier = held._replace(started=held.started - 1)
        end_all(lambda *, thorough: [earlier], lambda: None, 0.05)
        assert process.poll() is None


def test_without_pidfds_a_handle_sends_nothing_to_another_process_that_was_given_its_pid(monkeypatch):
    def refuse(pid: int, flags: int = 0) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(process_handle.os, "pidfd_open", refuse)
    with running("sleep", "60") as process:
        held = ProcessHandle(process.pid)
        held._started -= 1  # as if the one that was held had been started earlier, and ended since
        assert not held.send(signal.SIGKILL)
        assert process.poll() is None
        held._started += 1
        assert held.send(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_a_closed_handle_sends_nothing(kernel):
    with running("sleep", "60") as process:
        held = ProcessHandle(process.pid)
        held.close()
        assert not held.send(signal.SIGKILL)
        assert process.poll() is None


@pytest.mark.parametrize("thorough", [True, False])
def test_all_that_is_below_is_found_parents_first(thorough):
    command = "sleep 60 & (sleep 60; true) & wait"
    with running("sh", "-c", command) as process:
        deadline = time.monotonic() + 10
        found: list[ProcessEntry] = []
        while [entry.command for entry in found].count("sleep") < 2:
            assert time.monotonic() < deadline, found
            found = below(process.pid, thorough=thorough)
        assert len(found) == 3
        known = {process.pid}
        for entry in found:
            assert entry.parent in known
            known.add(entry.pid)


@pytest.mark.parametrize("name", ["plain", "a b", "a) R 1 (b", "\x1b[2Jx", "b\nc"])
def test_a_programs_name_may_hold_anything(tmp_path, name):
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    with running(str(program), "60") as process:
        deadline = time.monotonic() + 10
        while not (entry := read_entry(process.pid)).command.startswith(name[0] if name[0].isprintable() else "["):
            assert time.monotonic() < deadline  # until it has become that program
        assert entry.parent == os.getpid()
        assert entry.command == "".join(sign for sign in name if sign.isprintable())
        assert read_table()[process.pid].started == entry.started


def test_one_that_is_never_the_same_pid_for_long_is_ended():
    """In a process of its own, to which orphans come."""
    code = f"""
import os, subprocess, sys, time
from asgi_vs_wsgi.server_targets.probe.parent_death import adopt_orphans
from asgi_vs_wsgi.server_targets.processes.termination import end_all
from asgi_vs_wsgi.server_targets.processes.process_table import below
adopt_orphans()
subprocess.Popen([sys.executable, "-S", "-c", {RUNNER!r}]).wait()
def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except ChildProcessError: pass
ended = end_all(lambda *, thorough: below(os.getpid(), thorough=thorough), reap, 5)
print(len(ended), len(below(os.getpid(), thorough=True)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    ended, left = map(int, done.stdout.split())
    assert ended >= 1
    assert left == 0


def test_what_may_not_be_ended_is_not_waited_for(monkeypatch):
    """Such as a program with another user's rights."""
    entry = read_entry(os.getpid())

    def refuse(self: ProcessHandle, number: int) -> bool:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(ProcessHandle, "send", refuse)
    started = time.monotonic()
    assert end_all(lambda *, thorough: [entry], lambda: None, 30) == []
    assert time.monotonic() - started < 15


def test_the_time_is_bounded_also_for_what_cannot_be_ended(monkeypatch):
    monkeypatch.setattr(ProcessHandle, "send", lambda self, number: True)
    assert end_all(lambda *, thorough: [read_entry(os.getpid())], lambda: None, 0.05)


def test_a_zombie_has_ended():
    with subprocess.Popen(["true"]) as process:
        deadline = time.monotonic() + 10
        while (entry := read_entry(process.pid)) and entry.running:
            assert time.monotonic() < deadline
        assert isinstance(entry, ProcessEntry)
        assert end_all(lambda *, thorough: [read_entry(process.pid)], lambda: None, 5) == []
