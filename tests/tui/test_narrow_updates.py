"""What is written to the terminal bit by bit adds up to what is on the screen."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from asgi_vs_wsgi.tui.terminal.partial_repaint import NarrowUpdate
from asgi_vs_wsgi.tui.widgets.story import Story

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("every_frame")]
LAYOUTS = 6
"""One of the main area, one of its panes, and what they ask for afterwards."""


class Mirror:
    """A terminal that takes updates: (sign, colours) by line and column."""

    def __init__(self, made: MadeApp) -> None:
        self._compositor = made.screen._compositor
        self._take = self._compositor.render_update
        self._compositor.render_update = self._render_update  # type: ignore[assignment]
        self.lines = self.true_lines()
        self.narrow = self.written = 0

    def _render_update(self, *arguments, **options) -> CompositorUpdate | None:
        update = self._take(*arguments, **options)
        if isinstance(update, NarrowUpdate):
            self.narrow += 1
            for x, top, strips in update._parts:
                for y, strip in enumerate(strips, top):
                    self.lines[y][x : x + strip.cell_length] = cells(strip)
                    self.written += strip.cell_length
        elif isinstance(update, ChopsUpdate):
            self._chop(update)
        elif isinstance(update, LayoutUpdate):
            for y, strips in enumerate(update.strips):  # type: ignore[assignment]
                whole = [cell for strip in strips for cell in cells(strip)]
                self.lines[y][: len(whole)] = whole
        return update  # type: ignore[return-value]

    def _chop(self, update: ChopsUpdate) -> None:
        for y, first, last in update.spans:
            for x, strip in update.chops[y].items():
                for column, cell in enumerate(cells(strip) if strip else (), x):
                    if first <= column < last:
                        self.lines[y][column] = cell

    def true_lines(self) -> list[list[tuple[str, object]]]:
        return [cells(strip) for strip in self._compositor.render_strips()]


def cells(strip: Strip) -> list[tuple[str, object]]:
    return [(sign, segment.style) for segment in strip for sign in segment.text]


async def painted(made: MadeApp, pilot, mirror: Mirror) -> None:
    """What a widget asks to have repainted travels as a message: it has come when nothing differs, or never comes."""
    for _ in range(20):
        await pilot.pause(0)
        made.screen._on_timer_update()
        if mirror.lines == mirror.true_lines():
            return


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_every_frame_leaves_the_terminal_as_the_screen_is(size):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        mirror = Mirror(made)
        for frame in range(60):
            made.clock.now_s += 0.11
            made.screen.frames.frame()
            if frame % 20 == 19:
                await pilot.press("left", "left", "plus", "space")  # stepping pauses
            await painted(made, pilot, mirror)
            for y, (shown, true) in enumerate(zip(mirror.lines, mirror.true_lines(), strict=True)):
                assert shown == true, f"line {y} of frame {frame}"
        assert mirror.narrow > 30
        assert mirror.written / mirror.narrow < size[0] * size[1] / 3


async def test_panes_that_grow_or_shrink_leave_nothing_of_what_stood_there():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until_shown(pilot, 3)
        await pilot.press("n")
        mirror, story = Mirror(made), made.screen.query_one(Story)
        for lines in (5, 2, 4, 1):
            story.styles.height = lines
            for _ in range(LAYOUTS):
                await pilot.pause(0)
                made.screen._on_timer_update()
            await painted(made, pilot, mirror)
            for y, (shown, true) in enumerate(zip(mirror.lines, mirror.true_lines(), strict=True)):
                assert shown == true, f"line {y} after {lines}"
