"""Numbers of requests: never the same for two that a worker could mix up, whatever a run may be asked for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS, ROUNDS, WORKERS
from asgi_vs_wsgi.scenarios.planning.load import STEPS
from asgi_vs_wsgi.scenarios.run.round import Numbers
from asgi_vs_wsgi.scenarios.run.warmup import MOST_LONE_REQUESTS, WARM_ROUNDS
from asgi_vs_wsgi.server_targets.probe.request_context import FOREIGN_FROM

PHASES = st.lists(st.tuples(st.integers(0, 12), st.integers(REQUESTS.low, REQUESTS.high)), max_size=200)


@given(PHASES)
def test_no_two_requests_of_a_target_have_the_same_number(phases):
    numbers, taken = Numbers(), {}
    for target, requests in phases:
        first = numbers.next_first_id(target, requests)
        assert first > 0
        assert first + requests <= FOREIGN_FROM
        taken.setdefault(target, []).append((first, first + requests))
    for ranges in taken.values():
        ranges.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(ranges))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, REQUESTS.high), st.integers(REQUESTS.high // 2, REQUESTS.high))
def test_numbers_come_again_only_after_thousands_of_millions_of_others(requests, others):
    """A request that is still on its way meets no other with its number."""
    numbers = Numbers()
    first, sent = numbers.next_first_id(0, requests), 0
    while (again := numbers.next_first_id(0, others)) >= first + requests:
        assert again + others <= FOREIGN_FROM
        sent += others
    assert sent > 3_700_000_000


def test_the_longest_run_that_may_be_asked_for_needs_no_number_twice():
    """Every round measured twice, each time with its lone requests, and a ladder whose steps are all of the most."""
    numbers, last = Numbers(), 0
    phases = [WORKERS.high * 4] * WARM_ROUNDS
    for _ in range(ROUNDS.high):
        phases += 2 * [REQUESTS.high, *[1] * MOST_LONE_REQUESTS]
    for requests in [*phases, *[REQUESTS.high] * len(STEPS)]:
        first = numbers.next_first_id(3, requests)
        assert first > last
        last = first + requests - 1


def test_targets_count_for_themselves():
    """Of two targets' workers each records its own requests alone, so that their numbers may be the same."""
    numbers = Numbers()
    assert numbers.next_first_id(0, 10) == numbers.next_first_id(1, 10)
