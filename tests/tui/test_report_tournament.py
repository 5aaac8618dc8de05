"""The table of a tournament says what its figures are of, in which unit, and what was counted."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.tournament.standings import SCHEMA, Standing, Tournament
from asgi_vs_wsgi.tui.report.tournament import ranked_by, ranking_table, tournament_report, views_words


def standing(server: str, value: float) -> Standing:
    figures: dict[str, Any] = {"value": value, "low": value - 2, "high": value + 3, "rounds": [value], "p95_ms": value}
    known: dict[str, Any] = {
        "label": server,
        "interface": "asgi",
        "version": "1",
        "loop": None,
        "http": None,
        "workers": 2,
    }
    rest: dict[str, Any] = {"threads": 1, "throughput_rps": 98.7, "max_per_worker": 16, "failed": 0, "trouble": ""}
    return Standing(rank=1, server=server, **figures, **known, **rest)


def ranking(metric: str) -> Tournament:
    return Tournament(SCHEMA, "slow-io", {}, {}, metric, 3, [standing("uvicorn", 312.0)], [], [])


def test_the_head_names_the_figure_and_the_cells_bear_its_unit():
    head, row = ranking_table(ranking("latency_ms.p95"), 120)
    assert head.split()[:4] == ["rank", "server", "p95", "latency"]
    assert "0.31 s" in row
    assert "0.31 s – 0.32 s" in row
    assert "throughput" in head


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_figure_with_a_long_name_is_named_in_the_sentence_above(width: int):
    long = ranking("classes.fast.latency_ms.p95")
    assert ranked_by(long).startswith("By p95 latency of “fast” visitors, the median of 3 rounds.")
    lines = ranking_table(long, width)
    assert "median" in lines[0]
    assert all(len(line) <= width for line in lines)


def ran(*views: tuple[str, str, str]) -> Tournament:
    """(server, interface, view) of each."""
    standings = [replace(standing(server, 300.0), interface=interface, view=view) for server, interface, view in views]
    return replace(ranking("latency_ms.p95"), standings=standings)


@pytest.mark.parametrize(
    ("views", "words"),
    [
        ([("uvicorn", "asgi", "page")], "Every server ran the view page."),
        (
            [("uvicorn", "asgi", "async_page"), ("daphne", "asgi", "async_page"), ("waitress", "wsgi", "page")],
            "ASGI servers ran async_page; WSGI servers ran page.",
        ),
        (
            [("uvicorn", "asgi", "async_page"), ("daphne", "asgi", "page"), ("waitress", "wsgi", "page")],
            "daphne, waitress ran page; uvicorn ran async_page.",
        ),
    ],
)
def test_a_tournament_says_which_view_each_server_ran(views, words):
    assert views_words(ran(*views)) == [words]
    assert words in "\n".join(tournament_report(ran(*views), 120))


def test_one_that_was_kept_before_views_were_told_claims_none():
    assert views_words(ranking("latency_ms.p95")) == []
