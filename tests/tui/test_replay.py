"""A saved run on the screen: the same figures as when it was saved, without any server."""

from __future__ import annotations

import pytest
from made_app import MadeApp, recorded_race
from made_result import made_result
from made_traces import on_loops, on_threads
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.playback.loader import RunLoader, scenario_of
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.widgets.results_table import ResultsTable
from asgi_vs_wsgi.tui.widgets.ruler import Ruler

pytestmark = pytest.mark.anyio


@pytest.fixture
def saved(tmp_path):
    file = tmp_path / "run.avw"
    write_run(file, load_catalog().find("slow-io"), Outcome(made_result(), [on_threads(8), on_loops(8)]))
    return read_run(file)


async def test_a_saved_run_is_shown_from_its_start_and_has_its_own_result_at_its_end(saved):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(saved)
        await made.all_told(pilot)
        assert made.session.phase is Phase.OVER
        assert made.session.show.position_ns == 0
        await made.until_shown(pilot, 0.3)
        head = str(made.screen.query_one("#head").render())
        assert "a saved run · shown at" in head
        assert "live" not in head
        await pilot.press("e")
        await made.until(pilot, lambda: made.session.show.at_end)
        await made.until_shown(pilot, 1)
        assert made.session.result_due == saved.result
        board = str(made.screen.query_one(ResultsTable).render())
        assert saved.result.verdict.words in board
        assert made.link.asked == 0


def test_its_lanes_are_those_that_were_recorded(saved):
    made = MadeApp()
    made.session.replay(saved)
    traces = [on_threads(8), on_loops(8)]
    assert lanes_text(made.session.show.recording.traces, 100) == lanes_text(traces, 100)


def test_the_scenario_is_the_one_that_was_saved_and_needs_no_folder(saved):
    ours = load_catalog().find("slow-io")
    scenario = scenario_of(saved.scenario)
    assert (scenario.toml, scenario.lesson_md, scenario.views_py) == (ours.toml, ours.lesson_md, ours.views_py)


def test_a_scenario_that_this_version_cannot_read_is_none(saved):
    assert scenario_of(replace(saved.scenario, toml="title = 1")) is None


def test_a_run_of_thousands_is_opened_in_slices_and_comes_out_whole(tmp_path):
    """More visitors and records than the lab hands over at once."""
    file, many = tmp_path / "many.avw", on_threads(6000, workers=4, wait_ns=1_000_000)
    one = replace(made_result(), targets=made_result().targets[:1], rounds=[], ladder=[])
    one = replace(one, verdict=replace(one.verdict, winner=None))
    write_run(file, load_catalog().find("slow-io"), Outcome(one, [many]))
    opening, slices = RunLoader(read_run(file)), 1
    while not opening.go_on():
        slices += 1
        assert 0 < opening.done < opening.total
    assert slices > 5
    (target,) = opening.show.targets
    target.position_ns = target.recorded_ns
    assert target.score().done == 6000
    assert lanes_text([target.trace], 100) == lanes_text([many], 100)


async def test_moves_of_the_playhead_between_two_frames_are_drawn_once(saved, monkeypatch):
    """A hand with a mouse is faster than a screen; the last place is the one that is seen."""
    made, drawn = MadeApp(), []
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(saved)
        await made.all_told(pilot)
        await pilot.press("space")
        await made.until(pilot, lambda: made.screen.frames.resting)
        made.hold_frames()
        redraw, show = made.screen.redraw, made.session.show
        monkeypatch.setattr(made.screen, "redraw", lambda: (drawn.append(show.position_ns), redraw()))
        for place in (3, 1, 2):
            made.screen.post_message(Ruler.Scrubbed(show.extent_ns * place // 4, (0, show.extent_ns), down=False))
            made.screen.playhead.step(1)
        await made.until(pilot, lambda: show.position_ns == show.extent_ns // 2)
        assert not drawn
        assert not made.screen.frames.resting
        made.screen.frames.frame()
        assert drawn == [show.position_ns]


async def test_a_run_is_opened_while_another_goes_on(saved):
    """What the lab still says belongs to the run before, and the next one starts after it."""
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("enter")
        await pilot.pause(0)
        made.screen.frames.frame()
        made.screen.runs.open(saved)
        await made.all_told(pilot)
        assert made.session.phase is Phase.OVER
        assert made.session.result == saved.result
        await pilot.press("enter")
        await made.all_told(pilot)
        assert len(made.link.started) == 2
        assert made.session.own_scenario is None
        assert made.session.show.targets[0].keeper.complete


async def test_a_run_of_a_scenario_that_is_not_in_the_list_can_be_seen_and_not_run(saved):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        foreign = replace(saved, scenario=replace(saved.scenario, name="theirs"))
        made.screen.runs.open(foreign)
        await made.all_told(pilot)
        assert made.screen.playing
        await pilot.press("enter", "m", "t")
        assert made.link.started == []
