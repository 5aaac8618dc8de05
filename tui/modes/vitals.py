"""Vitals: what of a browser's measures of a page a server has a part in.

                              800 ms              1.8 s             LCP 2.5 s
gunicorn-sync ████████████████│███████████████████│███████████████  │  2.42 s  poor               97% of 2.5 s
uvicorn       ████            │                   │                 │  0.22 s  good                9% of 2.5 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.analysis.web_vitals import (
    GOOD_LCP_MS,
    GOOD_TTFB_MS,
    POOR_TTFB_MS,
    Rating,
    guided,
    paint_budget_share,
    rate_against,
    rate_first_byte,
    spread,
)
from asgi_vs_wsgi.scenarios.wording import share
from asgi_vs_wsgi.tui.modes.layout import EIGHTHS, bar, faint, lines, prose
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.browser import SAID, sentences, who_measured
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.text_width import pad_right, short_name
from asgi_vs_wsgi.tui.text.text_width import width as cells

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.browser import Measured

LEAST_LABEL = 16
FIGURES = 44
"""Columns to the right of a bar."""
MARKS = {GOOD_TTFB_MS: "800 ms", GOOD_LCP_MS: "LCP 2.5 s", POOR_TTFB_MS: "1.8 s"}
STYLES = {Rating.GOOD: "$success", Rating.NEEDS_IMPROVEMENT: "$accent", Rating.POOR: "$error"}

WHY = (
    "Time to first byte (TTFB) is the server's part of a page's loading: everything that a browser paints comes after "
    "it. Web Vitals are judged at the 75th percentile, so that is what is shown: good up to 800 ms, poor above 1.8 s. "
    "These visitors come from the same machine; for others the way there and back is added.",
    "The largest contentful paint (LCP) should come within 2.5 s. What the first byte takes is no longer there for the "
    "pictures, fonts and scripts of the page: bar and last column show how much of those 2.5 s the first byte takes. "
    "The LCP itself was not measured: that needs a browser.",
    "Interaction to next paint (INP) is not a server's number. It is measured in the browser, from a click to the next "
    "frame, and what delays it is mostly the page's own JavaScript. So “ASGI reduces input delay” is not what a load "
    "run can show, and there is no INP figure here.",
)


def vitals(sight: ModeContext) -> Content:
    """What a browser measured, where one did; else TTFB at p75 against its guide value, and what it leaves for LCP."""
    if sight.result is not None and sight.result.browser is not None:
        return _measured(sight, sight.result)
    why = [line for words in WHY for line in (*prose(faint(words), sight.width), Content())]
    if sight.nothing:
        what = "With a run: TTFB at the 75th percentile against its guide value, and what it leaves for LCP."
        return lines([Content.styled("Time to first byte", "bold"), *sight.nothing_yet(what), Content(), *why])
    label = min(max(cells(target.name) for target in sight.targets), max(LEAST_LABEL, sight.width // 3)) + 1
    room = max(16, min(80, sight.width - label - FIGURES))
    most = max([GOOD_LCP_MS, *(target.ttfb_ms.p75 for target in sight.targets if target.ttfb_ms)])
    parts = [
        Content.styled("Time to first byte, 75th percentile", "bold"),
        faint("as the load driver measured it: no browser was there"),
        *sight.so_far("The percentile is over those."),
        faint(" " * label + _scale(most, room)),
        *(
            line
            for target in sight.targets
            for line in _target(target, _short(target, sight, label), most, room, over=sight.over)
        ),
        Content(),
        *([*prose(ask_browser(sight.scenario.name), sight.width), Content()] if sight.may_browse else []),
        *reserved_lines(sight),
    ]
    return lines([*parts, *why])


def ask_browser(scenario: str) -> Content:
    """How a browser comes to measure it."""
    words = f"{PROGRAM} browse {scenario}"
    return Content.assemble(
        ("b", "bold $accent"),
        " asks a real browser (",
        (words, "bold"),
        "): it needs a Chromium (Debian: apt install chromium).",
    )


def _measured(sight: ModeContext, result: RunResult) -> Content:
    """Of each measure a line for each target: p75, its middle half on one scale, and the guide value."""
    measures = guided(result.targets)
    parts: list[Content] = [Content.styled("As a real browser measured it, 75th percentile and middle half", "bold")]
    label = min(max(cells(target.name) for target in result.targets), max(LEAST_LABEL, sight.width // 3)) + 1
    room = max(12, min(60, sight.width - label - FIGURES))
    for each in measures:
        good = f"good up to {milliseconds(each.good_ms)}" if each.good_ms else "what a person waits for; no Web Vital"
        said = f" · {SAID[each.moved]}" if SAID[each.moved] else ""
        parts.append(Content.assemble((each.label, "bold"), (f"  {good}{said}", "$faint")))
        most = max([each.good_ms or 0.0, *(of.p75 for of in each.of if of)])
        for target, of in zip(result.targets, each.of, strict=True):
            parts.append(_short(target, sight, label) + _against(of, each.good_ms, most, room))
    parts.append(Content())
    for words in (*sentences(result, measures), who_measured(result)):
        parts += [*prose(words, sight.width), Content()]
    again = Content.assemble(("b", "bold $accent"), " asks the browser again.")
    return lines([*parts, *reserved_lines(sight), *(prose(again, sight.width) if sight.may_browse else [])])


def _against(of: Measured | None, good_ms: float | None, most: float, room: int) -> Content:
    if of is None:
        return faint("the browser told none")
    low, high = spread(of)
    judged, style = ("", "$faint") if good_ms is None else rate(of.p75, good_ms)
    figures = (f" {milliseconds(of.p75):>7}  ", (f"{judged:<18}", f"bold {style}"))
    span = (f"{milliseconds(low)} to {milliseconds(high)}", "$faint")
    return Content.assemble(_padded(bar(of.p75, most, room, "$figure"), room), *figures, span)


def _padded(words: Content, room: int) -> Content:
    return words + Content(" " * (room - cells(words.plain)))


def rate(p75_ms: float, good_ms: float) -> tuple[str, str]:
    """In the words of web.dev, and their colour."""
    rating = rate_against(p75_ms, good_ms)
    return rating.value, STYLES[rating]


def _column(value_ms: float, most: float, room: int) -> int:
    return min(room - 1, round(value_ms / most * room))


def _scale(most: float, room: int) -> str:
    """The values that matter, above their marks: those of a first byte, and that by which a page is to be there."""
    cells = [" "] * (room + 12)
    for at, words in _marks(most, room).items():
        cells[at : at + len(words)] = words
    return "".join(cells).rstrip()


def _marks(most: float, room: int) -> dict[int, str]:
    """By columns, what stands above them: of two that have no room side by side the first, since none is bare."""
    marks: dict[int, str] = {}
    for value, words in MARKS.items():
        at = _column(value, most, room)
        if all(at + len(words) < other or other + len(its) < at for other, its in marks.items()):
            marks[at] = words
    return marks


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
    """With the marks on it, or beside it."""
    eighths = max(1, round(value / most * room * 8))
    full, rest = divmod(min(eighths, room * 8), 8)
    text = ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(room)
    marks = _marks(most, room)
    return Content("").join(
        [
            Content.styled("│", "$foreground") if at in marks else Content.styled(sign, style)
            for at, sign in enumerate(text)
        ]
    )
