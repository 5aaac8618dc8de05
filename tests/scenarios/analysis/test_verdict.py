from __future__ import annotations

from typing import Any

import pytest
from made_results import P95, result
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import compared, median_round
from asgi_vs_wsgi.scenarios.analysis.significant_difference import Comparison, Difference
from asgi_vs_wsgi.scenarios.analysis.unserved import reservations
from asgi_vs_wsgi.scenarios.analysis.verdict import verdict
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import (
    DatabaseConnections,
    DriverFigures,
    Latency,
    MachineShare,
    RequestCounts,
    TargetResult,
    Unserved,
    VerdictResult,
    WorkerSeen,
)


def judge(*rounds: list[TargetResult], mode: str = "measure", metric: str = P95) -> VerdictResult:
    return verdict(metric, rounds, [median_round(of_one, metric) for of_one in rounds], mode)


def test_the_better_one_wins_when_the_difference_is_real() -> None:
    said = judge([result("sync", 3200.0)], [result("loop", 215.0)])
    assert (said.winner, said.on) == ("loop", P95)
    assert said.ratio == pytest.approx(3200 / 215)
    assert "loop is 14.9 times better than sync" in said.words


def rounds_of(name: str, *figures: float) -> list[TargetResult]:
    return [result(name, each) for each in figures]


@pytest.mark.parametrize(("worse", "winner"), [(124.9, None), (125.0, "a"), (126.0, "a")])
def test_a_winner_differs_by_a_quarter_or_more(worse: float, winner: str | None) -> None:
    assert judge(rounds_of("a", 100.0, 99.9, 100.1), rounds_of("b", worse, worse, worse)).winner == winner


@pytest.mark.parametrize(
    ("better", "worse", "metric"),
    [
        (100.0, 178.0, P95),  # "1.78 times better", which one round of a server is than another
        (2.7, 8.6, P95),  # seen of one server, in two rounds of 100 ms
        (100.0, 219.9, P95),
        (178.0, 100.0, "throughput_rps"),
        (10.0, 21.0, "connections.peak"),
        (100.0, 114.0, "workers_seen.max.rss_peak_mb"),
    ],
)
def test_one_round_alone_makes_no_winner_of_what_rounds_of_one_target_may_differ_by(better, worse, metric) -> None:
    said = judge([with_figure("a", better, metric)], [with_figure("b", worse, metric)], metric=metric)
    assert said.winner is None
    assert said.ratio is not None
    assert said.words.startswith(("no verdict from one round: ", "no real difference: "))


def test_one_round_says_what_is_missing_and_how_to_get_it() -> None:
    said = judge([result("a", 100.0)], [result("b", 178.0)])
    assert said.words == (
        "no verdict from one round: rounds of one target may differ by 2 times + 20 ms (a 0.10 s, b 0.18 s);"
        " measure 5 rounds"
    )


@pytest.mark.parametrize(
    ("better", "worse", "metric"),
    [
        (100.0, 220.1, P95),
        (215.0, 3200.0, P95),
        (0.155, 0.46, "service_s"),
        (900.0, 100.0, "throughput_rps"),
        (100.0, 130.0, "workers_seen.max.rss_peak_mb"),
    ],
)
def test_one_round_makes_a_winner_beyond_any_spread_seen_and_says_so(better, worse, metric) -> None:
    said = judge([with_figure("a", better, metric)], [with_figure("b", worse, metric)], metric=metric)
    assert said.winner == "a"
    assert said.words.endswith("; one round, but beyond any spread seen")


