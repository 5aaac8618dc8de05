from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.results.statistics import latency_of, nearest_rank

TIMES = st.lists(st.integers(0, 10**12), min_size=1, max_size=300)


def by_definition(samples: list[int], percent: int) -> int:
    """The smallest sample such that at least `percent` % of all are at most as large."""
    enough = (s for s in sorted(samples) if 100 * sum(other <= s for other in samples) >= percent * len(samples))
    return next(enough)


@given(TIMES, st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank_of_its_definition(samples: list[int], percent: int) -> None:
    assert nearest_rank(sorted(samples), percent) == by_definition(samples, percent)


@pytest.mark.parametrize(("percent", "rank"), [(50, 50), (95, 95), (99, 99), (7, 7), (100, 100)])
def test_of_a_hundred_samples_the_percentile_is_the_sample_of_that_number(percent: int, rank: int) -> None:
    assert nearest_rank(range(1, 101), percent) == rank


def test_one_sample_is_every_percentile() -> None:
    latency = latency_of([4_200_000])
    assert latency is not None
    assert {latency.min, latency.p50, latency.p95, latency.p99, latency.max, latency.mean} == {4.2}


def test_no_sample_has_no_figures() -> None:
    assert latency_of([]) is None


@given(TIMES)
def test_figures_are_ordered_and_the_mean_is_exact(samples: list[int]) -> None:
    latency = latency_of(samples)
    assert latency is not None
    ordered = [latency.min, latency.p50, latency.p75, latency.p90, latency.p95, latency.p99, latency.max]
    assert ordered == sorted(ordered)
    assert latency.mean == pytest.approx(sum(samples) / len(samples) / 1e6, rel=1e-12)
