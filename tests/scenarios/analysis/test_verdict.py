from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from scenarios.analysis.rounds import median_round
from scenarios.analysis.verdict import verdict
from scenarios.result import (
    DriverFigures,
    Latency,
    MachineShare,
    RequestCounts,
    TargetResult,
    VerdictResult,
)

P95 = "latency_ms.p95"


def result(name: str, p95: float | None, *, failed: int = 0, limited: bool = False, **changed: Any) -> TargetResult:
    counts = RequestCounts(32, 32 - failed, failed, 0, 0, {"timeout": 0}, {})
    latency = None if p95 is None else Latency(*(p95,) * 8)
    known: dict[str, Any] = dict.fromkeys(TargetResult.__struct_fields__)
    known |= {"name": name, "requests": counts, "latency_ms": latency, "driver": DriverFigures(0.1, 0.1, limited)}
    return TargetResult(**(known | changed))


def judge(*rounds: list[TargetResult], mode: str = "measure", metric: str = P95) -> VerdictResult:
    return verdict(metric, rounds, [median_round(of_one) for of_one in rounds], mode)


def test_the_better_one_wins_when_the_difference_is_real() -> None:
    said = judge([result("sync", 3200.0)], [result("loop", 215.0)])
    assert (said.winner, said.on) == ("loop", P95)
    assert said.ratio == pytest.approx(3200 / 215)
    assert "loop is 14.9 times better than sync" in said.words


@pytest.mark.parametrize(("worse", "winner"), [(124.9, None), (125.0, "a"), (126.0, "a")])
def test_a_winner_differs_by_a_quarter_or_more(worse: float, winner: str | None) -> None:
    assert judge([result("a", 100.0)], [result("b", worse)]).winner == winner


def test_no_real_difference_is_said_in_these_words() -> None:
    assert judge([result("a", 100.0)], [result("b", 110.0)]).words.startswith("no real difference")


def test_there_is_no_winner_when_rounds_overlap() -> None:
    a = [result("a", p95) for p95 in (90.0, 100.0, 180.0)]
    b = [result("b", p95) for p95 in (170.0, 200.0, 210.0)]
    said = judge(a, b)
    assert said.winner is None
    assert "overlap" in said.words
    assert judge(a, b[1:]).winner == "a"


def test_fast_refusals_do_not_win() -> None:
    said = judge([result("refuses", 5.0, failed=20)], [result("serves", 500.0)])
    assert said.winner is None
    assert "refuses lost 20 requests" in said.words


def test_failures_in_any_round_count() -> None:
    a = [result("a", 10.0, failed=1), result("a", 10.0), result("a", 10.0)]
    assert judge(a, [result("b", 100.0)] * 3).winner is None


def test_one_who_served_everybody_may_win_over_one_who_did_not() -> None:
    assert judge([result("serves", 5.0)], [result("fails", 500.0, failed=3)]).winner == "serves"


def test_nobody_wins_when_the_driver_was_the_limit() -> None:
    said = judge([result("a", 10.0)], [result("b", 100.0, limited=True)])
    assert said.winner is None
    assert "load driver" in said.words
    assert "b" in said.words


def test_a_race_has_no_winner() -> None:
    said = judge([result("a", 10.0)], [result("b", 100.0)], mode="race")
    assert said.winner is None
    assert "indicative" in said.words


def test_one_target_alone_has_nothing_to_win_over() -> None:
    assert judge([result("a", 10.0)]).winner is None


def test_a_target_that_completed_nothing_cannot_be_compared() -> None:
    said = judge([result("a", 10.0)], [result("b", None, failed=32)])
    assert (said.winner, said.ratio) == (None, None)
    assert "not measured on b" in said.words


def test_the_median_round_speaks_for_its_target() -> None:
    rounds = [result("a", p95) for p95 in (500.0, 100.0, 300.0)]
    assert median_round(rounds) == 2
    assert median_round(rounds[:2]) == 1
    assert median_round([result("a", None), result("a", 900.0), result("a", 100.0)]) == 1


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
    assert judge([result("slow", 130.0, machine=little)], [result("quick", 100.0)]).winner == "quick"
