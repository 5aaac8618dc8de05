"""A frame of the waterfall makes the lines that differ from the last one, and no others."""

from __future__ import annotations

import pytest
from made_modes import on_screen

from asgi_vs_wsgi.tui.drawing.glyphs import glyph
from asgi_vs_wsgi.tui.drawing.waterfall import PARTS
from asgi_vs_wsgi.tui.widgets.ruler import Ruler
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

pytestmark = pytest.mark.anyio


async def test_a_frame_makes_the_lines_of_those_who_have_not_ended_and_no_others():
    async with on_screen("slow-io", seconds=1.0) as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        rows, show = made.screen.query_one(WaterfallRows), made.session.show
        before, shown = rows._lines.made, list(rows._shown)
        show.step(20_000_000)
        made.screen.redraw()
        await pilot.pause()
        changed = sum(one != other for one, other in zip(shown, rows._shown, strict=True))
        assert 0 < rows._lines.made - before <= changed < len(shown) // 2


async def test_nothing_is_made_when_nothing_has_changed():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        rows = made.screen.query_one(WaterfallRows)
        before = rows._lines.made
        for _ in range(5):
            made.screen.redraw()
            await pilot.pause()
        assert rows._lines.made == before


def test_each_part_of_a_bar_has_a_sign_of_its_own():
    assert len({glyph(role) for _, role in PARTS}) == len(PARTS)


@pytest.mark.parametrize("size", ["80x24", "120x36"])
async def test_all_parts_of_a_bar_and_the_key_that_sorts_are_told_in_any_room(size):
    async with on_screen("slow-io", size) as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        words = str(made.screen.query_one("#fall-legend").render())
        assert all(name in words for name, _ in PARTS)
        assert " S sorts" in words
        assert words.rstrip().endswith(("by arrival", "sorts"))


def playhead_column(ruler: Ruler) -> int:
    """Where it is drawn: the reversed cell."""
    return next(span.start for span in ruler.render().spans if "reverse" in str(span.style))


@pytest.mark.parametrize("size", ["80x24", "120x36", "200x60"])
@pytest.mark.parametrize("share", [0.5, 1.0])
async def test_the_playhead_stands_where_it_is_from_the_first_frame_of_a_waterfall(size, share):
    """Nobody draws another one: a run that was shown to its end, or is held, rests."""
    async with on_screen("slow-io", size, None if share == 1 else 1.6) as (made, pilot):
        await pilot.press("5")
        await pilot.pause()
        await pilot.pause()
        ruler = made.screen.query_one("#fall-ruler", Ruler)
        place = (playhead_column(ruler) - 11) / (ruler.size.width - 11)
        assert place == pytest.approx(share, abs=0.06)
