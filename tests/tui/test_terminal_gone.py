"""Whoever showed our screen is gone, and no signal tells: soon both our processes are gone as well, with their lab."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from process_family import assert_gone

from asgi_vs_wsgi.server_targets.processes.process_table import below

ROOT = Path(__file__).parents[2]
SCREEN = f"""
import os, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may themselves run under nohup
sys.path.insert(0, {str(ROOT)!r})
from asgi_vs_wsgi.tui.terminal.supervisor import run_supervised

def work(on_screen):
    os.write(1, b"up %d %d\\n" % (os.getppid(), os.getpid()))
    time.sleep(60)
    return 0

sys.exit(run_supervised(work))
"""
DEAF = SCREEN.replace(
    "def work",
    "import signal\nfrom asgi_vs_wsgi.tui.terminal import supervisor\nsupervisor.PATIENCE_S = 0.3\ndef work",
).replace("    time.sleep", "    signal.signal(signal.SIGHUP, signal.SIG_IGN)\n    time.sleep")
PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[2:], stdin=int(sys.argv[1]), stdout=int(sys.argv[1]), stderr=2)
child.wait()
"""
"""Between us and the command, as the server of a terminal in a browser is; it is what dies."""


def a_socket() -> tuple[int, int]:
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


def a_terminal() -> tuple[int, int]:
    """Which is nobody's controlling terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    return ours, theirs


def until(descriptor: int, words: bytes) -> bytes:
    read = b""
    while words not in read:
        assert select.select([descriptor], [], [], 20)[0], read[-400:]
        chunk = os.read(descriptor, 1 << 16)
        assert chunk, read[-400:]  # the other end has gone
        read += chunk
    return read


@pytest.mark.parametrize("screen", [SCREEN, DEAF], ids=["listens", "deaf"])
@pytest.mark.parametrize("ends", [a_socket, a_terminal])
def test_both_processes_end_when_the_one_that_shows_the_screen_was_killed(
    ends: Callable[[], tuple[int, int]], screen: str
):
    ours, theirs = ends()
    command = [sys.executable, "-c", PARENT, str(theirs), sys.executable, "-c", screen]
    # Only the parent that is killed has the other end, as a terminal's server has.
    with subprocess.Popen(command, pass_fds=(theirs,), start_new_session=True) as parent:
        os.close(theirs)
        pids = {int(pid) for pid in until(ours, b"\n").split()[1:3]}
        assert len(pids) == 2
        parent.kill()
        os.close(ours)
        assert_gone(pids)


@pytest.mark.parametrize("closed", ["stdin", "stdout"])
def test_a_pipe_that_ends_on_either_side_ends_the_screen(closed: str):
    with subprocess.Popen(
        [sys.executable, "-c", SCREEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        pids = {int(pid) for pid in process.stdout.readline().split()[1:3]}
        getattr(process, closed).close()
        assert_gone(pids)
        assert process.wait() == 128 + signal.SIGHUP


def test_a_screen_whose_other_end_is_there_stays():
    """Longer than it takes to notice; input that has arrived, and a parent that says nothing, are no end."""
    from asgi_vs_wsgi.tui.terminal.supervisor import LOOK_EVERY_S

    with subprocess.Popen(
        [sys.executable, "-c", SCREEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        process.stdout.readline()
        process.stdin.write(b"keys")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3 * LOOK_EVERY_S)
        process.terminate()


@pytest.mark.live
def test_the_whole_laboratory_ends_with_a_terminal_that_controls_no_session(tmp_path):
    ours, theirs = a_terminal()
    command = [sys.executable, "-c", PARENT, str(theirs), sys.executable, "-P", "-m", "asgi_vs_wsgi"]
    environment = os.environ | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, pass_fds=(theirs,), start_new_session=True, env=environment) as parent:
        os.close(theirs)
        until(ours, b"Scenarios")
        os.write(ours, b"\r")
        until(ours, b"recorded live")
        pids = {entry.pid for entry in below(parent.pid, thorough=True)}
        assert len(pids) >= 7
        parent.kill()
        os.close(ours)
        assert_gone(pids)
