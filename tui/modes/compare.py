"""Compare: what each target did with the same visitors, side by side; each cell is a measured value."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from scenarios.load.visits import DONE
from scenarios.result import RunResult, TargetResult
from scenarios.trace.target_trace import TargetTrace
from tui.columns import aligned, fitting
from tui.drawing.words import nanoseconds, per_second
from tui.modes.layout import bar, faint, heading, lines
from tui.modes.sight import Sight
from tui.report_figures import milliseconds
from tui.report_findings import verdict_words
from tui.report_tables import NOT_MEASURED

HEAD = ("pattern", "at once", "a worker is blocked", "p50", "p95 under load", "per second")
SPARE = (3, 5)
"""Columns that are left out first."""
BINS = 10
LADDER_BAR = 30


def compare(sight: Sight) -> Content:
    """Table, verdict, distribution, rounds, ladder."""
    result = sight.result
    if result is None:
        return sight.nothing_yet("How the targets differ: concurrency, blocking, latency under load, and a verdict.")
    table = fitting([HEAD, *(_row(target) for target in result.targets)], sight.width, SPARE)
    parts: list[Content | str] = [
        heading("The same visitors"),
        faint(table[0]),
        *table[1:],
        "",
        Content.styled(verdict_words(result), "bold"),
        faint(
            "at once: the most requests in one worker; blocked: the part of the run in which at least one request"
            " blocked a worker."
        ),
    ]
    for target, trace in zip(result.targets, sight.traces, strict=False):
        parts += ["", *_distribution(target, trace, sight.width)]
    return lines([*parts, *_rounds(result), *_ladder(result)])


def _row(target: TargetResult) -> tuple[str, ...]:
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    latency = target.latency_ms
    return (
        f"{target.name} · {target.interface.upper()}",
        str(target.in_flight.max_per_worker) if target.in_flight else NOT_MEASURED,
        f"{max(blocked):.0%} of the time" if blocked else NOT_MEASURED,
        milliseconds(latency.p50 if latency else None),
        milliseconds(latency.p95 if latency else None),
        per_second(target.throughput_rps) if target.throughput_rps is not None else NOT_MEASURED,
    )


def _distribution(target: TargetResult, trace: TargetTrace, width: int) -> list[Content]:
    """How many visitors waited how long, in equal steps up to the longest wait."""
    visits = trace.visits
    waits = [visits.done_ns[row] - visits.intended_ns[row] for row, how in enumerate(visits.outcome) if how == DONE]
    if not waits:
        return []
    most = max(waits)
    counts = [0] * BINS
    for wait in waits:
        counts[min(BINS - 1, wait * BINS // most)] += 1
    room = max(10, min(60, width - 36))
    rows = [heading(f"{target.name}: how long {len(waits)} visitors waited")]
    for index, number in enumerate(counts):
        label = f"up to {nanoseconds(most * (index + 1) // BINS):>8}  "
        rows.append(Content.assemble((label, "$faint"), bar(number, max(counts), room, "$primary"), f" {number or ''}"))
    return rows


def _rounds(result: RunResult) -> list[Content | str]:
    by_target: dict[str, list[float]] = {}
    for each in result.rounds:
        if each.p95_ms is not None:
            by_target.setdefault(each.target, []).append(each.p95_ms)
    if max(map(len, by_target.values()), default=0) < 2:
        return []
    rows: list[Sequence[str]] = [("p95 in", *(f"round {n + 1}" for n in range(max(map(len, by_target.values())))))]
    most = len(rows[0]) - 1
    rows += [(name, *map(milliseconds, values), *[""] * (most - len(values))) for name, values in by_target.items()]
    table = aligned(rows)
    return ["", heading("Rounds"), faint(table[0]), *table[1:]]


def _ladder(result: RunResult) -> list[Content | str]:
    if not result.ladder:
        return [
            "",
            faint("Latency against the number of visitors: run --ladder 1,2,4,8,16,32 on the command line."),
        ]
    most = max(point.p95_ms or 0 for point in result.ladder)
    parts: list[Content | str] = ["", heading("Latency (p95) against the number of visitors")]
    for point in result.ladder:
        label = f"{point.target:<20} {point.visitors:>6}  "
        parts.append(
            Content.assemble(
                label, bar(point.p95_ms or 0, most, LADDER_BAR, "$primary"), f" {milliseconds(point.p95_ms)}"
            )
        )
    return parts
