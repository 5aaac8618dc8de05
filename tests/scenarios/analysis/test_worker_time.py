"""Time covered by intervals and the longest of them, until any moment, are what looking at each would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, Longest, clipped, union_ns

INTERVALS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)).map(lambda pair: (pair[0], sum(pair))))


@given(INTERVALS, st.integers(0, 100))
def test_covered_is_the_union_of_what_lies_before(intervals, at):
    assert Covered(intervals).until_ns(at) == union_ns(clipped(intervals, (0, at)))


@given(INTERVALS, st.integers(0, 100))
def test_the_longest_counts_what_goes_on_up_to_then(intervals, at):
    expected = max((end - start for start, end in clipped(intervals, (0, at))), default=0)
    assert Longest(intervals).until_ns(at) == expected
