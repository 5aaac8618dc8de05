"""The score of one target at the playhead in words: how many are done, and how long the slow ones took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.limits import REQUESTS
from asgi_vs_wsgi.tui.text.numbers import nanoseconds

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.analysis.progressive.target_score import TargetScore


def score_text(score: TargetScore, over_ns: int = 0) -> str:
    """`14/32 done · p95 1.42 s`; `32/32 done in 3.24 s · p95 3.23 s` when all is over."""
    of = f"/{score.planned}" if score.planned < REQUESTS.high else ""  # a plan that ends with its time has no number
    parts = [f"{score.done}{of} done" + (f" in {nanoseconds(over_ns)}" if over_ns else "")]
    if score.lost:
        parts.append(f"{score.lost} failed")
    if score.no_page:
        parts.append(f"{score.no_page} not 2xx")
    if score.left:
        parts.append(f"{score.left} left")
    if score.p95_ns:
        parts.append(f"p95 {nanoseconds(score.p95_ns)}")
    return " · ".join(parts)
