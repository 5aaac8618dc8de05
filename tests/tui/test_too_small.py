"""A terminal that is too small gets one line that says so, and the screen as it was when it is large enough."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race

from asgi_vs_wsgi.tui.widgets.main_area import TooSmall
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

pytestmark = pytest.mark.anyio


def top(made: MadeApp, x: int = 3, y: int = 3):
    return made.screen.get_widget_at(x, y)[0]


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (12, 4), (1, 1)])
async def test_it_says_how_large_it_should_be_and_all_is_back_when_it_is(size: tuple[int, int]):
    made = MadeApp()
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.resize_terminal(*size)
        await made.until(pilot, lambda: made.screen.query_one(TooSmall).display)
        assert isinstance(top(made, 0, 0), TooSmall)
        words = made.screen.query_one(TooSmall).render()
        assert words == f"Too small: {size[0]}x{size[1]}, needs 60x16. q quits."
        await pilot.resize_terminal(60, 16)
        await made.until(pilot, lambda: not made.screen.query_one(TooSmall).display)
        assert made.screen.query_one(ScenarioList).has_focus


async def test_a_run_goes_on_meanwhile(result):
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.resize_terminal(30, 8)
        await made.to_the_end(pilot)
        await pilot.resize_terminal(80, 24)
        await made.until(pilot, lambda: not made.screen.query_one(TooSmall).display)
        assert made.session.result_due == result


async def test_nothing_is_begun_that_nobody_can_see():
    made = MadeApp()
    async with made.app.run_test(size=(40, 10)) as pilot:
        await made.until(pilot, lambda: made.screen.query_one(TooSmall).display)
        await pilot.press("enter", "m", "t", "l", "down", "enter")
        await pilot.pause()
        assert made.link.started == []
        await pilot.resize_terminal(80, 24)
        await made.until(pilot, lambda: not made.screen.query_one(TooSmall).display)
        await pilot.press("enter")
        await made.until(pilot, lambda: made.link.started)


async def test_a_run_can_be_stopped_meanwhile(result):
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.until(pilot, lambda: made.link.started)
        await pilot.resize_terminal(30, 8)
        await made.until(pilot, lambda: made.screen.query_one(TooSmall).display)
        await pilot.press("escape")
        await made.until(pilot, lambda: made.link.stops)
