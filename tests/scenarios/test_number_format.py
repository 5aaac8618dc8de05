"""One form for each kind of figure: short, never in powers of ten, and neither none nor all unless it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.wording import apart, count, megabytes, number, per_second, seconds_apart, share


@pytest.mark.parametrize(
    ("value", "words"),
    [(2.01961, "2.02"), (16.0, "16"), (0.5, "0.5"), (1234.0, "1 234"), (1234.5, "1 234"), (0.0, "0")],
)
def test_a_mean_of_counts_has_three_digits_and_a_count_all(value, words):
    assert number(value) == words
    assert in_words("hops_per_request", value) == words


@pytest.mark.parametrize(
    ("part", "words"),
    [(0.0, "0%"), (0.001, "<1%"), (0.005, "<1%"), (0.01, "1%"), (0.974, "97%"), (0.9999, "99.9%"), (1.0, "100%")],
)
def test_a_share_is_none_or_all_only_if_it_is(part, words):
    assert share(part) == words


@given(st.floats(0, 1))
def test_no_share_of_some_is_told_as_none_or_all(part):
    assert (share(part) == "0%") == (part == 0)
    assert (share(part) == "100%") == (part == 1)


@given(st.floats(0, 1e9, allow_nan=False))
@pytest.mark.parametrize("form", [number, per_second, megabytes, lambda value: in_words("throughput_rps", value)])
def test_no_figure_is_written_in_powers_of_ten_or_with_digits_that_nobody_measured(form, value):
    words = form(value)
    assert not re.search(r"\de[+-]?\d", words)
    assert len(re.sub(r"\D", "", words.replace(" ", "")).lstrip("0")) <= max(4, len(str(int(value))) + 1)


@given(st.integers(0, 10**7))
def test_one_of_anything_is_singular(how_many):
    assert count(how_many, "visitor").endswith("visitor") == (how_many == 1)


def test_what_is_judged_to_differ_does_not_look_the_same():
    assert apart(1.9997, 2) == "1.9997"
    assert (apart(3.0771, 2), apart(2.0, 2), apart(1.97, 2)) == ("3.08", "2", "1.97")
    assert apart(2.02, 2, "{:.1f}".format) == "2.02"
    assert seconds_apart(0.1004, 0.1) == ("0.1004 s", "0.1000 s")
    assert seconds_apart(0.08031, 0.08) == ("80.3 ms", "80.0 ms")
    assert seconds_apart(0.2, 0.1) == ("0.20 s", "0.10 s")
    assert seconds_apart(0.1, 0.1) == ("0.10 s", "0.10 s")


@given(st.floats(0.01, 1000), st.floats(1e-6, 0.1))
def test_two_times_that_differ_are_told_apart(time_s, by):
    assert len(set(seconds_apart(time_s, time_s * (1 + by)))) == 2
    assert len({apart(time_s, time_s * (1 + by)), apart(time_s * (1 + by), time_s)}) == 2
