"""The keys of the mode that is on stand first, in the key bar and in help."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_app import MadeApp
from made_modes import on_screen
from saved_runs import scenario
from seen_screen import text_of
from textual.actions import parse
from textual.binding import Binding

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.tui.action_text import command_of
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.screens.keys import KEYS, OWN_COMMANDS, OWN_KEYS
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar

pytestmark = pytest.mark.anyio
PRESSED_IN_TEXTS = {"go_to"}
FIRST = {
    "watch": "y lesson x try esc list enter run",
    "compare": "l ladder",
    "vitals": "b browser",
    "waterfall": "S sort n p visitor",
    "tips": "A-K scenario",
    "quiz": "a-d answer n p question x anew",
    "what-if": "w h v i half W H V I twice",
}


def bar(made: MadeApp) -> str:
    return str(made.screen.query_one(KeyBar).render()).strip()


def flat(words: str) -> str:
    """However many blanks there is room for."""
    return " ".join(words.split())


@pytest.mark.parametrize("mode", NAMES)
async def test_at_80_columns_the_modes_own_keys_stand_first_and_enter_help_and_quit_stay(mode):
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press(str(NAMES.index(mode) + 1))
        await pilot.pause()
        assert flat(bar(made)).startswith(FIRST.get(mode, "y lesson"))
        assert "enter run" in bar(made)
        assert flat(bar(made)).endswith("? help q quit")
        assert len(bar(made)) < 80


@pytest.mark.parametrize(("size", "columns"), [("80x24", 80), ("120x36", 120), ("200x60", 200)])
async def test_the_keys_that_texts_name_are_in_the_bar_of_every_mode_and_no_key_is_cut(size, columns):
    labels = {word for key in KEYS for word in (*key.label.split(), *(key.shown_as or key.keys).split())}
    async with on_screen("slow-io", size=size) as (made, pilot):
        for number, mode in enumerate(NAMES, 1):
            await pilot.press(str(number))
            await pilot.pause()
            words = {*bar(made).split()}
            assert {"m", "t", "r", "y"} <= words, mode
            own = {word for each in OWN_KEYS.get(mode, ()) for word in (*each.description.split(), *_names(each))}
            assert words <= labels | own | {"?"}, mode
            assert len(bar(made)) < columns, mode


def _names(binding: Binding) -> list[str]:
    return (binding.key_display or binding.key).split()


async def test_where_there_is_room_every_key_has_its_label():
    async with on_screen("slow-io", size="200x60") as (made, _pilot):
        assert "m measure r again" in flat(bar(made))
        assert "y lesson" in bar(made)


async def test_before_a_run_the_key_that_runs_stands_first():
    made = MadeApp(catalog=Catalog((scenario("slow-io"),), {}))
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert bar(made).startswith("enter run")
        assert "visitor" not in bar(made)


async def test_a_key_that_answers_is_offered_only_while_there_is_something_to_answer():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("8", "c")
        await pilot.pause()
        assert "answer" not in bar(made)
        await pilot.press("n")
        await pilot.pause()
        assert bar(made).startswith("a-d answer")


async def test_a_click_on_several_keys_in_one_presses_none_of_them():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("8")
        await pilot.pause()
        await pilot.click(KeyBar, offset=(3, 0))
        assert made.screen.modes.book.given_to("slow-io") == []


async def test_help_opens_with_the_keys_of_the_mode_and_tells_each_key_once():
    async with on_screen("slow-io", "200x60") as (made, pilot):
        await pilot.press("9", "question_mark")
        await pilot.pause()
        told = text_of(made)
        assert told.index("What-if: half the workers") < told.index("The same visitor has the same number")
        assert told.count("What-if: half the workers") == 1


def test_what_stands_first_is_what_the_screens_own_keys_do():
    commands = {key.command for key in KEYS}
    assert OWN_COMMANDS.keys() == {*OWN_KEYS, "watch"} == FIRST.keys()
    for mode, own in OWN_COMMANDS.items():
        assert own <= commands
        assert {command_of(key.action) for key in OWN_KEYS.get(mode, ())} <= own


def test_every_key_is_a_command_of_one_part_of_the_screen_or_an_action_of_the_app():
    made = MadeApp()
    of_parts = [command for part in made.screen._parts for command in part.COMMANDS]
    assert len(of_parts) == len(set(of_parts))
    for key in KEYS:
        if key.command.startswith("app."):
            assert callable(getattr(made.app, f"action_{key.command.removeprefix('app.')}"))
        else:
            owner = made.screen._part_of.get(key.command, made.screen)
            assert callable(getattr(owner, key.command))
            assert key.command in of_parts
    assert {key.command for key in KEYS} == set(of_parts) - PRESSED_IN_TEXTS | {
        key.command for key in KEYS if key.command.startswith("app.")
    }


def test_no_two_keys_have_the_same_id_and_each_says_what_it_does():
    assert len({key.id for key in KEYS}) == len(KEYS)
    assert all(key.label and key.tooltip for key in KEYS)


def test_an_action_and_its_parameters_name_one_command():
    for key in KEYS:
        action = key.binding().action
        assert command_of(action) == key.command
        _, name, given = parse(action) if not key.command.startswith("app.") else ("", key.command, ())
        assert command_of(name, given) == key.command


def test_the_readme_tells_every_key():
    """Keys of a mode stand in its text, all others in the table."""
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    told = readme.partition("## The keys")[2].partition("\n## ")[0]
    for key in KEYS:
        if key.command not in UNTOLD:
            names = {SIGNS.get(name, name) for name in key.keys.split(",")}
            assert any(f"`{name}`" in told for name in names), key.id


UNTOLD = frozenset({"page", "mode", "answer", "reveal", "question", "forget_answers", "advised"})
"""The quiz and tips tell their keys themselves, pages scroll everywhere, and modes are `1` to `9`."""
SIGNS = {
    "comma": ",",
    "escape": "esc",
    "f5": "F5",
    "greater_than_sign": ">",
    "full_stop": ".",
    "left": "←",
    "less_than_sign": "<",
    "minus": "-",
    "plus": "+",
    "question_mark": "?",
    "right": "→",
    "slash": "/",
}
