"""Tips: common advice about servers, each with the measurement of this very run that supports or limits it.

What the figures of a run say of a piece of advice, in words, and where else to look: `see CPU bound [F]`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis import advice
from asgi_vs_wsgi.scenarios.analysis.advice import Advice, Bearing, Said, judged, largest_mb, most_threads
from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    at_once,
    computes,
    if_doubled,
    longest_hold_ms,
    own_work_share,
    own_work_where,
    share,
    untold,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.analysis.worker_time import HELD
from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, megabytes, number
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.gain_text import latency_words, scarcity_text
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable, column_width, faint, in_columns, lines, prose
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.findings import whose_line
from asgi_vs_wsgi.tui.text.inline_markup import render_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import TargetResult


HELD_LABELS = {state.label for state in HELD}


class Evidence(NamedTuple):
    """`supports` is None where a measurement belongs to an advice and does not decide it."""

    name: str
    supports: bool | None
    words: str


def evidence(advice: Advice, targets: Sequence[TargetResult]) -> Iterator[Evidence]:
    """Of every target whose figures say something of it."""
    for target in targets:
        if found := judged(advice, target):
            yield Evidence(target.name, found.supports, _text(found, target))


def _text(found: Bearing, target: TargetResult) -> str:
    return _WORDS[found.said](target)


# ---- many at once


def _in_one(target: TargetResult) -> str:
    return f"{number(at_once(target))} in flight in one worker"


def _unserved(target: TargetResult) -> str:
    words = unserved_words(target)
    return f"{_in_one(target)}, but {words}" if at_once(target) > 1 else words


def _held_up(target: TargetResult) -> str:
    why = ", who compute" if computes(target) else ""
    many = f"{_in_one(target)}, but " if at_once(target) > 1 else ""
    held = share_words(share(target, "queued", "stalled"))
    return f"{many}{held} of a visit was in line or stalled{why}; {latency_words(target)}"


def _scarce(target: TargetResult) -> str:
    scarce = f"yet {scarcity_text(target)}: what they wait for is scarce"
    return f"{_in_one(target)}, {scarce}; {latency_words(target)}"


def _carried(target: TargetResult) -> str:
    return f"{_in_one(target)}, {latency_words(target)}"


# ---- in line


def _slots(target: TargetResult) -> str:
    """What can serve a visitor: `2 workers`, `8 threads`."""
    return count(target.workers * target.threads, "thread" if target.threads > 1 else "worker")


def _in_line(target: TargetResult) -> str:
    return f"{share_words(share(target, 'queued'))} of a visit in line"


def _no_line(target: TargetResult) -> str:
    return f"before {_slots(target)}, {_in_line(target)}"


def _before_blocked(target: TargetResult) -> str:
    were = "was" if target.workers * target.threads == 1 else "were"
    return f"{_in_line(target)}, before {_slots(target)} that {were} blocked; {latency_words(target)}"


def _long(target: TargetResult) -> str:
    """With how long that was for the slow ones."""
    return f"{_in_line(target)} (p95 {milliseconds(target.queue_ms.p95 if target.queue_ms else None)})"


def _shorter_if_doubled(target: TargetResult) -> str:
    more = if_doubled(target)
    assert more is not None, "that is what was said"
    change = f"all served after {in_seconds(more.makespan_s)} instead of {in_seconds(target.makespan_s)}"
    law = f"with twice the {more.what}, by the law that held here, {change}"
    return f"{_long(target)} before {_slots(target)}; {law}"


# ---- loops, threads and the rest


def _awaited(target: TargetResult) -> str:
    return f"{share_words(share(target, 'awaiting'))} of a visit awaiting, the loop free for others"


def _not_awaited(target: TargetResult) -> str:
    held = share_words(share(target, "blocked", "stalled"))
    return f"not done here, and {held} of a visit was blocked or stalled"


def _in_thread(target: TargetResult) -> str:
    return _not_awaited(target) + ("" if untold(target) else ", in a thread of its own: others went on")


def _held(target: TargetResult) -> str:
    return f"held for up to {milliseconds(longest_hold_ms(target))}"


def _held_long(target: TargetResult) -> str:
    most = next((each for each in target.blame if each.state in HELD_LABELS and not each.own_thread), None)
    if most is None:
        return _held(target)
    own = bool(whose_line(most, target))
    return f"{_held(target)}; the line that held {'it' if own else 'requests'} longest: {most.where}" + (
        ", outside any request" if own else ""
    )


def _for_little(target: TargetResult) -> str:
    where = own_work_where(target)
    own = f"its loop worked outside any request for {share_words(own_work_share(target))} of the run"
    awaiting = f"{share_words(share(target, 'awaiting'))} of a visit awaiting"
    return f"{awaiting}, but {own}{f', most of it at {where}' if where else ''}"


def _computing(target: TargetResult) -> str:
    running, behind = share(target, "running"), share(target, "queued", "stalled")
    words = f"{share_words(running)} of a visit running, {share_words(behind)} in line or stalled"
    return f"{words}; {latency_words(target)}"


def _hops(target: TargetResult) -> str:
    many = target.hops_per_request or 0.0
    return f"{number(many)} {'hop' if many == 1 else 'hops'} per request"


def _threads(target: TargetResult) -> str:
    many, size = count(most_threads(target), "thread"), megabytes(largest_mb(target))
    return f"{many} and {size} were seen in one worker at the most"


def _tail(target: TargetResult) -> str:
    latency = target.latency_ms
    mean, slow = (latency.mean, latency.p95) if latency else (None, None)
    return f"mean {milliseconds(mean)}, the slowest twentieth {milliseconds(slow)} or more"


_WORDS: dict[Said, Callable[[TargetResult], str]] = {
    Said.UNSERVED: _unserved,
    Said.HELD_UP: _held_up,
    Said.SCARCE: _scarce,
    Said.CARRIED: _carried,
    Said.NO_LINE: _no_line,
    Said.LINE_UNTOLD: lambda one: f"{_in_line(one)}; whether {_slots(one)} were blocked is not shown here",
    Said.LINE_BEFORE_BLOCKED: _before_blocked,
    Said.LINE_BEFORE_COMPUTING: lambda one: f"{_in_line(one)}, because its pages compute, not because they block",
    Said.LINE_BEFORE_LITTLE_BLOCKED: lambda one: f"{_in_line(one)}, but little was blocked",
    Said.LINE_FOR_CPU: lambda one: (
        f"{_long(one)}: its pages compute, so more workers help only as far as there are cores"
    ),
    Said.LINE_SHORTER_IF_DOUBLED: _shorter_if_doubled,
    Said.LINE_BEFORE_SLOTS: lambda one: f"{_long(one)} before {_slots(one)}",
    Said.LINE_BEFORE_HELD_LOOP: lambda one: (
        f"{_long(one)} for a loop that was held: more workers would help, threads would not"
    ),
    Said.LINE_BEFORE_LOOP: lambda one: f"{_long(one)} for the loop's turn",
    Said.FIRST_BYTE: lambda one: f"first byte p75 {milliseconds(one.ttfb_ms.p75 if one.ttfb_ms else None)}",
    Said.AWAITED: _awaited,
    Said.AWAITED_FOR_LITTLE: _for_little,
    Said.HELD_OTHERS: _not_awaited,
    Said.WAITED_IN_THREAD: _in_thread,
    Said.HELD_LONG: _held_long,
    Said.HELD_SHORTLY: _held,
    Said.COMPUTING: _computing,
    Said.HOPS: _hops,
    Said.THREADS: _threads,
    Said.THREADS_OF_VIEWS: _threads,
    Said.THREADS_OF_OTHERS: lambda one: f"{_threads(one)}, not for its view: hardly any of a visit was blocked in them",
    Said.TAIL: _tail,
}


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
SO_FAR = "so far"
"""Those who are served first have waited least: before the end nothing is judged."""
LEAST = 72
"""Columns of a tip beside another."""


def tips(sight: ModeContext) -> Content:
    """Each tip with a line for every target whose figures say something of it; then those of which they say nothing."""
    opening = sight.so_far("The end of the run judges; loops, hops and threads are told then.")
    width = column_width(2, sight.width)
    width = width if width >= LEAST else sight.width
    told, untold = _told(sight, width)
    columns = in_columns([*told, *untold], 2 if width < sight.width else 1, width)
    closing = sight.nothing_yet("With a run: the measurements that support or limit each.") if sight.nothing else []
    return lines([*opening, *_answer(sight), *reserved_lines(sight), *columns, *closing])


def _answer(sight: ModeContext) -> list[Content]:
    """What a run of the user's own project says, which is about no advice but about them."""
    if sight.result is None or sight.result.answer is None:
        return []
    said = [part for words in sight.result.answer.words for part in prose(Content(one_line(words)), sight.width, 2)]
    return [Content.styled("Your project", "bold"), *said, Content()]


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
    first, *rest = prose(Content.assemble((each.name, "$primary"), f": {each.words}"), width - HANGING)
    return [Content.assemble(said, first), *(Content(" " * HANGING) + line for line in rest)]
