"""The user's own project from the screen: the first entry of the list, its form, and the command that it starts."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import until
from made_app import MadeApp
from msgspec.structs import replace
from own_project import SETTINGS, write_project
from process_family import assert_gone, runs
from saved_runs import FOLDER
from seen_screen import choose, text_of
from textual.widgets import Input, Static

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.cli.browse import browse_command
from asgi_vs_wsgi.tui.lab_client import project_child
from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner
from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.project_box import ProjectBox, _last_words
from asgi_vs_wsgi.tui.screens.project_control import browse_words
from asgi_vs_wsgi.tui.screens.project_form import ProjectForm, Steps
from asgi_vs_wsgi.tui.screens.project_values import LOOK, RUN, values_at_first
from asgi_vs_wsgi.tui.screens.try_form import Flag, Row
from asgi_vs_wsgi.tui.screens.try_values import Choice, as_written, chosen
from asgi_vs_wsgi.tui.user_data import keep_last_project, read_last_project
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN, ScenarioList

pytestmark = pytest.mark.anyio
NOWHERE = Path("/nonexistent")
EMPTY = values_at_first({}, NOWHERE)
SIZES = [(80, 24), (120, 36), (200, 60)]
LIMIT_S = 60.0


async def at_entry(made: MadeApp, pilot) -> None:
    await choose(made, pilot, OWN)
    await made.until(pilot, lambda: "Three steps" in text_of(made))


async def form_opened(made: MadeApp, pilot) -> ProjectForm:
    await made.until(pilot, lambda: isinstance(made.app.screen, ProjectForm))
    await pilot.pause()
    assert isinstance(made.app.screen, ProjectForm)
    return made.app.screen


async def begun(made: MadeApp, pilot, folder: Path, step: str) -> ProjectBox:
    """The form filled in with that, and begun."""
    await at_entry(made, pilot)
    await pilot.press("enter")
    form = await form_opened(made, pilot)
    form.query_one("#try-path", Input).value = str(folder)
    form.query_one(Steps).action_choose(step)
    await pilot.press("enter")
    await made.until(pilot, lambda: isinstance(made.app.screen, ProjectBox))
    assert isinstance(made.app.screen, ProjectBox)
    return made.app.screen


def line_on(form: ProjectForm) -> str:
    return str(form.query_one("#line", Static).render())


def told_at(form: ProjectForm, field: str) -> str:
    """What is wrong there."""
    (row,) = (row for row in form.query(Row) if row.field.id == field)
    wrong = row.query_one(".wrong", Static)
    return str(wrong.render()) if wrong.display else ""


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_the_first_entry_and_says_what_it_does_while_the_first_scenario_stays_chosen(
    size, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # `s` saves a picture there
    keep_last_project(EMPTY | {"path": "/home/ada/\x1b]0;x\x07shop"})
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        entries = [option for option in made.screen.query_one(ScenarioList).options if not option.disabled]
        assert entries[0].id == OWN
        assert made.screen.runs.chosen == DEFAULT_SCENARIO
        await at_entry(made, pilot)
        text = text_of(made)
        for words in ("Your own project", "look ", "try ", "run ", "Not a line of it is changed", "\\x1b]0;x\\x07shop"):
            assert words in text
        for mode in "23456789":
            await pilot.press(mode)
        await pilot.press("y", "t", "l", "s", "escape")
        assert "Three steps" in text_of(made)
        assert made.link.started == []


@pytest.mark.parametrize("key", ["enter", "r", "m", "x"])
async def test_keys_that_run_a_scenario_open_its_form(key):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await at_entry(made, pilot)
        await pilot.press(key)
        form = await form_opened(made, pilot)
        for shown in (
            "folder",
            "python",
            "settings",
            "pages",
            "HAR file",
            "log file",
            "as user",
            "headers",
            "host",
            "writes     ○ not allowed",
            "network    ○ not allowed",
            "requests",
            "rounds",
            "as far as",
            "esc closes",
        ):
            assert shown in text_of(made)
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is not form)
        await choose(made, pilot, DEFAULT_SCENARIO)
        await pilot.press("r")
        await pilot.pause()
        assert made.app.screen is made.screen
        assert made.link.started == []


async def test_the_palette_opens_the_form_from_anywhere():
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        commands = LabCommands(made.screen)
        (open_form,) = [hit.command async for hit in commands.discover() if "Your own project" in str(hit.text)]
        open_form()
        await form_opened(made, pilot)


@pytest.mark.parametrize("size", [(60, 16), *SIZES])
async def test_what_is_allowed_is_turned_over_by_a_blank_and_the_foot_of_the_form_stays_in_sight(size):
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await at_entry(made, pilot)
        await pilot.press("enter")
        form = await form_opened(made, pilot)
        form.query_one("#try-allow_network", Flag).focus()
        await pilot.press("space")
        await made.until(pilot, lambda: line_on(form).endswith("--allow-network"))
        assert "network    ● allowed" in text_of(made)
        assert "space allows it" in text_of(made)
        assert "--allow-network" in text_of(made)
        assert "as far as" in text_of(made)
        await pilot.press("space")
        await made.until(pilot, lambda: "--allow-network" not in line_on(form))
        form.query_one("#try-sweep_threads", Flag).focus()
        await pilot.press("space")
        await made.until(pilot, lambda: line_on(form).endswith("--sweep-threads"))
        assert "threads    ● swept after the run" in text_of(made)


@pytest.mark.parametrize("size", SIZES)
async def test_a_mistake_is_told_at_its_field_before_anything_starts(size, tmp_path):
    made = MadeApp()
    write_project(tmp_path / "shop")
    async with made.app.run_test(size=size) as pilot:
        await at_entry(made, pilot)
        await pilot.press("enter")
        form = await form_opened(made, pilot)
        form.query_one("#try-pages", Input).value = "books"
        await made.until(pilot, lambda: "books: no path (PATH[=WEIGHT]" in text_of(made))
        form.query_one("#try-pages", Input).value = ""
        form.query_one("#try-path", Input).value = str(tmp_path / "none")
        form.query_one("#try-rounds", Input).focus()
        await pilot.press("enter")
        await made.until(pilot, lambda: "none: no such folder" in told_at(form, "path"))
        assert told_at(form, "rounds") == ""
        await made.until(pilot, lambda: getattr(made.app.focused, "id", "") == "try-path")
        form.query_one("#try-path", Input).value = str(tmp_path / "shop")
        form.query_one("#try-python", Input).value = "/nonexistent/python"
        await pilot.press("enter")
        await made.until(pilot, lambda: "there is no program" in told_at(form, "python"))
        assert made.app.screen is form
        assert read_last_project() == {}
        await pilot.press("ctrl+y")
        await made.until(pilot, lambda: made.app.clipboard)
        assert shlex.split(made.app.clipboard) == shlex.split(line_on(form).replace("\n", " "))


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


@pytest.mark.parametrize("name", ["shop", DEFAULT_SCENARIO])
async def test_a_run_of_it_belongs_to_its_entry_whatever_its_folder_is_called(name):
    """Enter at it opens the form, and what is listed under that name is another scenario."""
    saved = read_run(FOLDER / "streaming.avw")
    toml = re.sub(r'(?m)^summary = ".*"$', 'summary = "Your own project: 2 pages."', saved.scenario.toml)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(replace(saved, scenario=replace(saved.scenario, name=name, toml=toml)))
        await made.to_the_end(pilot)
        assert made.screen.runs.chosen == OWN
        assert made.screen.playing is not None
        await pilot.press("8", "x")
        await pilot.pause()
        assert made.app.screen is made.screen
        await pilot.press("1", "enter")
        await form_opened(made, pilot)
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await choose(made, pilot, "blocked-loop")
        assert made.screen.playing is None
        await choose(made, pilot, OWN)
        assert made.screen.playing is not None
        assert made.link.started == []


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
