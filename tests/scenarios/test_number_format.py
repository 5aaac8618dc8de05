"""One form for each kind of figure: short, never in powers of ten, and neither none nor all unless it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.wording import count, megabytes, number, per_second, share


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
