"""A stdout or stderr that takes nothing more: one line that names it, or silence, an exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import command

from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.tui.commands.output import ProgressLines

FULL = Path("/dev/full")
BUFFERED = {"PYTHONUNBUFFERED": ""}
LINE = "asgi-vs-wsgi-tui: stdout: No space left on device"


@pytest.mark.parametrize("env", [BUFFERED, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"]], ids=" ".join)
def test_a_stdout_without_room_is_named(arguments: list[str], env: dict[str, str]):
    with FULL.open("w") as full:
        done = command(*arguments, stdout=full, env=env)
    assert done.returncode == 1
    assert done.stderr.startswith(LINE)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--help"]], ids=" ".join)
def test_what_click_itself_prints_is_no_exception(arguments: list[str]):
    with FULL.open("w") as full:
        done = command(*arguments, stdout=full, env=BUFFERED)
    assert done.returncode == 1
    assert done.stderr.startswith(LINE)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", "2>&1 >/dev/null | head -c 0"])
@pytest.mark.parametrize(("arguments", "code"), [("nonsense", 2), ("list", 0)])
def test_a_stderr_that_takes_nothing_changes_no_exit_code(arguments: str, code: int, stderr: str):
    line = f"set -o pipefail; {sys.executable} -m asgi_vs_wsgi {arguments} >/dev/null {stderr}"
    assert subprocess.run(["bash", "-c", line], check=False, timeout=60).returncode == code


@pytest.mark.parametrize("lines", ["-n 1", "-c 0"])
def test_a_reader_that_leaves_ends_it_without_a_word(lines: str):
    line = f"{sys.executable} -c 'print(\"x\" * 2 ** 20)'; {sys.executable} -m asgi_vs_wsgi list --json"
    done = subprocess.run(
        ["bash", "-c", f"({line}; echo code=$? >&2) | head {lines}"], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == "code=141"
    assert "asgi-vs-wsgi-tui" not in done.stderr


def test_a_shell_is_given_its_completion():
    done = command(env={"_ASGI_VS_WSGI_TUI_COMPLETE": "bash_source"})
    assert done.returncode == 0
    assert "complete" in done.stdout


@pytest.mark.parametrize("kind", ["full", "left"])
def test_progress_that_cannot_be_told_any_more_is_let_go_of(kind: str):
    stream = _full() if kind == "full" else _left()
    with ProgressLines(stream) as lines:
        for number in range(3):
            lines.progress(Progress("running", f"step {number}"))
            lines.ready("gunicorn-sync", number)
    stream.close()  # would fail where something still waited to be written


def _full():
    return FULL.open("w")


def _left():
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "w")


@pytest.mark.live
def test_a_run_whose_progress_nobody_reads_is_a_run():
    asked = "run slow-io --target uvicorn:1 --requests 2 --set io_ms=10 --no-keep"
    line = f"{sys.executable} -m asgi_vs_wsgi {asked} 2>/dev/full"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("Slow I/O\n")


@pytest.mark.live
def test_serving_whose_url_cannot_be_told_ends():
    line = f"{sys.executable} -m asgi_vs_wsgi serve slow-io --target uvicorn:1 >/dev/full"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(LINE)
