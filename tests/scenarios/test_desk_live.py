"""The lab tells how a run came out before it keeps it, and tells afterwards that it could not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.lab import controller as desks
from asgi_vs_wsgi.scenarios.lab.controller import LabController
from asgi_vs_wsgi.scenarios.lab.protocol import Poll, ScenarioFiles, Start, Stop, Update
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.storage.history import RunHistory

pytestmark = [pytest.mark.live, pytest.mark.anyio]
PATIENCE_S = 60


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def all_news(start: Start, on_news: Callable[[Update], bool]) -> list[Update]:
    """Until the lab has nothing more to tell; stopped where `on_news` says so."""
    news: list[Update] = []
    async with anyio.create_task_group() as tasks:
        desk = LabController(tasks)
        await desk.obey(start)
        with anyio.fail_after(PATIENCE_S):
            while not news or news[-1].running or news[-1].keeping:
                news.append(await desk.obey(Poll()))
                if on_news(news[-1]):
                    tasks.start_soon(desk.obey, Stop())
                await anyio.sleep(0.002)
    return news


async def test_the_result_is_told_before_it_is_kept_and_the_notice_after(tmp_path: Path, monkeypatch):
    """On a disk that hangs until somebody has seen the result, and takes nothing."""
    (tmp_path / "file").write_text("")
    keep, seen = desks.autosave_run, Event()

    def keep_late(*arguments) -> str:
        assert seen.wait(PATIENCE_S / 2)
        return keep(*arguments)

    def look(news: Update) -> bool:
        if news.result is not None:
            assert not news.running
            seen.set()
        return False

    monkeypatch.setattr(desks, "autosave_run", keep_late)
    options = Options("slow-io", targets=("gunicorn-sync:1",), requests=2, parameters=("io_ms=20",))
    news = await all_news(Start(options, os.fsencode(tmp_path / "file" / "runs")), look)
    assert "was not kept" in news[-1].notice


async def test_what_was_stopped_is_kept_as_it_was_read_although_its_folder_is_gone(tmp_path: Path):
    folder = Path(shutil.copytree(load_catalog().find("slow-io").folder, tmp_path / "slow-io"))
    scenario = load_catalog((str(tmp_path),)).find("slow-io")
    files = ScenarioFiles("slow-io", os.fsencode(folder), scenario.toml_text, scenario.lesson_md, scenario.modules)
    shutil.rmtree(folder)
    options = Options("slow-io", targets=("gunicorn-sync:1",), requests=20, parameters=("io_ms=200",))
    start = Start(options, os.fsencode(tmp_path / "runs"), files)
    news = await all_news(start, lambda news: any(visits for feed in news.feeds for visits in feed.visits))
    assert any(each.progress and each.progress.phase == "stopped" for each in news)
    (card,) = RunHistory(tmp_path / "runs").cards()[0]
    kept = RunHistory(tmp_path / "runs").read(card)
    assert (kept.scenario.views, card.stopped is not None) == (scenario.views_py, True)
