"""What `s` saves, and what it says of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from made_app import MadeApp
from seen_screen import WIDE, said, text_of

from asgi_vs_wsgi.tui.lab_app import SAVING

pytestmark = pytest.mark.anyio


async def test_a_picture_is_saved_beside_and_never_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("s", "s")
        await made.app.workers.wait_for_complete()
    names = {path.name for path in tmp_path.iterdir() if path.suffix == ".svg"}
    assert names == {"slow-io-1.svg", "slow-io-2.svg"}


async def test_a_picture_is_an_svg_and_a_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slow-io-1.png").write_text("another picture")
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        await made.until(pilot, lambda: "saved" in said(made))
        assert said(made) == f"saved slow-io-2.svg and slow-io-2.png in {tmp_path}"
    assert (tmp_path / "slow-io-2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "slow-io-1.png").read_text() == "another picture"


async def test_who_leaves_at_once_has_the_picture_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("s", "q")
        await made.app.workers.wait_for_complete()
        assert made.app._exit
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slow-io-1.png", "slow-io-1.svg"]


async def test_who_asks_twice_leaves_at_once_and_nothing_half_written_stays(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "asgi_vs_wsgi.tui.capture.picture_files.PNG_PROGRAM", (sys.executable, "-c", "import time; time.sleep(600)")
    )
    made = MadeApp()
    async with made.app.run_test(size=WIDE) as pilot:
        await pilot.press("s", "q")
        assert not made.app._exit
        await pilot.press("q")
        assert made.app._exit
    assert [path.name for path in tmp_path.iterdir()] == ["slow-io-1.svg"]


async def test_without_a_png_there_is_an_svg_and_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "asgi_vs_wsgi.tui.capture.picture_files.PNG_PROGRAM", (sys.executable, "-c", "raise SystemExit('no ink')")
    )
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        await made.until(pilot, lambda: "saved" in said(made))
        assert said(made) == f"saved {tmp_path}/slow-io-1.svg; no PNG: no ink"
    assert [path.name for path in tmp_path.iterdir()] == ["slow-io-1.svg"]


async def test_what_was_said_of_one_picture_is_not_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        for _ in range(2):
            await pilot.press("s")
            await made.app.workers.wait_for_complete()
            await pilot.pause()
            assert "saved" in text_of(made)
    assert "saved" not in (tmp_path / "slow-io-2.svg").read_text()


async def test_until_a_picture_is_there_it_is_said_that_it_is_being_saved_and_not_in_the_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "asgi_vs_wsgi.tui.capture.picture_files.PNG_PROGRAM", (sys.executable, "-c", "import time; time.sleep(600)")
    )
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        for place in (1, 2):
            await pilot.press("s")
            await made.until(pilot, (tmp_path / f"slow-io-{place}.svg").exists)
            await made.until(pilot, lambda: SAVING in text_of(made))
        await pilot.press("q", "q")
    assert len(list(tmp_path.iterdir())) == 2
    assert not any("saving" in path.read_text() for path in tmp_path.iterdir())


async def test_what_was_saved_takes_the_place_of_what_was_said_meanwhile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s", "s")
        await made.app.workers.wait_for_complete()
        await made.until(pilot, lambda: "saved" in text_of(made) and SAVING not in text_of(made))
        assert said(made).count("saved slow-io") == 2
        assert SAVING not in said(made)


async def test_a_picture_that_cannot_be_saved_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("asgi_vs_wsgi.tui.lab_app.save_picture", _refuse)
    made = MadeApp()
    async with made.app.run_test(size=WIDE, notifications=True) as pilot:
        await pilot.press("s")
        await made.app.workers.wait_for_complete()
        await made.until(pilot, lambda: said(made))
        assert said(made) == "the picture was not saved: Permission denied"


def _refuse(svg: str, folder: Path, scenario: str) -> Path:
    raise PermissionError(13, "Permission denied")
