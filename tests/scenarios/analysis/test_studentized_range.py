"""Quantiles of the studentized range against printed tables, and against Student's t where there are two groups."""

from __future__ import annotations

from math import sqrt

import pytest

from asgi_vs_wsgi.scenarios.analysis.significant_difference import studentized_range

PRINTED = [
    # share, groups, degrees of freedom, quantile
    (0.05, 3, 10, 3.88),
    (0.05, 5, 30, 4.10),
    (0.05, 10, 20, 5.01),
    (0.05, 20, 60, 5.24),
    (0.01, 3, 10, 5.27),
    (0.01, 10, 20, 6.09),
]
STUDENTS_T = [(1, 12.706), (2, 4.303), (10, 2.228), (30, 2.042), (120, 1.980)]
"""Degrees of freedom, and what the absolute value of t exceeds in 5 % of all cases."""


@pytest.mark.parametrize(("share", "groups", "degrees", "quantile"), PRINTED)
def test_quantiles_are_those_of_printed_tables(share, groups, degrees, quantile):
    assert studentized_range(share, groups, degrees) == pytest.approx(quantile, rel=0.002)


@pytest.mark.parametrize(("degrees", "quantile"), STUDENTS_T)
def test_of_two_groups_it_is_students_t_times_the_root_of_two(degrees, quantile):
    assert studentized_range(0.05, 2, degrees) == pytest.approx(sqrt(2) * quantile, rel=0.005)


def test_more_groups_and_less_known_spreads_allow_more():
    assert studentized_range(0.05, 3, 10) < studentized_range(0.05, 4, 10) < studentized_range(0.05, 4, 5)
