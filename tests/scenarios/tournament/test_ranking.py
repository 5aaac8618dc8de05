from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import InFlight, Latency, LeftProcess, RequestCounts, TargetResult
from asgi_vs_wsgi.scenarios.tournament.standings import Standing, ranked, sentences, standing


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


@pytest.fixture
def result():
    def made(name: str, p95: float | None) -> TargetResult:
        known: dict[str, Any] = dict.fromkeys(TargetResult.__struct_fields__)
        counts = RequestCounts(8, 8, 0, 0, 0, {"timeout": 0}, {})
        latency = None if p95 is None else Latency(*(p95,) * 8)
        return TargetResult(**known | {"server": name, "requests": counts, "latency_ms": latency, "classes": []})

    return made


def ranks(metric: str, *standings: Standing) -> list[tuple[str, int | None]]:
    return [(each.server, each.rank) for each in ranked(standings, metric)]


def test_a_server_is_better_only_by_more_than_its_rounds_spread():
    a, b, c = server("a", 10, 11, 12), server("b", 12, 13, 14), server("c", 20, 21, 22)
    assert ranks("latency_ms.p95", c, b, a) == [("a", 1), ("b", 1), ("c", 3)]


def test_more_is_better_of_a_throughput():
    a, b, c = server("a", 10, 11, 10.5), server("b", 30, 31, 29), server("c", 20, 19, 21)
    assert ranks("throughput_rps", a, b, c) == [("b", 1), ("c", 2), ("a", 3)]


def test_a_server_in_trouble_has_no_rank_and_comes_last():
    assert ranks("latency_ms.p95", server("a", trouble="3 requests failed"), server("b", 5)) == [("b", 1), ("a", None)]


@pytest.mark.parametrize("metric", ["latency_ms.p95", "throughput_rps"])
def test_the_same_figures_in_any_order_give_the_same_ranks(metric):
    servers = [server("a", 1, 2), server("b", 2, 3), server("c", 3.5, 4), server("d", 9)]
    assert ranks(metric, *servers) == ranks(metric, *reversed(servers)) == ranks(metric, *servers[2:], *servers[:2])


def test_what_two_of_one_product_differ_in_is_said_with_the_ratio():
    fast = server("uvicorn", 10, 10.1, 10.2, loop="uvloop", http="httptools")
    slow = server("uvicorn-h11", 25.1, 25.2, 25.3, loop="asyncio", http="h11")
    words = sentences(ranked([slow, fast], "latency_ms.p95"), "latency_ms.p95")
    expected = "uvicorn is 2.5 × better than uvicorn-h11: loop uvloop against asyncio, parser httptools against h11."
    assert expected in words


def test_a_pair_is_said_to_differ_only_where_the_two_themselves_do():
    """Both are behind the first; uvicorn-h11 is not told apart from hypercorn, whatever their ranks."""
    first = server("granian-asgi", 10, 10.1, 10.2, loop="own")
    second = server("uvicorn", 14.0, 21.0, 17.0, loop="uvloop")
    third = server("uvicorn-h11", 22.0, 29.0, 25.0, loop="asyncio")
    order = ranked([third, second, first], "latency_ms.p95")
    assert [each.server for each in order] == ["granian-asgi", "uvicorn", "uvicorn-h11"]
    assert (order[0].rank, order[2].rank) == (1, 2)
    assert not any("better than" in words for words in sentences(order, "latency_ms.p95"))


def test_one_round_of_each_ranks_only_what_no_rounds_of_one_server_differ_by():
    close, far = server("uvicorn", 100), server("uvicorn-h11", 178, loop="asyncio")
    assert ranks("latency_ms.p95", close, far) == [("uvicorn", 1), ("uvicorn-h11", 1)]
    (words,) = sentences(ranked([close, far], "latency_ms.p95"), "latency_ms.p95")
    assert words.endswith("; one round tells little: measure more.")
    assert ranks("latency_ms.p95", close, server("gunicorn-sync", 3230)) == [("uvicorn", 1), ("gunicorn-sync", 2)]


