"""Vitals: what of a browser's measures of a page a server has a part in.

             0                800 ms                                2.5 s
gunicorn-sync ████████████████│███████████████████████████████████  │  2.42 s  poor               97% of LCP
uvicorn       ████            │                                     │  0.22 s  good                9% of 2.5 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.web_vitals import (
    GOOD_LCP_MS,
    GOOD_TTFB_MS,
    Rating,
    paint_budget_share,
    rate_first_byte,
)
from asgi_vs_wsgi.scenarios.wording import share
from asgi_vs_wsgi.tui.modes.layout import EIGHTHS, faint, lines, prose
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.short_names import short_name
from asgi_vs_wsgi.tui.text.text_width import pad_right
from asgi_vs_wsgi.tui.text.text_width import width as cells

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import TargetResult

LEAST_LABEL = 16
FIGURES = 44
"""Columns to the right of a bar."""
STYLES = {Rating.GOOD: "$success", Rating.NEEDS_IMPROVEMENT: "$accent", Rating.POOR: "$error"}

WHY = (
    "Time to first byte (TTFB) is the server's part of a page's loading: everything that a browser paints comes after "
    "it. Web Vitals are judged at the 75th percentile, so that is what is shown: good up to 800 ms, poor above 1.8 s. "
    "These visitors come from the same machine; for others the way there and back is added.",
    "The largest contentful paint (LCP) should come within 2.5 s. What the first byte takes is no longer there for the "
    "pictures, fonts and scripts of the page: bar and last column show how much of those 2.5 s the first byte takes. "
    "The LCP itself was not measured: that needs a browser.",
    "Interaction to next paint (INP) is not a server's number. It is measured in the browser, from a click to the next "
    "frame, and what delays it is mostly the page's own JavaScript. So “ASGI reduces input delay” is not what this or "
    "any load run can show, and there is no INP figure here.",
)


def vitals(sight: ModeContext) -> Content:
    """TTFB at p75 against its guide value, and what it leaves of the LCP budget."""
    why = [line for words in WHY for line in (*prose(faint(words), sight.width), Content())]
    if sight.nothing:
        what = "With a run: TTFB at the 75th percentile against its guide value, and what it leaves for LCP."
        return lines([Content.styled("Time to first byte", "bold"), *sight.nothing_yet(what), Content(), *why])
    label = min(max(cells(target.name) for target in sight.targets), max(LEAST_LABEL, sight.width // 3)) + 1
    room = max(16, min(80, sight.width - label - FIGURES))
    most = max([GOOD_LCP_MS, *(target.ttfb_ms.p75 for target in sight.targets if target.ttfb_ms)])
    parts = [
        Content.styled("Time to first byte, 75th percentile", "bold"),
        *sight.so_far("The percentile is over those."),
        faint(" " * label + _scale(most, room)),
        *(
            line
            for target in sight.targets
            for line in _target(target, _short(target, sight, label), most, room, over=sight.over)
        ),
        Content(),
        *reserved_lines(sight),
    ]
    return lines([*parts, *why])


def _column(value_ms: float, most: float, room: int) -> int:
    return min(room - 1, round(value_ms / most * room))


def _scale(most: float, room: int) -> str:
    """The two values that matter, above their marks."""
    cells = [" "] * (room + 12)
    for value, words in ((GOOD_TTFB_MS, "800 ms"), (GOOD_LCP_MS, "2.5 s")):
        at = _column(value, most, room)
        cells[at : at + len(words)] = words
    return "".join(cells).rstrip()


def _short(target: TargetResult, sight: ModeContext, label: int) -> Content:
    """Its name in so many columns."""
    words = short_name(target.name, [each.name for each in sight.targets], label - 1)
    return Content.styled(pad_right(words, label), "$primary")


def _target(target: TargetResult, name: Content, most: float, room: int, *, over: bool) -> list[Content]:
    if target.ttfb_ms is None:
        return [name + faint("nobody had a page" if over else "nobody has a page yet")]
    p75 = target.ttfb_ms.p75
    rating = rate_first_byte(target)
    judged, style = (rating.value, STYLES[rating]) if rating else ("not judged", "$faint")
    budget = f"{share(paint_budget_share(p75)):>5} of 2.5 s"
    figures = Content.assemble(f" {milliseconds(p75):>7}  ", (f"{judged:<18}", f"bold {style}"), (budget, "$faint"))
    return [Content.assemble(name, _bar(p75, most, room, "$figure"), figures)]


def _bar(value: float, most: float, room: int, style: str) -> Content:
    """With the two marks on it, or beside it."""
    eighths = max(1, round(value / most * room * 8))
    full, rest = divmod(min(eighths, room * 8), 8)
    text = ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(room)
    marks = {_column(each, most, room) for each in (GOOD_TTFB_MS, GOOD_LCP_MS)}
    return Content("").join(
        [
            Content.styled("│", "$foreground") if at in marks else Content.styled(sign, style)
            for at, sign in enumerate(text)
        ]
    )
