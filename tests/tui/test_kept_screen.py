"""What was stopped, and a tournament, on the screen: how far it had come is told, and nothing is claimed beyond."""

from __future__ import annotations

import pytest
from made_app import MadeApp
from made_result import made_result
from made_traces import MS, START, on_loops, on_threads
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome, PartialRun, PartialTarget
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.history_entry import card_of_tournament
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.scenarios.storage.run_reader import saved_run
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario
from asgi_vs_wsgi.scenarios.tournament.standings import SCHEMA, Missing, Standing, Tournament
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.report.run_report import stopped_words
from asgi_vs_wsgi.tui.widgets.results_table import ResultsTable
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine

pytestmark = pytest.mark.anyio
SCENARIO = load_catalog().find("slow-io")


def cut_off():
    """gunicorn has served 2 of 8 by 300 ms, and nobody has come to uvicorn."""
    sync, asynchronous = on_threads(8), on_loops(8)
    stop_ns = START + 300 * MS
    for row in range(8):
        if sync.visits.done_ns[row] > stop_ns:
            sync.visits.done_ns[row] = sync.visits.outcome[row] = 0
            sync.visits.first_byte_ns[row] = 0
    for name in ("intended_ns", "connect_start_ns", "connected_ns", "sent_ns", "done_ns", "outcome"):
        column = getattr(asynchronous.visits, name)
        for row in range(8):
            column[row] = 0
    served = sum(done > 0 for done in sync.visits.done_ns)
    stopped = PartialRun(
        0, 3, at_ns=stop_ns, visitors=[PartialTarget("gunicorn-sync", served, 8), PartialTarget("uvicorn", 0, 8)]
    )
    return saved_run(SCENARIO, Outcome(replace(made_result(), targets=[]), [sync, asynchronous], stopped))


def text_of(made: MadeApp) -> str:
    strips = made.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_a_run_that_was_stopped_opens_as_far_as_it_came(size):
    made, saved = MadeApp(), cut_off()
    async with made.app.run_test(size=size, notifications=True) as pilot:
        made.screen.runs.open(saved)
        await made.all_told(pilot)
        await made.until(pilot, lambda: list(made.app._notifications))
        (note,) = made.app._notifications
        assert note.message == f"this run was {stopped_words(saved.stopped)[0]}"
        await pilot.press("e")
        await made.until(pilot, lambda: made.session.show.at_end)
        await made.until_shown(pilot, 1)
        assert made.session.phase is Phase.STOPPED
        assert made.session.show.position_ns == 300 * MS
        assert made.session.result_due is None
        assert not made.screen.query_one(ResultsTable).display
        text = text_of(made)
        assert "failed" not in text
        assert "makespan" not in text
        assert "ASGI · uvicorn" in text
        assert "stopped" in str(made.screen.query_one("#status", EdgeLine).render())


async def test_a_run_stopped_in_a_later_round_has_its_figures_and_says_of_what():
    made = MadeApp()
    outcome = Outcome(made_result(), [on_threads(8), on_loops(8)], PartialRun(1, 3))
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        made.screen.runs.open(saved_run(SCENARIO, outcome))
        await made.all_told(pilot)
        await pilot.press("e")
        await made.until_shown(pilot, 1)
        await made.until(pilot, lambda: made.session.result_due)
        assert made.session.phase is Phase.OVER
        status = made.screen.query_one("#status", EdgeLine)
        await made.until(pilot, lambda: "stopped in round 2 of 3" in str(status.render()))


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        (PartialRun(2, 3), "stopped in round 3 of 3: the figures are of 2 rounds"),
        (PartialRun(1, 3), "stopped in round 2 of 3: the figures are of 1 round"),
        (PartialRun(1, 1, 3, 14), "stopped on the ladder: 3 of 14 points are there"),
        (
            PartialRun(0, 1, visitors=[PartialTarget("a", 5, 32), PartialTarget("b", 0, 32)]),
            "stopped before its end: no figures; served: a 5 of 32, b 0 of 32",
        ),
    ],
)
def test_how_far_it_came_is_said_in_full_and_shorter(stopped, words):
    wordings = stopped_words(stopped)
    assert wordings[0] == words
    assert sorted(wordings, key=len, reverse=True) == wordings


def standing(server: str, rank: int) -> Standing:
    return Standing(rank, server, server, "asgi", "1", None, None, 2, 1, 5.0, 5.0, 5.0, [5.0], 5.0, 10.0, 1, 0, "")


def ranking(done: int) -> KeptTournament:
    standings = [standing("uvicorn", 1), standing("daphne", 2)]
    tournament = Tournament(
        SCHEMA, "slow-io", {"io_ms": 400}, {}, "latency_ms.p95", 3, standings, [Missing("waitress", "gone")], ["So."]
    )
    return KeptTournament(tournament, LoadResult.from_load(Load(requests=64)), done, 6, saved_scenario(SCENARIO))


@pytest.mark.parametrize(("done", "told"), [(6, "So."), (4, "Stopped after 4 of 6 measurements")])
async def test_a_tournament_is_kept_listed_and_opened(done, told):
    shelf, kept = RunHistory(user_history()), ranking(done)
    shelf.keep_tournament(SCENARIO, kept, 5)
    (card,), _ = shelf.cards()
    assert card == card_of_tournament(5, SCENARIO, kept)
    assert shelf.read(card) == kept
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("3", "o")
        await pilot.pause()
        assert "tournament   64 visitors · 400 ms" in text_of(made)
        assert "1 uvicorn · 2 daphne" in text_of(made)
        await pilot.press("enter")
        await pilot.pause()
        text = text_of(made)
        assert told in text
        assert "Slow I/O · 64 visitors · 400 ms · changed settings" in text
        assert made.session.idle
        await pilot.press("r", "e", "escape")
        await pilot.pause()
        assert "enter run" in text_of(made)


async def test_a_tournament_with_the_scenario_s_own_settings_is_not_said_to_have_others():
    whole = ranking(6)
    own = {name: each.default for name, each in SCENARIO.toml.parameters.items()}
    kept = replace(
        whole, tournament=replace(whole.tournament, parameters=own), load=LoadResult.from_load(SCENARIO.toml.load)
    )
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.runs.open(kept)
        await pilot.pause()
        assert "changed settings" not in text_of(made)


async def test_a_ranking_that_cannot_be_read_is_told_of():
    shelf = RunHistory(user_history())
    shelf.keep_tournament(SCENARIO, ranking(6), 5)
    shelf.file(shelf.cards()[0][0]).write_text("{")
    made = MadeApp()
    async with made.app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("o", "enter")
        await pilot.pause()
        assert any("cannot be read" in note.message for note in made.app._notifications)
