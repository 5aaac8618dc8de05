"""Tips: common advice about servers, each with what this very run says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from textual.content import Content

from scenarios.result import TargetResult
from tui.modes.layout import faint, lines
from tui.modes.sight import Sight
from tui.report_figures import milliseconds

WORTH_SAYING = 0.1
"""Of a visit's mean time: less than that is not what makes the difference."""
LOOP_HELD_MS = 50.0


class Tip(NamedTuple):
    """A piece of advice, and what a target's figures say of it: one sentence, or nothing."""

    advice: str
    evidence: Callable[[TargetResult], str]


def _share(target: TargetResult, state: str) -> float:
    mean = target.latency_ms.mean if target.latency_ms else 0.0
    return target.states_ms[state] / mean if target.states_ms and mean else 0.0


def _queue(target: TargetResult) -> str:
    share = _share(target, "queued")
    if share < WORTH_SAYING or target.queue_ms is None:
        return ""
    slots = target.workers * target.threads
    return (
        f"{share:.0%} of a visit was standing in line (p95 {milliseconds(target.queue_ms.p95)}), {slots} slots in all"
    )


def _awaited(target: TargetResult) -> str:
    if target.interface != "asgi":
        return ""
    awaiting, held = _share(target, "awaiting"), _share(target, "blocked") + _share(target, "stalled")
    if awaiting >= WORTH_SAYING and awaiting > held:
        return f"supported: {awaiting:.0%} of a visit was awaiting, and the loop was free for others"
    if held >= WORTH_SAYING:
        return f"not followed: {held:.0%} of a visit was blocked or stalled, {awaiting:.0%} awaiting"
    return ""


def _loop(target: TargetResult) -> str:
    held = [worker.loop_held_max_ms for worker in target.workers_seen if worker.loop_held_max_ms is not None]
    if not held or target.interface != "asgi":
        return ""
    where = next((f", at {each.where}" for each in target.blame if each.state in ("blocked", "running")), "")
    longest = max(held)
    return f"the loop was held for {milliseconds(longest)} at most" + (where if longest >= LOOP_HELD_MS else ": short")


def _computing(target: TargetResult) -> str:
    share = _share(target, "running")
    return f"{share:.0%} of a visit was computing: only cores help there" if share >= WORTH_SAYING else ""


def _hops(target: TargetResult) -> str:
    hops = target.hops_per_request
    return f"{hops:g} crossings between loop and thread for each request" if hops else ""


def _threads(target: TargetResult) -> str:
    peaks = [worker.threads_peak for worker in target.workers_seen if worker.threads_peak]
    rss = [worker.rss_peak_mb for worker in target.workers_seen if worker.rss_peak_mb]
    if not peaks or not rss or max(peaks) < 2 * target.threads + 4:
        return ""
    return f"up to {max(peaks)} threads and {max(rss):.0f} MB in one worker"


def _tail(target: TargetResult) -> str:
    latency = target.latency_ms
    if latency is None or not latency.p50 or latency.p95 < 2 * latency.p50:
        return ""
    half, slowest = milliseconds(latency.p50), milliseconds(latency.p95)
    return f"half were served within {half}, the slowest twentieth after {slowest} or more"


TIPS = (
    Tip("Where visitors stand in line, more workers or threads help; where they do not, more change nothing.", _queue),
    Tip("Under ASGI, await whatever waits.", _awaited),
    Tip("Never hold the event loop: it serves everybody.", _loop),
    Tip("Async does not make computing faster.", _computing),
    Tip("Every crossing between loop and thread costs: mind sync middleware and sync views under ASGI.", _hops),
    Tip("Sync views under ASGI bring a thread each, without a limit.", _threads),
    Tip("Look at the slowest twentieth, not at the mean.", _tail),
)


def tips(sight: Sight) -> Content:
    """Each tip, and a line for every target whose figures say something of it."""
    if sight.result is None:
        return lines([*(f"• {tip.advice}" for tip in TIPS), "", sight.nothing_yet("With a run: what it says of each.")])
    parts: list[Content | str] = []
    for tip in TIPS:
        evidence = list(_evidence(tip, sight.result.targets))
        parts += [Content.styled(tip.advice, "bold" if evidence else "$faint")]
        parts += evidence or [faint("  this run says nothing of it")]
        parts.append("")
    return lines(parts)


def _evidence(tip: Tip, targets: list[TargetResult]) -> Iterator[Content]:
    for target in targets:
        if words := tip.evidence(target):
            yield Content.assemble("  ", (target.name, "$primary"), f": {words}")
