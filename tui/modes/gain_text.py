"""A performance gain or cost in words: what most of a visit went into, and how long visitors took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    BOTH,
    MOST,
    Gain,
    Spent,
    at_once,
    blocks_threads,
    computes,
    is_loop_its_own,
    longest_hold_ms,
    most_blocked_share,
    share,
    slowdown,
    spent_ms,
    timed_alone,
    untold,
)
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, STATE_WORDS
from asgi_vs_wsgi.scenarios.wording import number
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asgi_vs_wsgi.scenarios.results import TargetResult

PLAIN = "latency_ms.p95"
TELL_FROM = 0.1
"""Of a mean visit."""
TOLD = [(name, STATE_WORDS[name]) for name in STATE_NAMES]


def gain_label(gain: Gain) -> str:
    """As the page calls it."""
    if not gain.judged:
        return "Not judged"
    return {True: "Performance gain", False: "Performance cost", None: "Neither gain nor cost"}[gain.good]


def gain_text(gain: Gain, target: TargetResult, metric: str) -> str:
    """Why it is one, with what the scenario is about; first what speaks against judging it."""
    scarce = f", yet {scarcity_text(target)}" if gain.scarce else ""
    words = f"{_SPENT[gain.spent](target)}{scarce}; {latency_words(target, metric)}"
    return words if gain.judged else f"{'; '.join(gain.against)}. Measured: {words}"


def scarcity_text(target: TargetResult) -> str:
    """`half of them took 7 × a lone request or more`."""
    whom = "a lone request" if timed_alone(target) else "the quickest"
    return f"half of them took {number(int(slowdown(target)))} × {whom} or more"


def latency_words(target: TargetResult, metric: str = PLAIN) -> str:
    """`p95 3.23 s, a lone request 0.20 s`, and the figure that the verdict is about, where it is another."""
    return ", ".join(latency_parts(target, metric))


def latency_parts(target: TargetResult, metric: str) -> Iterator[str]:
    """The same, part by part."""
    value = None if metric == PLAIN else figure(target, metric)
    if value is not None:
        yield f"{metric_words(metric)} {in_words(metric, value)}"
    of_whom = " latency of all" if metric.startswith("classes.") else " latency"
    p95 = milliseconds(target.latency_ms.p95 if target.latency_ms else None)
    yield f"p95{'' if value is None else of_whom} {p95}"
    if timed_alone(target):
        yield f"a lone request {in_seconds(target.service_s)}"


def _mixed(target: TargetResult) -> str:
    """What a visit is made of where nothing takes most of it."""
    shares = [(share(target, state), words) for state, words in TOLD]
    parts = [f"{share_words(part)} {words}" for part, words in shares if part >= TELL_FROM]
    if untold(target) and share(target, *BOTH) >= TELL_FROM:
        parts.append(f"{share_words(share(target, *BOTH))} blocked or stalled")
    return f"nothing takes most of a visit: {', '.join(parts)}" if parts else "nothing takes most of a visit"


def _waiting(target: TargetResult) -> str:
    in_line, stalled = share(target, "queued"), share(target, "stalled")
    parts = [f"in line for {share_words(in_line)} of a visit"] if in_line >= stalled / 10 else []
    parts += [f"stalled for {share_words(stalled)}"] if stalled >= in_line / 10 else []
    blocked = most_blocked_share(target)
    run = "the run" if target.makespan_s is not None else "the run so far"
    held = ", while others were running" if computes(target) else ""
    if blocked is not None and blocked > MOST:
        who = "threads beside an event loop were" if blocks_threads(target) else "a worker was"
        held = f", while {who} blocked for {share_words(blocked)} of {run}"
    return f"visitors were {' and '.join(parts)}{held}"


def _awaiting(target: TargetResult) -> str:
    return f"visitors were awaiting for {share_words(share(target, 'awaiting'))} of a visit{_at_once(target)}"


def _blocked(target: TargetResult) -> str:
    part = share_words(share(target, "blocked"))
    return f"a visitor blocks {_what_is_blocked(target)} for {part} of its visit{_at_once(target)}"


def _what_is_blocked(target: TargetResult) -> str:
    """A loop that was held for as long as a visitor is blocked is what it blocks, and not a thread of its own."""
    if target.interface == "wsgi" and not target.loop:
        return "its worker" if target.threads == 1 else "a thread"
    held_ms, blocked_ms = longest_hold_ms(target) or 0.0, spent_ms(target, "blocked")
    return "the event loop" if held_ms >= MOST * blocked_ms > 0 and is_loop_its_own(target) else "a thread"


def _blocked_or_stalled(target: TargetResult) -> str:
    return f"a visitor is blocked or stalled for {share_words(share(target, *BOTH))} of its visit"


def _computing(target: TargetResult) -> str:
    return f"{share_words(share(target, 'running'))} of a visit is running"


def _at_once(target: TargetResult) -> str:
    return f", {number(at_once(target))} in flight in one worker" if at_once(target) else ""


_SPENT: dict[Spent, Callable[[TargetResult], str]] = {
    Spent.WAITING: _waiting,
    Spent.AWAITING: _awaiting,
    Spent.BLOCKED: _blocked,
    Spent.COMPUTING: _computing,
    Spent.BLOCKED_OR_STALLED: _blocked_or_stalled,
    Spent.MIXED: _mixed,
}
