"""On the screen: no home to keep anything in, a folder that is gone, and Ctrl+Z where nothing can be suspended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_app import MadeApp
from seen_screen import said

from asgi_vs_wsgi.tui.screens.history import RecentsScreen

pytestmark = pytest.mark.anyio


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 123_456_789)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("no_home")
async def test_recent_runs_are_told_to_be_nowhere(tmp_path: Path):
    made = MadeApp()
    async with made.app.run_test() as pilot:
        await pilot.press("o")
        await made.until(pilot, lambda: "no home directory" in said(made))
        assert not isinstance(made.app.screen, RecentsScreen)
        made.app.action_choose_theme("lab-light")
        await pilot.pause()
    assert not [*tmp_path.iterdir()]


async def test_a_picture_where_the_folder_is_gone_is_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    made = MadeApp()
    async with made.app.run_test() as pilot:
        await pilot.press("s")
        await made.until(pilot, lambda: "the picture was not saved" in said(made))


async def test_without_a_terminal_there_is_nothing_to_suspend():
    made = MadeApp()
    async with made.app.run_test() as pilot:
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert made.app.is_running
