"""Tips: common advice about servers, each with the measurement of this very run that supports or limits it."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from tui.modes import evidence
from tui.modes.evidence import Evidence, Telling
from tui.modes.layout import faint, lines, prose
from tui.modes.sight import Sight


class Tip(NamedTuple):
    """A piece of advice, what the figures say of it, and the scenarios that confirm it and limit it."""

    advice: str
    telling: Telling
    see: str


TIPS = (
    Tip("Use ASGI for high concurrency.", evidence.concurrency, "Slow I/O confirms it, Blocked loop limits it"),
    Tip(
        "WSGI blocks, so it is slow under load.",
        evidence.wsgi_blocks,
        "Slow I/O confirms it, Threads to the rescue limits it",
    ),
    Tip("ASGI improves interaction speed.", evidence.interaction, "see 6, vitals: it is not what a server decides"),
    Tip("Where visitors stand in line, more workers or threads help.", evidence.queue, "try it in 9, what-if"),
    Tip("Under ASGI, await whatever waits.", evidence.awaited, "Blocked loop shows what happens otherwise"),
    Tip("Never hold the event loop: it serves everybody.", evidence.loop, "Blocked loop and CPU hog"),
    Tip("Async does not make computing faster.", evidence.computing, "CPU bound"),
    Tip(
        "Each crossing between loop and thread costs: mind sync middleware and sync views under ASGI.",
        evidence.hops,
        "Middleware ladder, Hello World",
    ),
    Tip("Sync views under ASGI bring a thread each, without a limit.", evidence.threads, "Thread explosion"),
    Tip("Look at the slowest twentieth, not at the mean.", evidence.tail, "Fast and slow"),
)
SIGNS = {True: ("+", "$success"), False: ("−", "$error"), None: ("·", "$faint")}
SAYS = {True: "supported", False: "limited", None: "measured"}


def tips(sight: Sight) -> Content:
    """Each tip, and a line for every target whose figures say something of it."""
    parts: list[Content] = sight.so_far("Loops, crossings and threads are told at the end.")
    for tip in TIPS:
        told = list(tip.telling(sight.targets))
        parts += prose(Content.styled(tip.advice, "bold" if told or sight.nothing else "$faint"), sight.width)
        for each in told:
            parts += _line(each, sight.width)
        if not told:
            says = "" if sight.nothing else "this run says nothing of it; "
            parts += prose(faint(f"{says}{tip.see}"), sight.width, 2)
        parts.append(Content())
    if sight.nothing:
        parts += sight.nothing_yet("With a run: the measurements that support or limit each.")
    return lines(parts)


def _line(each: Evidence, width: int) -> list[Content]:
    sign, style = SIGNS[each.supports]
    said = (f"{sign} {SAYS[each.supports]:<10}", style)
    return prose(Content.assemble(said, (each.name, "$primary"), f": {each.words}"), width, 2)
