"""A saved run as it is shown to a person, frame by frame, with the steps of its lesson marked.

position   0 ─────────►──────────────────────────────► end
caption    what is measured at that moment, and the lesson's sentence about it
scenes     |  |  |  |  |  |  |  |  |  |  |  |  |  |  |  20 a second, fewer where the show is long
markers    start       first page of each target …      everybody, figures
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.capture.app_driver import AppDriver, shown
from asgi_vs_wsgi.tui.capture.asciicast import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.capture.frame import Framing
    from asgi_vs_wsgi.tui.playback.lesson_steps import Step
    from asgi_vs_wsgi.tui.playback.playback import Playback

FRAMES_PER_S = 20
MOST_FRAMES = 1200
"""A show of more than a minute has fewer frames a second: a recording stays a few megabytes at most."""
MOST_AT_ONCE_S = 0.2
"""The playhead does not leap over more."""
FIGURES = "figures"


async def film(saved: SavedRun, framing: Framing, on_share: Callable[[float], None] | None = None) -> list[Scene]:
    """From the first visitor until the figures are there, at the usual pace; tells the share that is done."""
    async with shown(saved, framing, captions=True) as hand:
        every_s = _every_s(hand.show)
        steps = Steps(hand.show, hand.steps)
        scenes = [Scene(0.0, await hand.seen(), steps.passed())]
        while not hand.show.at_end and len(scenes) <= 2 * MOST_FRAMES:
            _pass(hand, every_s)
            last = (FIGURES,) if hand.show.at_end else ()
            if on_share:
                on_share(hand.show.position_ns / max(1, hand.show.extent_ns))
            scenes.append(Scene(len(scenes) * every_s, await hand.seen(), (*steps.passed(), *last)))
        return scenes


def _every_s(show: Playback) -> float:
    """How much time of the person before the screen passes from frame to frame."""
    shown_s = show.extent_ns / 1e9 / float(show.speed)
    return max(1 / FRAMES_PER_S, shown_s / MOST_FRAMES)


def _pass(hand: AppDriver, seconds: float) -> None:
    while seconds > 0:
        hand.pass_time(min(seconds, MOST_AT_ONCE_S))
        seconds -= MOST_AT_ONCE_S


class Steps:
    """What a lesson points at, each told once, when the playhead passes it."""

    def __init__(self, show: Playback, steps: Sequence[Step]) -> None:
        self._show, self._left = show, list(steps)

    def passed(self) -> tuple[str, ...]:
        """Since the last time, the earliest first."""
        passed = [step for step in self._left if self._show.position_ns >= step.at_ns]
        self._left = [step for step in self._left if step not in passed]
        return tuple(marker for step in passed for marker in step.markers)
