"""What the screen offers before anything is run: a picture, a question, and cards of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_app import MadeApp
from seen_screen import WIDE, choose, text_of, words

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Note

pytestmark = pytest.mark.anyio


async def test_the_first_screen_has_the_list_a_labelled_picture_and_a_question():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        text = text_of(made)
        assert "Slow I/O" in text
        assert "recorded earlier" in text
        assert "Enter to run. When does the last of the 32 visitors have a page? ASGI is not always first:" in text
        assert len(made.screen.query(LanesView)) == 2
        assert "32/32 done" in text
        assert made.link.asked == 0


async def test_before_a_run_nothing_happens_at_all():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert made.screen.frames.resting


async def test_a_scenario_that_was_not_run_shows_its_card():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await choose(made, pilot, "blocked-loop")
        assert made.screen.query_one(Note).display
        assert "What is compared" in words(made, "#words")
        await choose(made, pilot, "slow-io")
        assert not made.screen.query_one(Note).display


async def test_a_broken_folder_is_listed_with_its_reason(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    catalog: Catalog = load_catalog((str(tmp_path),))
    made = MadeApp(catalog=catalog)
    async with made.app.run_test(size=WIDE) as pilot:
        await choose(made, pilot, "mine")
        assert "scenario.toml" in words(made, "#words")
        await pilot.press("enter")
        assert made.link.started == []
