"""`x` opens a form on the screen: what is changed in it runs, and stays; the command line stands beside it."""

from __future__ import annotations

import base64
import re

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import choose, text_of
from test_recents import kept
from textual.widgets import Input, OptionList, Static

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.tui.screens.run_form import Manner, RunForm

pytestmark = pytest.mark.anyio
CATALOG = load_catalog()
SIZES = [(80, 24), (120, 36), (200, 60)]


async def opened(made: MadeApp, pilot) -> RunForm:
    await pilot.press("x")
    await made.until(pilot, lambda: isinstance(made.app.screen, RunForm))
    await pilot.pause()
    assert isinstance(made.app.screen, RunForm)
    return made.app.screen


def line_on(form: RunForm) -> str:
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
        await made.until(pilot, lambda: form.focused is form.query_one("#field-targets"))
        await made.until(pilot, lambda: "tab next   enter runs it" in text_of(made))
        assert "esc closes" in text_of(made)
        await pilot.press("down")
        await made.until(pilot, lambda: form.focused is form.query_one("#field-requests"))


async def test_the_longest_command_line_and_a_mistake_have_room_in_the_smallest_window():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(80, 24)) as pilot:
        await choose(made, pilot, "middleware-ladder")
        form = await opened(made, pilot)
        await pilot.press("enter")
        form.query_one("#field-targets", Input).value = "none:1 seven-async:1 one-sync:1 gunicorn-sync:1"
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
        form.query_one("#field-requests", Input).value = "7"
        form.query_one("#field-requests", Input).focus()
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
        assert form.query_one("#field-requests", Input).value == "7"
        await pilot.press("ctrl+r")
        await made.until(pilot, lambda: form.query_one("#field-requests", Input).value == "32")
        form.query_one("#field-requests", Input).focus()
        await pilot.press("enter")
        await made.until(pilot, lambda: len(made.link.started) == 4)
        assert made.link.started[3].requests is None


async def test_a_mistake_is_told_at_its_field_and_nothing_is_run():
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=(80, 24)) as pilot:
        form = await opened(made, pilot)
        form.query_one("#field-targets", Input).value = "gunicorn-sync:99"
        form.query_one("#field-targets", Input).focus()
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
        assert form.focused is form.query_one("#suggested")
        await pilot.press("m")  # from anywhere but a text, which takes letters
        await made.until(pilot, lambda: "--rounds 3" in line_on(form))
        await pilot.press("r")
        await made.until(pilot, lambda: "--race" in line_on(form))
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
        form.query_one("#field-parameters", Input).value = "io_ms=5"
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
        await made.until(pilot, lambda: "C try --target gunicorn-gthread:2x16" in text_of(made))
        await pilot.press("C")
        await made.until(pilot, lambda: isinstance(made.app.screen, RunForm))
        await pilot.pause()
        assert made.app.screen.query_one("#field-targets", Input).value == "gunicorn-gthread:2x16"
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await pilot.press("8", "x")
        await pilot.pause()
        assert made.app.screen is made.screen


@pytest.mark.parametrize("size", SIZES)
async def test_the_form_tells_how_long_it_takes_on_what_ground_and_anew_with_every_change(size):
    kept(1)
    made = MadeApp(catalog=CATALOG)
    async with made.app.run_test(size=size) as pilot:
        form = await opened(made, pilot)
        await pilot.press("end", "enter")  # as the scenario says, which was run before
        await made.until(pilot, lambda: "(an estimate: an earlier run with these settings" in takes(form))
        raced = takes(form)
        assert "Servers run for about " in re.sub(r"[│\s]+", " ", text_of(made))
        form.query_one("#field-requests", Input).value = "3200"
        await made.until(pilot, lambda: "(an estimate: by its law, from" in takes(form))
        assert takes(form).partition("(")[0] != raced.partition("(")[0]
        form.query_one("#field-parameters", Input).value = "io_ms=5"
        await made.until(pilot, lambda: "(a guess: no earlier run here tells)" in takes(form))
        form.query_one("#field-requests", Input).value = "none"
        await made.until(pilot, lambda: not form.query_one("#takes").display)


def takes(form: RunForm) -> str:
    return str(form.query_one("#takes", Static).render())


@pytest.mark.parametrize("mode", ["9", "7", "2", "5"])
async def test_a_run_that_was_asked_for_in_the_form_is_seen_as_it_goes(mode):
    made = MadeApp(recorded_race(), catalog=CATALOG)
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press(mode)
        await pilot.pause()
        shown = text_of(made).replace("\u00a0", " ")
        await opened(made, pilot)
        assert ("w W workers" in shown) is (mode == "9")
        made.hold_frames()
        await pilot.press("enter", "enter")
        await made.until(pilot, lambda: len(made.link.started) == 2)
        await made.until(pilot, lambda: made.app.screen is made.screen)
        await pilot.pause()
        assert "w W workers" not in text_of(made).replace("\u00a0", " ")
        assert made.screen.modes.mode == ("waterfall" if mode == "5" else "watch")
        await made.to_the_end(pilot)
        await pilot.press("9")
        await made.until(pilot, lambda: made.screen.modes.mode == "what-if")


async def test_an_enter_too_many_after_the_form_begins_nothing_anew_and_ctrl_r_in_it_begins_nothing():
    made = MadeApp(recorded_race(), catalog=CATALOG)
    async with made.app.run_test(size=(120, 36)) as pilot:
        form = await opened(made, pilot)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert made.app.screen is form
        made.hold_frames()  # no visitor is seen to come meanwhile
        await pilot.press("enter", "enter", "enter", "enter")
        await pilot.pause()
        assert len(made.link.started) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_tried_is_told_where_the_next_run_begins_and_ctrl_r_goes_back(size):
    made = MadeApp(recorded_race(), catalog=CATALOG)
    async with made.app.run_test(size=size) as pilot:
        back = "changed settings (ctrl+r: the scenario's own)"
        assert "ctrl+r" not in text_of(made)
        await opened(made, pilot)
        await pilot.press("enter", "enter")
        await made.until(pilot, lambda: made.link.started)
        assert made.link.started[0].targets
        await made.to_the_end(pilot)
        assert back in text_of(made).splitlines()[0]
        await choose(made, pilot, "blocked-loop")
        assert "ctrl+r" not in text_of(made)
        await choose(made, pilot, "slow-io")
        assert back in text_of(made).splitlines()[0]
        await pilot.press("ctrl+r")
        await made.until(pilot, lambda: "ctrl+r" not in text_of(made))
        await pilot.press("enter")
        await made.until(pilot, lambda: len(made.link.started) == 2)
        assert made.link.started[1].targets == ()
        await made.to_the_end(pilot)
        await pilot.press("u")  # the run that was tried is back, and so is what was tried: what runs next is as it
        await made.until(pilot, lambda: back in text_of(made).splitlines()[0])
        await pilot.press("u")
        await made.until(pilot, lambda: "ctrl+r" not in text_of(made))
        await pilot.press("u", "m")
        await made.until(pilot, lambda: len(made.link.started) == 3)
        assert made.link.started[2].targets == made.link.started[0].targets
