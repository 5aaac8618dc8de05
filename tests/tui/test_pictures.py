"""The screen as pictures: before, during and after a recorded run, on three sizes of terminal, with time frozen."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "200x60": (200, 60)}


@pytest.mark.parametrize("size", SIZES)
def test_before(snap_compare, size: str):
    assert snap_compare(MadeApp().app, terminal_size=SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_during(snap_compare, size: str):
    made = MadeApp(recorded_race())

    async def run(pilot) -> None:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 9)

    assert snap_compare(made.app, terminal_size=SIZES[size], run_before=run)


@pytest.mark.parametrize("size", SIZES)
def test_after(snap_compare, size: str, result):
    made = MadeApp(recorded_race(result))

    async def run(pilot) -> None:
        await pilot.press("enter")
        await made.to_the_end(pilot)

    assert snap_compare(made.app, terminal_size=SIZES[size], run_before=run)


def test_zoomed_in(snap_compare):
    made = MadeApp(recorded_race())

    async def run(pilot) -> None:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 1.5)
        await pilot.press("plus", "plus", "plus")

    assert snap_compare(made.app, terminal_size=(120, 36), run_before=run)


def test_a_card(snap_compare):
    assert snap_compare(MadeApp().app, terminal_size=(120, 36), press=["down", "down"])


def test_help(snap_compare):
    assert snap_compare(MadeApp().app, terminal_size=(120, 36), press=["question_mark"])


def test_without_colours(snap_compare, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(MadeApp().app, terminal_size=(120, 36))
