"""What the course page calls "Performance Gain" and "Performance Cost", as measured: what most of a visit went into."""

from __future__ import annotations

from typing import NamedTuple

from scenarios.metric_words import in_words, metric_words
from scenarios.metrics import figure
from scenarios.result import TargetResult
from tui.report_figures import in_seconds, milliseconds

MOST = 0.5
"""Of a mean visit."""


class Gain(NamedTuple):
    """`good` is None where the view neither gains nor costs."""

    good: bool | None
    words: str

    @property
    def label(self) -> str:
        """As the page calls it."""
        return {True: "Performance gain", False: "Performance cost", None: "Neither gain nor cost"}[self.good]


def share(target: TargetResult, *states: str) -> float:
    """The part of a mean visit that was spent in these states; 0 where that was not measured."""
    mean = target.latency_ms.mean if target.latency_ms else 0.0
    return sum(target.states_ms[state] for state in states) / mean if target.states_ms and mean else 0.0


def gain(target: TargetResult, metric: str) -> Gain | None:
    """Of a target, None where nobody was served or no worker was looked into; told with what the scenario is about."""
    if not target.latency_ms or not target.states_ms:
        return None
    for good, states, tell in RULES:
        if share(target, *states) >= MOST:
            judged = None if good is False and computes(target) else good
            return Gain(judged, f"{tell(target)}; {latency_words(target, metric)}")
    return Gain(None, f"nothing takes most of a visit; {latency_words(target, metric)}")


def computes(target: TargetResult) -> bool:
    """Whether those who are served use the CPU more than they wait: then it is not the interface that costs."""
    return share(target, "running") > share(target, "blocked")


def latency_words(target: TargetResult, metric: str = "latency_ms.p95") -> str:
    """`p95 3.23 s, a lone request 0.20 s`, and the figure that the verdict is about, where it is another."""
    value = None if metric == "latency_ms.p95" else figure(target, metric)
    other = "" if value is None else f"{metric_words(metric)} {in_words(metric, value)}, "
    alone = f", a lone request {in_seconds(target.service_s)}" if target.service_s else ""
    return f"{other}p95 {milliseconds(target.latency_ms.p95 if target.latency_ms else None)}{alone}"


def _waiting(target: TargetResult) -> str:
    in_line, stalled = share(target, "queued"), share(target, "stalled")
    parts = [f"in line for {in_line:.0%} of a visit"] if in_line >= stalled / 10 else []
    parts += [f"stalled behind others for {stalled:.0%}"] if stalled >= in_line / 10 else []
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    held = f", while a worker was blocked for {max(blocked):.0%} of the run" if blocked and max(blocked) > MOST else ""
    held = held or (", behind others who compute" if computes(target) else "")
    return f"visitors were {' and '.join(parts)}{held}"


def _awaiting(target: TargetResult) -> str:
    return f"visitors were set aside for {share(target, 'awaiting'):.0%} of a visit, {_at_once(target)}"


def _blocked(target: TargetResult) -> str:
    return f"a visitor blocks a worker or thread for {share(target, 'blocked'):.0%} of its visit, {_at_once(target)}"


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
