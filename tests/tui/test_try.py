"""`x` changes what `run` can change: the same checks and words, the command line beside it, and it stays."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path

import click
import pytest
from made_app import MadeApp, recorded_race
from seen_screen import choose, text_of
from textual.widgets import Input, OptionList, Static

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.resolve import as_changed, resolve
from asgi_vs_wsgi.tui.cli import cli
from asgi_vs_wsgi.tui.cli.run import options_of
from asgi_vs_wsgi.tui.errors import usage
from asgi_vs_wsgi.tui.screens.try_form import Manner, TryScreen
from asgi_vs_wsgi.tui.screens.try_values import (
    FIELDS,
    Choice,
    Refusal,
    as_written,
    changes,
    chosen,
    in_words_of_form,
    line_of,
    suggested_values,
    values_of,
)

pytestmark = pytest.mark.anyio
CATALOG = load_catalog()
EVERY = pytest.mark.parametrize("scenario", CATALOG.scenarios, ids=lambda each: each.name)
SIZES = [(80, 24), (120, 36), (200, 60)]


def arguments_in(line: str) -> list[str]:
    program, command, *arguments = shlex.split(line)
    assert (program, command) == ("asgi-vs-wsgi-tui", "run")
    return arguments


# ---- without the screen


@EVERY
def test_unchanged_it_is_the_scenarios_own_run_and_so_is_its_command_line(scenario):
    values = as_written(scenario)
    found = chosen(scenario, values, CATALOG, race=scenario.toml.race)
    assert isinstance(found, Choice)
    assert found.changed == {}
    own = resolve(options_of([scenario.name]), CATALOG)
    assert (found.experiment.targets, found.experiment.load) == (own.targets, own.load)
    assert found.options == options_of(arguments_in(line_of(scenario, values, (), race=scenario.toml.race)))


@EVERY
def test_what_a_lesson_suggests_can_be_run_and_is_not_what_the_scenario_does_anyway(scenario):
    for suggestion in scenario.toml.suggestions:
        values = suggested_values(scenario, suggestion)
        assert changes(scenario, values)
        found = chosen(scenario, values, CATALOG, race=False)
        assert isinstance(found, Choice) or "is not installed" in found.words
        line = line_of(scenario, values, (), race=False)
        if isinstance(found, Choice):
            assert found.options == options_of(arguments_in(line))
            assert values_of(scenario, found.options) | {"rounds": values["rounds"]} == values


SLOW = CATALOG.find("slow-io")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"requests": "0"}, "requests"),
        ({"requests": "many"}, "requests"),
        ({"requests": "2000000"}, "requests"),
        ({"targets": "gunicorn-sink"}, "targets"),
        ({"targets": "gunicorn-sync:0"}, "targets"),
        ({"targets": "uvicorn:2x8"}, "targets"),
        ({"targets": "uvicorn:2 :3"}, "targets"),
        ({"arrivals": "brst"}, "arrivals"),
        ({"arrivals": "closed"}, "concurrency"),
        ({"arrivals": "poisson"}, "rate"),
        ({"rate": "5"}, "rate"),
        ({"rate": "fast"}, "rate"),
        ({"parameters": "io_ms=0"}, "parameters"),
        ({"parameters": "io_ms"}, "parameters"),
        ({"parameters": "speed=3"}, "parameters"),
        ({"rounds": "0"}, "rounds"),
        ({"rounds": "x"}, "rounds"),
        ({"duration_s": "-1"}, "duration_s"),
        ({"requests": "--json"}, "requests"),
        ({"targets": "'"}, "targets"),
    ],
)
def test_what_the_command_refuses_is_refused_at_the_field_and_by_its_label(changed, field):
    values = as_written(SLOW) | changed
    found = chosen(SLOW, values, CATALOG, race=False)
    assert isinstance(found, Refusal)
    assert found.field == field
    with pytest.raises((click.ClickException, BadInput)) as refused:
        cli.main(["run", *arguments_in(line_of(SLOW, values, (), race=False))], standalone_mode=False)
    error: object = refused.value
    if isinstance(error, click.ClickException):
        assert found.words in in_words_of_form(usage(error), FIELDS)
    else:
        assert isinstance(error, BadInput)
        assert found.words == in_words_of_form(error.one_line(), FIELDS)
    assert "\n" not in found.words


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"requests": "64"}, "--requests 64"),
        ({"targets": " uvicorn:2   gunicorn-sync:4 "}, "--target uvicorn:2 --target gunicorn-sync:4"),
        ({"parameters": "io_ms=5"}, "--set io_ms=5"),
        ({"arrivals": "closed", "concurrency": "3"}, "--arrivals closed --concurrency 3"),
        ({"targets": ""}, ""),
        ({"rounds": "5"}, ""),
    ],
)
def test_only_what_was_changed_stands_in_the_command_line(changed, expected):
    values = as_written(SLOW) | changed
    assert isinstance(chosen(SLOW, values, CATALOG, race=False), Choice)
    line = line_of(SLOW, values, ("my folder",), race=False)
    middle = f" {expected} " if expected else " "
    assert line == f"asgi-vs-wsgi-tui run slow-io{middle}--rounds {values['rounds']} --scenarios 'my folder'"


def test_a_changed_scenario_is_shown_with_its_changes_and_promises_no_answer():
    found = chosen(SLOW, as_written(SLOW) | {"requests": "7", "parameters": "io_ms=5"}, CATALOG, race=True)
    assert isinstance(found, Choice)
    shown = as_changed(found.experiment)
    assert (shown.toml.load.requests, shown.toml.parameters["io_ms"].default) == (7, 5)
    assert shown.toml.predict.right is None
    assert SLOW.toml.predict.right is not None
    assert as_written(shown)["requests"] == "7"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('[[try]]\ntitle = "x"', "try[0]: it changes nothing"),
        ('[[try]]\ntitle = "x"\ntargets = ["nonsense:2"]', "no server `nonsense`"),
        ('[[try]]\ntitle = "x"\nparameters = { speed = 1 }', "no such parameter"),
        ('[[try]]\ntitle = "x"\nrequests = 0', "--requests: 0 is out of bounds"),
        ('[[try]]\ntitle = "x"\nworkers = 3', "try[0]"),
        ("[[try]]\nrequests = 3", "title"),
        ('[[try]]\ntitle = "\\u001b[31m"\nrequests = 3', "try[0].title"),
    ],
)
def test_a_suggestion_that_could_not_be_run_breaks_the_folder_with_its_reason(tmp_path: Path, written, reason):
    for file in ("lesson.md", "views.py", "scenario.toml"):
        (tmp_path / "mine").mkdir(exist_ok=True)
        text = (SLOW.folder / file).read_text().split("[[try]]")[0]
        (tmp_path / "mine" / file).write_text(text + (f"\n{written}\n" if file.endswith(".toml") else ""))
    broken = load_catalog((str(tmp_path),)).broken["mine"]
    assert isinstance(broken, BadInput)
    assert reason in broken.one_line()


# ---- on the screen


async def opened(made: MadeApp, pilot) -> TryScreen:
    await pilot.press("x")
    await made.until(pilot, lambda: isinstance(made.app.screen, TryScreen))
    await pilot.pause()
    assert isinstance(made.app.screen, TryScreen)
    return made.app.screen


def line_on(form: TryScreen) -> str:
    return str(form.query_one("#line", Static).render())


@pytest.mark.parametrize("size", SIZES)
async def test_a_suggestion_of_the_lesson_is_three_keys_away_and_runs(size):
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=size) as pilot:
        assert "x try" in text_of(made) or size[0] < 100
        form = await opened(made, pilot)
        text = text_of(made)
        for shown in ("Threads instead: 16 in each gunicorn worker", "targets", "rounds", "run it", "esc closes"):
            assert shown in text
        await pilot.press("enter")
        await made.until(pilot, lambda: "2x16" in line_on(form))
        await made.until(pilot, lambda: isinstance(made.app.focused, Input))
        assert line_on(form).endswith("run slow-io --target gunicorn-gthread:2x16 --target uvicorn:2 --race")
        assert all(word in text_of(made) for word in line_on(form).split())
        await pilot.press("enter")
        await made.until(pilot, lambda: made.link.started)
        (options,) = made.link.started
        assert (options.targets, options.race) == (("gunicorn-gthread:2x16", "uvicorn:2"), True)


@pytest.mark.parametrize("size", SIZES)
async def test_down_leads_from_the_suggestions_into_the_fields_and_the_border_says_what_enter_does(size):
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=size) as pilot:
        form = await opened(made, pilot)
        await made.until(pilot, lambda: "enter takes it" in text_of(made))
        for _ in range(form.query_one("#suggested", OptionList).option_count):
            await pilot.press("down")
        await made.until(pilot, lambda: form.focused is form.query_one("#try-targets"))
        await made.until(pilot, lambda: "tab next   enter runs it" in text_of(made))
        assert "esc closes" in text_of(made)
        await pilot.press("down")
        await made.until(pilot, lambda: form.focused is form.query_one("#try-requests"))


async def test_the_longest_command_line_and_a_mistake_have_room_in_the_smallest_window():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(80, 24)) as pilot:
        await choose(made, pilot, "middleware-ladder")
        form = await opened(made, pilot)
        await pilot.press("enter")
        form.query_one("#try-targets", Input).value = "none:1 seven-async:1 one-sync:1 gunicorn-sync:1"
        await made.until(pilot, lambda: "--set io_ms=50" in line_on(form))
        await pilot.pause()
        text = text_of(made)
        assert "`middleware-ladder` has no view" in text
        flowing = re.sub(r"[│\s]+", " ", text)
        assert "for WSGI servers (choose one like uvicorn)" in flowing
        assert all(word in text for word in [*line_on(form).split(), "run", "it", "race:", "closes"])


async def test_what_was_chosen_stays_for_this_scenario_until_it_is_reset():
    made = MadeApp(recorded_race(), catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        form = await opened(made, pilot)
        form.query_one("#try-requests", Input).value = "7"
        form.query_one("#try-requests", Input).focus()
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("m")
        await made.until(pilot, lambda: len(made.link.started) == 2)
        race, measured = made.link.started
        assert (race.requests, race.race) == (7, True)
        assert (measured.requests, measured.race, measured.rounds) == (7, False, 3)
        await made.to_the_end(pilot)
        assert "7 visitors" in text_of(made).splitlines()[0]
        await pilot.press("t", "enter")
        await made.until(pilot, lambda: len(made.link.started) == 3)
        assert (made.link.started.pop().requests, made.link.started[0].targets) == (7, ())
        await made.until(pilot, lambda: "7 visitors" in text_of(made).splitlines()[0])
        await pilot.press("escape")
        await choose(made, pilot, "blocked-loop")
        await pilot.press("enter")
        await made.until(pilot, lambda: len(made.link.started) == 3)
        assert made.link.started[2].requests is None
        await choose(made, pilot, "slow-io")
        form = await opened(made, pilot)
        assert form.query_one("#try-requests", Input).value == "7"
        await pilot.press("ctrl+r")
        await made.until(pilot, lambda: form.query_one("#try-requests", Input).value == "32")
        form.query_one("#try-requests", Input).focus()
        await pilot.press("enter")
        await made.until(pilot, lambda: len(made.link.started) == 4)
        assert made.link.started[3].requests is None


async def test_a_mistake_is_told_at_its_field_and_nothing_is_run():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(80, 24)) as pilot:
        form = await opened(made, pilot)
        form.query_one("#try-targets", Input).value = "gunicorn-sync:99"
        form.query_one("#try-targets", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert made.app.screen is form
        lines = text_of(made).splitlines()
        (at,) = (number for number, line in enumerate(lines) if "gunicorn-sync:99" in line and "targets" in line)
        assert "gunicorn-sync:99: workers: 99 is out of bounds" in lines[at + 1]
        assert made.link.started == []


async def test_m_in_the_form_measures_and_a_scenario_that_may_not_be_raced_is_measured():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        form = await opened(made, pilot)
        form.query_one(Manner).focus()
        await pilot.press("m")
        await made.until(pilot, lambda: "--rounds 3" in line_on(form))
        await pilot.press("enter")
        await made.until(pilot, lambda: made.link.started)
        assert (made.link.started[0].race, made.link.started[0].rounds) == (False, 3)
        await choose(made, pilot, "cpu-bound")
        form = await opened(made, pilot)
        form.query_one(Manner).focus()
        await pilot.press("r")
        await pilot.pause()
        assert "--race" not in line_on(form)


async def test_the_command_line_is_copied_and_the_form_is_left_as_it_was(monkeypatch):
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        form = await opened(made, pilot)
        form.query_one("#try-parameters", Input).value = "io_ms=5"
        await pilot.pause()
        written: list[str] = []
        assert made.app._driver
        monkeypatch.setattr(made.app._driver, "write", written.append)
        await pilot.press("ctrl+y")
        await made.until(pilot, lambda: made.app.clipboard)
        assert made.app.clipboard == "asgi-vs-wsgi-tui run slow-io --set io_ms=5 --race"
        copied = base64.b64encode(made.app.clipboard.encode()).decode()
        assert any(f"\x1b]52;c;{copied}" in each for each in written)
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        assert made.link.started == []


async def test_what_a_lesson_tells_to_try_opens_the_form_with_it_and_x_is_the_quizs_own_in_the_quiz():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("y")
        await made.until(pilot, lambda: "3 try --target gunicorn-gthread:2x16" in text_of(made))
        await pilot.press("3")
        await made.until(pilot, lambda: isinstance(made.app.screen, TryScreen))
        await pilot.pause()
        assert made.app.screen.query_one("#try-targets", Input).value == "gunicorn-gthread:2x16"
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await pilot.press("8", "x")
        await pilot.pause()
        assert made.app.screen is made.screen


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        (
            {"rate": "5"},
            "rate",
            "“rate”: burst arrivals have none (it belongs to constant or poisson arrivals: set “arrivals” to constant)",
        ),
        ({"rate": "x"}, "rate", "“rate”: 'x' is no number"),
        ({"arrivals": "poisson"}, "rate", "“rate”: poisson arrivals need it (how many visitors come per second)"),
        ({"arrivals": "closed"}, "concurrency", "“at a time”: closed arrivals need it"),
        ({"duration_s": "3"}, "duration_s", "“seconds”: burst arrivals have none"),
        ({"requests": "many"}, "requests", "“requests”: 'many' is no whole number"),
        ({"targets": "foo:2"}, "targets", "foo:2: no server `foo`"),
        ({"parameters": "io_ms"}, "parameters", "io_ms: no value (io_ms=VALUE)"),
    ],
)
def test_what_is_refused_is_told_by_the_labels_of_the_form(changed, field, words):
    found = chosen(CATALOG.find("slow-io"), as_written(CATALOG.find("slow-io")) | changed, CATALOG, race=False)
    assert isinstance(found, Refusal)
    assert found.field == field
    assert found.words.startswith(words)
    assert "--" not in found.words
