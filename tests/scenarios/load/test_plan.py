"""Plans: the right visitors at the right times, the same for the same seed."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from asgi_vs_wsgi.scenarios.load.plan import MixPart, Plan, PlanError, make_plan, mix
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.scenario_files.validation import load_faults


def kolmogorov_distance(samples, cumulative):
    """The largest gap between the samples' distribution and the one expected."""
    ordered = sorted(samples)
    n = len(ordered)
    return max(max((i + 1) / n - cumulative(x), cumulative(x) - i / n) for i, x in enumerate(ordered))


def test_a_burst_comes_all_at_once():
    plan = Plan.burst(32)
    assert plan.requests == 32
    assert list(plan.offsets_ns) == [0] * 32
    assert plan.loop == "open"


def test_constant_arrivals_are_evenly_spaced_from_zero():
    plan = make_plan("constant", rate=3, requests=7)
    assert list(plan.offsets_ns) == [round(row / 3 * 1e9) for row in range(7)]


@pytest.mark.parametrize(
    ("requests", "duration_s", "planned"), [(7, 0.5, 5), (3, 0.5, 3), (None, 0.5, 5), (7, None, 7)]
)
def test_requests_and_duration_each_end_a_plan(requests, duration_s, planned):
    plan = make_plan("constant", rate=10, requests=requests, duration_s=duration_s)
    assert plan.requests == len(plan.offsets_ns) == len(plan.path) == planned


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_poisson_gaps_are_exponential(seed):
    rate, requests = 200.0, 5_000
    offsets_ns = make_plan("poisson", rate=rate, requests=requests, seed=seed).offsets_ns
    gaps_s = [(later - earlier) / 1e9 for earlier, later in pairwise([0, *offsets_ns])]
    distance = kolmogorov_distance(gaps_s, lambda gap: 1 - math.exp(-rate * gap))
    assert distance < 1.63 / math.sqrt(requests)  # the 1 % point of Kolmogorov's distribution


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_poisson_arrivals_of_a_duration_are_spread_evenly_over_it(seed):
    offsets_ns = make_plan("poisson", rate=500, duration_s=10, seed=seed).offsets_ns
    assert abs(len(offsets_ns) - 5_000) < 4 * math.sqrt(5_000)
    distance = kolmogorov_distance([offset / 1e10 for offset in offsets_ns], lambda share: share)
    assert distance < 1.63 / math.sqrt(len(offsets_ns))


@pytest.mark.parametrize("arrivals", ["constant", "poisson"])
def test_rows_are_in_the_order_of_their_intended_starts(arrivals):
    offsets_ns = make_plan(arrivals, rate=1000, requests=1000).offsets_ns
    assert list(offsets_ns) == sorted(offsets_ns)


def test_the_same_seed_makes_the_same_plan_and_another_seed_another():
    def of(seed):
        return make_plan("poisson", rate=100, requests=100, seed=seed, weights=(1, 1))

    assert of(7) == of(7)
    assert of(7).offsets_ns != of(8).offsets_ns
    assert of(7).path != of(8).path


def test_a_seed_means_the_same_on_every_machine():
    plan = make_plan("poisson", rate=100, requests=3, seed=1)
    assert list(plan.offsets_ns) == [1442911, 20244473, 34674163]


def test_closed_visitors_all_begin_at_once_and_are_no_more_than_the_requests():
    plan = make_plan("closed", requests=100, concurrency=8)
    assert plan.loop == "closed"
    assert list(plan.offsets_ns) == [0] * 8
    assert len(plan.path) == plan.requests == 100
    assert len(make_plan("closed", requests=3, concurrency=8).offsets_ns) == 3


def test_paths_have_the_shares_of_their_weights():
    path = make_plan("poisson", rate=1, requests=10_000, weights=(9, 1, 0)).path
    assert path.count(0) + path.count(1) == 10_000
    assert abs(path.count(1) - 1_000) < 4 * math.sqrt(900)


