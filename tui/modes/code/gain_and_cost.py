"""What the course page calls "Performance Gain" and "Performance Cost", as measured: what most of a visit went into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.metric_labels import in_words, metric_words
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.scenarios.text.lists import listed
from asgi_vs_wsgi.scenarios.text.numbers import number
from asgi_vs_wsgi.scenarios.text.numbers import share as share_words
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES, UNTOLD
from asgi_vs_wsgi.tui.modes.shared.reservations import reservations
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds

PLAIN = "latency_ms.p95"
MOST = 0.5
TELL_FROM = 0.1
"""Of a mean visit."""
MUCH_LONGER = 2.0
"""Than a lone request: not only its own waiting."""
STATE_WORDS = [(name, "in line" if name == "queued" else name) for name in STATE_NAMES]
BOTH = ("blocked", "stalled")
"""What some kernels do not tell apart."""


class Gain(NamedTuple):
    """`good` is None where the view neither gains nor costs, or `judged` is False: something speaks against it."""

    good: bool | None
    words: str
    judged: bool = True

    @property
    def label(self) -> str:
        """As the page calls it."""
        if not self.judged:
            return "Not judged"
        return {True: "Performance gain", False: "Performance cost", None: "Neither gain nor cost"}[self.good]


def spent_ms(target: TargetResult, *states: str) -> float:
    """The time in these states together, of a mean visit; of one that is not known, nothing."""
    known = target.states_ms or {}
    untold = known.get(UNTOLD) if set(BOTH) <= set(states) else None
    return sum(known.get(state) or 0.0 for state in states) + (untold or 0.0)


def share(target: TargetResult, *states: str) -> float:
    """The part of a mean visit that was surely spent in these states; 0 where that was not measured."""
    mean = target.latency_ms.mean if target.latency_ms else 0.0
    return spent_ms(target, *states) / mean if mean else 0.0


def untold(target: TargetResult) -> bool:
    """Whether it cannot be told for how long a visit was blocked, and for how long stalled."""
    return bool(target.states_ms and target.states_ms.get(UNTOLD))


def gain(target: TargetResult, metric: str) -> Gain | None:
    """Of a target, None where nobody was served or no worker was looked into; told with what the scenario is about.

    A gain is one for somebody else too: who awaits alone in a worker leaves its loop to nobody.
    """
    if not target.latency_ms or not target.states_ms:
        return None
    good, words = _found(target, metric)
    if against := list(reservations(target)):
        return Gain(None, f"{'; '.join(against)}. Measured: {words}", judged=False)
    return Gain(good, words)


def _found(target: TargetResult, metric: str) -> tuple[bool | None, str]:
    latency = latency_words(target, metric)
    for good, states, tell in RULES:
        if share(target, *states) < MOST:
            continue
        if good is False and computes(target):
            return None, f"{tell(target)}; {latency}"
        if good and (scarce := scarcity(target)):
            return False, f"{tell(target)}, yet {scarce}; {latency}"
        return good if good is False or at_once(target) > 1 else None, f"{tell(target)}; {latency}"
    if untold(target) and share(target, *BOTH) >= MOST:
        return None, f"a visitor is blocked or stalled for {share_words(share(target, *BOTH))} of its visit; {latency}"
    return None, f"{_mixed(target)}; {latency}"


def at_once(target: TargetResult) -> int:
    """The most visitors who were in one worker together; 0 where nobody counted."""
    return target.in_flight.max_per_worker if target.in_flight else 0


def scarcity(target: TargetResult) -> str:
    """Where half of them took much longer than one alone, though all were taken in at once; "" where they did not.

    Measured against a lone request, or, where none was timed, the quickest visitor.
    """
    if target.latency_ms is None:
        return ""
    alone = target.service_s * 1000 if target.service_s and one_class(target) else target.latency_ms.min
    times = target.latency_ms.p50 / alone if alone else 0.0
    if times < MUCH_LONGER:
        return ""
    whom = "a lone request" if target.service_s and one_class(target) else "the quickest"
    return f"half of them took {number(int(times))} × {whom} or more"


def computes(target: TargetResult) -> bool:
    """Whether those who are served use the CPU more than they wait: then it is not the interface that costs."""
    may_have_waited = BOTH if untold(target) else ("blocked",)
    return share(target, "running") > share(target, *may_have_waited, "awaiting")


def one_class(target: TargetResult) -> bool:
    """Whether all visitors ask for the same, so that a lone request is like any of them."""
    return len(target.classes) <= 1


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
    if target.service_s and one_class(target):
        yield f"a lone request {in_seconds(target.service_s)}"


def _mixed(target: TargetResult) -> str:
    """What a visit is made of where nothing takes most of it."""
    shares = [(share(target, state), words) for state, words in STATE_WORDS]
    parts = [f"{share_words(part)} {words}" for part, words in shares if part >= TELL_FROM]
    if untold(target) and share(target, *BOTH) >= TELL_FROM:
        parts.append(f"{share_words(share(target, *BOTH))} blocked or stalled")
    return f"nothing takes most of a visit: {', '.join(parts)}" if parts else "nothing takes most of a visit"


def _waiting(target: TargetResult) -> str:
    in_line, stalled = share(target, "queued"), share(target, "stalled")
    parts = [f"in line for {share_words(in_line)} of a visit"] if in_line >= stalled / 10 else []
    parts += [f"stalled behind others for {share_words(stalled)}"] if stalled >= in_line / 10 else []
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    run = "the run" if target.makespan_s is not None else "the run so far"
    held = ", behind others who compute" if computes(target) else ""
    if blocked and max(blocked) > MOST:
        held = f", while a worker was blocked for {share_words(max(blocked))} of {run}"
    return f"visitors were {listed(parts)}{held}"


def _awaiting(target: TargetResult) -> str:
    return f"visitors were set aside for {share_words(share(target, 'awaiting'))} of a visit{_at_once(target)}"


def _blocked(target: TargetResult) -> str:
    part = share_words(share(target, "blocked"))
    return f"a visitor blocks {_what_is_blocked(target)} for {part} of its visit{_at_once(target)}"


def _what_is_blocked(target: TargetResult) -> str:
    """A loop that was held for as long as a visitor is blocked is what it blocks, and not a thread of its own."""
    if target.interface == "wsgi":
        return "its worker" if target.threads == 1 else "a thread"
    held_ms = max((each.loop_held_max_ms or 0.0 for each in target.workers_seen), default=0.0)
    blocked_ms = spent_ms(target, "blocked")
    return "the event loop" if held_ms >= MOST * blocked_ms > 0 else "a thread"


def _running(target: TargetResult) -> str:
    return f"{share_words(share(target, 'running'))} of a visit is computing"


def _at_once(target: TargetResult) -> str:
    return f", {number(at_once(target))} at once in one worker" if at_once(target) else ""


RULES = (
    (False, ("queued", "stalled"), _waiting),
    (True, ("awaiting",), _awaiting),
    (False, ("blocked",), _blocked),
    (None, ("running",), _running),
)
"""Who is judged good, by which states, in which words; the first that holds is told."""
