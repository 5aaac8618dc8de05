"""The playhead: held, stepped, and moved by keys and on the ruler."""

from __future__ import annotations

import re

import pytest
from made_app import MadeApp, recorded_race
from made_traces import MS
from msgspec.structs import replace
from seen_screen import WIDE, words

from asgi_vs_wsgi.scenarios.lab.protocol import TraceDelta, Update
from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent

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
        await pilot.press("N", "N")
        first = show.position_ns
        begun = r"(uvicorn|gunicorn-sync): visitor \d+ is (in line|taken up)"
        await made.until(pilot, lambda: re.search(begun, words(made, "#status")))
        await pilot.press(*["N"] * 70)
        assert show.position_ns > first
        await made.until(pilot, lambda: re.search(r": visitor \d+ ", words(made, "#status")))
        await pilot.press(*["P"] * 70)
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


def reloaded_race(after_ns: int) -> list[Update]:
    """The same with a reload of its first server, told of when the lab has done it."""
    news = recorded_race()
    start_ns = min(row[1] for each in news for feed in each.feeds if feed.target == 0 for row in feed.visits)
    place = next(at for at, each in enumerate(news) if each.feeds and each.at_ns > start_ns + after_ns)
    event = ServerEvent("reload", after_ns / 1e9, start_ns + after_ns)
    first = next((feed for feed in news[place].feeds if feed.target == 0), TraceDelta(0, [], {}, {}, {}, {}))
    others = [feed for feed in news[place].feeds if feed.target != 0]
    news[place] = replace(news[place], feeds=[replace(first, events=[event]), *others])
    return news


async def test_what_was_done_to_a_server_stands_on_the_axis_once_it_is_shown_and_is_stepped_to():
    after_ns = 1_000 * MS
    made = MadeApp(reloaded_race(after_ns))
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await made.until(pilot, lambda: "▲reload" in words(made, "#ruler"))
        show = made.session.show
        show.go_to(after_ns - 1)
        made.screen.frames.frame()
        await made.until(pilot, lambda: "▲" not in words(made, "#ruler"))
        await pilot.press("N")
        await made.until(pilot, lambda: "gunicorn-sync: the server is reloaded" in words(made, "#status"))
        assert show.position_ns == after_ns + 1
        await made.until(pilot, lambda: "▲reload" in words(made, "#ruler"))
