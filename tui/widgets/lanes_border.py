"""What stands on the border of a pane of lanes: whose they are, what is out of view, and the score.

And what an empty pane says in place of lanes.

╭─ WSGI · gunicorn sync · 2 workers · one visitor per worker ───────────╮
╰─ 14 more lanes ──────────────────────────── 4/32 done · p95 0.41 s ───╯

─ WSGI · gunicorn sync ────────── 14 more lanes · 4/32 done · p95 0.41 s ───   a tight pane, which has but one
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.drawing.lanes.pane import hidden_words
from asgi_vs_wsgi.tui.drawing.plain_text import UNJOINED, pane_title, score_text
from asgi_vs_wsgi.tui.text.text_width import cut, short_name, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts
    from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
    from asgi_vs_wsgi.tui.playback.playback import TargetPlayback

HOLDS = {"worker": "one visitor per worker", "thread": "one visitor per thread", "none": "one event loop each"}
"""Where visitors can be in a worker."""
FOLDS, SCROLLS = "z folds", "page down"
UNFOLDS = "z unfolds"
_COUNTED = re.compile(r"(\d+) [a-z]+")
"""A number and what it counts."""
MARGINS = 10
"""Columns of the lower border around and between its words."""
TIGHT_MARGINS = 9
"""The same of an upper border that bears all words."""


def fitting(wordings: Sequence[str], room: int) -> str:
    """The first that fits, else as much of the last as there is room for."""
    return next((words for words in wordings if width(words) <= room), cut(wordings[-1], max(room, 1)))


def empty_words(target: TargetPlayback) -> str:
    """Why there are no lanes of it, "" where there are."""
    if not target.start_ns:
        return "Nobody came before the run ended." if target.closed else "Waits for its first visitor."
    return UNJOINED if target.trace.answered_unseen else ""


def border_titles(target: TargetPlayback) -> list[str]:
    """Server and size, and where visitors can be; the fullest first."""
    facts = target.trace.facts
    plain, holds = pane_title(target.trace), HOLDS[facts.slot]
    full = f"{plain} · {holds if facts.workers > 1 else holds.removesuffix(' each')}"
    return [full, plain, *_told_apart(target), f"{facts.name} · {facts.interface.upper()}", facts.name]


def _told_apart(target: TargetPlayback) -> list[str]:
    """What its label ends with, where that differs among all, or it has a name of its own: `2 workers`, `2 × 8`."""
    facts = target.trace.facts
    differs = _end_of(facts)
    own = facts.name != facts.server
    if differs == facts.label or not (own or len({_end_of(each) for each in target.beside}) > 1):
        return []
    with_interface = [f"{facts.name} · {facts.interface.upper()} · {differs}"] * own
    numbers = _COUNTED.sub(r"\1", differs) if "×" in differs else differs
    return list(dict.fromkeys([*with_interface, f"{facts.name} · {differs}", f"{facts.name} · {numbers}"]))


def _end_of(facts: TargetFacts) -> str:
    return facts.label.rpartition(" · ")[2]


def border_title(target: TargetPlayback, columns: int) -> str:
    """In as many words as there is room for."""
    return _title(target, columns - 4)


def _title(target: TargetPlayback, room: int) -> str:
    *titles, name = border_titles(target)
    return fitting([*titles, short_name(name, [each.name for each in target.beside], max(room, 1))], room)


def rest_wordings(pane: Pane, rows: int) -> list[str]:
    """What is out of view, and how to see what is folded away; the fullest first, and last nothing."""
    hidden = [words for words in hidden_words(pane.hidden(rows)) if words]
    with_key = [f"{words} · {UNFOLDS}" for words in hidden] or [UNFOLDS]
    with_page = [f"{words} · {each}" for words in hidden for each in (f"{FOLDS} · {SCROLLS}", SCROLLS)]
    return [*(with_key if pane.folds else with_page if pane.unfolds else []), *hidden, ""]


def border_rest(pane: Pane, rows: int, room: int) -> str:
    """In as many words as there is room for."""
    return fitting(rest_wordings(pane, rows), room - MARGINS)


def _least_title(target: TargetPlayback) -> str:
    """The shortest that still tells it apart: what is out of view is said in less, or not, before that is left out."""
    return next(reversed(_told_apart(target)), target.trace.facts.name)


def tight_line(target: TargetPlayback, rows: int, columns: int, *, still_going: bool = False) -> tuple[str, str]:
    """The title, and what stands at the other end."""
    room, least = columns - TIGHT_MARGINS, width(_least_title(target))
    score = border_score(target, still_going=still_going)
    if least + width(score) > room:
        score = border_score(target, brief=True, still_going=still_going)
    hidden = [words for words in rest_wordings(target.pane, rows) if ":" not in words]
    rest = fitting(hidden, room - least - width(score) - 3)
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
