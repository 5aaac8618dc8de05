"""The lanes on the screen: counted, scrolled, and drawn whole at any size and in any theme."""

from __future__ import annotations

import re

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import WIDE, styles_of, text_of, until_settled

from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine

pytestmark = pytest.mark.anyio


async def test_lanes_out_of_view_are_counted_on_the_border_and_workers_keep_their_names():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 3)
        await pilot.press("z")
        await made.until(pilot, lambda: "more lanes" in text_of(made))
        assert re.search(r"╰─ [1-9]\d* more lanes.* ─.*done", text_of(made))
        assert "w1 +" not in text_of(made)


async def test_lanes_scroll_and_keep_their_count_in_view():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        await pilot.press("z")
        await made.until(pilot, lambda: "more lanes" in text_of(made))
        lanes = made.screen.query(LanesView).last()
        lanes.focus()
        before = text_of(made)
        assert "more" in before
        await pilot.press("down", "down", "down")
        await made.until(pilot, lambda: lanes.target.pane.scroll > 0)
        await made.until(pilot, lambda: text_of(made) != before)
        assert "more" in text_of(made)


@pytest.mark.parametrize("theme", ["lab-light", "nord", "textual-light"])
async def test_lanes_are_drawn_under_any_theme(theme: str):
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        before = await until_settled(made, pilot)
        styles = styles_of(made)
        made.app.theme = theme
        await made.until(pilot, lambda: styles_of(made) != styles)
        assert await until_settled(made, pilot) == before


async def test_no_word_is_clipped_on_a_small_terminal():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        assert "…" not in text_of(made)
        assert all(isinstance(widget, EdgeLine) for widget in made.screen.query("#head, #status"))
