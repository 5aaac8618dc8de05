"""Whether a figure differs between targets by more than chance: one rule for verdicts and tournaments.

Two targets differ where all of this holds:

1. their medians differ by REAL_DIFFERENCE or more,
2. no round of the better one is as bad as any round of the other,
3. their means lie further apart than Tukey's studentized range allows for equal targets, so many compared at once.

The spread in 3 is that of the logarithms (noise of a time is a share of it), over the rounds of all targets together,
or of either of the two where its own is larger: one noisy server among calm ones would win or lose by chance. Of two
rounds one is not known; there the quantile is that of the pair's own few degrees of freedom.

How often some target of a comparison is told to be better although all are equal was simulated (test_false_alarms):
at most 5 % of whole tournaments of up to 13 servers, with equal and unequal noise, heavy tails, outliers and drift.

One round has no spread. There a difference counts only beyond what one round was seen to differ from another of the
same target (`known_spread`).

Quantiles of the studentized range: how far the best and the worst of k equal groups lie apart by chance alone.

Q = (greatest mean - least mean) / (s / sqrt(n))     k groups of n, s estimated with df degrees of freedom

P(Q < q) = integral over s of  density(s) * P(range of k standard normals < q * s)
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise
from math import erfc, exp, fsum, lgamma, log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Sequence


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


REAL_DIFFERENCE = 1.25
"""A smaller difference is of no use to anybody."""
LEVEL = 0.025
"""Half of the 5 % of false alarms that are promised: noise that is not alike on all targets takes up the rest."""
SLACK_MS, SLACK_BUSY_MS = 20, 250
FEW_ROUNDS = 3
"""With fewer a target's own spread is hardly known."""


class Difference(Enum):
    """What can be said of two targets."""

    REAL = auto()
    SMALL = auto()
    OVERLAP = auto()
    CHANCE = auto()
    """Rounds of equal targets would differ as much too often."""
    ONE_ROUND = auto()
    """Not beyond what was seen between two rounds of the same target."""


NO_DIFFERENCE = frozenset({Difference.SMALL, Difference.OVERLAP})
NOT_TOLD_APART = frozenset({Difference.CHANCE, Difference.ONE_ROUND})


class KnownSpread(NamedTuple):
    """One round of a target was never seen to be worse than another by `factor` and, for a time, `slack` more."""

    factor: float
    slack: float
    words: str


def known_spread(metric: str, *, quiet: bool) -> KnownSpread:
    """Seen on live servers, rounds of each compared with one another, with room to spare; by kind of figure.

    Times: 1.6 times in bursts of 20 ms and more, 6 ms more in a figure of 3 ms. Numbers: 2.1 times, of the visitors
    of the busiest worker, which is chance. Memory: 1.06 times. On a machine that is not `quiet` others may take all
    of it just while a short burst is on: 66 and 264 ms were seen.
    """
    name = next((part for part in reversed(metric.split(".")) if part.endswith(("_ms", "_s", "_mb"))), "")
    if name.endswith("_mb"):
        return KnownSpread(1.15, 0, "1.15 times")
    if name:
        slack_ms = SLACK_MS if quiet else SLACK_BUSY_MS
        slack = slack_ms if name.endswith("_ms") else slack_ms / 1000
        return KnownSpread(2, slack, f"2 times + {slack_ms} ms")
    return KnownSpread(2.5, 0, "2.5 times")


class _Figures(NamedTuple):
    """One target's rounds; `mean` and `variance` of the logarithms, where all figures have one."""

    low: float
    median: float
    high: float
    number: int
    mean: float
    variance: float


class Comparison:
    """A metric's figures in all rounds of several targets, to be compared two at a time."""

    def __init__(self, metric: str, rounds: Sequence[Sequence[float]], *, quiet: bool) -> None:
        """`quiet`: whether others left the machine alone."""
        self._sign = -1 if metric in MORE_IS_BETTER else 1
        self._known = known_spread(metric, quiet=quiet)
        positive = all(figure > 0 for figures in rounds for figure in figures)
        self._of = [_figures(figures, logarithms=positive) for figures in rounds]
        self._degrees = sum(each.number - 1 for each in self._of)
        squares = sum(each.variance * (each.number - 1) for each in self._of)
        self._pooled = squares / self._degrees if self._degrees else 0.0

    def difference(self, one: int, other: int) -> Difference:
        """Whichever of the two, by their places in `rounds`, is better."""
        a, b = self._of[one], self._of[other]
        if not is_large(a.median, b.median):
            return Difference.SMALL
        if max(a.low, b.low) <= min(a.high, b.high):
            return Difference.OVERLAP
        if not self._degrees:
            return Difference.REAL if self._beyond_known(a.median, b.median) else Difference.ONE_ROUND
        return Difference.REAL if self._beyond_chance(a, b) else Difference.CHANCE

    def is_better(self, one: int, other: int) -> bool:
        """Whether `one` is really better than `other`."""
        better = self._sign * (self._of[other].median - self._of[one].median) > 0
        return better and self.difference(one, other) is Difference.REAL

    def _beyond_chance(self, a: _Figures, b: _Figures) -> bool:
        few = min(a.number, b.number) < FEW_ROUNDS
        degrees = max(1, a.number + b.number - 2) if few else self._degrees
        variance = max(self._pooled, a.variance, b.variance)
        error = sqrt(variance * (1 / a.number + 1 / b.number) / 2)
        return abs(a.mean - b.mean) > studentized_range(LEVEL, len(self._of), degrees) * error

    def _beyond_known(self, one: float, other: float) -> bool:
        low, high = sorted((one, other))
        if low <= 0:  # any number is infinitely many times nothing, also 1
            low, high = low + 1, high + 1
        return high > self._known.factor * low + self._known.slack


def _figures(figures: Sequence[float], *, logarithms: bool) -> _Figures:
    ordered, number = sorted(figures), len(figures)
    median = (ordered[(number - 1) // 2] + ordered[number // 2]) / 2
    scaled = [log(figure) for figure in ordered] if logarithms else ordered
    mean = fsum(scaled) / number
    variance = fsum((each - mean) ** 2 for each in scaled) / (number - 1) if number > 1 else 0.0
    return _Figures(ordered[0], median, ordered[-1], number, mean, variance)


def ratio(one: float, other: float) -> float | None:
    """How many times the larger is the smaller; None where that is 0."""
    low, high = sorted((one, other))
    return high / low if low > 0 else None


def is_large(one: float, other: float) -> bool:
    """Whether two figures differ by as much as counts."""
    times = ratio(one, other)
    return one != other and (times is None or times >= REAL_DIFFERENCE)
