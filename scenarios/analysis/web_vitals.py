"""What of a browser's measures of a page a server has a part in, against the guide values of web.dev."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.unserved import may_be_judged
from asgi_vs_wsgi.scenarios.results.browser import CLICKS
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, nearest_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.results.browser import Measured, Vitals

GOOD_TTFB_MS = 800.0
"""web.dev/ttfb: "a good user experience" up to here, at the 75th percentile."""
POOR_TTFB_MS = 1800.0
"""The same source: "poor" above; between the two it needs improvement."""
GOOD_LCP_MS = 2500.0
"""web.dev/lcp: the same for the largest contentful paint."""


class Rating(Enum):
    """In the words of web.dev."""

    GOOD = "good"
    NEEDS_IMPROVEMENT = "needs improvement"
    POOR = "poor"


def rate_first_byte(target: TargetResult) -> Rating | None:
    """Of the 75th percentile; None where it was not measured, or may not be judged."""
    if target.ttfb_ms is None or not may_be_judged(target):
        return None
    return rate_against(target.ttfb_ms.p75, GOOD_TTFB_MS)


def paint_budget_share(first_byte_ms: float) -> float:
    """What a first byte takes of the time in which the largest contentful paint should come."""
    return first_byte_ms / GOOD_LCP_MS


GOOD_FCP_MS, GOOD_INP_MS = 1800.0, 200.0
"""web.dev/fcp and web.dev/inp."""
FRAME_STEP_MS, TIME_STEP_MS = 8.0, 0.1
"""To what browsers round paints and interactions, and any other time: two values a step apart may be equal."""
LEAST_SAMPLES = 3
LEAST_CHANGE = 0.2
LABELS = {click: click.replace("sync_xhr", "synchronous XHR") for click in CLICKS}


def spread(of: Measured) -> tuple[float, float]:
    """The middle half of what was measured, in milliseconds."""
    ordered = sorted(round(each * NS_PER_MS) for each in of.samples)
    return nearest_rank(ordered, 25) / NS_PER_MS, nearest_rank(ordered, 75) / NS_PER_MS


def moved(one: Measured, other: Measured, step_ms: float) -> bool | None:
    """Whether two targets differ by more than chance would have it; None where too few visits tell.

    Their middle halves do not overlap, and their p75 are apart by more than two steps of the clock and a fifth.
    """
    if min(len(one.samples), len(other.samples)) < LEAST_SAMPLES:
        return None
    (low, high), (other_low, other_high) = spread(one), spread(other)
    apart = high < other_low or other_high < low
    change = abs(one.p75 - other.p75)
    return apart and change > max(2 * step_ms, LEAST_CHANGE * min(one.p75, other.p75))


POOR_MS = {GOOD_TTFB_MS: POOR_TTFB_MS, GOOD_LCP_MS: 4000.0, GOOD_FCP_MS: 3000.0, GOOD_INP_MS: 500.0}
"""By the value up to which it is good: above this one it is poor, as web.dev says."""


def rate_against(p75_ms: float, good_ms: float) -> Rating:
    """Of one measure."""
    if p75_ms <= good_ms:
        return Rating.GOOD
    return Rating.NEEDS_IMPROVEMENT if p75_ms <= POOR_MS[good_ms] else Rating.POOR


class Guided(NamedTuple):
    """One measure of every target."""

    label: str
    """`TTFB`, `INP, fetch`."""
    name: str
    """The same in a sentence: `INP of a click that fetches`."""
    good_ms: float | None
    """web.dev's guide value, for the 75th percentile; None of what is no Web Vital."""
    step_ms: float
    """To what the browser rounds it."""
    of: list[Measured | None]
    """Of each target, in the order of the run."""

    @property
    def moved(self) -> bool | None:
        """Between any two targets; None where it was not measured of two, or of too few visits."""
        known = [each for each in self.of if each]
        found = [moved(one, other, self.step_ms) for at, one in enumerate(known) for other in known[:at]]
        return None if not found or None in found else any(found)

    @property
    def places(self) -> list[int]:
        """The targets at which it was measured."""
        return [place for place, each in enumerate(self.of) if each]


def guided(targets: Sequence[TargetResult]) -> list[Guided]:
    """What a browser measured, each against its guide value; nothing where none did."""
    if not any(target.vitals for target in targets):
        return []

    def of_each(pick: Callable[[Vitals], Measured | None]) -> list[Measured | None]:
        return [pick(target.vitals) if target.vitals else None for target in targets]

    def of_click(click: str, pick: Callable[[Vitals], Mapping[str, Measured]]) -> list[Measured | None]:
        return of_each(lambda vitals: pick(vitals).get(click))

    measures = [
        Guided("TTFB", "TTFB", GOOD_TTFB_MS, TIME_STEP_MS, of_each(lambda vitals: vitals.ttfb_ms)),
        Guided("FCP", "FCP", GOOD_FCP_MS, FRAME_STEP_MS, of_each(lambda vitals: vitals.fcp_ms)),
        Guided("LCP", "LCP", GOOD_LCP_MS, FRAME_STEP_MS, of_each(lambda vitals: vitals.lcp_ms)),
    ]
    for click, words in CLICKS.items():
        inp = of_click(click, lambda vitals: vitals.inp_ms)
        measures.append(Guided(f"INP, {LABELS[click]}", f"INP of {words}", GOOD_INP_MS, FRAME_STEP_MS, inp))
    for click, words in CLICKS.items():
        answers, name = of_click(click, lambda vitals: vitals.answer_ms), f"the time to the answer of {words}"
        measures.append(Guided(f"answer shown, {LABELS[click]}", name, None, TIME_STEP_MS, answers))
    return [measure for measure in measures if any(measure.of)]
