"""Compare: what each target did with the same visitors, side by side; each cell is a measured value."""

from __future__ import annotations

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.unserved import answered_otherwise, unserved_words
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.text.numbers import share, thousands
from asgi_vs_wsgi.tui.modes.code.gain_and_cost import latency_parts
from asgi_vs_wsgi.tui.modes.compare.distribution import distribution
from asgi_vs_wsgi.tui.modes.compare.ladder_curve import ladder
from asgi_vs_wsgi.tui.modes.compare.planned_targets import planned
from asgi_vs_wsgi.tui.modes.compare.rank_label import placing
from asgi_vs_wsgi.tui.modes.compare.rounds import rounds
from asgi_vs_wsgi.tui.modes.shared.layout import faint, lines, prose
from asgi_vs_wsgi.tui.modes.shared.target_table import Parts, Told, beside
from asgi_vs_wsgi.tui.modes.shared.view_model import Sight, reserved_lines
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.findings import verdict_words
from asgi_vs_wsgi.tui.report.tables import NOT_MEASURED
from asgi_vs_wsgi.tui.text.columns import aligned

HEAD = ("pattern", "concurrency", "blocking behaviour", "latency under load", "verdict")
LEFT = frozenset(range(len(HEAD)))
RESTS_ON = (
    "p95: 95 of 100 of those who were served had waited no longer. Concurrency: the most requests that were inside the"
    " application at once, those included whose visitor has the answer and whose worker is not done. Blocked: the part"
    " of that time for which the most blocked worker was held by a request that waits. Loop held: the longest time for"
    " which nobody else on an event loop could go on. A lone request: timed right before the run."
)


def compare(sight: Sight) -> Content:
    """Table, verdict, ladder, distribution, rounds."""
    if sight.nothing:
        what = f"What a run measures of each: {', '.join(HEAD[1:])}."
        table = planned(sight.scenario.toml.targets, sight.width)
        return lines([*table, Content(), *sight.nothing_yet(what), Content(), *ladder(sight)])
    parts = [*sight.so_far("The verdict, rounds and ladder come at the end."), *reserved_lines(sight)]
    parts += [*_table(sight), Content()]
    if sight.result is not None:
        parts += [*prose(Content.styled(verdict_words(sight.result), "bold"), sight.width), Content()]
    parts += [*ladder(sight), Content(), *distribution(sight)]
    if sight.result is not None:
        parts += rounds(sight.result, sight.width)
    return lines([*parts, Content(), *prose(faint(RESTS_ON), sight.width)])


def _table(sight: Sight) -> list[Content]:
    """A row for each target, or, where there is no room for rows, a column."""
    told = [Told(_pattern(target), _cells(sight, target)) for target in sight.targets]
    rows = [HEAD, *((each.name, *map(", ".join, each.cells)) for each in told)]
    table = aligned(rows, LEFT)
    if max(map(len, table)) <= sight.width:
        return [faint(table[0]), *map(Content, table[1:])]
    return beside(HEAD[1:], told, sight.width)


def _pattern(target: TargetResult) -> str:
    return f"{target.name} · {target.interface.upper()}"


def _cells(sight: Sight, target: TargetResult) -> tuple[Parts, ...]:
    verdict = placing(sight.result, target) if sight.result else "none" if sight.cut_off else "comes at the end"
    return _concurrency(target), _blocking(sight, target), _latency(target, sight.metric, over=sight.over), [verdict]


def _concurrency(target: TargetResult) -> Parts:
    most = target.in_flight
    return [f"{most.max_per_worker} in one worker", f"{most.max} in all"] if most else [NOT_MEASURED]


def _blocking(sight: Sight, target: TargetResult) -> Parts:
    blocked = [worker.blocked_share for worker in target.workers_seen if worker.blocked_share is not None]
    held = [worker.loop_held_max_ms for worker in target.workers_seen if worker.loop_held_max_ms is not None]
    parts = [f"blocked {share(max(blocked))} of {in_seconds(sight.elapsed_s(target))}"] if blocked else []
    if held and target.interface == "asgi":
        parts.append(f"loop held {milliseconds(max(held))}")
    return parts or [NOT_MEASURED]


def _latency(target: TargetResult, metric: str, *, over: bool) -> Parts:
    if target.latency_ms is None:
        nobody = "nobody was served" if over else "nobody is served yet"
        return [unserved_words(target) or nobody]
    served = target.requests.completed - answered_otherwise(target.requests)
    return [*latency_parts(target, metric), f"{thousands(served)} served"]