def with_figure(name: str, value: float, metric: str) -> TargetResult:
    """A target that has this figure."""
    if metric == P95:
        return result(name, value)
    if metric == "connections.peak":
        return result(name, 10.0, connections=DatabaseConnections("sqlite", int(value), 0, []))
    if metric.startswith("workers_seen"):
        return result(name, 10.0, workers_seen=[WorkerSeen(1, 8, None, None, None, value, None, None)])
    return result(name, 10.0, **{metric: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("some", "winner"), [(1.0, None), (16.0, "none")])
def test_of_nothing_one_is_not_infinitely_more_in_one_round(some: float, winner: str | None) -> None:
    none, one = result("none", 1.0, hops_per_request=0.0), result("some", 1.0, hops_per_request=some)
    assert judge([one], [none], metric="hops_per_request").winner == winner


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_a_figure_that_was_not_measured_in_every_round_gives_no_verdict(rounds: int) -> None:
    whole, holed = rounds_of("a", 100.0, 101.0, 99.0, 100.0), rounds_of("b", 900.0, 901.0, 899.0, 900.0)
    for number in range(rounds):
        holed[number] = result("b", None)
    said = judge(whole, holed)
    assert (said.winner, said.ratio) == (None, None)
    assert said.words == "no verdict: p95 latency was not measured on b"


def test_rounds_that_touch_overlap() -> None:
    touching = judge(rounds_of("a", 100.0, 101.0, 150.0), rounds_of("b", 150.0, 199.0, 200.0))
    assert (touching.winner, "overlap" in touching.words) == (None, True)
    apart = judge(rounds_of("a", 100.0, 101.0, 102.0), rounds_of("b", 150.0, 152.0, 151.0))
    assert apart.winner == "a"


def test_rounds_apart_that_equal_targets_may_have_by_chance_are_no_real_difference() -> None:
    said = judge(rounds_of("a", 100.0, 140.0), rounds_of("b", 150.0, 200.0))
    assert said.winner is None
    assert said.words.startswith("no real difference: in 2 rounds equal targets may differ as much by chance")


def test_the_median_of_an_even_number_of_rounds_lies_between_the_two_in_the_middle() -> None:
    """105 and 140 are 122.5, which is no quarter more than 100; 112 and 140 are 126."""
    for rounds, difference in (([105.0, 140.0], Difference.SMALL), ([112.0, 140.0], Difference.CHANCE)):
        assert Comparison(P95, [[100.0, 100.0], rounds], quiet=True).difference(0, 1) is difference


def test_more_rounds_tell_what_few_could_not() -> None:
    few, many = [100.0, 130.0], [100.0, 130.0, 104.0, 117.0, 125.0]
    assert judge(rounds_of("a", *few), rounds_of("b", *(1.5 * each for each in few))).winner is None
    assert judge(rounds_of("a", *many), rounds_of("b", *(1.5 * each for each in many))).winner == "a"


@pytest.mark.parametrize("kind", ["failed", "dropped"])
def test_a_winner_that_lost_visitors_in_any_round_is_none(kind: str) -> None:
    quick = rounds_of("quick", 10.0, 11.0, 10.5)
    counts = RequestCounts(32, 31, kind == "failed", 0, kind == "dropped", {"timeout": 0}, {})
    quick[1] = replace(quick[1], requests=counts)
    said = judge(quick, rounds_of("slow", 500.0, 510.0, 505.0))
    assert said.winner is None
    met = {"failed": "1 failed", "dropped": "1 without an answer when the run ended"}[kind]
    missing = f"in 1 of 3 rounds 1 of 32 visitors had no page: {met}"
    assert said.words == f"no verdict: quick: {missing}; its times are of the others alone"


def test_on_a_machine_that_others_used_one_round_tells_less() -> None:
    taken = MachineShare(others_share=0.2, stolen_share=0.0)
    assert judge([result("a", 66.0)], [result("b", 264.0)]).winner == "a"
    assert judge([result("a", 66.0, machine=taken)], [result("b", 264.0)]).winner is None


def test_who_is_only_seen_to_be_behind_the_winner_is_not_told_apart_from_it() -> None:
    said = judge([result("a", 100.0)], [result("b", 190.0)], [result("c", 101.0)], [result("d", 900.0)])
    assert said.winner == "a"
    assert "c no real difference from a" in said.words
    assert "b not told apart from a" in said.words


def test_no_real_difference_is_said_in_these_words() -> None:
    assert judge([result("a", 100.0)], [result("b", 110.0)]).words.startswith("no real difference")


def test_there_is_no_winner_when_rounds_overlap() -> None:
    a = [result("a", p95) for p95 in (90.0, 100.0, 180.0)]
    b = [result("b", p95) for p95 in (170.0, 200.0, 210.0)]
    said = judge(a, b)
    assert said.winner is None
    assert "overlap" in said.words
    assert judge(a, [result("b", p95) for p95 in (500.0, 600.0, 550.0)]).winner == "a"


def test_fast_refusals_do_not_win() -> None:
    said = judge([result("refuses", 5.0, failed=10)], [result("serves", 500.0)])
    assert said.winner is None
    assert "refuses: 10 of 32 visitors had no page: 10 failed" in said.words
    assert "quick" not in said.words, "how long they took is not known"


def test_failures_in_any_round_count() -> None:
    a = [result("a", 10.0, failed=1), result("a", 10.0), result("a", 10.0)]
    assert judge(a, [result("b", 100.0)] * 3).winner is None


def test_one_who_served_everybody_may_win_over_one_who_did_not() -> None:
    assert judge([result("serves", 5.0)], [result("fails", 500.0, failed=3)]).winner == "serves"


@pytest.mark.parametrize("limited", [0, 1, 2])
def test_nobody_wins_when_the_driver_was_the_limit_in_any_round(limited: int) -> None:
    slow = [result("b", 100.0, limited=number == limited) for number in range(3)]
    said = judge([result("a", 10.0)] * 3, slow)
    assert said.winner is None
    assert said.words == "no verdict: b: the load driver itself was the limit"


@pytest.mark.parametrize(
    ("others", "host", "cpu_share", "said"),
    [
        (0.44, 0.0, 0.2, "other programs took 44% of the machine, so visitors were sent late"),
        (0.0, 0.3, None, "its host took 30% of the machine, so visitors were sent late"),
        (0.44, 0.0, 0.95, "the load driver itself was the limit"),
        (0.10, 0.0, 0.2, "the load driver itself was the limit"),
    ],
)
def test_who_had_the_machine_while_the_driver_was_late_is_told_and_the_driver_is_not_blamed_for_it(
    others: float, host: float, cpu_share: float | None, said: str
) -> None:
    late: dict[str, Any] = {"driver": DriverFigures(30.0, cpu_share, True), "machine": MachineShare(others, host)}
    slow = result("b", 100.0, **late)
    assert judge([result("a", 10.0)], [slow]).words == f"no verdict: b: {said}"
    assert f"{said}: the server may be quicker than it looks" in reservations(slow)


def test_a_race_has_no_winner() -> None:
    said = judge([result("a", 10.0)], [result("b", 100.0)], mode="race")
    assert said.winner is None
    assert "all ran at once and shared the machine" in said.words


def test_one_target_alone_has_nothing_to_win_over() -> None:
    assert judge([result("a", 10.0)]).winner is None


def test_a_target_that_completed_nothing_cannot_be_compared() -> None:
    said = judge([result("a", 10.0)], [result("b", None, failed=32)])
    assert (said.winner, said.ratio) == (None, None)
    assert said.words.startswith("no verdict: most requests were not served: b served 0 of 32")


def test_of_throughput_more_is_better() -> None:
    a, b = result("a", 10.0, throughput_rps=100.0), result("b", 10.0, throughput_rps=900.0)
    assert judge([a], [b], metric="throughput_rps").winner == "b"


def test_figures_that_are_zero_do_not_divide() -> None:
    none, some = result("none", 1.0, hops_per_request=0.0), result("some", 1.0, hops_per_request=16.0)
    said = judge([none], [some], metric="hops_per_request")
    assert (said.winner, said.ratio) == ("none", None)
    assert judge([none], [replace(none, name="b")], metric="hops_per_request").winner is None


def test_those_as_good_as_the_winner_are_named() -> None:
    said = judge([result("a", 100.0)], [result("b", 101.0)], [result("c", 300.0)])
    assert said.winner == "a"
    assert "b no real difference from a" in said.words


def test_a_difference_that_others_on_the_machine_may_have_made_is_no_verdict() -> None:
    taken = MachineShare(others_share=0.5, stolen_share=0.0)
    said = judge([result("slow", 200.0, machine=taken)], [result("quick", 100.0)])
    assert said.winner is None
    assert "50% of the machine" in said.words
    assert judge([result("slow", 900.0, machine=taken)], [result("quick", 100.0)]).winner == "quick"
    little = MachineShare(others_share=0.1, stolen_share=0.0)
    assert judge([result("slow", 230.0, machine=little)], [result("quick", 100.0)]).winner == "quick"


def test_the_headline_is_about_the_targets_that_the_scenario_names() -> None:
    toml = load_catalog().find("hello-world").toml
    names = [target.name for target in toml.targets]
    figures = dict(zip(names, (300.0, 3000.0, 200.0, 100.0), strict=True))
    rounds = [[result(name, 5.0, throughput_rps=value)] for name, value in figures.items()]
    places = compared(toml.verdict.compare, names)
    said = judge(*(rounds[place] for place in places), metric=toml.verdict.metric)
    assert "asgi-django" in said.words
    assert "wsgi-django" in said.words
    assert "bare" not in said.words


def test_who_timed_out_was_not_refused_quickly() -> None:
    slow = [Unserved("timeout", 10, Latency(*(8000.0,) * 8))]
    said = judge([result("waits", 5.0, failed=10, not_served=slow)], [result("serves", 500.0)])
    assert "10 timed out after 8.00 s" in said.words
    assert "quick" not in said.words
    refusals = [Unserved("503", 10, Latency(*(1.0,) * 8))]
    said = judge([result("refuses", 5.0, failed=10, not_served=refusals)], [result("serves", 500.0)])
    assert "10 answered 503 after 1.0 ms; quick refusals are not speed" in said.words


@pytest.mark.parametrize("status", ["301", "403", "429"])
def test_an_answer_that_is_no_page_is_no_service(status) -> None:
    counts = RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 2, status: 30})
    said = judge([result("sends away", 5.0, requests=counts)], [result("serves", 500.0)])
    assert said.winner is None
    assert f"sends away served 2 of 32 (30 answered {status}" in said.words
    some = RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 20, status: 12})
    said = judge([result("sends away", 5.0, requests=some)], [result("serves", 500.0)])
    assert said.winner is None
    assert f"12 of 32 visitors had no page: 12 answered {status}" in said.words
    assert "its times count the 12 too" in said.words
