from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.analysis.intervals import clipped, most_at_once, union_ns

INTERVALS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=12
)


@given(INTERVALS)
def test_the_union_counts_every_moment_once(intervals: list[tuple[int, int]]) -> None:
    moments = {moment for start, end in intervals for moment in range(start, end)}
    assert union_ns(intervals) == len(moments)


@given(INTERVALS)
def test_most_at_once_is_the_fullest_moment(intervals: list[tuple[int, int]]) -> None:
    full = [sum(start <= moment < end for start, end in intervals) for moment in range(100)]
    assert most_at_once(intervals) == max(full)


@given(INTERVALS, st.integers(0, 40), st.integers(1, 40))
def test_clipping_keeps_exactly_what_lies_in_the_window(
    intervals: list[tuple[int, int]], first: int, length: int
) -> None:
    moments = {moment for start, end in intervals for moment in range(start, end) if first <= moment < first + length}
    kept = clipped(intervals, (first, first + length))
    assert union_ns(kept) == len(moments)
    assert all(start < end for start, end in kept)


def test_one_that_ends_where_another_starts_is_not_at_the_same_time() -> None:
    assert most_at_once([(0, 5), (5, 9)]) == 1
