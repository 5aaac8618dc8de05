"""Time covered by intervals, the longest and the most of them, until any moment: what looking at each would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, Longest, MostAtOnce, clipped

INTERVALS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)).map(lambda pair: (pair[0], sum(pair))))


@given(INTERVALS, st.integers(0, 100))
def test_covered_is_the_union_of_what_lies_before(intervals, at):
    moments = {moment for start, end in clipped(intervals, (0, at)) for moment in range(start, end)}
    assert Covered(intervals).until_ns(at) == len(moments)


@given(INTERVALS, st.integers(0, 100))
def test_most_at_once_is_the_fullest_moment(intervals, at):
    full = [sum(start <= moment < end for start, end in intervals) for moment in range(at + 1)]
    assert MostAtOnce(intervals).until(at) == max(full)


def test_one_that_ends_where_another_starts_is_not_at_the_same_time():
    assert MostAtOnce([(0, 5), (5, 9)]).until(9) == 1


@given(INTERVALS, st.integers(0, 40), st.integers(1, 40))
def test_clipping_keeps_exactly_what_lies_in_the_window(intervals, first, length):
    inside = {moment for start, end in intervals for moment in range(start, end) if first <= moment < first + length}
    kept = clipped(intervals, (first, first + length))
    assert {moment for start, end in kept for moment in range(start, end)} == inside
    assert all(start < end for start, end in kept)


@given(INTERVALS, st.integers(0, 100))
def test_the_longest_counts_what_goes_on_up_to_then(intervals, at):
    expected = max((end - start for start, end in clipped(intervals, (0, at))), default=0)
    assert Longest(intervals).until_ns(at) == expected
