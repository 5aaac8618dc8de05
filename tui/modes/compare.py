"""Compare: what each target did with the same visitors, side by side; each cell is a measured value."""

from __future__ import annotations

from textual.content import Content

from scenarios.result import TargetResult
from tui.columns import aligned
from tui.modes.distribution import distribution
from tui.modes.gain import latency_words
from tui.modes.ladder import ladder
from tui.modes.layout import faint, heading, lines, prose
from tui.modes.placing import placing
from tui.modes.rounds import rounds
from tui.modes.sight import Sight
from tui.report_figures import in_seconds, milliseconds
from tui.report_findings import verdict_words
from tui.report_tables import NOT_MEASURED

HEAD = ("pattern", "concurrency", "blocking behaviour", "latency under load", "verdict")
LEFT = frozenset(range(len(HEAD)))
RESTS_ON = (
    "Concurrency: the most requests that were inside the application at once. Blocked: the part of the run in which at"
    " least one request blocked the worker. Loop held: the longest time for which nobody else on that event loop could"
    " go on. A lone request: timed right before the run."
)


def compare(sight: Sight) -> Content:
    """Table, verdict, ladder, distribution, rounds."""
    if sight.nothing:
        what = "How the targets differ, as measured: concurrency, blocking, latency under load, and a verdict."
        return lines(
            [
                *prose(faint(" · ".join(HEAD)), sight.width),
                Content(),
                *sight.nothing_yet(what),
                Content(),
                *ladder(sight),
            ]
        )
    parts = [*sight.so_far("What workers were blocked for, the verdict, rounds and ladder come at the end.")]
    parts += [*_table(sight), Content()]
    if sight.result is not None:
        parts += [*prose(Content.styled(verdict_words(sight.result), "bold"), sight.width), Content()]
    parts += [*ladder(sight), Content(), *distribution(sight)]
    if sight.result is not None:
        parts += rounds(sight.result, sight.width)
    return lines([*parts, Content(), *prose(faint(RESTS_ON), sight.width)])


def _table(sight: Sight) -> list[Content]:
    """A row for each target, or, where there is no room for rows, a block."""
    rows = [HEAD, *((_pattern(target), *_cells(sight, target)) for target in sight.targets)]
    table = aligned(rows, LEFT)
    if max(map(len, table)) <= sight.width:
        return [faint(table[0]), *map(Content, table[1:])]
    label = max(map(len, HEAD[1:]))
    parts: list[Content] = []
    for target in sight.targets:
        parts.append(heading(_pattern(target)))
        for name, cell in zip(HEAD[1:], _cells(sight, target), strict=True):
            first, *rest = Content(cell).wrap(max(10, sight.width - label - 4)) or [Content()]
            parts.append(Content.assemble((f"  {name:<{label}}  ", "$faint"), first))
            parts += [Content(" " * (label + 4)) + line for line in rest]
    return parts


def _pattern(target: TargetResult) -> str:
    return f"{target.name} · {target.interface.upper()}"


def _cells(sight: Sight, target: TargetResult) -> tuple[str, ...]:
    return _concurrency(target), _blocking(target), _latency(target, sight.metric), placing(sight.result, target)


def _concurrency(target: TargetResult) -> str:
    most = target.in_flight
    return f"{most.max_per_worker} in one worker, {most.max} in all" if most else NOT_MEASURED


def _blocking(target: TargetResult) -> str:
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    held = [worker.loop_held_max_ms for worker in target.workers_seen if worker.loop_held_max_ms is not None]
    parts = [f"blocked {max(blocked):.0%} of {in_seconds(target.makespan_s)}"] if blocked else []
    if held and target.interface == "asgi":
        parts.append(f"loop held {milliseconds(max(held))}")
    return ", ".join(parts) or NOT_MEASURED


def _latency(target: TargetResult, metric: str) -> str:
    if target.latency_ms is None:
        return NOT_MEASURED
    return f"{latency_words(target, metric)}, {target.requests.completed} served"
