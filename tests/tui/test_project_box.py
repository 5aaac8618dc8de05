"""The box in which a command works: its words, what it ends with, and that nothing of it is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import until
from made_app import MadeApp
from own_project import SETTINGS, write_project
from process_family import assert_gone, runs
from project_on_screen import NOWHERE, begun, form_opened
from seen_screen import choose, text_of
from textual.widgets import Static

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.tui.arguments.browse import browse_command
from asgi_vs_wsgi.tui.lab_client import project_child
from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner
from asgi_vs_wsgi.tui.screens.project_box import ProjectBox, _last_words
from asgi_vs_wsgi.tui.screens.project_control import browse_words
from asgi_vs_wsgi.tui.screens.project_values import LOOK, RUN
from asgi_vs_wsgi.tui.screens.run_values import Choice, as_written, chosen
from asgi_vs_wsgi.tui.user_data import read_last_project

pytestmark = pytest.mark.anyio
LIMIT_S = 60.0


async def test_a_look_is_shown_and_leads_back_to_the_form_with_what_was_typed(tmp_path):
    folder = write_project(tmp_path / "shop")
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        box = await begun(made, pilot, folder, LOOK)
        await made.until(pilot, lambda: not box.works)
        await pilot.press("G")
        await made.until(pilot, lambda: "Not seen: what libraries do" in text_of(made))
        assert read_last_project()["path"] == str(folder)
        await pilot.press("escape")
        form = await form_opened(made, pilot)
        assert form.values["path"] == str(folder)
        assert form.step == LOOK
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await made.until(pilot, lambda: "Used last:" in text_of(made))


async def test_why_it_failed_is_told_in_its_own_words_and_it_can_be_tried_again(tmp_path):
    settings = "raise ValueError('\\x1b]0;planted\\x07' if open('tries', 'a').write('1') else '')\n"
    folder = write_project(tmp_path / "shop", shop__settings_py=settings)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        box = await begun(made, pilot, folder, RUN)
        await made.until(pilot, lambda: not box.works)
        assert "✕" in text_of(made)
        words = str(box.query_one("#project-words", Static).render())
        assert "its settings failed: ValueError: \\x1b]0;planted" in words.splitlines()[0]
        tries = (folder / "tries").stat().st_size
        await pilot.press("r")
        await made.until(pilot, lambda: (folder / "tries").stat().st_size > tries)
        await made.until(pilot, lambda: not box.works)
        await pilot.press("escape")
        await form_opened(made, pilot)


WAITS = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"


def pid_of(folder: Path) -> int:
    """Of the process in which the project is imported, once it is."""
    file = folder / "pid"
    return int(file.read_text() or 0) if file.exists() else 0


@pytest.mark.parametrize("way", ["escape", "ctrl+c", "leaves"])
async def test_what_is_ended_leaves_no_process_behind(way, tmp_path):
    folder = write_project(tmp_path / "shop", shop__settings_py=WAITS + SETTINGS)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await begun(made, pilot, folder, LOOK)
        await made.until(pilot, lambda: pid_of(folder))
        child = made.screen.own_project._child
        assert child is not None
        assert runs(child.pid)
        if way == "leaves":
            await made.screen.own_project.close()
        else:
            await pilot.press(way)
            await form_opened(made, pilot)
        assert_gone({child.pid, pid_of(folder)})


def test_a_screen_that_is_killed_takes_the_command_with_it(tmp_path):
    folder = write_project(tmp_path / "shop", shop__settings_py=WAITS + SETTINGS)
    code = (
        "import sys, time; from asgi_vs_wsgi.tui.lab_client.project_child import start_project\n"
        "print(start_project(['project', sys.argv[1], '--look'], 80).process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) as screen:
        assert screen.stdout is not None
        command = int(screen.stdout.readline())
        until(lambda: pid_of(folder), LIMIT_S)
        screen.send_signal(signal.SIGKILL)
        deadline_s = time.monotonic() + LIMIT_S
        while runs(command) or runs(pid_of(folder)):
            assert time.monotonic() < deadline_s
            time.sleep(0.01)


def test_the_line_of_a_failure_is_found_among_what_servers_said():
    assert (
        _last_words(["shop: 1 of 2, /", "asgi-vs-wsgi-tui: uvicorn died\x1b[m", "  Traceback"]) == "uvicorn died\\x1b[m"
    )
    assert _last_words(["shop: 1 of 2, /"]) == ""


@pytest.mark.parametrize(("keeps", "said"), [(True, 0), (False, 1)])
async def test_a_run_is_kept_where_the_screen_keeps_its_own(keeps, said, tmp_path, monkeypatch):
    given: list[list[str]] = []
    started = project_child.start_project

    def start(words, columns):
        given.append(list(words))
        return started(["project", str(NOWHERE)], columns)

    monkeypatch.setattr(project_child, "start_project", start)
    made = MadeApp()
    made.screen.own_project.use(LabSpawner(), keeps=keeps)
    async with made.app.run_test(size=(120, 36)) as pilot:
        box = await begun(made, pilot, write_project(tmp_path / "shop"), RUN)
        await made.until(pilot, lambda: not box.works)
        assert "no such folder" in str(box.query_one("#project-words", Static).render())
        await pilot.press("escape")
        await form_opened(made, pilot)
    assert (given[0].count("--save"), given[0].count("--no-keep")) == (1, said)


async def test_b_in_vitals_asks_a_real_browser_and_says_why_there_is_none(monkeypatch):
    monkeypatch.setenv("ASGI_VS_WSGI_BROWSER", str(NOWHERE))
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        assert not made.screen.own_project.may("browse")
        await pilot.press("6")
        assert made.screen.own_project.may("browse")
        await pilot.press("b")
        await made.until(pilot, lambda: isinstance(made.app.screen, ProjectBox))
        box = made.app.screen_stack[-1]
        assert isinstance(box, ProjectBox)
        await made.until(pilot, lambda: not box.works)
        assert "there is no program" in str(box.query_one("#project-words", Static).render())
        await pilot.press("escape")
        await made.until(pilot, lambda: not isinstance(made.app.screen, ProjectBox))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"parameters": "io_ms=150"}, ["--set", "io_ms=150"]),
        ({"targets": "uvicorn:1 gunicorn-sync:3"}, ["--target", "uvicorn:1", "--target", "gunicorn-sync:3"]),
        ({"requests": "7"}, ["--concurrency", "7"]),
        ({"arrivals": "closed", "concurrency": "5", "requests": "50"}, ["--concurrency", "5"]),
        ({"rounds": "7"}, ["--rounds", "7"]),
    ],
)
async def test_what_was_changed_are_options_of_browse(values, expected):
    assert browse_words(changed_to(values)) == expected
    browse_command.make_context("browse", ["slow-io", *expected], obj=())  # it has these options


def changed_to(values: dict[str, str]) -> Choice:
    catalog = load_catalog()
    scenario = catalog.find("slow-io")
    choice = chosen(scenario, as_written(scenario) | values, catalog, race=False)
    assert isinstance(choice, Choice)
    return choice


async def test_b_measures_what_was_changed_and_tells_of_a_zero_byte(monkeypatch):
    given: list[list[str]] = []

    def start(words, columns):
        given.append(list(words))
        raise ValueError("embedded null byte")

    monkeypatch.setattr(project_child, "start_project", start)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs._choices["slow-io"] = changed_to({"parameters": "io_ms=150"})
        await choose(made, pilot, "slow-io")
        await pilot.press("6", "b")
        await made.until(pilot, lambda: isinstance(made.app.screen, ProjectBox))
        box = made.app.screen_stack[-1]
        assert isinstance(box, ProjectBox)
        await made.until(pilot, lambda: not box.works)
        assert "it could not be started: embedded null byte" in str(box.query_one("#project-words", Static).render())
    assert given[0][:4] == ["browse", "slow-io", "--set", "io_ms=150"]


TALKATIVE = """import os, sys, time
print(*range(2000), sep="\\n", file=sys.stderr, flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
print("the last word", file=sys.stderr, flush=True)
while True:
    time.sleep(0.01)"""


async def test_progress_goes_on_after_more_lines_than_are_kept(tmp_path: Path, monkeypatch):
    go, made = tmp_path / "go", MadeApp()
    monkeypatch.setattr(project_child, "COMMAND", (sys.executable, "-c", TALKATIVE))

    async def start() -> project_child.ProjectChild:
        return project_child.ProjectChild(project_child.start_project([str(go)], 80))

    box = ProjectBox("talks", start, tmp_path / "none.avw")

    def shown() -> str:
        return str(box.query_one("#project-words", Static).render())

    async with made.app.run_test(size=(120, 36)) as pilot:
        await made.app.push_screen(box)
        await made.until(pilot, lambda: "1999" in shown())
        go.touch()
        await made.until(pilot, lambda: "the last word" in shown())
        child = box._child
        assert child
        assert child.words_told == child.words.maxlen + 1
        box.interrupt()
        await child.close()
