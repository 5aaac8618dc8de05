"""Folders that are written oddly, and one whose view fails from its second request on: run, told, kept. Live.

One run of the command, of a folder with whatever has confused some program: what a byte order mark, signs of no width
and a form feed do to the numbers of lines; names that look like markup, or take two columns a sign; orders to the
terminal in the code.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import NamedTuple

import pytest
from obeyed_signs import obeyed
from wcwidth import wcswidth

from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.report.findings import failure_lines

pytestmark = pytest.mark.live

VIEWS = '''"""The same page twice, and one that keeps what belongs to another loop."""

import asyncio
import time

from django.http import HttpResponse
\f

# \x1b[31;1mRED\x1b[2J\x1b]0;OWNED\x07 \u202erlo\u202c 遅い 🚀 [/]
def waits(request):
    time.sleep(0.1)
    return HttpResponse("waited")


async def awaits(request):
    await asyncio.sleep(0.1)
    return HttpResponse("awaited")


class Client:
    """Its permits are of the loop on which it was first used."""

    loop = None

    async def get(self):
        self.loop = self.loop or asyncio.get_running_loop()
        permit = self.loop.create_future()
        self.loop.call_soon(permit.set_result, None)
        await permit


_client = Client()


async def shares_a_client(request):
    await _client.get()
    return HttpResponse("got")
'''
TITLE = "Vite ou lent\u00a0? 👩\u200d💻"
MARKUP, WIDE, FAILS = "[/]", "[bold]遅い🚀", "shared"
VISITORS = 4
SCENARIO = f"""\ufefftitle = "{TITLE}"
summary = "{{requests}} visitors one after another"
warm = false

[load]
arrivals = "closed"
concurrency = 1
requests = {VISITORS}

[[targets]]
name = "{MARKUP}"
server = "gunicorn-sync"
workers = 1
view = "waits"

[[targets]]
name = "{WIDE}"
server = "uvicorn"
workers = 1
view = "awaits"

[[targets]]
name = "{FAILS}"
server = "gunicorn-sync"
workers = 1
view = "shares_a_client"
failures_expected = true
"""


class Told(NamedTuple):
    """What the command has written, and kept."""

    report: str
    progress: str
    saved: SavedRun


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    place = tmp_path_factory.mktemp("odd")
    folder, file = place / "odd", place / "run.avw"
    folder.mkdir()
    for name, text in {"views.py": VIEWS, "scenario.toml": SCENARIO, "lesson.md": f"# {TITLE}\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    arguments = ["run", "odd", "--scenarios", str(place), "--no-keep", "--save", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "asgi_vs_wsgi", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"XDG_CONFIG_HOME": "/nonexistent"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Told(done.stdout, done.stderr, read_run(file))


def test_a_byte_order_mark_and_signs_of_no_width_are_legal_and_shown_as_they_are(told: Told):
    assert told.report.startswith(f"{TITLE}\n")
    assert TITLE in told.saved.scenario.toml


def test_names_that_look_like_markup_or_are_wide_are_shown_whole_and_columns_are_aligned(told: Told):
    lines = told.report.splitlines()
    heads = [at for at, line in enumerate(lines) if line.split()[:2] == [MARKUP, WIDE]]  # and the third, with room
    for quantity in ("completed", "makespan", "latency max"):
        at = next(at for at, line in enumerate(lines) if line.startswith(quantity))
        head = lines[max(each for each in heads if each < at)]  # of its table: what else was seen may have one before
        assert wcswidth(lines[at]) == wcswidth(head), lines[at]


def test_the_lines_that_are_measured_are_those_of_pythons_own_count(told: Told):
    (waits,) = (node for node in ast.parse(VIEWS).body if isinstance(node, ast.FunctionDef))
    target = told.saved.result.targets[0]
    assert target.requests.completed == VISITORS
    line = target.blame[0]
    assert (line.where, line.state) == (f"views.py:{waits.body[0].lineno} waits", "blocked")


def test_orders_to_the_terminal_are_kept_with_the_code_and_never_reach_a_reader(told: Told):
    assert "OWNED" in told.saved.scenario.views
    for words in (told.report, told.progress):
        assert not obeyed(words.replace("\n", ""))


def test_why_all_but_the_first_request_fail_is_told_with_the_exception_and_its_line(told: Told):
    target = told.saved.result.targets[2]
    assert (target.requests.completed, target.requests.failed) == (1, VISITORS - 1)
    (failure,) = target.failures
    number = next(at for at, line in enumerate(VIEWS.split("\n"), 1) if "self.loop.call_soon" in line)
    assert (failure.exception, failure.where, failure.count) == (
        "RuntimeError",
        f"views.py:{number} get",
        VISITORS - 1,
    )
    (line,) = failure_lines(told.saved.result)
    assert f"views.py:{number} get" in line
    assert line in told.report
