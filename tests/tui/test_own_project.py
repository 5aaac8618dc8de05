"""The user's own project from the screen: the first entry of the list, and its form."""

from __future__ import annotations

import re
import shlex

import pytest
from made_app import MadeApp
from msgspec.structs import replace
from own_project import write_project
from project_on_screen import NOWHERE, at_entry, form_opened
from saved_runs import FOLDER
from seen_screen import choose, text_of
from textual.widgets import Input, Static

from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.project_form import ProjectForm
from asgi_vs_wsgi.tui.screens.project_values import values_at_first
from asgi_vs_wsgi.tui.screens.run_form import Flag, Row
from asgi_vs_wsgi.tui.user_data import keep_last_project, read_last_project
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN, ScenarioList

pytestmark = pytest.mark.anyio
EMPTY = values_at_first({}, NOWHERE)
SIZES = [(80, 24), (120, 36), (200, 60)]


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
        form.query_one("#field-allow_network", Flag).focus()
        await pilot.press("space")
        await made.until(pilot, lambda: line_on(form).endswith("--allow-network"))
        assert "network    ● allowed" in text_of(made)
        assert "space allows it" in text_of(made)
        assert "--allow-network" in text_of(made)
        assert "as far as" in text_of(made)
        await pilot.press("space")
        await made.until(pilot, lambda: "--allow-network" not in line_on(form))
        form.query_one("#field-sweep_threads", Flag).focus()
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
        form.query_one("#field-pages", Input).value = "books"
        await made.until(pilot, lambda: "books: no path (PATH[=WEIGHT]" in text_of(made))
        form.query_one("#field-pages", Input).value = ""
        form.query_one("#field-path", Input).value = str(tmp_path / "none")
        form.query_one("#field-rounds", Input).focus()
        await pilot.press("enter")
        await made.until(pilot, lambda: "none: no such folder" in told_at(form, "path"))
        assert told_at(form, "rounds") == ""
        await made.until(pilot, lambda: getattr(made.app.focused, "id", "") == "field-path")
        form.query_one("#field-path", Input).value = str(tmp_path / "shop")
        form.query_one("#field-python", Input).value = "/nonexistent/python"
        await pilot.press("enter")
        await made.until(pilot, lambda: "there is no program" in told_at(form, "python"))
        assert made.app.screen is form
        assert read_last_project() == {}
        await pilot.press("ctrl+y")
        await made.until(pilot, lambda: made.app.clipboard)
        assert shlex.split(made.app.clipboard) == shlex.split(line_on(form).replace("\n", " "))


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
