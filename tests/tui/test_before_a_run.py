"""What the screen offers before anything is run: a picture, a question, and cards of the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_app import MadeApp
from seen_screen import WIDE, choose, text_of, words

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.loader import opened
from asgi_vs_wsgi.tui.recorded import first_run
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.note_view import Note

pytestmark = pytest.mark.anyio


async def test_the_first_screen_has_the_list_a_labelled_picture_and_a_question():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        text = text_of(made)
        assert "Slow I/O" in text
        assert "recorded by the authors, not on this machine" in text
        assert "Enter to run. When does the last of the 32 visitors have a page? ASGI is not always first:" in text
        assert len(made.screen.query(LanesView)) == 2
        assert "32/32 done" in text
        assert made.link.asked == 0


async def test_before_a_run_nothing_happens_at_all():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert made.screen.frames.resting


def with_shipped_run() -> MadeApp:
    """As the command opens the screen: the picture's own figures are known."""
    made, still = MadeApp(catalog=load_catalog()), first_run()
    assert still
    assert still.result
    made.session.show_still(opened(still), still.result)
    return made


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_the_first_screen_says_why_the_picture_came_out_so(size):
    made = with_shipped_run()
    async with made.app.run_test(size=size) as pilot:
        await pilot.pause()
        text = " ".join(text_of(made).split())
        assert "Why: each gunicorn-sync worker was blocked 99% of the" in " ".join(words(made, "#board").split())
        assert "event loop free for others." in text
        assert "Enter to run. ASGI is not always first: try Hello" in text
        assert "When does the last of them" not in text  # the picture tells it
        assert all(f"worker {number}" in text for number in (1, 2))
        assert text.count("32/32 done") == 2
        await choose(made, pilot, "blocked-loop")
        assert "Why:" not in text_of(made)
        await choose(made, pilot, "slow-io")
        assert "Why:" in text_of(made)
        await pilot.press("2")
        await made.until(pilot, lambda: "sync_page" in text_of(made))
        assert "Why:" not in text_of(made)


@pytest.mark.parametrize("mode", [name for name in NAMES[1:] if name != "quiz"])
async def test_every_mode_is_about_the_picture_before_anything_was_run(mode):
    made = with_shipped_run()
    async with made.app.run_test(size=(200, 60)) as pilot:
        await pilot.press(str(NAMES.index(mode) + 1))
        await made.until(pilot, lambda: "Enter runs it" not in text_of(made))
        text = text_of(made)
        assert "recorded by the authors, not on this machine" in text
        assert all(target.name in text for target in made.session.still_result.targets)
        p95_s = [target.latency_ms.p95 / 1000 for target in made.session.still_result.targets]
        if mode in ("code", "compare"):
            assert all(f"{each:.2f} s" in text for each in p95_s)
        assert made.link.asked == 0
        await choose(made, pilot, "blocked-loop")
        assert "recorded" not in text_of(made)
        assert not any(f"{each:.2f} s" in text_of(made) for each in p95_s)


async def test_words_of_a_mode_take_the_room_that_the_list_has_left():
    made = with_shipped_run()
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("7")
        await made.until(pilot, lambda: "16 in flight in one worker, p95 0.22 s, a lone" in text_of(made))


async def test_a_quiz_before_a_run_tells_nothing_of_the_picture():
    made = with_shipped_run()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("8")
        await made.until(pilot, lambda: "Guess with" in text_of(made))
        assert "the run tells" in text_of(made)
        assert "Measured" not in text_of(made)


async def test_a_visitor_of_the_pictures_waterfall_tells_its_story_and_esc_clears_the_selection():
    made = with_shipped_run()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await made.until(pilot, lambda: "by arrival" in text_of(made))
        await pilot.press("n")
        await made.until(pilot, lambda: made.screen.main_area.tells_story)
        assert "Visitor 1" in text_of(made)
        await pilot.press("escape")
        await made.until(pilot, lambda: not made.screen.main_area.tells_story)


async def test_the_pictures_waterfall_can_be_sorted_and_a_run_takes_its_place():
    made = with_shipped_run()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await made.until(pilot, lambda: "by arrival" in text_of(made))
        await pilot.press("S")
        await made.until(pilot, lambda: "by arrival" not in text_of(made))
        await pilot.press("enter")
        await made.until(pilot, lambda: made.link.started)
        assert made.session.still_result is None


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
