"""At Enter the folder is read once more, by the screen alone; what it shows from then on is what the lab runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from fake_link import FakeLink
from made_app import MadeApp
from test_session import session_with

from asgi_vs_wsgi.scenarios.catalog import OURS, Catalog, load_catalog
from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.tui.playback.session import Phase

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OURS / "slow-io", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")))


def made(folder: Path) -> MadeApp:
    mine = load_catalog((str(folder.parent),)).find("mine")
    return MadeApp(catalog=Catalog((mine,), {}))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("key", ["enter", "m", "t"])
async def test_what_was_edited_is_what_is_shown_and_run(folder: Path, key: str):
    app = made(folder)
    async with app.app.run_test(size=(120, 36)) as pilot:
        edit(folder / "views.py", "def sync_page", "# edited\ndef sync_page")
        await pilot.press(key, *(["enter"] if key == "t" else []))
        await app.until(pilot, lambda: app.link.started)
        (given,) = app.link.scenarios
        assert "# edited" in given.views_py
        assert given.modules["views.py"] == (folder / "views.py").read_bytes()
        assert app.screen.scenario is given


async def test_what_is_edited_after_enter_is_not_shown(folder: Path):
    app = made(folder)
    async with app.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await app.until(pilot, lambda: app.link.started)
        edit(folder / "views.py", "def sync_page", "# edited\ndef sync_page")
        app.screen.redraw()
        assert "# edited" not in app.screen.scenario.views_py


@pytest.mark.parametrize("fault", ["edited", "removed"])
async def test_a_folder_that_is_no_scenario_any_more_is_told_and_not_run(folder: Path, fault: str):
    app = made(folder)
    async with app.app.run_test(size=(120, 36)) as pilot:
        if fault == "removed":
            shutil.rmtree(folder)
        else:
            edit(folder / "views.py", "def sync_page", "def other_page")
        await pilot.press("enter")
        await app.until(pilot, lambda: app.app._notifications)
        (told,) = app.app._notifications
        assert str(folder / ("scenario.toml" if fault == "removed" else "views.py")) in told.message
        assert app.link.started == []


async def test_whether_it_may_be_raced_is_asked_of_the_folder_as_it_is_now(folder: Path):
    app = made(folder)
    async with app.app.run_test(size=(120, 36)) as pilot:
        edit(folder / "scenario.toml", "race = true", "race = false")
        await pilot.press("enter")
        await app.until(pilot, lambda: app.link.started)
        assert app.link.started[0].race is False


# ---- the report comes before the file


async def test_the_end_of_a_run_is_told_while_it_is_still_being_kept_and_the_notice_after_it(result):
    notice = "this run was not kept: No space left on device"
    link = FakeLink(
        [
            Update(1, running=True),
            Update(2, result=result, keeping=True),
            Update(3, keeping=True),
            Update(4, notice=notice),
        ]
    )
    session = session_with(link)
    session.begin(Options("slow-io"))
    ended_with_notice = None
    for _ in range(2000):
        await asyncio.sleep(0)
        session.poll()
        if session.phase is Phase.OVER and ended_with_notice is None:
            ended_with_notice = session.notice
            assert session.result == result
            assert not session.idle
        if session.idle:
            break
    assert ended_with_notice == ""
    assert session.notice == notice
