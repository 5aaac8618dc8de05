"""What was simulated is never taken for measured: on every frame of every mode a mark says so, at any size."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest
from made_app import MadeApp
from simulated_runs import RECORDED, from_the_recorded_run

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run
from asgi_vs_wsgi.tui.capture import app_driver
from asgi_vs_wsgi.tui.capture.frame import Frame, framing
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.modes import NAMES

SIZES = ((60, 16), (80, 24), (200, 60))
pytestmark = pytest.mark.anyio


@cache
def simulated() -> SavedRun:
    experiment, outcome = from_the_recorded_run(workers=4)
    return saved_run(experiment.scenario, outcome)


def words(frame: Frame) -> str:
    return "\n".join("".join(run.text for run in row) for row in frame.rows)


async def frames(
    saved: SavedRun, sizes: Iterable[tuple[int, int]], *, presented: bool = False, at_ns: int | None = None
):
    """Of all nine modes."""
    made = MadeApp(catalog=Catalog((load_catalog().find("slow-io"),), {}))
    made.session.replay(saved)
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.watch_replay()
        show = made.session.show
        assert show is not None
        if presented:
            made.screen.presentation.present()
        for size in sizes:
            await pilot.resize_terminal(*size)
            for mode in NAMES:
                made.screen.mode_control.mode(mode)
                show.to_end() if at_ns is None else show.go_to(at_ns)
                made.screen.frames.frame()
                made.screen.redraw()
                await pilot.pause(0)
                yield mode, size, words(capture(made.app))


async def test_every_frame_of_every_mode_says_that_it_is_simulated():
    assert len(NAMES) == 9
    async for mode, size, told in frames(simulated(), SIZES):
        assert "SIMULATED" in told.split("\n")[0], f"{mode} at {size}"
        assert "MEASURED" not in told, f"{mode} at {size}"


async def test_so_do_the_first_frames_and_those_of_a_presentation():
    async for mode, size, told in frames(simulated(), SIZES[1:2], presented=True):
        assert "SIMULATED" in told, f"{mode} at {size}"
    async for mode, size, told in frames(simulated(), SIZES[1:2], at_ns=50_000_000):
        assert "SIMULATED" in told, f"{mode} at {size}"


async def test_a_run_that_was_measured_never_says_so_but_where_it_is_asked_what_would_be():
    async for mode, size, told in frames(read_run(RECORDED), SIZES[1:2]):
        if mode == "what-if":
            assert "PREDICTED beside MEASURED" in told.split("\n")[0]
        else:
            assert "simulated" not in told.lower(), f"{mode} at {size}"


async def test_a_picture_without_chrome_says_so_too():
    """Of a recording each scene is such a frame."""
    for name in ("watch", "waterfall", "compare"):
        async with app_driver.shown(simulated(), framing("80x24", name, "lab-dark", (), plain=True)) as driver:
            assert "SIMULATED" in words(await driver.seen()), name
