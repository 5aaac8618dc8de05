"""A run that is left can be brought back, what would end a long one is asked for twice, and minutes are told before."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result
from seen_screen import WIDE, after_a_run, bar, chosen, said, text_of
from test_recents import kept
from textual.widgets import Input

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.duration_notice import DurationNotice
from asgi_vs_wsgi.tui.screens.run_form import RunForm

pytestmark = pytest.mark.anyio
RECORDINGS = Path(__file__).parent / "recordings"


async def test_u_brings_back_the_run_before_and_once_more_the_one_after():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        first = made.session.show
        assert "u run before" not in bar(made)
        await pilot.press("escape", "down")
        await pilot.pause()
        await pilot.press("enter")
        await made.all_told(pilot)
        second = made.session.show
        assert second is not first
        await pilot.press("u")
        await pilot.pause()
        assert made.session.show is first
        assert (chosen(made), made.screen.playing) == ("slow-io", first)
        await pilot.press("u")
        await pilot.pause()
        assert made.session.show is second


async def test_what_comes_back_without_its_end_is_said_to_be_as_it_was_begun():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("x")
        await made.until(pilot, lambda: isinstance(made.app.screen, RunForm))
        made.app.screen.query_one("#field-parameters", Input).value = "io_ms=300"
        made.app.screen.query_one("#field-requests", Input).focus()
        await pilot.press("enter")
        await made.all_told(pilot)
        first = made.session.show
        await pilot.press("escape", "down")
        await pilot.pause()
        await pilot.press("enter")
        await made.all_told(pilot)
        assert made.session.show is not first
        await pilot.press("u")
        await made.until(pilot, lambda: made.session.show is first)
        made.screen.redraw()
        await pilot.pause()
        assert "300 ms · changed settings" in text_of(made).splitlines()[0]


async def test_a_run_that_is_left_for_an_opened_one_comes_back_too():
    kept(1)
    made = MadeApp(recorded_race(made_result()))
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        run, result = made.session.show, made.session.result
        await pilot.press("o", "enter")
        await made.all_told(pilot)
        assert made.session.show is not run
        await pilot.press("u")
        await pilot.pause()
        assert (made.session.show, made.session.result) == (run, result)
        assert made.screen.playing is run


@pytest.mark.parametrize("key", ["enter", "m", "q"])
async def test_a_run_that_has_gone_on_for_long_is_ended_by_a_key_that_is_pressed_twice(key: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.phase is Phase.RECORDING)
        made.hold_frames()
        made.screen.redraw()
        made.clock.now_s += 42
        await pilot.press(key)
        await pilot.pause()
        assert "42.0 s: once more to" in said(made)
        assert (len(made.link.started), made.app._exit) in ((1, False), (0, False))
        options = made.session.options
        await pilot.press(key)
        await pilot.pause()
        assert made.app._exit or made.session.options is not options


async def test_ctrl_c_says_first_that_it_leaves_and_leaves_the_second_time():
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("ctrl+c")
        assert not made.app._exit
        assert "once more leaves" in said(made)
        made.clock.now_s += 60
        await pilot.press("ctrl+c")
        assert not made.app._exit
        await pilot.press("ctrl+c")
        assert made.app._exit


# ---- what takes minutes says so


@pytest.mark.parametrize(("key", "told"), [("t", "server"), ("l", "visitors"), ("L", "visitors")])
async def test_what_takes_minutes_says_how_long_and_begins_on_enter_alone(key: str, told: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(made.app.screen, DurationNotice)
        words = text_of(made)
        assert told in words
        assert "measurements: about " in words
        await pilot.press("escape")
        await pilot.pause()
        assert made.link.started == []
        await pilot.press(key, "enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 1
        assert made.link.started[0].tournament_rounds > 0 or made.link.started[0].ladder


async def test_a_tournament_that_cannot_be_held_is_one_line(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args):
        raise BadInput("no server is installed")

    monkeypatch.setattr("asgi_vs_wsgi.tui.screens.run_control.tournament_lines", refuse)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("t")
        await pilot.pause()
        assert made.app.screen is made.screen
        assert said(made) == "no server is installed"


@pytest.mark.parametrize(("first", "second"), [("slow-io", "blocked-loop"), ("blocked-loop", "hello-world")])
async def test_a_run_that_comes_back_and_stands_still_has_its_lanes_at_once(first: str, second: str):
    """Its panes are new, and no frame follows the one that came before they had a size."""
    made = MadeApp(catalog=load_catalog())
    async with made.app.run_test(size=WIDE) as pilot:
        for name in (first, second):
            made.screen.runs.open(read_run(RECORDINGS / f"{name}.avw"))
            await made.all_told(pilot)
            await pilot.press("e")
            await made.until(pilot, lambda: "shown to its end" in text_of(made) and "worker 1" in text_of(made))
            await made.until(pilot, lambda: made.screen.frames.resting)
        titles = [made.screen.runs.catalog.find(name).toml.title for name in (first, second)]
        for title in titles:
            await pilot.press("u")
            await made.until(pilot, lambda title=title: f" {title} ·" in text_of(made).splitlines()[0])
            await made.until(pilot, lambda: "worker 1" in text_of(made))


async def test_what_if_begins_anew_with_another_run():
    made = MadeApp(recorded_race(made_result()))
    async with made.app.run_test(size=WIDE) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("9", "W")
        await made.until(pilot, lambda: made.screen.modes.knobs.workers == 2)
        await pilot.press("enter")
        await made.until(pilot, lambda: made.screen.modes.knobs.workers == 1)
