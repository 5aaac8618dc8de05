"""Tips: common advice about servers, each with the measurement of this very run that supports or limits it.

And where else to look: `see CPU bound [F]`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis import advice
from asgi_vs_wsgi.scenarios.assertions.thresholds import assert_words
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable, column_width, faint, in_columns, lines, prose
from asgi_vs_wsgi.tui.modes.tip_evidence import Evidence, evidence
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.project_look import RUN_TITLE, findings_in_run_words
from asgi_vs_wsgi.tui.text.inline_markup import render_inline

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from asgi_vs_wsgi.scenarios.analysis.advice import Advice


class Tip(NamedTuple):
    """A piece of advice, what the figures say of it, where else to look, and what is true of it on any run.

    In `see` and `limited` a scenario's name, or a mode's key, is a piece of code.
    """

    advice: str
    figures: Advice
    see: str
    always: str = ""
    limited: str = ""
    """Where it is otherwise: told of a run that bears it out, too."""


TIPS = (
    Tip(
        "Use ASGI for high concurrency.",
        advice.concurrency,
        "`slow-io` confirms it",
        limited="`blocked-loop` limits it",
    ),
    Tip(
        "WSGI blocks, so it is slow under load.",
        advice.wsgi_blocks,
        "`slow-io` confirms it",
        limited="`threads-to-the-rescue` limits it",
    ),
    Tip(
        "ASGI improves interaction speed.",
        advice.interaction,
        "`6`, vitals, tells why no server decides it",
        "Interaction is measured in the browser (INP); of what is measured there, a server decides the first byte.",
    ),
    Tip("Where visitors stand in line, more workers or threads help.", advice.queue, "`9`, what-if, says by how much"),
    Tip("Under ASGI, await whatever waits.", advice.awaited, "`blocked-loop` shows what happens otherwise"),
    Tip("Never hold the event loop: it serves everybody.", advice.loop, "see `blocked-loop` and `cpu-hog`"),
    Tip("Async does not make computing faster.", advice.computing, "see `cpu-bound`"),
    Tip(
        "Each hop between loop and thread costs: mind sync middleware and sync views under ASGI.",
        advice.hops,
        "see `middleware-ladder` and `hello-world`",
    ),
    Tip("Sync views under ASGI bring a thread each, without a limit.", advice.threads, "see `thread-explosion`"),
    Tip("Look at the slowest twentieth, not at the mean.", advice.tail, "see `fast-and-slow`"),
)
LETTERS = "ABCDEFHIK"
"""Keys of the scenarios that tips name; `G` is the end of what is read."""
_NAMED = re.compile(r"`([a-z-]+)`")


def named_scenarios(there: Collection[str]) -> list[str]:
    """Those that tips name, in their order, without those that are not there to be gone to."""
    names = (name for tip in TIPS for name in _NAMED.findall(f"{tip.see} {tip.limited}"))
    return [name for name in dict.fromkeys(names) if name in there]


SIGNS = {True: ("+", "$success"), False: ("−", "$error"), None: ("·", "$faint")}
SAYS = {True: "supported", False: "limited", None: "measured"}
LEGEND = (
    ("+ supported", True, "it bears it out"),
    ("− limited", False, "otherwise here"),
    ("· measured", None, "decides nothing"),
)
"""What the signs mean, once a run is judged."""
SO_FAR = "so far"
"""Those who are served first have waited least: before the end nothing is judged."""
LEAST = 72
"""Columns of a tip beside another."""


def tips(sight: ModeContext) -> Content:
    """Each tip with a line for every target whose figures say something of it; then those of which they say nothing."""
    if is_own_project(sight.scenario):
        return _of_own_project(sight)
    opening = sight.so_far("The end of the run judges; loops, hops and threads are told then.") or _legend(sight)
    if sight.nothing:
        opening = [*sight.nothing_yet("With a run: the measurements that support or limit each of these."), Content()]
    width = column_width(2, sight.width)
    width = width if width >= LEAST else sight.width
    told, untold = _told(sight, width)
    columns = in_columns([*told, *untold], 2 if width < sight.width else 1, width)
    return lines([*opening, *_claims(sight), *reserved_lines(sight), *columns])


def _legend(sight: ModeContext) -> list[Content]:
    """Before a run there are no signs to be explained."""
    if sight.result is None:
        return []
    parts = [
        Content.assemble((sign.replace(" ", "\u00a0"), SIGNS[says][1]), (f" ({means})", "$faint"))
        for sign, says, means in LEGEND
    ]
    words = faint("What is often said of servers, and what this run says of it: ") + faint(", ").join(parts)
    return [*prose(words, sight.width), Content()]


NO_ADVICE = "No general advice is given here: what was measured of your pages stands above, and speaks of them alone."
ANSWER_LATER = "What this says of your project is told at the end of the run."


def _of_own_project(sight: ModeContext) -> Content:
    """The answer alone: what is true of servers in general may be otherwise of these pages, and contradict it."""
    if sight.result is None or sight.result.answer is None:
        return lines(sight.nothing_yet(ANSWER_LATER) if sight.nothing else sight.so_far(ANSWER_LATER))
    said = [part for words in sight.result.answer.words for part in prose(Content(one_line(words)), sight.width, 2)]
    answer = [Content.styled("Your project", "bold"), *said, Content()]
    if told := list(findings_in_run_words(sight.result.answer.findings)):
        places = [part for words in told for part in prose(Content(words), sight.width, 2)]
        answer += [Content.styled(RUN_TITLE, "bold"), *places, Content()]
    return lines([*answer, *_claims(sight), *reserved_lines(sight), *prose(faint(NO_ADVICE), sight.width)])


def _claims(sight: ModeContext) -> list[Content]:
    """What was claimed of the run when it was saved, and what became of it."""
    told = sight.result.asserts if sight.result is not None else []
    said = [
        part
        for each in told
        for part in prose(Content.styled(one_line(assert_words(each)), SIGNS[each.holds][1]), sight.width, 2)
    ]
    return [Content.styled("Claims of this run", "bold"), *said, Content()] if said else []


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
    if tip.limited and all(each.supports for each in found) and f"`{sight.scenario.name}`" not in tip.limited:
        parts += prose(_leads(tip.limited, sight), width, 2)
    return [*parts, Content()]


def _untold(tip: Tip, sight: ModeContext, width: int) -> list[Content]:
    says = "" if sight.nothing else NOTHING if sight.over else "nothing to be seen here so far; "
    advice = Content.styled(tip.advice, "bold" if sight.nothing else "$faint")
    see = _leads(f"{says}{', '.join(filter(None, [tip.see, tip.limited]))}", sight)
    return [*prose(advice, width), *prose(see, width, 2), Content()]


def _leads(words: str, sight: ModeContext) -> Content:
    return render_inline(words, lambda named: _to(named, sight)).stylize_before("$faint")


def _to(named: str, sight: ModeContext) -> Content:
    """Another mode by its key, another scenario by its title and the key that goes there."""
    if named.isdigit():
        return clickable(Content.styled(named, LINK), "mode", NAMES[int(named) - 1])
    letters = dict(zip(named_scenarios(sight.titles), LETTERS, strict=False))
    title = sight.titles.get(named, named)
    if named not in letters or named == sight.scenario.name:
        return Content(title)
    return clickable(Content.styled(f"{title} [{letters[named]}]", LINK), GO_TO, named)


NOTHING = "this run says nothing of it; "
HANGING = 14
"""Where the words of a measurement go on."""


def _line(each: Evidence, width: int, *, judged: bool) -> list[Content]:
    sign, style = SIGNS[each.supports if judged else None]
    said = (f"  {sign} {SAYS[each.supports] if judged else SO_FAR:<9} ", style)
    first, *rest = prose(Content.assemble((named(each.name), "$primary"), f": {each.words}"), width - HANGING)
    return [Content.assemble(said, first), *(Content(" " * HANGING) + line for line in rest)]
