"""A saved run on the screen: the same figures as when it was saved, without any server."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from made_result import made_result
from made_traces import on_loops, on_threads

from scenarios.catalog import Catalog, load_catalog
from scenarios.experiment import Options
from scenarios.saved.reading import read_run
from scenarios.saved.writing import write_run
from tui.drawing.text import lanes_text
from tui.replayed import catalog_with, told
from tui.session import Phase
from tui.widgets.result_board import ResultBoard

pytestmark = pytest.mark.anyio


@pytest.fixture
def saved(tmp_path):
    file = tmp_path / "run.avw"
    write_run(file, load_catalog().find("slow-io"), made_result(), [on_threads(8), on_loops(8)])
    return read_run(file)


async def test_a_saved_run_is_shown_from_its_start_and_has_its_own_result_at_its_end(saved):
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.session.replay(Options("slow-io"), told(saved))
        made.screen.watch_replay()
        assert made.session.phase is Phase.OVER
        assert made.session.show.position_ns == 0
        await pilot.press("e")
        made.screen.frame()
        await pilot.pause()
        assert made.session.result_due == saved.result
        board = str(made.screen.query_one(ResultBoard).render())
        assert saved.result.verdict.words in board
        assert made.link.asked == 0


def test_its_lanes_are_those_that_were_recorded(saved):
    made = MadeApp()
    made.session.replay(Options("slow-io"), told(saved))
    traces = [on_threads(8), on_loops(8)]
    assert lanes_text(made.session.show.recording.traces, 100) == lanes_text(traces, 100)


def test_the_scenario_is_the_one_that_was_saved_and_not_ours(saved, tmp_path):
    folder = tmp_path / "replay"
    folder.mkdir()
    catalog = catalog_with(saved, Catalog((), {}), folder)
    (scenario,) = catalog.scenarios
    assert scenario.folder == folder / "slow-io"
    assert scenario.toml == load_catalog().find("slow-io").toml


def test_the_scenario_keeps_its_place_in_the_list(saved, tmp_path):
    folder = tmp_path / "replay"
    folder.mkdir()
    ours = load_catalog()
    names = [each.name for each in catalog_with(saved, ours, folder).scenarios]
    assert names == [each.name for each in ours.scenarios]
