"""A form's field: what is typed in one piece, as a slow line or a paste by keys sends it, arrives in its order."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from seen_screen import choose
from textual import events

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.tui.screens.run_form import RunForm, TextField

pytestmark = pytest.mark.anyio
TYPED = {
    "letters after backspaces": (["end", *["backspace"] * 2, "6", "4"], "64"),
    "letters after all is deleted": (["end", "ctrl+u", "1", "0", "0"], "100"),
    "letters before those that are there": (["end", "home", "1"], "132"),
    "letters between them": (["end", "left", "0"], "302"),
    "letters after all is chosen and cut": (["end", "ctrl+shift+a", "ctrl+x", "5"], "5"),
    "letters before what was cut is put back": (["end", "ctrl+shift+a", "ctrl+x", "5", "ctrl+v"], "532"),
    "over what was there, once the field has the focus": (["7"], "7"),
}


@pytest.mark.parametrize(("keys", "expected"), TYPED.values(), ids=TYPED)
async def test_keys_that_come_in_one_piece_are_obeyed_in_their_order(keys, expected):
    made = MadeApp(catalog=load_catalog())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await choose(made, pilot, "slow-io")
        await pilot.press("x")
        await made.until(pilot, lambda: isinstance(made.app.screen, RunForm))
        field = made.app.screen.query_one("#field-requests", TextField)
        field.focus()
        await pilot.pause()
        for key in keys:
            made.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await made.until(pilot, lambda: field.value == expected)
