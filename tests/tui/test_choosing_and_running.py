"""What a key or the mouse runs, and how."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import WIDE, choose
from textual.command import Command, CommandList

from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

pytestmark = pytest.mark.anyio


async def test_enter_runs_a_race_where_that_is_fair_and_a_measurement_where_not():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        unfair = next(scenario for scenario in made.screen.runs.catalog.scenarios if not scenario.toml.race)
        await choose(made, pilot, unfair.name)
        await pilot.press("enter")
        await made.all_told(pilot)
        started = [(options.scenario, options.race) for options in made.link.started]
        assert started == [("slow-io", True), (unfair.name, False)]


async def test_m_measures_in_rounds():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("m")
        await made.all_told(pilot)
        assert made.link.started[0].rounds == 3
        assert not made.link.started[0].race


async def test_a_scenario_that_is_run_by_name_is_highlighted():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        made.screen.runs.run_scenario("blocked-loop")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).highlighted_option.id == "blocked-loop"
        assert not made.screen.runs.browsing


async def test_the_mouse_chooses_and_runs():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        await pilot.click(KeyBar, offset=(3, 0))
        await pilot.pause()
        assert made.session.phase is not Phase.STILL
        await made.all_told(pilot)
        await pilot.press("escape")
        row = made.screen.query_one(ScenarioList).get_option_index("blocked-loop")
        await pilot.click(ScenarioList, offset=(6, row + 1))
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["slow-io", "blocked-loop"]


def offered(made: MadeApp) -> list[str]:
    """By the command palette, once it is there."""
    options = [option for each in made.app.screen.query(CommandList) for option in each.options]
    return [str(option.hit.text) for option in options if isinstance(option, Command)]


async def test_every_action_is_in_the_command_palette():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+p")
        await made.until(pilot, lambda: offered(made))
        await pilot.press(*"blocked loop")
        await made.until(pilot, lambda: offered(made) == ["Run Blocked loop"])
        await pilot.press("enter")
        await made.all_told(pilot)
        assert [options.scenario for options in made.link.started] == ["blocked-loop"]
