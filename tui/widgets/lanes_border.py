"""What stands on the border of a pane of lanes: whose they are, what is out of view, and the score."""

from __future__ import annotations

from tui.drawing.pane import hidden_words
from tui.drawing.text import pane_title
from tui.target_show import TargetShow

HOLDS = {"worker": "one visitor per worker", "thread": "one visitor per thread", "none": "one event loop each"}
"""Where visitors can be in a worker."""
MARGINS = 10
"""Columns of the lower border around and between its words."""


def border_title(target: TargetShow, width: int) -> str:
    """Server and size, and where visitors can be, in as many words as there is room for."""
    trace = target.trace
    holds = HOLDS[trace.facts.slot]
    full = f"{pane_title(trace)} · {holds if trace.facts.workers > 1 else holds.removesuffix(' each')}"
    return next((words for words in (full, pane_title(trace)) if len(words) <= width - 4), trace.facts.name)


def border_rest(hidden: dict[int, int], room: int) -> str:
    """What is out of view, in as many words as there is room for."""
    return next((words for words in hidden_words(hidden) if len(words) + MARGINS <= room), "")


def border_score(target: TargetShow) -> str:
    """Who is done at the playhead, and whether any event is missing."""
    lost = sum(worker.lost for worker in target.trace.workers.values())
    words = target.score().words(target.over_ns if target.at_end else 0)
    return f"{words} · {lost} events lost" if lost else words
