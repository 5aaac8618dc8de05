"""Quantiles of the studentized range: how far the best and the worst of k equal groups lie apart by chance alone.

Q = (greatest mean - least mean) / (s / sqrt(n))     k groups of n, s estimated with df degrees of freedom

P(Q < q) = integral over s of  density(s) * P(range of k standard normals < q * s)
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import erfc, exp, lgamma, log, pi, sqrt

STEPS = 128
"""Of each integral: quantiles are right to three digits, which a test compares with printed tables."""
WIDEST = 14.0
"""In standard deviations: no range of fewer than a thousand normals is as wide."""
BISECTIONS = 50


@lru_cache(maxsize=256)
def studentized_range(share: float, groups: int, degrees: int) -> float:
    """The q that Q exceeds in `share` of all cases where all groups are equal."""
    low, high = 0.0, 1.0
    while _exceeded(high, groups, degrees) > share:
        low, high = high, 2 * high
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _exceeded(middle, groups, degrees) > share else (low, middle)
    return high


def _exceeded(q: float, groups: int, degrees: int) -> float:
    wider = _range_exceeded(groups)
    return sum(weight * _interpolated(wider, q * s) for s, weight in _deviations(degrees))


@lru_cache(maxsize=64)
def _deviations(degrees: int) -> list[tuple[float, float]]:
    """Values of s where sigma is 1, and how likely each is; denser at the low end, where a small s makes Q large."""
    reach = 9 / sqrt(2 * degrees)
    low, high = max(0.0, 1 - reach), 1 + reach
    constant = log(2) + degrees / 2 * log(degrees / 2) - lgamma(degrees / 2)
    places = [(step + 0.5) / STEPS for step in range(STEPS)]
    values = [low + (high - low) * place * place for place in places]
    likely = [
        place * exp(constant + (degrees - 1) * log(s) - degrees * s * s / 2)
        for place, s in zip(places, values, strict=True)
    ]
    total = sum(likely)
    return [(s, each / total) for s, each in zip(values, likely, strict=True)]


@lru_cache(maxsize=64)
def _range_exceeded(groups: int) -> list[float]:
    """P(range of so many standard normals > w) for w in equal steps from 0 to WIDEST."""
    edges = [-8 + 16 * step / STEPS for step in range(STEPS + 1)]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    weights = [exp(-z * z / 2) / sqrt(2 * pi) * 16 / STEPS for z in middles]
    below = [_below(z) for z in middles]
    table = []
    for step in range(STEPS + 1):
        width = WIDEST * step / STEPS
        # The greatest is at z, and all others within `width` below it.
        inside = sum(
            weight * (b - _below(z - width)) ** (groups - 1)
            for z, b, weight in zip(middles, below, weights, strict=True)
        )
        table.append(max(0.0, 1 - groups * inside))
    return table


def _interpolated(table: list[float], width: float) -> float:
    place = width / WIDEST * STEPS
    step = int(place)
    if step >= STEPS:
        return 0.0
    return table[step] + (table[step + 1] - table[step]) * (place - step)


def _below(z: float) -> float:
    """P(a standard normal < z)."""
    return erfc(-z / sqrt(2)) / 2
