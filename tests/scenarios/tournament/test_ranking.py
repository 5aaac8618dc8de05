from __future__ import annotations

import pytest

from scenarios.tournament.ranking import ranked
from scenarios.tournament.standings import Standing
from scenarios.tournament.words import sentences


def server(name: str, *rounds: float, **changes) -> Standing:
    known = {
        "rank": None,
        "server": name,
        "label": name,
        "interface": "asgi",
        "version": "1",
        "loop": None,
        "http": None,
        "workers": 2,
        "threads": 1,
        "value": sorted(rounds)[len(rounds) // 2] if rounds else None,
        "low": min(rounds, default=None),
        "high": max(rounds, default=None),
        "rounds": list(rounds),
        "p95_ms": None,
        "throughput_rps": None,
        "max_per_worker": None,
        "failed": 0,
        "trouble": "",
    }
    return Standing(**{**known, **changes})


def ranks(metric: str, *standings: Standing) -> list[tuple[str, int | None]]:
    return [(each.server, each.rank) for each in ranked(standings, metric)]


def test_a_server_is_better_only_where_its_whole_spread_is():
    a, b, c = server("a", 10, 11, 12), server("b", 12, 13, 14), server("c", 20, 21, 22)
    assert ranks("latency_ms.p95", c, b, a) == [("a", 1), ("b", 1), ("c", 3)]


def test_more_is_better_of_a_throughput():
    assert ranks("throughput_rps", server("a", 10), server("b", 30), server("c", 20)) == [("b", 1), ("c", 2), ("a", 3)]


def test_a_server_in_trouble_has_no_rank_and_comes_last():
    assert ranks("latency_ms.p95", server("a", trouble="3 requests failed"), server("b", 5)) == [("b", 1), ("a", None)]


@pytest.mark.parametrize("metric", ["latency_ms.p95", "throughput_rps"])
def test_the_same_figures_in_any_order_give_the_same_ranks(metric):
    servers = [server("a", 1, 2), server("b", 2, 3), server("c", 3.5, 4), server("d", 9)]
    assert ranks(metric, *servers) == ranks(metric, *reversed(servers)) == ranks(metric, *servers[2:], *servers[:2])


def test_what_two_of_one_product_differ_in_is_said_with_the_ratio():
    fast = server("uvicorn", 10, loop="uvloop", http="httptools")
    slow = server("uvicorn-h11", 25, loop="asyncio", http="h11")
    words = sentences(ranked([slow, fast], "latency_ms.p95"), "latency_ms.p95")
    expected = "uvicorn is 2.5 × better than uvicorn-h11: loop uvloop against asyncio, parser httptools against h11."
    assert expected in words


def test_where_all_spreads_overlap_nobody_is_said_to_be_better():
    servers = ranked([server("uvicorn", 10, 20), server("uvicorn-h11", 11, 21, loop="asyncio")], "latency_ms.p95")
    assert sentences(servers, "latency_ms.p95") == ["No real difference in p95 latency: the spreads of all overlap."]
