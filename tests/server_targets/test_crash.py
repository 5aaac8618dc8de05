"""By which signal a worker crashed, from the words of servers and the exit status of a child."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.server_targets.processes.log_lines import (
    CRASHES,
    FAULT_HANDLER,
    crash_in_line,
    crash_in_status,
    crash_words,
)
from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment

LINES = {
    "[2026-11-26 22:00:00 +0000] [12] [ERROR] Worker (pid:123) was sent SIGSEGV!": "SIGSEGV",
    "[2026-11-26 22:00:00 +0000] [12] [ERROR] Worker (pid:123) was sent SIGABRT!": "SIGABRT",
    "Fatal Python error: Segmentation fault": "SIGSEGV",
    "Fatal Python error: Bus error": "SIGBUS",
    "Fatal Python error: Aborted": "SIGABRT",
    "[2026-11-26 22:00:00 +0000] [12] [ERROR] Worker (pid:123) was sent SIGKILL! Perhaps out of memory?": None,
    "[2026-11-26 22:00:00 +0000] [12] [ERROR] Worker (pid:123) exited with code 1": None,
    "INFO:     Child process [123] died": None,
    "a view prints: Fatal Python error: Segmentation fault": None,
    "": None,
}


@pytest.mark.parametrize(("line", "name"), LINES.items(), ids=range(len(LINES)))
def test_a_servers_line_tells_of_a_crash_or_of_none(line, name):
    assert crash_in_line(line) == name


@given(st.text())
def test_no_text_is_taken_for_a_crash_or_breaks_the_reading(text):
    assert crash_in_line(text) in {None, *CRASHES}


@given(st.one_of(st.none(), st.integers(-200, 300)))
def test_only_a_signal_of_a_fault_is_a_crash(status):
    name = crash_in_status(status)
    assert (name is not None) == (status in {-signal.Signals[each] for each in CRASHES})


@pytest.mark.parametrize("name", sorted(CRASHES))
def test_pythons_fault_handler_says_so_in_every_server_that_we_start(name):
    command = [sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(signal.Signals[name])})"]
    ran = subprocess.run(command, env=clean_environment({}), capture_output=True, text=True, check=False)
    assert {crash_in_line(line) for line in ran.stderr.splitlines()} == {None, name}
    assert crash_in_status(ran.returncode) == name


def test_a_user_who_has_turned_the_fault_handler_off_is_heard(monkeypatch):
    monkeypatch.setenv("PYTHONFAULTHANDLER", "")
    assert clean_environment({})["PYTHONFAULTHANDLER"] == ""
    monkeypatch.delenv("PYTHONFAULTHANDLER")
    assert clean_environment({}).items() >= FAULT_HANDLER.items()


def test_the_way_out_is_named_only_where_it_is_one():
    assert "--no-lines" in crash_words("SIGSEGV", reads_lines=True)
    assert "--no-lines" not in crash_words("SIGSEGV", reads_lines=False)
