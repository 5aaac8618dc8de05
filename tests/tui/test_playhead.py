"""The playhead: held, stepped, and moved by keys and on the ruler."""

from __future__ import annotations

import re

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import WIDE, words

pytestmark = pytest.mark.anyio


async def test_space_holds_the_playhead_and_the_recording_goes_on():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await pilot.pause(0)
        for _ in range(20):
            await pilot.pause(0)
            made.screen.frames.frame()
        await pilot.press("space")
        await made.all_told(pilot)
        assert made.session.show.paused
        assert made.session.show.targets[0].over_ns > 0
        assert made.session.show.position_ns == 0
        await pilot.press("space")
        await made.until_shown(pilot, 2)
        assert made.session.show.position_ns > 0


async def test_keys_step_speed_zoom_and_fit():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show, view = made.session.show, made.screen.playhead.view
        await pilot.press("left")
        assert show.position_ns < show.extent_ns
        at_ns = show.position_ns
        await pilot.press("right")
        assert show.position_ns > at_ns
        await pilot.press("r", "full_stop", "full_stop", "comma")
        assert show.chosen
        await pilot.press("plus", "plus", "minus")
        assert view.zoom == 1
        await pilot.press("f")
        assert view.zoom == 0
        await pilot.press("e")
        assert show.at_end


async def test_j_steps_from_event_to_event_and_names_it():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show = made.session.show
        await pilot.press("0")
        assert show.position_ns == 0
        assert show.paused
        await pilot.press("j", "j")
        first = show.position_ns
        begun = r"(uvicorn|gunicorn-sync): visitor \d+ is (in line|taken up)"
        await made.until(pilot, lambda: re.search(begun, words(made, "#status")))
        await pilot.press(*["j"] * 70)
        assert show.position_ns > first
        await made.until(pilot, lambda: re.search(r": visitor \d+ ", words(made, "#status")))
        await pilot.press(*["J"] * 70)
        assert show.position_ns == first


async def test_the_mouse_moves_the_playhead_on_the_ruler():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        show, ruler = made.session.show, made.screen.query_one("#ruler")
        middle = ruler.size.width // 2
        await pilot.mouse_down(ruler, offset=(middle, 0))
        at_ns = show.position_ns
        assert 0.3 * show.extent_ns < at_ns < 0.6 * show.extent_ns
        await pilot.hover(ruler, offset=(middle + 10, 0))
        assert show.position_ns > at_ns
        await pilot.mouse_up(ruler, offset=(middle - 10, 0))
        assert show.position_ns < at_ns
        assert made.screen.playhead.view.held is None
        await pilot.hover(ruler, offset=(middle + 20, 0))
        assert show.position_ns < at_ns


async def test_while_the_mouse_holds_the_playhead_the_stretch_in_view_stays():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("0", "plus", "plus")
        show, ruler, view = made.session.show, made.screen.query_one("#ruler"), made.screen.playhead.view
        stretch = view.stretch(show.extent_ns, show.position_ns)
        await pilot.mouse_down(ruler, offset=(30, 0))
        await pilot.hover(ruler, offset=(ruler.size.width - 1, 0))
        assert view.stretch(show.extent_ns, show.position_ns) == stretch
        await pilot.mouse_up(ruler, offset=(ruler.size.width - 1, 0))
        assert view.stretch(show.extent_ns, show.position_ns) != stretch
