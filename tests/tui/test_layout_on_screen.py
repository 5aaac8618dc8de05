"""The room of a terminal is used: what stands beside lanes, lanes that are folded, a target that fills the axis."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from frame_rules import contrast
from made_app import MadeApp, recorded_race
from made_result import made_result
from made_traces import on_threads
from seen_screen import text_of

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.wording import NS_PER_S
from asgi_vs_wsgi.tui.playback import session as session_module
from asgi_vs_wsgi.tui.screens.layout_control import CODE, LESSON, NOTHING, STORY
from asgi_vs_wsgi.tui.theme import OURS
from asgi_vs_wsgi.tui.widgets.lanes_view import GOING, LanesView
from asgi_vs_wsgi.tui.widgets.scenario_list import ScenarioList
from asgi_vs_wsgi.tui.widgets.story import SidePane

pytestmark = pytest.mark.anyio
LARGE = (200, 60)


def side(made: MadeApp) -> str:
    """The title of what stands beside the lanes, "" for nothing."""
    pane = made.screen.query_one(SidePane)
    return str(pane._border_title) if pane.display and pane.size.width else ""


async def shown_to_the_end(made: MadeApp, pilot) -> None:
    await pilot.press("enter")
    await made.to_the_end(pilot)


async def test_beside_the_lanes_stands_code_then_a_chosen_ones_story_and_the_key_goes_on():
    made = MadeApp(recorded_race(made_result()))
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        await made.until(pilot, lambda: side(made) == CODE.capitalize())
        await pilot.press("n")
        await made.until(pilot, lambda: side(made) == STORY.capitalize())
        assert "Visitor 1" in text_of(made) or "visitor 1" in text_of(made)
        for kind in (CODE, LESSON, NOTHING, STORY):
            await pilot.press("v")
            await made.until(pilot, lambda kind=kind: side(made) == kind.capitalize().replace("Nothing", ""))
        await pilot.press("escape")
        await made.until(pilot, lambda: side(made) == CODE.capitalize())


async def test_the_story_beside_the_lanes_is_not_told_below_them_as_well():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        await pilot.press("n")
        await made.until(pilot, lambda: side(made) == STORY.capitalize())
        assert not made.screen.query_one("#story").display
        await pilot.press("v")
        await made.until(pilot, lambda: made.screen.query_one("#story").display)


async def test_what_is_shut_stays_shut_when_somebody_is_chosen():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        await pilot.press("v", "v")
        await made.until(pilot, lambda: not side(made))
        await pilot.press("n")
        await made.until(pilot, lambda: made.screen.query_one("#story").display)
        assert not side(made)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_lanes_keep_their_room_where_there_is_little(size: tuple[int, int]):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=size) as pilot:
        await shown_to_the_end(made, pilot)
        await pilot.press("v", "n")
        await made.until(pilot, lambda: made.screen.query_one("#story").display)
        assert not side(made)


async def test_modes_have_the_whole_width():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        await made.until(pilot, lambda: side(made))
        for key in "2345":
            await pilot.press(key)
            await made.until(pilot, lambda: not side(made))


async def test_alike_lanes_are_one_where_not_all_have_room_and_a_key_shows_them():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await shown_to_the_end(made, pilot)
        assert re.search(r"\d+ alike +visitors \d+, \d+", text_of(made))
        assert "more lanes" not in text_of(made)
        await pilot.press("z")
        await made.until(pilot, lambda: "alike" not in text_of(made))
        assert "more lanes" in text_of(made)
        await pilot.press("z")
        await made.until(pilot, lambda: "alike" in text_of(made))


async def test_whoever_is_chosen_comes_out_of_the_fold():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await shown_to_the_end(made, pilot)
        folded = re.findall(r"alike +visitors \d+, (\d+)", text_of(made))
        assert folded
        target = made.screen.query(LanesView).last().target
        made.screen.main_area.choose(target, int(folded[0]))
        made.screen.redraw()
        await made.until(pilot, lambda: re.search(rf"│ +{folded[0]} +", text_of(made)))


async def test_where_all_lanes_have_room_none_is_folded():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        assert "alike" not in text_of(made)


def in_view_s(made: MadeApp) -> float:
    start, end = made.screen.playhead.stretch(made.session.show)
    return (end - start) / NS_PER_S


def ends_s(made: MadeApp) -> list[float]:
    return sorted(target.over_ns / NS_PER_S for target in made.session.show.targets)


async def test_the_quick_side_fills_the_axis_by_a_key_and_everything_comes_back_by_it():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await shown_to_the_end(made, pilot)
        whole, (quick, slow) = in_view_s(made), ends_s(made)
        await pilot.press("f")
        await made.until(pilot, lambda: in_view_s(made) < 1.1 * quick)
        assert in_view_s(made) >= quick
        await pilot.press("f")
        await made.until(pilot, lambda: in_view_s(made) == whole)
        assert whole >= slow


async def test_when_what_fills_the_axis_has_ended_what_still_goes_on_is_in_view():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await shown_to_the_end(made, pilot)
        quick, slow = ends_s(made)
        await pilot.press("0", "f")
        await made.until(pilot, lambda: in_view_s(made) < 1.1 * quick)
        made.session.show.go_to(round(1.5 * quick * NS_PER_S))
        made.screen.redraw()
        assert in_view_s(made) >= slow


async def test_the_pane_that_still_goes_on_says_so_once_another_has_ended():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await shown_to_the_end(made, pilot)
        going = [pane.has_class(GOING) for pane in made.screen.query(LanesView)]
        assert not any(going)
        assert "still going" not in text_of(made)
        made.session.show.go_to(round(1.5 * ends_s(made)[0] * NS_PER_S))
        made.screen.redraw()
        await made.until(pilot, lambda: text_of(made).count("still going") == 1)
        (pane,) = [pane for pane in made.screen.query(LanesView) if pane.has_class(GOING)]
        assert pane.target.over_ns / NS_PER_S == ends_s(made)[1]


async def test_the_list_says_that_it_goes_on_below_and_above():
    made = MadeApp()
    async with made.app.run_test(size=(100, 16)) as pilot:
        scenarios = made.screen.query_one(ScenarioList)
        scenarios.styles.height = 4
        await made.until(pilot, lambda: scenarios.size.height == 2)
        await made.until(pilot, lambda: f"↓ {scenarios.option_count - 2} more" in text_of(made))
        scenarios.scroll_end(animate=False)
        await made.until(pilot, lambda: f"↑ {scenarios.option_count - 2} more" in text_of(made))
        assert "↓" not in text_of(made)


@pytest.mark.parametrize("typed", ["blocked loop", "cpu b", "no such name"])
async def test_a_list_that_is_narrowed_does_not_say_that_it_goes_on(typed):
    made = MadeApp(catalog=load_catalog())
    async with made.app.run_test(size=(100, 24)) as pilot:
        scenarios = made.screen.query_one(ScenarioList)
        await made.until(pilot, lambda: "↓" in str(scenarios.border_subtitle))
        scenarios.focus()
        await pilot.press("slash", *("space" if sign == " " else sign for sign in typed))
        await made.until(pilot, lambda: scenarios.option_count <= 3)
        await made.until(pilot, lambda: not str(scenarios.border_subtitle))
        await pilot.press("escape")
        await made.until(pilot, lambda: "↓" in str(scenarios.border_subtitle))


@pytest.mark.parametrize("theme", OURS)
async def test_what_stands_in_the_border_of_the_list_can_be_read(theme):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.app.theme = theme
        await pilot.pause()
        styles = made.screen.query_one(ScenarioList).styles
        ground = styles.background.hex6
        assert contrast(styles.border_subtitle_color.hex6, ground) >= 4.5


def before_anybody_came() -> list[Update]:
    """The servers are up."""
    opened = next(each for each in recorded_race() if each.opened)
    return [Update(opened.at_ns, opened.progress, opened.opened, running=True)]


async def test_panes_of_a_run_that_was_stopped_before_anybody_came_say_so_and_the_axis_no_times():
    made = MadeApp(before_anybody_came())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await made.all_told(pilot)
        await made.until(pilot, lambda: text_of(made).count("Nobody came before the run ended.") == 2)
        assert not str(made.screen.query_one("#ruler").render()).strip()
        await pilot.press("5")
        await made.until(pilot, lambda: "The run was stopped before anybody came." in text_of(made))


async def test_lanes_that_no_worker_has_told_of_are_words_and_the_score_stays():
    saved = without_workers()
    made = MadeApp()
    async with made.app.run_test(size=(80, 24)) as pilot:
        made.screen.runs.open(saved)
        await made.all_told(pilot)
        await made.to_the_end(pilot)
        await made.until(pilot, lambda: "No worker has a record" in text_of(made))
        assert "16/16 done" in text_of(made)


def without_workers() -> SavedRun:
    trace = on_threads(16)
    trace = TargetTrace(trace.facts, trace.visits)
    return saved_run(load_catalog().find("slow-io"), Outcome(made_result(), [trace]))


async def test_a_large_run_that_was_just_opened_is_shown_before_its_figures_are_worked_out(monkeypatch):
    """The code beside its lanes used to have all of them worked out in the first frame, or while a hand scrubbed."""
    saved, coming = read_run(Path(__file__).parent / "recordings" / "slow-io.avw"), "being worked out"
    monkeypatch.setattr(session_module, "LARGE", sum(len(each.columns["outcome"]) for each in saved.targets))
    made = MadeApp()
    work_ahead = made.session._reader.work_ahead
    monkeypatch.setattr(made.session._reader, "work_ahead", lambda: None)
    async with made.app.run_test(size=LARGE) as pilot:
        made.screen.runs.open(saved)
        await made.until(pilot, lambda: made.session.show and not made.session.opening)
        show = made.session.show
        show.paused = True
        for share in (0.2, 0.6, 0.4):
            show.go_to(round(show.extent_ns * share))
            made.screen.redraw()
            await made.until(pilot, lambda: coming in text_of(made))
        assert not any(target.ledger._passed for target in show.targets)
        monkeypatch.setattr(made.session._reader, "work_ahead", work_ahead)
        await made.until(pilot, lambda: coming not in text_of(made) and "So far, at" in text_of(made))
        assert all(target.ledger._passed for target in show.targets)


async def test_what_stands_beside_the_lanes_is_not_drawn_again_while_nothing_of_it_changes(monkeypatch):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=LARGE) as pilot:
        await shown_to_the_end(made, pilot)
        await made.until(pilot, lambda: side(made) == CODE.capitalize())
        drawn: list[str] = []
        for place in ("#side", "#side-words", "#list"):
            widget = made.screen.query_one(place)
            monkeypatch.setattr(widget, "refresh", lambda *_, place=place, **__: drawn.append(place))
        made.screen.redraw()
        made.screen.redraw()
        assert not drawn
