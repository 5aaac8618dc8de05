"""Tips: common advice about servers, each with the measurement of this very run that supports or limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis import advice
from asgi_vs_wsgi.tui.modes.shared.layout import column_width, faint, in_columns, lines, prose
from asgi_vs_wsgi.tui.modes.shared.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.modes.tips.evidence import Evidence, evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.analysis.advice import Advice


class Tip(NamedTuple):
    """A piece of advice, what the figures say of it, where else to look, and what is true of it on any run."""

    advice: str
    figures: Advice
    see: str
    always: str = ""


TIPS = (
    Tip("Use ASGI for high concurrency.", advice.concurrency, "Slow I/O confirms it, Blocked loop limits it"),
    Tip(
        "WSGI blocks, so it is slow under load.",
        advice.wsgi_blocks,
        "Slow I/O confirms it, Threads to the rescue limits it",
    ),
    Tip(
        "ASGI improves interaction speed.",
        advice.interaction,
        "6, vitals, tells why no server decides it",
        "Interaction is measured in the browser (INP); of what is measured there, a server decides the first byte.",
    ),
    Tip("Where visitors stand in line, more workers or threads help.", advice.queue, "9, what-if, says by how much"),
    Tip("Under ASGI, await whatever waits.", advice.awaited, "Blocked loop shows what happens otherwise"),
    Tip("Never hold the event loop: it serves everybody.", advice.loop, "see Blocked loop and CPU hog"),
    Tip("Async does not make computing faster.", advice.computing, "see CPU bound"),
    Tip(
        "Each crossing between loop and thread costs: mind sync middleware and sync views under ASGI.",
        advice.hops,
        "see Middleware ladder and Hello World",
    ),
    Tip("Sync views under ASGI bring a thread each, without a limit.", advice.threads, "see Thread explosion"),
    Tip("Look at the slowest twentieth, not at the mean.", advice.tail, "see Fast and slow"),
)
SIGNS = {True: ("+", "$success"), False: ("−", "$error"), None: ("·", "$faint")}
SAYS = {True: "supported", False: "limited", None: "measured"}
SO_FAR = "so far"
"""Those who are served first have waited least: before the end nothing is judged."""
LEAST = 72
"""Columns of a tip beside another."""


def tips(sight: ModeContext) -> Content:
    """Each tip with a line for every target whose figures say something of it; then those of which they say nothing."""
    opening = sight.so_far("The end of the run judges; loops, crossings and threads are told then.")
    width = column_width(2, sight.width)
    width = width if width >= LEAST else sight.width
    told, untold = _told(sight, width)
    columns = in_columns([*told, *untold], 2 if width < sight.width else 1, width)
    closing = sight.nothing_yet("With a run: the measurements that support or limit each.") if sight.nothing else []
    return lines([*opening, *reserved_lines(sight), *columns, *closing])


def _told(sight: ModeContext, width: int) -> tuple[list[list[Content]], list[list[Content]]]:
    """Blocks of the tips of which the run says something, and of the others."""
    told: list[list[Content]] = []
    untold: list[list[Content]] = []
    for tip in TIPS:
        if found := list(evidence(tip.figures, sight.targets)):
            told.append(_block(tip, found, sight, width))
        else:
            untold.append(_untold(tip, sight, width))
    return told, untold


def _block(tip: Tip, found: Sequence[Evidence], sight: ModeContext, width: int) -> list[Content]:
    parts = prose(Content.styled(tip.advice, "bold"), width)
    parts += prose(faint(tip.always), width, 2) if tip.always else []
    for each in found:
        parts += _line(each, width, judged=sight.result is not None)
    return [*parts, Content()]


def _untold(tip: Tip, sight: ModeContext, width: int) -> list[Content]:
    says = "" if sight.nothing else NOTHING if sight.over else "nothing to be seen here so far; "
    advice = Content.styled(tip.advice, "bold" if sight.nothing else "$faint")
    return [*prose(advice, width), *prose(faint(f"{says}{tip.see}"), width, 2), Content()]


NOTHING = "this run says nothing of it; "
HANGING = 14
"""Where the words of a measurement go on."""


def _line(each: Evidence, width: int, *, judged: bool) -> list[Content]:
    sign, style = SIGNS[each.supports if judged else None]
    said = (f"  {sign} {SAYS[each.supports] if judged else SO_FAR:<9} ", style)
    first, *rest = prose(Content.assemble((each.name, "$primary"), f": {each.words}"), width - HANGING)
    return [Content.assemble(said, first), *(Content(" " * HANGING) + line for line in rest)]
