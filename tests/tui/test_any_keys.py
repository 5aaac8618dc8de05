"""Every key and every command of the palette, in any order, before, during and after a run: no exception."""

from __future__ import annotations

import random
import sys

import pytest
from made_app import MadeApp, recorded_race
from textual.binding import Binding
from textual.command import CommandPalette

from asgi_vs_wsgi.tui.screens.command_palette import LabCommands
from asgi_vs_wsgi.tui.screens.watch import WatchScreen

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("every_frame")]
NEVER = ("q", "s")
"""Leaves; writes a file where the tests are run."""
PRESSES = 120
SOME_KEYS = (
    *("enter", "m", "escape", "space", "r", "e", "left", "right", "comma", "full_stop", "plus", "minus", "f"),
    *("question_mark", "tab", "up", "down", "pageup", "pagedown", "home", "end", "x"),
    *("slash", "u", "f1", "f5", "g", "G", "ctrl+d", "ctrl+u", "l", "t"),
    *"123456789abcdwWhHvViI",
)


def every_key() -> list[str]:
    """Of the screen, and those that its widgets take."""
    keys = [key for binding in WatchScreen.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")]
    return sorted({*keys, "tab", "shift+tab", "up", "down", "enter", "d", "ctrl+p"} - {*NEVER})


async def press_all(made: MadeApp, pilot, pick: random.Random) -> None:
    """In random order, each at least once where there are presses enough."""
    keys = every_key()
    pick.shuffle(keys)
    for key in [*keys, *pick.choices(keys, k=PRESSES - len(keys))]:
        if key == "enter" and isinstance(made.app.screen, CommandPalette):
            continue  # what it has found by then may be to quit
        await pilot.press(key)
        made.clock.now_s += pick.choice([0.0, 0.03, 0.3, 3.0])
        made.screen.frames.frame()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (12, 5)])
async def test_every_key_in_any_order_does_no_harm(size, result, tmp_path, monkeypatch: pytest.MonkeyPatch):
    seed = random.randrange(sys.maxsize)
    print(f"seed {seed}")
    monkeypatch.chdir(tmp_path)
    made = MadeApp(recorded_race(result))
    async with made.app.run_test(size=size) as pilot:
        await press_all(made, pilot, random.Random(seed))
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert made.app.is_running


async def test_every_command_of_the_palette_in_every_mode_does_no_harm(result, tmp_path, monkeypatch):
    seed = random.randrange(sys.maxsize)
    print(f"seed {seed}")
    monkeypatch.chdir(tmp_path)
    pick, made = random.Random(seed), MadeApp(recorded_race(result))
    async with made.app.run_test(size=(80, 24)) as pilot:
        tried: set[str] = set()
        for _ in range(150):
            if made.app.screen is not made.screen:
                await pilot.press("escape")
                continue
            offered = [each for each in LabCommands(made.screen)._entries() if "(q)" not in each[0]]
            entries = [each for each in offered if "browser" not in each[0]]  # a process: escape waits for its end
            words, _, command = pick.choice([each for each in entries if each[0] not in tried] or entries)
            tried.add(words)
            done = command()
            if done is not None and hasattr(done, "__await__"):
                await done
            made.clock.now_s += pick.choice([0.0, 0.3, 3.0])
            made.screen.frames.frame()
            await pilot.pause(0)
        assert made.app.is_running
        assert len(tried) > 40


@pytest.mark.parametrize("seed", range(4))
async def test_any_keys_in_any_order_do_no_harm(seed: int, result):
    pick = random.Random(seed)
    made = MadeApp(recorded_race(result))
    size = pick.choice([(80, 24), (120, 36), (200, 60), (30, 8)])
    async with made.app.run_test(size=size) as pilot:
        for _ in range(40):
            await pilot.press(pick.choice(SOME_KEYS))
            made.clock.now_s += pick.choice([0.0, 0.03, 0.3, 3.0])
            made.screen.frames.frame()
        if pick.random() < 0.5:
            await pilot.resize_terminal(pick.randint(10, 200), pick.randint(4, 60))
        await pilot.pause()
        assert made.app.is_running
