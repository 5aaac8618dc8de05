"""A server's reaper passes on what the lab relies on: the output, the end, its status; and keeps nothing open."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets.processes.process_table import below, read_entry
from asgi_vs_wsgi.server_targets.processes.reaper import ReaperReport

SERVER = """
import os, signal, subprocess, sys, time

def main():
    print("up", flush=True)
    {body}
"""


def beside_ours(folder: Path) -> str:
    """The search path of a program that imports from the folder too."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


@contextmanager
def server(folder: Path, body: str, *pass_fds: int) -> Iterator[tuple[subprocess.Popen[str], ReaperReport]]:
    """A server that prints a line and then does that, started as the lab starts one."""
    (folder / "made_server.py").write_text(SERVER.format(body=body))
    report = ReaperReport()
    words = [str(os.getpid()), str(report.their_end), "made_server:main"]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "asgi_vs_wsgi.server_targets.processes.launch", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(report.their_end, *pass_fds),
        env=os.environ | {"PYTHONPATH": beside_ours(folder)},
    )
    report.let_go()
    with process:
        assert process.stdout.readline() == "up\n"
        yield process, report
        process.kill()
    report.close()


def until_so(true) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("pass", 0),
        ("return 3", 3),
        ("sys.exit(255)", 255),
        ("os._exit(7)", 7),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    ],
)
def test_it_ends_as_its_server_did(tmp_path, body, status):
    with server(tmp_path, body) as (process, report):
        assert process.wait(10) == status
        assert report.ended == []


def test_a_servers_words_are_passed_on(tmp_path):
    with server(tmp_path, "print('out'); print('err', file=sys.stderr)") as (process, _report):
        process.wait(10)
        assert set(process.stdout.read().split()) == {"out", "err"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_told_to_end_it_ends_everything_below_it_and_tells_which(tmp_path, number):
    body = "subprocess.Popen(['sleep', '60'], start_new_session=True); time.sleep(60)"
    with server(tmp_path, body) as (process, report):
        until_so(lambda: [entry for entry in below(process.pid, thorough=True) if entry.command == "sleep"])
        server_pid = report.server
        process.send_signal(number)
        assert process.wait(10) == -signal.SIGKILL
        ((command, parent),) = [(each.command, each.parent) for each in report.ended]
        assert command == "sleep"
        assert parent in (server_pid, process.pid), "its own, or the reaper's where the server was ended before it"
        assert not any((entry := read_entry(each.pid)) and entry.running for each in report.ended)


def test_orphans_come_to_it_and_end_with_it(tmp_path):
    body = "subprocess.run(['sh', '-c', 'setsid sleep 60 & setsid sleep 60 &']); time.sleep(60)"
    with server(tmp_path, body) as (process, report):
        until_so(lambda: adopted(process.pid) == ["sleep", "sleep"])  # each is `setsid` for a moment
        process.terminate()
        process.wait(10)
        assert [each.command for each in report.ended] == ["sleep", "sleep"]


def test_an_orphan_that_ends_is_not_taken_for_the_server(tmp_path):
    """It comes to the reaper as the server does, and its status is its own."""
    body = """
    subprocess.run(["sh", "-c", "(sleep 0.05; exit 5) &"])
    from asgi_vs_wsgi.server_targets.processes.process_table import below
    while len(below(os.getppid(), thorough=True)) > 1:
        time.sleep(0.005)
    return 3
    """.strip()
    with server(tmp_path, body) as (process, report):
        assert process.wait(20) == 3
        assert report.ended == []


def adopted(reaper: int) -> list[str]:
    """The programs whose parent it is, without the server, which was there first."""
    return [entry.command for entry in below(reaper, thorough=True) if entry.parent == reaper][1:]


def test_it_keeps_no_socket_of_its_servers(tmp_path):
    """A dead server's port would go on taking visitors."""
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, server(tmp_path, "time.sleep(60)", listener.fileno()) as (process, report):
        until_so(lambda: len(list(Path(f"/proc/{process.pid}/fd").iterdir())) == 4)  # its own three, and the report
        assert Path(f"/proc/{report.server}/fd/{listener.fileno()}").exists()


def test_it_stays_in_our_session_and_out_of_our_group(tmp_path):
    """Another session would get its own share of the cores; Ctrl+C is for whoever started us."""
    with server(tmp_path, "time.sleep(60)") as (process, report):
        for pid in (process.pid, report.server):
            assert os.getsid(pid) == os.getsid(0)
            assert os.getpgid(pid) == pid


def test_a_killed_reaper_takes_its_server_along_and_tells_nothing(tmp_path):
    with server(tmp_path, "time.sleep(60)") as (process, report):
        pid = report.server
        started = read_entry(pid).started
        process.kill()
        process.wait(10)
        until_so(lambda: not ((entry := read_entry(pid)) and entry.running and entry.started == started))
        assert report.ended is None


def test_a_lab_that_is_gone_before_the_server_is_started_starts_none(tmp_path):
    (tmp_path / "made_server.py").write_text(SERVER.format(body="time.sleep(60)"))
    report = ReaperReport()
    with subprocess.Popen(["true"]) as gone:
        pass
    process = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "asgi_vs_wsgi.server_targets.processes.launch",
            str(gone.pid),
            str(report.their_end),
            "made_server:main",
        ],
        stdout=subprocess.DEVNULL,
        pass_fds=(report.their_end,),
        env=os.environ | {"PYTHONPATH": beside_ours(tmp_path)},
    )
    report.let_go()
    assert process.wait(10) == -signal.SIGKILL
    with contextlib.suppress(ProcessLookupError):
        assert not read_entry(report.server)
    report.close()
