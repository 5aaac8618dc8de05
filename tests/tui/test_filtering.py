"""`/` narrows lists and help to what is typed, whatever comes with it; the palette finds things by their names."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import WIDE, after_a_run, bar, chosen, listed, text_of
from test_recents import kept
from textual import events
from textual.widgets import Static

from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.help import HelpScreen
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_typing_narrows_the_list_and_enter_takes_the_scenario_without_running_it(size):
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("slash", *"loop")
        assert listed(made) == ["blocked-loop"]
        await pilot.pause()
        assert "/loop" in text_of(made)
        assert "esc clears" in bar(made)
        assert "quit" not in bar(made)
        await pilot.press("enter")
        assert len(listed(made)) == 4
        assert "enter run" in bar(made)
        assert chosen(made) == "blocked-loop"
        assert made.session.phase is Phase.STILL


async def test_letters_that_are_keys_are_letters_while_somebody_types():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("slash", *"cpu", "space", *"bq", "backspace")
        assert made.app.is_running
        assert listed(made) == ["cpu-bound"]
        await pilot.press("x")
        assert listed(made) == []
        await pilot.press("escape")
        assert (len(listed(made)), chosen(made)) == (4, "slow-io")


def in_one_piece(made: MadeApp, typed: str) -> None:
    """As a paste, or a slow line, brings it: no key waits until the one before has been obeyed."""
    for sign in typed:
        made.app.post_message(events.Key("slash" if sign == "/" else sign, sign))


@pytest.mark.parametrize("size", [(80, 24), WIDE])
@pytest.mark.parametrize("shown", ["list", "run", "run and list"])
async def test_what_comes_in_one_piece_with_a_slash_is_typed_and_no_command(size, shown: str):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        if shown != "list":
            await after_a_run(made, pilot)
        if shown == "run and list":
            await pilot.press("escape")
        await pilot.pause()
        in_one_piece(made, "/cp/")
        await made.until(pilot, lambda: "/cp/" in text_of(made))
        assert made.app.screen is made.screen


@pytest.mark.parametrize(("key", "words"), [("o", "Recent runs"), ("question_mark", "Help")])
async def test_in_boxes_over_the_screen_it_is_typed_too(key: str, words: str):
    kept(1)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press(key)
        await made.until(pilot, lambda: words in text_of(made))
        in_one_piece(made, "/oq/")
        await made.until(pilot, lambda: "/oq/" in text_of(made))


async def test_the_list_comes_back_to_be_filtered_after_a_run_and_esc_leads_back_to_that():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await after_a_run(made, pilot)
        await pilot.press("slash", *"cpu")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen.playing is made.session.show


async def test_recent_runs_are_narrowed_and_the_right_one_is_opened():
    kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("o", "slash", *"no such run")
        await pilot.pause()
        assert made.app.screen.query_one("#runs").options == []  # type: ignore[attr-defined]
        await pilot.press(*["backspace"] * 11, *"slow")
        assert len(made.app.screen.query_one("#runs").options) == 2  # type: ignore[attr-defined]
        await pilot.press("enter", "j", "enter")
        await made.all_told(pilot)
        assert made.session.phase is Phase.OVER


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_is_searched_for_a_word(key: str):
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press(key, "slash", *"INSTALLED")
        assert isinstance(made.app.screen, HelpScreen)
        text = str(made.app.screen_stack[-1].query_one(Static).content)
        assert "rank every installed server" in text
        assert "Zoom in" not in text
        await pilot.press("enter", "escape")
        assert "Zoom in" in str(made.app.screen_stack[-1].query_one(Static).content)
        await pilot.press("escape")
        assert made.app.screen is made.screen


async def test_the_palette_finds_scenarios_recent_runs_themes_and_commands():
    kept(1)
    made = MadeApp()
    async with made.app.run_test(size=WIDE):
        palette = LabCommands(made.screen)
        await palette.startup()
        found = [words for words, _, _ in palette._entries()]
        for begins in (
            "Run Blocked loop",
            "Open Slow I/O, measure of ",
            "Theme lab-light",
            "Tournament (t)",
            "Present (f5)",
        ):
            assert any(words.startswith(begins) for words in found), begins
        opened = next(command for words, _, command in palette._entries() if words.startswith("Open Slow"))
        opened()
        assert made.session.options is not None
