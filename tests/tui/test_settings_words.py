"""The header counts all who come, as the panes do."""

from __future__ import annotations

from made_result import made_result
from made_traces import on_loops, on_threads
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory
from asgi_vs_wsgi.tui.report.run_report import setting, visitor_words


def test_visitors_with_a_load_of_their_own_are_counted_too():
    assert setting(load_catalog().find("gone-client"))[0] == "8 visitors"
    assert setting(load_catalog().find("slow-io"))[0] == "32 visitors"


def test_the_list_of_recent_runs_counts_as_the_header_does(tmp_path):
    scenario, shelf = load_catalog().find("gone-client"), RunHistory(tmp_path)
    result = replace(made_result(), load=LoadResult.from_load(scenario.toml.load))
    shelf.keep(scenario, Outcome(result, [on_threads(4), on_loops(4)]), 1)
    (card,), _damaged = shelf.cards()
    assert visitor_words(card.load, card.beside) == setting(scenario, result)[0] == "8 visitors"
