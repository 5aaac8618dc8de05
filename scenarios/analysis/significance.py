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
"""

from __future__ import annotations

from enum import Enum, auto
from math import fsum, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.studentized_range import studentized_range
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Sequence

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
