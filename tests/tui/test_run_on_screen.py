"""A run on the screen: its progress, its pace, and its figures when all has been shown."""

from __future__ import annotations

import re

import pytest
from made_app import MadeApp, recorded_race
from msgspec.structs import replace
from seen_screen import WIDE, text_of, words

from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.scenarios.results import CheckResult
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.tui.widgets.results_table import ResultsTable

pytestmark = pytest.mark.anyio


async def test_progress_is_always_in_view():
    news = [Update(0, Progress("starting", "starting gunicorn-sync and uvicorn"), running=True) for _ in range(3)]
    made = MadeApp([*news, *[Update(0, running=True)] * 500])
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        for _ in range(6):
            await pilot.pause(0)
            made.screen.frames.frame()
        await pilot.pause()
        assert "starting gunicorn-sync and uvicorn" in text_of(made)
        assert "Starting gunicorn-sync and uvicorn" in words(made, "#words")


async def test_the_run_is_shown_slowly_and_says_so():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 3)
        assert re.search(r"recorded live · shown at 1/6 · 0\.[45]\d s", words(made, "#head"))
        assert re.search(r"in line: gunicorn-sync \d+, uvicorn 0", words(made, "#status"))
        assert re.search(r"awaiting: uvicorn \d+", words(made, "#status"))
        assert not made.screen.query_one(ResultsTable).display


async def test_the_figures_come_when_everything_has_been_shown(result):
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        board = words(made, "#board")
        assert "uvicorn is 14 times better: 0.23 s against 3.23 s (median of 3 rounds)" in board
        assert "one-per-worker" in board
        assert "3.20 s" in board
        assert board.count("holds") == 2
        assert made.screen.query_one(ResultsTable).display
        assert made.screen.frames.resting


async def test_the_board_counts_checks_and_names_those_that_do_not_hold(result):
    fine = CheckResult("stays in its thread", "hops_per_request", "== 0", 0, True)
    broken = CheckResult("never leaves its loop", "hops_per_request", "== 0", 2.0, False)
    first, second = result.targets
    targets = [replace(first, checks=[fine]), replace(second, checks=[fine, broken])]
    made = MadeApp(recorded_race(replace(result, targets=targets)))
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        board = words(made, "#board")
        assert "1/1 hold" in board
        assert "1/2 hold" in board
        assert f"does not hold: {second.name}: never leaves its loop (hops between loop and thread" in board
        assert "per request 2, expected exactly 0)" in " ".join(board.split())


async def test_after_the_end_the_clock_rests_and_nothing_is_asked():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        asked = made.link.asked
        assert made.screen.frames.resting
        await pilot.press("r")
        assert not made.screen.frames.resting
        assert made.session.show.position_ns == 0
        assert made.link.asked == asked


async def test_a_slow_terminal_is_told_of_while_the_picture_moves_and_no_longer():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        made.screen.frames.pace.ready = lambda: False
        await made.until_shown(pilot, 1)
        assert "slow terminal" in words(made, "#status")
        await pilot.press("space")
        await made.until(pilot, lambda: made.session.show.paused)
        made.screen.redraw()
        assert "slow terminal" not in words(made, "#status")
