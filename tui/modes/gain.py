"""What the course page calls "Performance Gain" and "Performance Cost", as measured: what most of a visit went into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scenarios.metric_words import in_words, metric_words
from scenarios.metrics import figure
from scenarios.result import TargetResult
from scenarios.trace.states import STATE_NAMES, UNTOLD
from tui.report_figures import in_seconds, milliseconds

PLAIN = "latency_ms.p95"
MOST = 0.5
TELL_FROM = 0.1
"""Of a mean visit."""
STATE_WORDS = [(name, "in line" if name == "queued" else name) for name in STATE_NAMES]
BOTH = ("blocked", "stalled")
"""What some kernels do not tell apart."""


class Gain(NamedTuple):
    """`good` is None where the view neither gains nor costs."""

    good: bool | None
    words: str

    @property
    def label(self) -> str:
        """As the page calls it."""
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
    """Of a target, None where nobody was served or no worker was looked into; told with what the scenario is about."""
    if not target.latency_ms or not target.states_ms:
        return None
    for good, states, tell in RULES:
        if share(target, *states) >= MOST:
            judged = None if good is False and computes(target) else good
            return Gain(judged, f"{tell(target)}; {latency_words(target, metric)}")
    if untold(target) and share(target, *BOTH) >= MOST:
        words = f"a visitor is blocked or stalled for {share(target, *BOTH):.0%} of its visit"
        return Gain(None, f"{words}; {latency_words(target, metric)}")
    return Gain(None, f"{_mixed(target)}; {latency_words(target, metric)}")


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
    parts = [f"{share(target, state):.0%} {words}" for state, words in STATE_WORDS if share(target, state) >= TELL_FROM]
    if untold(target) and share(target, *BOTH) >= TELL_FROM:
        parts.append(f"{share(target, *BOTH):.0%} blocked or stalled")
    return f"nothing takes most of a visit: {', '.join(parts)}" if parts else "nothing takes most of a visit"


def _waiting(target: TargetResult) -> str:
    in_line, stalled = share(target, "queued"), share(target, "stalled")
    parts = [f"in line for {in_line:.0%} of a visit"] if in_line >= stalled / 10 else []
    parts += [f"stalled behind others for {stalled:.0%}"] if stalled >= in_line / 10 else []
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    run = "the run" if target.makespan_s is not None else "the run so far"
    held = f", while a worker was blocked for {max(blocked):.0%} of {run}" if blocked and max(blocked) > MOST else ""
    held = held or (", behind others who compute" if computes(target) else "")
    return f"visitors were {' and '.join(parts)}{held}"


def _awaiting(target: TargetResult) -> str:
    return f"visitors were set aside for {share(target, 'awaiting'):.0%} of a visit, {_at_once(target)}"


def _blocked(target: TargetResult) -> str:
    what = "its worker" if target.interface == "wsgi" and target.threads == 1 else "a thread"
    return f"a visitor blocks {what} for {share(target, 'blocked'):.0%} of its visit, {_at_once(target)}"


def _running(target: TargetResult) -> str:
    return f"{share(target, 'running'):.0%} of a visit is computing"


def _at_once(target: TargetResult) -> str:
    return f"{target.in_flight.max_per_worker} at once in one worker" if target.in_flight else "all at once"


RULES = (
    (False, ("queued", "stalled"), _waiting),
    (True, ("awaiting",), _awaiting),
    (False, ("blocked",), _blocked),
    (None, ("running",), _running),
)
"""Who is judged good, by which states, in which words; the first that holds is told."""
