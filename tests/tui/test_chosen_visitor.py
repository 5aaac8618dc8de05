"""A visitor is chosen with the keyboard or the mouse, marked in the lanes, and its story told."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from seen_screen import text_of
from textual.events import DescendantFocus

from asgi_vs_wsgi.tui.drawing.glyphs import MARK
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.main_area import MainArea
from asgi_vs_wsgi.tui.widgets.story import Story

pytestmark = pytest.mark.anyio


def frame_of(pane: LanesView, height: int):
    return pane.target.pane.frame(pane.target.book.line.window, pane.target.playhead_ns, height)


def marked(pane: LanesView) -> set[str]:
    """The labels of the rows that bear a mark."""
    lines = frame_of(pane, 40)
    return {line.label.strip() for line in lines if any(MARK in cell[1:] for cell in line.row.cells)}


@pytest.fixture
async def shown():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.to_the_end(pilot)
        yield made, pilot


def told(made: MadeApp) -> str:
    return str(made.screen.query_one(Story).render())


async def test_n_and_p_go_through_the_visitors_and_escape_lets_go(shown):
    made, pilot = shown
    await pilot.press("n", "n", "n", "p")
    assert "gunicorn-sync  Visitor 2 " in told(made)
    pane = made.screen.query(LanesView).first()
    assert marked(pane) == {"worker 1"} or marked(pane) == {"worker 2"}
    assert "2" in marked(made.screen.query(LanesView).last())
    await pilot.press("escape")
    assert told(made) == ""
    assert not marked(pane)
    assert "-watching" in made.screen.classes
    await pilot.press("escape")
    assert "-watching" not in made.screen.classes


async def test_up_and_down_in_a_pane_go_from_lane_to_lane_of_that_target(shown):
    made, pilot = shown
    panes = made.screen.query(LanesView)
    panes[1].focus()
    await pilot.press("down")
    first = made.screen.query_one(MainArea).chosen
    await pilot.press("down", "down")
    target, number = made.screen.query_one(MainArea).chosen
    assert target is panes[1].target
    assert number != first[1]
    assert f"uvicorn  Visitor {number} " in told(made)
    assert str(number) in marked(panes[1])


async def test_a_click_on_a_bar_chooses_its_visitor_and_a_second_one_lets_go(shown):
    made, pilot = shown
    pane = made.screen.query(LanesView).first()
    assert await pilot.click(LanesView, offset=(20, 2))
    target, number = made.screen.query_one(MainArea).chosen
    assert target is pane.target
    assert f"Visitor {number} " in told(made)
    await pilot.click(LanesView, offset=(20, 2))
    assert made.screen.query_one(MainArea).chosen is None


async def test_another_run_begins_with_nobody_chosen(shown):
    made, pilot = shown
    await pilot.press("n")
    await pilot.press("enter")
    await made.all_told(pilot)
    await made.until_shown(pilot, 1)
    assert made.screen.query_one(MainArea).chosen is None
    assert told(made) == ""


async def test_a_click_on_the_name_of_a_lane_chooses_who_was_there_last(shown):
    made, pilot = shown
    pane = made.screen.query(LanesView).last()
    pane.focus()
    assert await pilot.click(pane, offset=(4, 4))
    target, number = made.screen.query_one(MainArea).chosen
    assert target is pane.target
    assert f"uvicorn  Visitor {number} " in told(made)


async def test_a_click_on_the_name_of_a_worker_tells_its_story_and_a_second_one_lets_go(shown):
    made, pilot = shown
    await pilot.click(LanesView, offset=(4, 2))
    assert "gunicorn-sync  Worker 1 of 2: 16 visitors, busy for 99" in told(made)
    await pilot.click(LanesView, offset=(4, 2))
    assert told(made) == ""


async def test_w_goes_through_the_workers_of_the_pane_in_focus(shown):
    made, pilot = shown
    made.screen.query(LanesView).last().focus()
    await pilot.press("w")
    assert "uvicorn  Worker 1 of 2: " in told(made)
    await pilot.press("w")
    assert "uvicorn  Worker 2 of 2: " in told(made)
    assert "worker 2 ◂" in text_of(made)
    await pilot.press("n")
    assert "Worker" not in told(made)
    assert "◂" not in text_of(made)
    await pilot.press("W")
    assert "uvicorn  Worker 2 of 2: " in told(made)
    await pilot.press("escape")
    assert told(made) == ""


async def test_beside_the_story_it_is_told_what_became_of_the_same_visitor_on_the_other_server(shown):
    made, pilot = shown
    await pilot.press("n")
    first, other = told(made).split("\n")
    assert first.startswith("gunicorn-sync  Visitor 1 ")
    assert other.startswith("uvicorn  ")
    assert "was awaiting" in other
    assert "; answered after 0.2" in other


async def test_tab_to_another_pane_tells_the_same_visitors_story_there(shown):
    made, pilot = shown
    panes = made.screen.query(LanesView)
    panes[0].focus()
    await pilot.press("n", "n", "tab")
    assert panes[1].has_focus
    assert told(made).startswith("uvicorn  Visitor 2 ")
    await pilot.press("n")
    assert told(made).startswith("uvicorn  Visitor 3 ")


async def test_a_pane_that_was_taken_away_before_its_focus_was_told_of_turns_nothing(shown):
    made, _ = shown
    pane = made.screen.query(LanesView)[1]
    await pane.remove()
    made.screen.on_descendant_focus(DescendantFocus(pane))


async def test_a_click_on_the_same_visitor_in_another_pane_turns_to_it_rather_than_lets_go(shown):
    made, pilot = shown
    pane = made.screen.query(LanesView).last()
    await pilot.press("n")
    labels = [line.label.strip() for line in frame_of(pane, pane.size.height)]
    lane = labels.index("1")
    await pilot.click(pane, offset=(4, lane + 1))
    assert told(made).startswith("uvicorn  Visitor 1 ")


async def test_w_goes_on_from_the_workers_of_one_server_to_those_of_the_next(shown):
    made, pilot = shown
    seen = []
    for key in ("w", "w", "w", "w", "w", "W"):
        await pilot.press(key)
        seen.append(" ".join(told(made).split()[:3]))
    of_both = [f"{name} Worker {index}" for name in ("gunicorn-sync", "uvicorn") for index in (1, 2)]
    assert seen == [*of_both, "", of_both[3]]
