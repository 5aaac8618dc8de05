"""What of a browser's measures of a page a server has a part in, against the guide values of web.dev."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.unserved import may_be_judged

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import TargetResult

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
    if target.ttfb_ms.p75 <= GOOD_TTFB_MS:
        return Rating.GOOD
    return Rating.NEEDS_IMPROVEMENT if target.ttfb_ms.p75 <= POOR_TTFB_MS else Rating.POOR


def paint_budget_share(first_byte_ms: float) -> float:
    """What a first byte takes of the time in which the largest contentful paint should come."""
    return first_byte_ms / GOOD_LCP_MS
