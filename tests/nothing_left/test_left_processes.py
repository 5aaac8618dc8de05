"""Whatever views start is gone within two seconds of the end, however it ends; what had to be killed is told.

The views start it in every way that is known (folder `leaves`): sessions and groups of their own, double
forks, deaf to signals, forks that keep the listening socket, pools, and one that is never the same pid for long.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from process_family import Family, children_of, command_of

from asgi_vs_wsgi.server_targets.processes.reaper import EndedProcess, started_by_views

FOLDER = Path(__file__).parent
COMMAND = [sys.executable, "-P", "-m", "asgi_vs_wsgi", "--scenarios", str(FOLDER)]
KINDS = 9
"""How many processes a first visit leaves, at least."""


@contextmanager
def served(target: str) -> Iterator[tuple[subprocess.Popen[str], Family, list[int]]]:
    """A served target whose views have left everything: the command, its family, its workers."""
    family = Family()
    process = subprocess.Popen(
        [*COMMAND, "serve", "leaves", "--target", target],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=family.environment,
    )
    with process:
        try:
            url = process.stdout.readline().strip()
            assert url, process.stderr.read()
            with urllib.request.urlopen(url) as answer:
                assert answer.read() == b"left"
            workers = _ready(process)
            assert len(family.look(process.pid)) >= KINDS + 2
            yield process, family, workers
        finally:
            process.kill()


def _ready(process: subprocess.Popen[str]) -> list[int]:
    """The workers that were there before the URL was told."""
    os.set_blocking(process.stderr.fileno(), False)
    words = os.read(process.stderr.fileno(), 1 << 16).decode()
    return [int(line.split()[2]) for line in words.splitlines() if line.startswith("ready ")]


def reaper_of(process: subprocess.Popen[str]) -> int:
    (reaper,) = [
        pid for pid in children_of(process.pid) if "asgi_vs_wsgi.server_targets.processes.launch" in command_of(pid)
    ]
    return reaper


def end_lab(process: subprocess.Popen[str], workers: list[int]) -> None:
    process.terminate()


def kill_lab(process: subprocess.Popen[str], workers: list[int]) -> None:
    process.kill()


def kill_reaper(process: subprocess.Popen[str], workers: list[int]) -> None:
    os.kill(reaper_of(process), signal.SIGKILL)


def kill_master(process: subprocess.Popen[str], workers: list[int]) -> None:
    (master, *_) = [
        pid
        for pid in children_of(reaper_of(process))
        if "asgi_vs_wsgi.server_targets.processes.launch" in command_of(pid)
    ]
    os.kill(master, signal.SIGKILL)


def kill_workers_then_end_lab(process: subprocess.Popen[str], workers: list[int]) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGINT)


def stop_everything_then_kill_lab(process: subprocess.Popen[str], workers: list[int]) -> None:
    """Nobody but the kernel and the reaper can do anything any more."""
    family = Family()
    for pid in family.look(process.pid) - {reaper_of(process)}:
        with contextlib.suppress(ProcessLookupError):  # one of them is never the same pid for long
            os.kill(pid, signal.SIGSTOP)
    process.kill()


@pytest.mark.live
@pytest.mark.parametrize(
    ("target", "strike"),
    [
        ("uvicorn:2", kill_lab),
        ("gunicorn-gthread:1x2", end_lab),
        ("uvicorn:2", kill_reaper),
        ("wsgiref", kill_master),
        ("gunicorn-sync:1", kill_workers_then_end_lab),
        ("uvicorn:1", stop_everything_then_kill_lab),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_nothing_that_views_started_is_left(target, strike):
    with served(target) as (process, family, workers):
        strike(process, workers)
        family.assert_gone()
        if strike is end_lab:
            process.wait()
            told = os.read(process.stderr.fileno(), 1 << 16)
            assert b"gunicorn-gthread: its views had started" in told
            assert b"sleep (" in told


@pytest.mark.live
def test_a_run_ends_what_its_views_left_and_tells_of_it(tmp_path):
    family = Family()
    done = subprocess.run(
        [*COMMAND, "run", "leaves", "--no-keep", "--json"],
        capture_output=True,
        text=True,
        env=family.environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    family.assert_gone(0.0)
    for target in json.loads(done.stdout)["targets"]:
        left = {each["command"]: each["count"] for each in target["left_processes"]}
        assert left["sleep"] >= 4, target["name"]
        assert sum(left.values()) >= KINDS
        assert not target["workers_lost"]


SERVER, WORKER, OTHER, REAPER = 10, 20, 21, 5


@pytest.mark.parametrize(
    ("ended", "workers", "told"),
    [
        ([(WORKER, SERVER, "w"), (OTHER, SERVER, "w")], {WORKER, OTHER}, {}),
        ([(WORKER, SERVER, "w"), (OTHER, SERVER, "starting")], {WORKER}, {}),
        ([(WORKER, SERVER, "w"), (30, WORKER, "sh"), (31, 30, "sleep")], {WORKER}, {"sh": 1, "sleep": 1}),
        ([(30, REAPER, "sleep"), (31, 30, "sleep")], {WORKER}, {"sleep": 2}),
        ([(30, SERVER, "sleep")], {SERVER}, {"sleep": 1}),
        ([(30, SERVER, "helper"), (31, 30, "its child")], {WORKER}, {}),
        ([(WORKER, REAPER, "w"), (30, WORKER, "sleep")], {WORKER}, {"sleep": 1}),
        ([], {WORKER}, {}),
    ],
)
def test_what_is_the_servers_own_is_not_told_as_left_by_a_view(ended, workers, told):
    assert started_by_views([EndedProcess(*each) for each in ended], SERVER, workers) == told
