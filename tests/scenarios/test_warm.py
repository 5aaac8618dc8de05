"""When the time of a lone request is known well enough."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.run.warmup import LONE_REQUESTS, MOST_LONE_REQUESTS, enough, lone_figures

MS = 1_000_000


@pytest.mark.parametrize(
    ("times_ms", "known"),
    [
        ([], False),
        ([50, 51], False),
        ([50, 51, 52], True),
        ([400, 405], True),  # a slow view's time says more
        ([50, 120, 51], False),  # one was disturbed
        ([50, 120, 51, 52], True),
        ([120, 300, 50], False),
        ([2500], True),
    ],
)
def test_times_that_agree_are_enough_and_disturbed_ones_are_not(times_ms, known):
    assert enough([ms * MS for ms in times_ms]) is known


def test_a_machine_that_never_calms_down_ends_it_all_the_same():
    assert enough([2**n * MS for n in range(MOST_LONE_REQUESTS)])
    assert not enough([2**n * MS for n in range(LONE_REQUESTS)])


@pytest.mark.parametrize("others_ms", [[], [300, 400], [120, 120, 120, 120, 120, 120]])
def test_what_else_happened_on_the_machine_moves_neither_the_time_nor_the_cpu_of_a_lone_request(others_ms):
    """Both stand in every law."""
    times_ns, cpu_ns = [ms * MS for ms in [52, *others_ms, 50, 51]], [ms * MS for ms in [9, *others_ms, 8, 7]]
    assert lone_figures(times_ns, cpu_ns) == (51 * MS, 7 * MS)
