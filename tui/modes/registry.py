"""The words of every mode but Watch.

Waterfall before a run: what there will be to see; a run's bars are drawn by asgi_vs_wsgi.tui.widgets.waterfall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.tui.drawing.waterfall import IN_A_BROWSER, MEANING, PARTS
from asgi_vs_wsgi.tui.modes.code import code
from asgi_vs_wsgi.tui.modes.compare import compare
from asgi_vs_wsgi.tui.modes.layout import faint, heading, lines, prose
from asgi_vs_wsgi.tui.modes.pipeline import pipeline
from asgi_vs_wsgi.tui.modes.quiz import quiz
from asgi_vs_wsgi.tui.modes.tips import tips
from asgi_vs_wsgi.tui.modes.vitals import vitals
from asgi_vs_wsgi.tui.modes.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext
    from asgi_vs_wsgi.tui.modes.what_if_simulated import Promise
    from asgi_vs_wsgi.tui.playback.background_simulation import Answer
    from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise


class ModeWords(NamedTuple):
    """What a mode says."""

    rest: Content
    """What scrolls; in most modes all of it."""
    pinned: Content = Content()
    """What stays in view above that."""

    @property
    def plain(self) -> str:
        """All of it."""
        return "\n\n".join(part.plain for part in (self.pinned, self.rest) if part)


def waterfall(sight: ModeContext) -> Content:
    """What its bars are made of and mean."""
    parts = ", ".join(name for name, _ in PARTS)
    return lines(
        [
            *prose(heading("A bar for each visitor, as in a browser's Network panel"), sight.width),
            *prose(f"Its parts: {parts}. {MEANING}", sight.width),
            Content(),
            *prose(faint(IN_A_BROWSER), sight.width),
            Content(),
            *sight.nothing_yet("With a run: a staircase, or a stack?"),
        ]
    )


SIMULATED = (
    "This run is simulated. What-if holds what a law predicts beside what was measured, and here nothing was: open the "
    "run that it was calibrated from, or simulate that one with other numbers."
)
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
    held: int | None = None,
    answer: Answer | None = None,
    promise: Promise | SizePromise | None = None,
) -> ModeWords:
    """What `mode` says of what there is to be seen; `asked` is the question that the quiz is at.

    `held` is the one whose answer it holds back. `answer` is the simulator's, and `promise` what it had said before.
    """
    if mode == "quiz":
        return ModeWords(quiz(sight, answers, score, asked, held))
    if mode == "what-if":
        if sight.result is not None and sight.result.simulated:
            return ModeWords(lines(prose(SIMULATED, sight.width)))
        pinned, rest = what_if(sight, knobs, answer, promise)
        return ModeWords(lines(rest), lines(pinned))
    return ModeWords(PLAIN[mode](sight))
