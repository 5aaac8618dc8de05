"""What stands on the border of a pane of lanes: whose they are, what is out of view, and the score.

╭─ WSGI · gunicorn sync · 2 workers · one visitor per worker ───────────╮
╰─ 14 more lanes ──────────────────────────── 4/32 done · p95 0.41 s ───╯

─ WSGI · gunicorn sync ────────── 14 more lanes · 4/32 done · p95 0.41 s ───   a tight pane, which has but one
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.drawing.lanes.pane import hidden_words
from asgi_vs_wsgi.tui.drawing.plain_text import pane_title
from asgi_vs_wsgi.tui.drawing.sentence import score_text
from asgi_vs_wsgi.tui.text.short_names import short_name
from asgi_vs_wsgi.tui.text.text_width import cut, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback

HOLDS = {"worker": "one visitor per worker", "thread": "one visitor per thread", "none": "one event loop each"}
"""Where visitors can be in a worker."""
MARGINS = 10
"""Columns of the lower border around and between its words."""
TIGHT_MARGINS = 9
"""The same of an upper border that bears all words."""


def fitting(wordings: Sequence[str], room: int) -> str:
    """The first that fits, else as much of the last as there is room for."""
    return next((words for words in wordings if width(words) <= room), cut(wordings[-1], max(room, 1)))


def border_titles(target: TargetPlayback) -> list[str]:
    """Server and size, and where visitors can be; the fullest first."""
    facts = target.trace.facts
    plain, holds = pane_title(target.trace), HOLDS[facts.slot]
    full = f"{plain} · {holds if facts.workers > 1 else holds.removesuffix(' each')}"
    return [full, plain, *_told_apart(facts), f"{facts.name} · {facts.interface.upper()}", facts.name]


def _told_apart(facts: TargetFacts) -> list[str]:
    """A target with a name of its own differs from the others in what its label ends with: `async generator`."""
    if facts.name == facts.server:
        return []
    differs = facts.label.rpartition(" · ")[2]
    return [f"{facts.name} · {facts.interface.upper()} · {differs}", f"{facts.name} · {differs}"]


def border_title(target: TargetPlayback, columns: int) -> str:
    """In as many words as there is room for."""
    return _title(target, columns - 4)


def _title(target: TargetPlayback, room: int) -> str:
    *titles, name = border_titles(target)
    return fitting([*titles, short_name(name, target.names, max(room, 1))], room)


def border_rest(hidden: dict[int, int], room: int) -> str:
    """What is out of view, in as many words as there is room for."""
    return fitting([*hidden_words(hidden), ""], room - MARGINS)


def tight_line(target: TargetPlayback, rows: int, columns: int, *, still_going: bool = False) -> tuple[str, str]:
    """The title, and what stands at the other end."""
    room, titles = columns - TIGHT_MARGINS, border_titles(target)
    score = border_score(target, still_going=still_going)
    hidden = hidden_words(target.pane.hidden(rows))[1:] or [""]
    if width(titles[2]) + width(score) > room:
        score = border_score(target, brief=True, still_going=still_going)
    rest = fitting([*hidden, ""], room - width(titles[-1]) - width(score) - 3)
    words = f"{rest} · {score}" if rest else score
    return f" {_title(target, room - width(words))} ", words


def border_score(target: TargetPlayback, *, brief: bool = False, still_going: bool = False) -> str:
    """Who is done at the playhead, and whether any event is missing, or all that would tell of the visitors.

    `brief`: without the makespan, which the status line tells too. `still_going`: others are at their end, so that
    this is where to look.
    """
    lost = sum(worker.lost for worker in target.trace.workers.values())
    words = score_text(target.score(), target.over_ns if target.at_end and not brief else 0)
    words = f"still going · {words}" if still_going else words
    if target.at_end and target.trace.answered_unseen:
        return f"{words} · no worker's record is of them"
    return f"{words} · {count(lost, 'event')} lost" if lost else words
