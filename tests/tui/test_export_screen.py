"""Runs are exported from the screen: from the list of recent runs, and the one that is shown, by the palette."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from made_app import MadeApp
from seen_screen import text_of

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.commands.export import TABLE
from asgi_vs_wsgi.tui.playback.loader import opened
from asgi_vs_wsgi.tui.recorded import first_run
from asgi_vs_wsgi.tui.screens.export_choice import ExportScreen
from asgi_vs_wsgi.tui.screens.playlist import OpenedFile

pytestmark = pytest.mark.anyio

SLOW_IO = Path(__file__).parent / "recordings" / "slow-io.avw"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep() -> None:
    run = read_run(SLOW_IO)
    RunHistory(user_history()).keep(load_catalog().find("slow-io"), Outcome(run.result, run.traces()), 10**18)


def notes(made: MadeApp) -> list[str]:
    return [note.message for note in made.app._notifications]


def chooses(made: MadeApp) -> bool:
    """Whether the list of formats is there and takes keys."""
    screen: Any = made.app.screen
    return isinstance(screen, ExportScreen) and bool(screen.query("#formats:focus"))


async def until(pilot, true) -> None:
    """Another process writes the file."""
    deadline_s = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline_s, "it never came to be"
        await pilot.pause(0.02)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_list_of_recent_runs_offers_every_format(size, here: Path):
    keep()
    made = MadeApp()
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("o", "e")
        await until(pilot, lambda: chooses(made))
        await pilot.pause()
        text = text_of(made)
        assert "Export Slow I/O" in text
        for ending in (".har", ".pftrace", ".trace.json", ".csv", ".vegeta.json", ".hgrm", ".otlp.jsonl"):
            assert ending in text
        await pilot.press("escape")
        await pilot.pause()
        assert "e exports" in text_of(made)
        assert not [*here.iterdir()]


async def test_one_is_written_beside_the_users_work_and_it_is_said_where(here: Path):
    keep()
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("o", "e")
        await until(pilot, lambda: chooses(made))
        await pilot.press("enter")
        await until(pilot, lambda: any(note.startswith("saved ") for note in notes(made)))
        assert f"saved slow-io.har in {here}" in notes(made)
        assert not any("…" in note for note in notes(made))
    assert len(json.loads((here / "slow-io.har").read_text())["log"]["entries"]) == 64


async def test_the_picture_that_the_first_screen_has_is_exported_as_any_run(here: Path):
    made, still = MadeApp(catalog=load_catalog()), first_run()
    assert still is not None
    made.session.show_still(opened(still), still.result)
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        assert made.app.may_export()
        await made.app.run_action("export")
        await until(pilot, lambda: chooses(made))
        await pilot.press(*["down"] * [each.name for each in TABLE].index("csv"), "enter")
        await until(pilot, lambda: f"saved slow-io.csv in {here}" in notes(made))
    assert len((here / "slow-io.csv").read_text().splitlines()) == 65


async def test_the_run_that_is_shown_is_exported_from_the_palette_each_target_where_there_is_room_for_one(here: Path):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        assert not made.app.may_export()
        made.screen.playlist.begin([OpenedFile(SLOW_IO.name, read_run(SLOW_IO), SLOW_IO)])
        await made.all_told(pilot)
        assert made.app.may_export()
        await pilot.press("ctrl+p", *"export this")
        await until(pilot, lambda: "Export this run" in text_of(made))
        await pilot.press("down", "enter")
        await until(pilot, lambda: chooses(made))
        await pilot.press(*["down"] * [each.name for each in TABLE].index("hgrm"), "enter")
        await until(pilot, lambda: sum(note.startswith("saved ") for note in notes(made)) == 2)
    assert sorted(each.name for each in here.iterdir()) == ["slow-io-gunicorn-sync.hgrm", "slow-io-uvicorn.hgrm"]


async def test_a_run_that_is_in_no_file_is_said_to_be_in_none(here: Path):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        made.screen.playlist.begin([OpenedFile("", read_run(SLOW_IO))])
        await made.all_told(pilot)
        await made.app.action_export()
        await until(pilot, lambda: notes(made))
        assert any("is not among the recent runs" in note for note in notes(made))
    assert not [*here.iterdir()]


async def test_a_run_that_is_shown_is_found_among_the_recent_ones_by_its_figures(here: Path):
    keep()
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        made.screen.playlist.begin([OpenedFile("", read_run(SLOW_IO))])
        await made.all_told(pilot)
        await made.app.action_export()
        await until(pilot, lambda: chooses(made))


async def test_who_leaves_while_one_is_written_leaves_nothing_behind(here: Path, monkeypatch: pytest.MonkeyPatch):
    keep()
    rooms = here / "rooms"
    rooms.mkdir()
    stays = ("-c", "import sys, time; open(sys.argv[3], 'w').write('half'); time.sleep(600)")
    monkeypatch.setattr("tempfile.tempdir", str(rooms))
    monkeypatch.setattr("asgi_vs_wsgi.tui.screens.export_choice.PROGRAM", (sys.executable, *stays))
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("o", "e")
        await until(pilot, lambda: chooses(made))
        await pilot.press("enter")
        await until(pilot, lambda: [*rooms.glob("*/export.har")])
    assert not [*rooms.iterdir()]
    assert [each.name for each in here.iterdir()] == ["rooms"]
