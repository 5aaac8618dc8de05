"""The keys of the mode that is on stand first, in the key bar and in help."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from made_modes import on_screen
from saved_runs import scenario
from seen_screen import text_of
from textual.binding import Binding

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.screens.mode_keys import OWN_ACTIONS, OWN_KEYS
from asgi_vs_wsgi.tui.screens.watch import WatchScreen
from asgi_vs_wsgi.tui.widgets.key_bar import KeyBar

pytestmark = pytest.mark.anyio
FIRST = {
    "watch": "space pause   n p visitor   w worker",
    "compare": "l ladder",
    "waterfall": "k sort   n p visitor",
    "quiz": "a-d answer   n p question   x anew",
    "what-if": "w h v i half   W H V I twice",
}


def bar(made: MadeApp) -> str:
    return str(made.screen.query_one(KeyBar).render()).strip()


@pytest.mark.parametrize("mode", NAMES)
async def test_at_80_columns_the_modes_own_keys_stand_first_and_enter_help_and_quit_stay(mode):
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press(str(NAMES.index(mode) + 1))
        await pilot.pause()
        assert bar(made).startswith(FIRST.get(mode, "enter run"))
        assert "enter run" in bar(made)
        assert bar(made).endswith("? help   q quit")
        assert len(bar(made)) < 80


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


def test_what_stands_first_is_what_the_screens_own_bindings_do():
    actions = {each.action.partition("(")[0] for each in WatchScreen.BINDINGS if isinstance(each, Binding)}
    assert OWN_ACTIONS.keys() == OWN_KEYS.keys() == FIRST.keys()
    for mode, own in OWN_ACTIONS.items():
        assert own <= actions
        assert {key.action.partition("(")[0] for key in OWN_KEYS[mode]} <= own
