"""The words of every mode but Watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.modes.code.code import code
from asgi_vs_wsgi.tui.modes.compare.compare import compare
from asgi_vs_wsgi.tui.modes.pipeline import pipeline
from asgi_vs_wsgi.tui.modes.quiz.quiz import quiz
from asgi_vs_wsgi.tui.modes.tips.tips import tips
from asgi_vs_wsgi.tui.modes.vitals import vitals
from asgi_vs_wsgi.tui.modes.waterfall import waterfall
from asgi_vs_wsgi.tui.modes.what_if.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from asgi_vs_wsgi.scenarios.simulation.factors import WhatIfFactors
    from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext

PLAIN = {
    "code": code,
    "compare": compare,
    "pipeline": pipeline,
    "waterfall": waterfall,
    "vitals": vitals,
    "tips": tips,
}


def mode_words(
    mode: str,
    sight: ModeContext,
    *,
    knobs: WhatIfFactors,
    answers: Sequence[int],
    score: tuple[int, int],
    asked: int | None = None,
) -> Content:
    """What `mode` says of what there is to be seen; `asked` is the question that the quiz is at."""
    if mode == "quiz":
        return quiz(sight, answers, score, asked)
    if mode == "what-if":
        return what_if(sight, knobs)
    return PLAIN[mode](sight)
