"""Recent runs can be listed, opened and thrown away; one that cannot be kept or read is told of."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result, made_target
from made_traces import on_loops, on_threads
from msgspec.structs import replace
from seen_screen import text_of
from textual.geometry import Region
from textual.widgets import OptionList

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.screens.history import RecentsScreen

pytestmark = pytest.mark.anyio


def kept(*times: int) -> RunHistory:
    shelf = RunHistory(user_history())
    for at_ns in times:
        traces = [on_threads(4), on_loops(4)]
        shelf.keep(load_catalog().find("slow-io"), Outcome(made_result(), traces), 1_764_000_000_000_000_000 + at_ns)
    return shelf


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_the_list_tells_when_what_and_how_it_came_out(size):
    kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("o")
        await pilot.pause()
        text = text_of(made)
        assert text.count("Slow I/O   measure   32 visitors · 200 ms") == 2
        assert "gunicorn-sync 3.24 s · uvicorn 0.25 s" in text
        assert "24 Nov" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_what_takes_more_than_a_line_goes_on_below_its_beginning_in_whole_words(size):
    names = ["gunicorn-gthread-many", "gunicorn-sync-few", "uvicorn-with-middleware", "granian-behind-a-proxy"]
    targets = [made_target(name, 1.0, 3.24, "all-at-once", 1.0) for name in names]
    result = replace(made_result(), targets=targets, parameters={f"a_long_name_{n}": n for n in range(6)})
    shelf = RunHistory(user_history())
    shelf.keep(load_catalog().find("slow-io"), Outcome(result, [on_threads(4), on_loops(4)]), 1)
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("o")
        await pilot.pause()
        runs = made.app.screen.query_one("#runs")
        told = runs.render_lines(Region(0, 0, *runs.size))
        lines = [strip.text.rstrip() for strip in told]
        lines = [line for line in lines if line]
        assert len(lines) > 3
        assert all(line.startswith(" " * 15) for line in lines[1:])
        assert all(any(f"{name} 3.24 s" in line for line in lines) for name in names)


async def test_a_recent_run_is_opened():
    kept(1)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("o", "enter")
        await pilot.pause()
        await made.all_told(pilot)
        assert made.session.phase is Phase.OVER
        assert made.session.result == made_result()
        assert made.session.show.position_ns == 0
        assert made.link.asked == 0


async def test_two_enters_at_once_open_one_run_and_close_no_screen_below():
    kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("o")
        await pilot.pause()
        runs = made.app.screen.query_one("#runs")
        for place in (0, 1):
            runs.post_message(OptionList.OptionSelected(runs, runs.get_option_at_index(place), place))  # type: ignore[arg-type, attr-defined]
        await pilot.pause()
        await pilot.pause()
        assert made.app.screen is made.app.lab_screen
        assert len(made.app.screen_stack) == 2


async def test_one_is_thrown_away_when_asked_twice_and_the_list_goes_on():
    shelf = kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("o", "d")
        await pilot.pause()
        assert "d again throws this run away" in text_of(made)
        assert len(shelf.cards()[0]) == 2
        await pilot.press("d")
        assert [card.name[18] for card in shelf.cards()[0]] == ["1"]
        await pilot.press("d", "d", "d", "enter", "escape")
        assert shelf.cards() == ([], 0)
        assert not isinstance(made.app.screen, RecentsScreen)


async def test_a_run_that_the_cursor_has_left_is_not_thrown_away_by_the_next_d():
    shelf = kept(1, 2)
    made = MadeApp()
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "d", "down")
        await pilot.pause()
        assert "d again" not in text_of(made)
        await pilot.press("d", "up")
        assert len(shelf.cards()[0]) == 2


async def test_with_no_run_the_list_says_so():
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert "No run is kept here" in text_of(made)


async def test_a_damaged_run_is_told_of_and_does_no_harm():
    shelf = kept(1, 2)
    (newest, oldest), _ = shelf.cards()
    shelf.file(newest).write_bytes(b"words")
    (user_history() / f"{oldest.name}.json").write_bytes(b"{}")
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert "1 more that cannot be read" in text_of(made)
        await pilot.press("enter")
        await pilot.pause()
        assert any("is no saved run" in note.message for note in made.app._notifications)


async def test_a_run_that_could_not_be_kept_is_told_of():
    *news, last = recorded_race(made_result())
    full = Update(last.at_ns, result=last.result, notice="this run was not kept: No space left on device")
    made = MadeApp([*news, full])
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await pilot.pause()
        assert [note.message for note in made.app._notifications] == [full.notice]
