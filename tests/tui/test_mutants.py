"""Saved runs that were changed at random, well packed: each is refused in one line, or can be looked at in every way.

`tests/bench/mutants.py` does the same ten thousand times.
"""

from __future__ import annotations

import msgspec
import pytest
from made_mutants import mutant, mutant_ranking
from made_result import made_result
from made_runs import made_run
from made_traces import on_loops, on_threads
from opened_run import compute_all, compute_ranking

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.scenarios.storage.run_reader import read_ranking, read_run
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario
from asgi_vs_wsgi.scenarios.tournament.standings import SCHEMA, Missing, Standing, Tournament
from asgi_vs_wsgi.tui.screens.history import _told as told

BATCHES, IN_EACH = 4, 50


def opened(read, file):
    """None where it was refused, in one line that names the file."""
    try:
        return read(file)
    except BadInput as error:
        words = error.one_line()
    assert str(file) in words
    assert "\n" not in words
    return None


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_run_that_was_changed_at_random_is_refused_or_can_be_looked_at(tmp_path, batch: int):
    data, looked_at = made_run(tmp_path).read_bytes(), 0
    for seed in range(batch * IN_EACH, (batch + 1) * IN_EACH):
        file = tmp_path / f"{seed}.avw"
        file.write_bytes(mutant(data, seed))
        if saved := opened(read_run, file):
            compute_all(saved)
            looked_at += 1
    assert 0 < looked_at < IN_EACH


def ranking() -> bytes:
    scenario = load_catalog().find("slow-io")
    standings = [
        Standing(
            rank, name, name, "asgi", "1", None, None, 2, 1, rank * 9.5, 9.0, 20.0, [9.0, 20.0], 9.5, 40.0, 4, 0, ""
        )
        for rank, name in ((1, "uvicorn"), (2, "hypercorn"))
    ]
    words, missing = ["uvicorn is first."], [Missing("daphne", "not installed")]
    whole = Tournament(SCHEMA, "slow-io", {"io_ms": 200}, {}, "latency_ms.p95", 3, standings, missing, words)
    kept = KeptTournament(whole, LoadResult.from_load(scenario.toml.load), 6, 6, saved_scenario(scenario))
    return msgspec.json.encode(kept)


def test_a_tournament_that_was_changed_at_random_is_refused_or_can_be_looked_at(tmp_path):
    data, looked_at = ranking(), 0
    for seed in range(150):
        file = tmp_path / f"{seed}.ranking"
        file.write_bytes(mutant_ranking(data, seed))
        if kept := opened(read_ranking, file):
            compute_ranking(kept)
            looked_at += 1
    assert 0 < looked_at < 150


def test_a_card_that_was_changed_at_random_is_damaged_or_can_be_listed(tmp_path):
    shelf = RunHistory(tmp_path)
    shelf.keep(load_catalog().find("slow-io"), Outcome(made_result(), [on_threads(8), on_loops(8)]), 10**18)
    (file,) = tmp_path.glob("*.json")
    data, listed = file.read_bytes(), 0
    for seed in range(200):
        file.write_bytes(mutant_ranking(data, seed))
        cards, damaged = shelf.cards()
        assert len(cards) + damaged == 1
        listed += len(cards)
        for card in cards:
            assert told(card, 77)
    assert 0 < listed < 200
