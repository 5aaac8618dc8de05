"""Runs that are stopped, that fail, and whose lab dies."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import WIDE, text_of, words

from asgi_vs_wsgi.scenarios.lab.protocol import Failure, Update
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList

pytestmark = pytest.mark.anyio


async def test_escape_stops_a_run_and_then_leads_back_to_the_list():
    made = MadeApp([*recorded_race()[:6], *[Update(0, running=True)] * 300])
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        for _ in range(10):
            await pilot.pause(0)
            made.screen.frames.frame()
        assert not made.screen.query_one(ScenarioList).display
        await pilot.press("escape")
        await made.all_told(pilot)
        assert made.link.stops == 1
        assert made.session.phase is Phase.STOPPED
        await pilot.pause()
        assert "stopped" in words(made, "#status")
        for mode in "378":
            await pilot.press(mode)
            await pilot.pause()
            text = text_of(made)
            assert "was stopped" in text
            assert "comes at the end" not in text
            assert "ladder come at" not in text
            assert "the end of the run" not in text
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen.query_one(ScenarioList).display
        assert made.screen.query_one(ScenarioList).has_focus


async def test_a_failure_says_what_happened_the_servers_last_lines_and_what_to_try():
    failure = Failure("uvicorn did not start: it ended with status 1", "ImportError: no views", "mend what they name")
    made = MadeApp([Update(0, Progress("failed", "x"), failure=failure)])
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        text = text_of(made)
        assert all(part in text for part in ("Uvicorn did not start", "ImportError: no views", "Mend what they name"))
        await pilot.press("enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 2


async def test_a_lab_that_dies_is_told_and_can_be_started_again():
    made = MadeApp(recorded_race(), dies_after=8)
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        assert "The lab process was ended by SIGKILL" in text_of(made)
        await pilot.press("enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 2
