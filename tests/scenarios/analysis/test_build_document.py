"""Which round speaks for its target, and which targets are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_results import P95, result

from asgi_vs_wsgi.scenarios.analysis.build_document import compared, median_round


def test_the_median_round_speaks_for_its_target() -> None:
    rounds = [result("a", p95) for p95 in (500.0, 100.0, 300.0)]
    assert median_round(rounds) == 2
    assert median_round([result("a", None), result("a", 900.0), result("a", 100.0)]) == 1


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=9))
def test_half_of_the_rounds_or_more_are_no_worse_than_the_one_that_speaks(figures: list[float]) -> None:
    """And of an even number not the better of the two in the middle."""
    spoken = figures[median_round([result("a", each) for each in figures])]
    assert sum(each <= spoken for each in figures) > len(figures) / 2
    assert sum(each >= spoken for each in figures) >= len(figures) / 2


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=9))
def test_of_a_figure_of_which_more_is_better_the_round_is_chosen_the_other_way(figures: list[float]) -> None:
    rounds = [result("a", 10.0, throughput_rps=each) for each in figures]
    spoken = figures[median_round(rounds, "throughput_rps")]
    assert sum(each >= spoken for each in figures) > len(figures) / 2


def test_the_median_round_is_that_of_the_verdicts_own_figure() -> None:
    pairs = ((100.0, 9.0), (200.0, 1.0), (300.0, 5.0))
    rounds = [result("a", p95, service_s=service_s) for p95, service_s in pairs]
    assert (median_round(rounds, P95), median_round(rounds, "service_s")) == (1, 2)


def test_rounds_with_the_same_count_are_told_apart_by_their_latency() -> None:
    rounds = [result("a", p95, hops_per_request=2.0) for p95 in (500.0, 100.0, 300.0)]
    assert median_round(rounds, "hops_per_request") == 2
    assert median_round(rounds[:2], "hops_per_request") == 0


@pytest.mark.parametrize(
    ("wanted", "names", "places"),
    [
        ([], ["a", "b", "c"], [0, 1, 2]),
        (["c", "a"], ["a", "b", "c"], [0, 2]),
        (["c", "gone"], ["a", "b", "c"], [0, 1, 2]),
        (["a"], ["a"], [0]),
        (["x", "y"], ["a", "b"], [0, 1]),
    ],
)
def test_the_targets_that_a_scenario_names_are_compared_where_two_of_them_ran(wanted, names, places) -> None:
    assert compared(wanted, names) == places
