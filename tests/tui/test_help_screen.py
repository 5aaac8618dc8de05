"""Help for what has the focus."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from seen_screen import WIDE
from textual.widgets import Static

from asgi_vs_wsgi.tui.screens.help import HelpScreen
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView

pytestmark = pytest.mark.anyio


async def test_help_explains_what_has_the_focus():
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("question_mark")
        assert isinstance(made.app.screen, HelpScreen)
        assert "choose a scenario" in str(made.app.screen.query_one(Static).content)  # type: ignore[attr-defined]
        await pilot.press("escape")
        made.screen.query(LanesView).first().focus()
        await pilot.press("question_mark")
        assert "Each row is a place" in str(made.app.screen.query_one(Static).content)  # type: ignore[attr-defined]
