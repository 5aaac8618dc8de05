"""The list after a run: where its highlight leads, and where it is folded away."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from saved_runs import FOLDER
from seen_screen import WIDE, text_of, words

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("key", ["enter", "m", "t"])
async def test_after_a_run_the_highlight_says_what_is_shown_and_run(key: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("escape", "down")
        await pilot.pause()
        chosen = made.screen.query_one(ScenarioList).highlighted_option.id
        assert chosen != "slow-io"
        assert made.screen.scenario.name == chosen
        assert "What is compared" in words(made, "#words")
        await pilot.press(key, *(["enter"] if key == "t" else []))
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", chosen]


async def test_the_run_comes_back_with_its_place_in_the_list():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("escape", "down", "up")
        await pilot.pause()
        assert made.screen.playing is made.session.show


async def test_where_the_list_is_folded_away_the_arrows_move_no_hidden_cursor():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("down", "down")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).highlighted_option.id == "slow-io"
        assert made.screen.playing is made.session.show
        await pilot.press("enter")
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", "slow-io"]


@pytest.mark.parametrize(("size", "folded"), [((80, 24), True), ((120, 36), False), ((200, 60), False)])
async def test_the_list_folds_away_only_where_there_is_little_room(size, folded):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display is not folded


async def test_a_key_that_is_told_beside_the_list_does_something():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(read_run(FOLDER / "slow-io.avw"))
        await made.all_told(pilot)
        made.screen.way_back.back()
        assert str(made.screen.query_one("#status").render()).startswith("e shows the end")
        assert "e end" in text_of(made).splitlines()[-1]
        await pilot.press("e")
        made.screen.frames.frame()
        assert made.session.show.at_end
        assert "e shows the end" not in str(made.screen.query_one("#status").render())


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_back_at_the_list_ones_own_run_is_still_a_run_in_every_mode(size):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).has_focus
        assert made.screen.query_one(ScenarioList).display
        assert "recorded earlier" not in str(made.screen.query_one("#head").render())
        assert made.screen.playing is made.session.show
        await pilot.press("5")
        await pilot.pause()
        assert made.screen.query_one(WaterfallRows).places.ranked


async def test_on_a_small_screen_esc_comes_back_to_the_list_from_any_mode():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("4", "escape", "escape")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).has_focus


async def test_after_a_run_the_page_keys_scroll_its_lanes_until_somebody_goes_back_to_the_list():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("z")
        await made.until(pilot, lambda: not made.screen.main_area.folds)
        pane = made.screen.query(LanesView).last()
        await pilot.press("pagedown")
        assert made.screen.query(LanesView).first().has_focus
        pane.focus()
        await pilot.press("pagedown")
        assert pane.target.pane.scroll > 0
        assert made.screen.playing is made.session.show
        await pilot.press("pageup")
        assert pane.target.pane.scroll == 0
        await pilot.press("escape", "pagedown")
        assert pane.target.pane.scroll == 0
