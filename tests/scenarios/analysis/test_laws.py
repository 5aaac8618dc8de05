from __future__ import annotations

import pytest
from msgspec.structs import replace

from scenarios.analysis.laws import LAWS, Premises, law_result

BURST = Premises(requests=32, workers=2, threads=8, cores=2, service_s=0.2, cpu_s=0.002, busiest=20)


@pytest.mark.parametrize(
    ("name", "predicted_s"),
    [
        ("one-per-worker", 16 * 0.2),
        ("one-per-thread", 3 * 0.2),
        ("all-at-once", 0.2 + 32 * 0.002 / 2),
        ("loop-held", 20 * 0.2),
        ("cpu-shared", 20 * 0.2),
    ],
)
def test_each_law_predicts_by_its_formula(name: str, predicted_s: float) -> None:
    assert LAWS[name](BURST) == pytest.approx(predicted_s)


def test_a_last_incomplete_row_of_visitors_takes_as_long_as_a_full_one() -> None:
    assert LAWS["one-per-worker"](replace(BURST, requests=33)) == pytest.approx(17 * 0.2)
    assert LAWS["one-per-thread"](replace(BURST, busiest=25)) == pytest.approx(4 * 0.2)


def test_work_on_more_workers_than_cores_is_bounded_by_the_cores() -> None:
    crowded = replace(BURST, workers=8, cores=2, busiest=4)
    assert LAWS["cpu-shared"](crowded) == pytest.approx(32 * 0.2 / 2)
    assert LAWS["all-at-once"](crowded) == pytest.approx(0.2 + 32 * 0.002 / 2)


@pytest.mark.parametrize(
    ("measured_s", "holds"), [(3.2, True), (3.69, True), (2.71, True), (3.71, False), (2.69, False)]
)
def test_a_law_holds_within_15_percent_and_20_ms(measured_s: float, holds: bool) -> None:
    result = law_result("one-per-worker", BURST, measured_s, everybody_served=True)
    assert result is not None
    assert result.holds is holds


def test_fast_refusals_do_not_confirm_a_law() -> None:
    result = law_result("one-per-worker", BURST, 3.2, everybody_served=False)
    assert result is not None
    assert not result.holds


@pytest.mark.parametrize("name", ["one-per-thread", "loop-held", "cpu-shared"])
def test_a_law_about_the_busiest_worker_says_nothing_where_nobody_counted(name: str) -> None:
    assert law_result(name, replace(BURST, busiest=None), 3.2, everybody_served=True) is None


def test_without_a_lone_request_there_is_no_prediction() -> None:
    assert law_result("one-per-worker", replace(BURST, service_s=0.0), 3.2, everybody_served=True) is None


def test_the_result_has_all_that_is_needed_to_recompute_it() -> None:
    result = law_result("loop-held", BURST, 4.1, everybody_served=True)
    assert result is not None
    assert (result.service_s, result.cpu_s, result.busiest, result.measured_makespan_s) == (0.2, 0.002, 20, 4.1)