def test_a_second_path_moves_nobodys_arrival():
    alone = make_plan("poisson", rate=1, requests=100)
    mixed = make_plan("poisson", rate=1, requests=100, weights=(1, 1))
    assert alone.offsets_ns == mixed.offsets_ns


def test_classes_of_visitors_come_in_the_order_of_their_times_and_those_of_the_last_paths_have_the_last_rows():
    steady, crowd = make_plan("constant", rate=10, requests=3), make_plan("burst", requests=2)
    parts = [MixPart(steady, 0, 0), MixPart(crowd, 150_000_000, 1)]
    for last, times_ms, paths in (
        (set(), [0, 100, 150, 150, 200], [0, 0, 1, 1, 0]),
        ({0}, [150, 150, 0, 100, 200], [1, 1, 0, 0, 0]),
    ):
        plan = mix(parts, last)
        assert [offset_ns / 1e6 for offset_ns in plan.offsets_ns] == times_ms
        assert list(plan.path) == paths
        assert plan.requests == 5


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"arrivals": "sometimes"}, "arrivals"),
        ({"arrivals": "burst"}, "requests"),
        ({"arrivals": "burst", "requests": 0}, "requests"),
        ({"arrivals": "burst", "requests": 1_000_001}, "requests"),
        ({"arrivals": "burst", "requests": 1, "duration_s": 1}, "duration"),
        ({"arrivals": "burst", "requests": 1, "concurrency": 1}, "concurrency"),
        ({"arrivals": "burst", "requests": 1, "timeout_s": 0}, "timeout"),
        ({"arrivals": "burst", "requests": 1, "timeout_s": math.inf}, "timeout"),
        ({"arrivals": "burst", "requests": 1, "timeout_s": math.nan}, "timeout"),
        ({"arrivals": "burst", "requests": 1, "max_connections": 0}, "max_connections"),
        ({"arrivals": "burst", "requests": 1, "weights": ()}, "weights"),
        ({"arrivals": "burst", "requests": 1, "weights": (0, 0)}, "weights"),
        ({"arrivals": "burst", "requests": 1, "weights": (1, -1)}, "weights"),
        ({"arrivals": "closed", "requests": 1}, "concurrency"),
        ({"arrivals": "closed", "concurrency": 1}, "requests"),
        ({"arrivals": "closed", "requests": 1, "concurrency": 20_001}, "concurrency"),
        ({"arrivals": "closed", "requests": 1, "concurrency": 1, "rate": 1}, "rate"),
        ({"arrivals": "closed", "requests": 1, "concurrency": 1, "max_connections": 1}, "max_connections"),
        ({"arrivals": "constant", "requests": 1}, "rate"),
        ({"arrivals": "constant", "rate": 1}, "requests"),
        ({"arrivals": "constant", "rate": -1, "requests": 1}, "rate"),
        ({"arrivals": "constant", "rate": 1e6, "duration_s": 60}, "rate"),
        ({"arrivals": "poisson", "rate": 1e-6, "duration_s": 1e-3}, "nobody"),
    ],
)
def test_a_number_that_makes_no_plan_is_refused_by_its_name(arguments, word):
    with pytest.raises(PlanError, match=word):
        make_plan(**arguments)


@pytest.mark.parametrize(
    "load",
    [
        Load("burst"),
        Load("burst", requests=0),
        Load("burst", requests=1, duration_s=1.0),
        Load("burst", requests=1, timeout_s=math.nan),
        Load("closed", requests=1, concurrency=20_001),
        Load("constant", requests=1),
        Load("constant", rate=1e6, duration_s=60.0),
        Load("poisson", rate=1e-6, duration_s=1e-3),
    ],
)
def test_a_folder_an_option_and_a_plan_refuse_a_number_with_the_same_words(load):
    (first, *_) = load_faults(load)
    with pytest.raises(PlanError) as refused:
        make_plan(**{name: getattr(load, name) for name in load.__struct_fields__})
    assert refused.value.fault == first
    assert first.reason in str(refused.value)
    assert first.right in str(refused.value)
