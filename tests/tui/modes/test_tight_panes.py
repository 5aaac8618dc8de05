"""Four panes in a small terminal: every worker is in view or counted, and a story gets the room that it needs."""

from __future__ import annotations

import re

import pytest
from made_modes import on_screen
from seen_screen import text_of

from asgi_vs_wsgi.tui.drawing.lanes.pane import Need, is_tight, pane_heights
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView

pytestmark = pytest.mark.anyio


def test_panes_are_tight_only_where_one_would_not_show_what_it_must():
    assert is_tight([3, 3, 5, 5], 17)
    assert not is_tight([3, 3, 5, 5], 24)
    assert not is_tight([3, 5], 17)
    assert not is_tight([], 17)


def test_the_pane_of_a_story_has_what_it_needs_first():
    needs = [Need(1, 2), Need(2, 30), Need(2, 4)]
    assert [height.lines for height in pane_heights(needs, 12, 1)] == [0, 12, 0]
    assert [height.lines for height in pane_heights(needs, 12, 0)] == [3, 5, 4]


@pytest.fixture
async def streaming():
    async with on_screen("streaming") as (made, pilot):
        await pilot.pause()
        made.screen.redraw()
        await pilot.pause()
        yield made, pilot


async def test_in_four_panes_of_a_small_terminal_every_worker_has_its_row(streaming):
    made, _ = streaming
    assert len(re.findall(r"worker [12] ", text_of(made))) == 8
    assert len(re.findall(r"─ \S+ · [^─]+ ─+ 2/2 done · ", text_of(made))) == 4


async def test_a_title_gives_way_whole_when_the_score_needs_its_room(streaming):
    made, pilot = streaming
    show = made.app.session.show
    for move in (lambda: show.go_to(show.extent_ns // 2), show.to_end):
        move()
        made.screen.redraw()
        await pilot.pause()
        assert all(f"─{pane.border_title}─" in text_of(made) for pane in made.screen.query(LanesView))


async def test_a_story_of_one_of_four_leaves_the_others_a_line_where_it_needs_the_room(streaming):
    made, pilot = streaming
    made.screen.query(LanesView)[3].focus()
    await pilot.press("n")
    made.screen.redraw()
    await pilot.pause()
    panes = made.screen.query(LanesView)
    assert "asgi-async  Visitor 1 " in text_of(made)
    assert panes[3].size.height == panes[3].target.pane.wanted
    assert all(pane.outer_size.height >= 1 for pane in panes)
