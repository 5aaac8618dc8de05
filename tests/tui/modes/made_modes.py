"""A saved run on the screen, in any mode and at any moment."""

from __future__ import annotations

from contextlib import asynccontextmanager

from made_app import MadeApp
from saved_runs import FOLDER, scenario

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "200x60": (200, 60)}


def replayed(name: str) -> MadeApp:
    """The app with a saved run; it is shown by `show_at`."""
    made = MadeApp(catalog=Catalog((scenario(name),), {}))
    made.session.replay(read_run(FOLDER / f"{name}.avw"))
    return made


async def show_at(made: MadeApp, pilot, seconds: float | None = None) -> None:
    """At its end, or held so long after the first visitor."""
    made.screen.runs.watch_replay()
    await pilot.press("space")
    for target in made.session.show.targets:
        target.position_ns = min(target.recorded_ns, target.recorded_ns if seconds is None else seconds * 1e9)
    made.screen.frames.frame()
    made.screen.redraw()
    await pilot.pause()


@asynccontextmanager
async def on_screen(name: str, size: str = "80x24", seconds: float | None = None):
    """(made, pilot) with the run shown."""
    made = replayed(name)
    async with made.app.run_test(size=SIZES[size]) as pilot:
        await show_at(made, pilot, seconds)
        yield made, pilot
