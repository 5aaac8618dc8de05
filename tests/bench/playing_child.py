"""The real screen with a saved run, which measures itself: `python playing_child.py RUN OUT play|rest|scrub|fall`."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import cast

import msgspec

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui import open_screen
from asgi_vs_wsgi.tui.screens.playlist import OpenedFile
from asgi_vs_wsgi.tui.screens.run_control import RunControl
from asgi_vs_wsgi.tui.screens.watch import WatchScreen

RUN, OUT, WHAT = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
SECONDS, SETTLE_S = 6.0, 1.5
SLOWER = 3
"""Steps of the key `,`: the run must not end while it is measured."""
SWEEP_FRAMES = 60
drawn = 0
open_run, paint = RunControl.open, WatchScreen._compositor_refresh


def count_frames(self: WatchScreen) -> None:
    """As it was, and counted."""
    global drawn
    drawn += 1
    paint(self)


def open_and_measure(self: RunControl, saved) -> None:
    """As it was, and then what is measured goes on beside it."""
    began_s = time.perf_counter()
    open_run(self, saved)
    tasks.append(asyncio.get_running_loop().create_task(measure(cast("WatchScreen", self._host), began_s)))


async def measure(screen: WatchScreen, began_s: float) -> None:
    """Until it is open, a moment to settle, then so many seconds of playing, resting or scrubbing."""
    while screen.session.show is None or screen.session.opening is not None:
        await asyncio.sleep(0.005)
    opened_s = time.perf_counter() - began_s
    prepare(screen)
    await asyncio.sleep(SETTLE_S)
    frames, cpu_s, wall_s = drawn, time.process_time(), time.perf_counter()
    await (scrub(screen) if WHAT in ("scrub", "fall") else asyncio.sleep(SECONDS))
    passed_s = time.perf_counter() - wall_s
    share, rate = (time.process_time() - cpu_s) / passed_s, (drawn - frames) / passed_s
    part = OUT.with_suffix(".part")
    part.write_bytes(msgspec.json.encode({"share": share, "rate": rate, "opened_s": opened_s}))
    part.rename(OUT)
    screen.app.exit()


def prepare(screen: WatchScreen) -> None:
    """Nothing but what is measured happens from here on."""
    if WHAT == "play":
        screen.session.show.change_speed(-SLOWER)
    else:
        screen.session.show.to_end()
        screen.frames.wake()
    if WHAT == "fall":
        screen.mode_control.mode("waterfall")


async def scrub(screen: WatchScreen) -> None:
    """To and fro, thirty times a second, as fast as a hand goes across the screen in two seconds."""
    show, began_s = screen.session.show, time.perf_counter()
    for frame in range(round(SECONDS * 30)):
        show.go_to(round(show.extent_ns * abs((frame / SWEEP_FRAMES) % 2 - 1)))
        screen.frames.ask()
        await asyncio.sleep(max(0.0, began_s + (frame + 1) / 30 - time.perf_counter()))


tasks: list[asyncio.Task[None]] = []
RunControl.open = open_and_measure  # type: ignore[assignment]
WatchScreen._compositor_refresh = count_frames  # type: ignore[assignment]
raise SystemExit(open_screen.open_replay([OpenedFile("", read_run(RUN))]))
