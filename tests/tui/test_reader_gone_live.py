"""Nobody reads stdout any more, as when the program that started us through pipes was killed: it ends, and cleanly."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from subprocess import DEVNULL

import pytest
from command_line import until

pytestmark = pytest.mark.live
COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))
LONG = ["slow-io", "--requests", "20", "--set", "io_ms=5000"]
GONE = 141
"""128 + SIGPIPE, as a shell says it of a program that writes to a reader that has gone."""


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", *LONG],
        ["run", *LONG, "--json", "--no-keep"],
        ["tournament", *LONG, "--target", "uvicorn:1", "--target", "gunicorn-sync:1"],
        ["serve", "slow-io", "--target", "uvicorn:1"],
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[-1:]),
)
def test_a_command_whose_reader_is_gone_ends_with_its_servers(arguments: list[str]):
    with subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdout is not None
        until(lambda: len(servers_of(command.pid)) > 1)
        servers = servers_of(command.pid)
        command.stdout.close()
        assert command.wait(5) == GONE
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in servers), 2)


def test_a_run_that_its_terminal_left_behind_is_measured_to_its_end_and_kept(tmp_path: Path):
    """As after `disown`: no signal comes, and what is stored does not need a terminal."""
    ours, terminal = pty.openpty()
    saved = tmp_path / "run.avw"
    arguments = ["run", "slow-io", "--requests", "4", "--set", "io_ms=1000", "--target", "gunicorn-sync:1", "--no-keep"]
    arguments += ["--save", str(saved)]
    with subprocess.Popen([COMMAND, *arguments], stdout=terminal, stderr=DEVNULL, start_new_session=True) as command:
        os.close(terminal)
        until(lambda: len(servers_of(command.pid)) > 1)
        os.close(ours)
        assert command.wait(30) != GONE
    assert saved.stat().st_size


def servers_of(pid: int) -> set[int]:
    """All that descend from it."""
    found: set[int] = set()
    parents = {str(pid)}
    while parents:
        listed = subprocess.run(["pgrep", "-P", ",".join(parents)], capture_output=True, text=True, check=False).stdout
        parents = set(listed.split())
        found |= {int(each) for each in parents}
    return found


def test_a_file_or_an_end_of_stdin_is_no_reader_that_has_gone(tmp_path: Path):
    with (tmp_path / "report").open("wb") as report:
        arguments = ["run", "slow-io", "--requests", "2", "--set", "io_ms=10", "--target", "uvicorn:1", "--no-keep"]
        done = subprocess.run([COMMAND, *arguments], stdin=DEVNULL, stdout=report, check=False)
    assert done.returncode == 0
    assert "uvicorn" in (tmp_path / "report").read_text(encoding="utf8")