def test_a_tournament_ranks_equal_servers_alike_in_95_of_100():
    """The rule by which it ranks is simulated in tests/scenarios/analysis/test_false_alarms.py; here that it does."""
    random, ranked_lower = Random(5), 0
    for _ in range(200):
        thirteen = [server(str(n), *(random.gauss(300, 90) for _ in range(3))) for n in range(13)]
        ranked_lower += ranked(thirteen, "latency_ms.p95")[-1].rank != 1
    assert ranked_lower <= 19  # 5 %, and three standard errors


@given(
    st.permutations(
        [
            server(name, *rounds)
            for name, *rounds in (
                ("a", 10, 10.5, 11),
                ("b", 13, 14, 15),
                ("c", 14, 14.5, 16),
                ("d", 90, 91, 95),
                ("e", 88, 99, 120),
            )
        ]
    ),
    st.floats(0.001, 1000),
)
def test_ranks_depend_neither_on_the_order_nor_on_the_unit(servers, unit):
    def measured_in(each: Standing) -> Standing:
        return server(each.server, *(unit * figure for figure in each.rounds))

    expected = ranks("latency_ms.p95", *sorted(servers, key=lambda each: each.server))
    assert sorted(ranks("latency_ms.p95", *map(measured_in, servers))) == sorted(expected)


def test_a_server_whose_figure_is_missing_in_a_round_is_not_ranked(result):
    measured, unmeasured = result("uvicorn", 100.0), result("uvicorn", None)
    whole, holed = (standing(each, "latency_ms.p95") for each in ([measured] * 2, [measured, unmeasured, measured]))
    assert (whole.value, whole.trouble) == (100.0, "")
    assert (holed.value, holed.trouble) == (None, "latency_ms.p95 was not measured in 1 of 3 rounds")


@pytest.mark.parametrize("kind", ["failed", "dropped"])
def test_a_server_that_lost_visitors_in_any_round_is_not_ranked(result, kind):
    counts = RequestCounts(8, 7, int(kind == "failed"), 0, int(kind == "dropped"), {"timeout": 0}, {})
    lost = replace(result("uvicorn", 100.0), requests=counts)
    told = standing([result("uvicorn", 100.0), lost, result("uvicorn", 101.0)], "latency_ms.p95")
    assert (told.value, told.failed, told.trouble) == (None, 1, "1 requests failed")


def test_a_standing_tells_of_the_worst_of_its_rounds_and_of_all_that_was_left(result):
    figures = [(100.0, 3, [LeftProcess("sleep", 1)]), (300.0, 5, [LeftProcess("sleep", 2)]), (200.0, 4, [])]
    rounds = [
        replace(result("uvicorn", p95), in_flight=InFlight(8, most), left_processes=left) for p95, most, left in figures
    ]
    told = standing(rounds, "latency_ms.p95")
    assert (told.value, told.low, told.high) == (200.0, 100.0, 300.0)
    assert told.max_per_worker == 5
    assert told.left_processes == [LeftProcess("sleep", 3)]
    unknown = replace(rounds[1], left_processes=None)
    assert standing([rounds[0], unknown], "latency_ms.p95").left_processes is None


def test_a_pair_that_differs_in_more_than_two_things_is_not_explained():
    fast = server("uvicorn", 10, 10.1, 10.2, loop="uvloop", http="httptools", threads=1)
    slow = server("uvicorn-h11", 25.1, 25.2, 25.3, loop="asyncio", http="h11", threads=2)
    assert not any("better than" in words for words in sentences(ranked([slow, fast], "makespan_s"), "makespan_s"))


def test_where_all_spreads_overlap_nobody_is_said_to_be_better():
    servers = ranked([server("uvicorn", 10, 20), server("uvicorn-h11", 11, 21, loop="asyncio")], "latency_ms.p95")
    assert sentences(servers, "latency_ms.p95") == ["No real difference in p95 latency beyond what chance may make."]


def test_who_shares_the_first_rank_is_not_first_alone():
    slow = server("daphne", 300.0, 301.0, 302.0)
    alone, shared = (
        ranked([*firsts, slow], "makespan_s")
        for firsts in (
            [server("uvicorn", 10.0, 10.1, 10.2)],
            [server("uvicorn", 10.0, 10.1, 10.2), server("hypercorn", 10.1, 10.0, 10.2)],
        )
    )
    assert sentences(alone, "makespan_s")[0].startswith("uvicorn is first; daphne, the last, is 29.8 ×")
    assert "is first, and 1 more with it; daphne" in sentences(shared, "makespan_s")[0]
