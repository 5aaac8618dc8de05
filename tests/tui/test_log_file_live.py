"""`--log FILE`: what was started, what came when, what went wrong; for the user's eyes, and without passwords."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bare_terminal import BareTerminal
from command_line import command, until

pytestmark = pytest.mark.live
QUICK = ("slow-io", "--requests", "4", "--set", "io_ms=20", "--target", "gunicorn-sync:1")
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ [a-z_.]+: ")


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_run_tells_what_it_started_with_which_command_line_and_what_came_when(tmp_path, place):
    log = tmp_path / "run.log"
    said, asked = ["--log", str(log)], ["run", *QUICK, "--target", "uvicorn:1", "--json"]
    done = command(*said, *asked) if place == "before" else command(*asked, *said)
    assert done.returncode == 0
    lines = lines_of(log)
    assert all(LINE.match(line) for line in lines)
    first, surroundings = lines[:2]
    assert " run slow-io --requests 4" in first
    assert re.search(r"asgi-vs-wsgi-tui \d.*Python 3\..*Linux", surroundings)
    started = [line for line in lines if " started " in line]
    assert any("gunicorn.app.wsgiapp:run" in line for line in started)
    assert any("uvicorn:main" in line for line in started)
    text = "\n".join(lines)
    assert text.index("starting: ") < text.index("running: measuring uvicorn") < text.index("stopping: ")
    for target in json.loads(done.stdout)["targets"]:
        for worker in target["workers_seen"]:
            assert f"pid={worker['pid']}" in text
    assert text.count("has ended with status") == len(started)
    assert lines[-1].endswith("exit status 0")


def test_a_second_command_adds_to_the_file_which_is_its_users_alone(tmp_path):
    log = tmp_path / "run.log"
    for _ in range(2):
        assert command("run", "no-such-scenario", "--log", str(log)).returncode == 2
    assert log.stat().st_mode & 0o777 == 0o600
    assert sum("told: asgi-vs-wsgi-tui: " in line for line in lines_of(log)) == 2
    assert sum("exit status 2" in line for line in lines_of(log)) == 2


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p4ssw0rd@127.0.0.1:1/none",
        "postgresql://me:p4ssw0rd:p4ssw0rd@p4ssw0rd@127.0.0.1:1/none",
        "postgresql://me:a p4ssw0rd@127.0.0.1:1/none",
        "postgresql://me@127.0.0.1:1/none?password=p4ssw0rd&sslpassword=p4ss",
    ],
)
@pytest.mark.parametrize("by", ["option", "environment"])
def test_no_password_comes_into_it(tmp_path, url, by):
    log = tmp_path / "run.log"
    arguments = ["--database-url", url] if by == "option" else []
    env = {} if by == "option" else {"ASGI_VS_WSGI_DATABASE_URL": url}
    done = command("run", "connections", "--requests", "1", "--log", str(log), *arguments, env=env)
    assert done.returncode != 0
    text = log.read_text(encoding="utf-8")
    assert "exit status" in text
    assert "p4ss" not in text


@pytest.mark.parametrize(("file", "why"), [("gone/run.log", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_written_is_told_before_anything_starts(tmp_path, file, why):
    done = command("run", *QUICK, "--log", str(tmp_path / file))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("asgi-vs-wsgi-tui: --log: ")
    assert why in line


def test_a_disk_that_is_full_takes_nothing_from_the_run():
    done = command("run", *QUICK, "--json", "--log", "/dev/full")
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "asgi-vs-wsgi-tui/run/1"
    assert "No space" not in done.stderr


def test_what_servers_and_views_print_is_obeyed_by_no_terminal(tmp_path):
    folder = tmp_path / "loud"
    assert command("new", "loud", "--scenarios", str(folder.parent)).returncode == 0
    views = folder / "views.py"
    views.write_text(
        views.read_text(encoding="utf-8") + "\nprint('\\x1b]0;OWNED\\x07', flush=True)\n", encoding="utf-8"
    )
    log = tmp_path / "run.log"
    command(
        "run", "loud", "--scenarios", str(folder.parent), "--requests", "2", "--target", "uvicorn:1", "--log", str(log)
    )
    text = log.read_text(encoding="utf-8")
    assert "OWNED" in text
    assert "\x1b" not in text


def test_a_run_on_the_screen_is_logged_by_the_lab_too(tmp_path):
    log = tmp_path / "run.log"
    with BareTerminal(["--log", str(log), "--no-keep"]) as terminal:
        terminal.until("Slow I/O")
        terminal.type("\r")
        until(lambda: not terminal.read_some(0.05) and "finished: finished" in log.read_text(encoding="utf-8"), 30)
        terminal.type("q")
        assert terminal.ended() == 0
    text = log.read_text(encoding="utf-8")
    assert " started " in text
    assert text.rstrip().endswith("exit status 0")
