"""Compare: what each target did with the same visitors, side by side; each cell is a measured value.

Targets beside one another: a column for each, a line of the table for each thing that is told of them.

                    gunicorn-sync · WSGI        uvicorn · ASGI
in flight           1 in one worker, 2 in all   16 in one worker, 32 in all
latency under load  p95 3.23 s,                 p95 0.22 s,
                    a lone request 0.20 s       a lone request 0.20 s
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.time_spent import blocks_threads, longest_hold_ms, most_awaited, most_blocked_share
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words, with_page
from asgi_vs_wsgi.scenarios.analysis.verdict import Place, rank
from asgi_vs_wsgi.scenarios.wording import count, share, thousands
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.tui.modes.distribution import distribution, rounds
from asgi_vs_wsgi.tui.modes.gain_text import latency_parts
from asgi_vs_wsgi.tui.modes.ladder_curve import ladder
from asgi_vs_wsgi.tui.modes.layout import GAP, column_count, column_width, faint, heading, lines, lines_of_parts, prose
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, reserved_lines
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.report.findings import verdict_words
from asgi_vs_wsgi.tui.report.project_trial import HOPS_TITLE, hops_lines
from asgi_vs_wsgi.tui.report.target_tables import over_whom
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, aligned
from asgi_vs_wsgi.tui.text.text_width import short_name

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult


LEAST = 24
"""Columns that a target needs: its words break at commas."""
NARROWEST = 10
"""In a terminal that is too small for it all the same."""

Parts = Sequence[str]
"""What a cell says, to be parted by commas."""


class TargetColumn(NamedTuple):
    """A target's name, and its cell for each label."""

    name: str
    cells: Sequence[Parts]


def target_table(labels: Sequence[str], targets: Sequence[TargetColumn], width: int) -> list[Content]:
    """Those that do not fit beside the others follow below, with the labels again."""
    label = max(map(len, labels)) + 2
    columns = column_count(len(targets), width - label, LEAST)
    each = max(NARROWEST, column_width(columns, width - label))
    out: list[Content] = []
    names = [target.name for target in targets]
    short = [target._replace(name=short_name(target.name, names, each)) for target in targets]
    for first in range(0, len(targets), columns):
        out += [Content()] if out else []
        out += _table(labels, short[first : first + columns], label, each)
    return out


def _table(labels: Sequence[str], targets: Sequence[TargetColumn], label: int, each: int) -> list[Content]:
    parts = [_row("", label, [heading(target.name) for target in targets], each)]
    for at, name in enumerate(labels):
        cells = [lines_of_parts(target.cells[at], each) for target in targets]
        for line in range(max(map(len, cells))):
            texts = [Content(cell[line]) if line < len(cell) else Content() for cell in cells]
            parts.append(_row("" if line else name, label, texts, each))
    return parts


def _row(name: str, label: int, cells: Sequence[Content], each: int) -> Content:
    padded = [cell.pad_right(max(0, each - cell.cell_length + GAP)) for cell in cells]
    return Content("").join([faint(f"{name:<{label}}"), *padded]).rstrip()


LABELS = ("server", "view", "a visitor holds")


def planned(targets: Sequence[Target], width: int) -> list[Content]:
    """A column for each."""
    return target_table(
        LABELS,
        [TargetColumn(_name(target), (_server(target), [target.view], _holds(target))) for target in targets],
        width,
    )


def _name(target: Target) -> str:
    return f"{target.name} · {server_spec(target.server).interface.upper()}"


def _server(target: Target) -> Parts:
    threads = f" × {count(target.threads, 'thread')}" if target.threads > 1 else ""
    return [target.server, f"{count(target.workers, 'worker')}{threads}"]


def _holds(target: Target) -> Parts:
    """Until it has its answer."""
    slot = server_spec(target.server).slot
    if slot == "none":
        return ["no worker", "while its view awaits"]
    number = target.workers * (target.threads if slot == "thread" else 1)
    return [f"a {slot}", f"and there {'is' if number == 1 else 'are'} {number}"]


PLACES = {
    Place.BEST: "✓ best",
    Place.NO_DIFFERENCE: "= no real difference",
    Place.NOT_TOLD_APART: "= not told apart",
    Place.NOT_COMPARED: "not compared",
    Place.NOT_MEASURED: NOT_MEASURED,
    Place.NO_WINNER: "none",
    Place.RACE: "none after a race",
}


def rank_label(result: RunResult | None, target: TargetResult) -> str:
    """`✓ best`, `✕ 14.7 times worse`, `= no real difference`; a dash where there is nothing to compare."""
    if result is None:
        return NOT_MEASURED
    found = rank(result, target)
    if found.place is Place.WITHOUT_PAGE:
        return f"✕ {thousands(found.missing)} without a page"
    return f"✕ {found.times:.3g} times worse" if found.place is Place.WORSE else PLACES[found.place]


HEAD = ("pattern", "in flight", "blocking behaviour", "latency under load", "verdict")
LEFT = frozenset(range(len(HEAD)))
RESTS_ON = (
    "p95: 95 of 100 of those who were served had their page no later. In flight: the most requests that were inside the"
    " application at once, those included whose visitor has the answer and whose worker is not done. Blocked: the part"
    " of that time for which the most blocked worker, or a thread of it, was held by a request that waits. Loop held:"
    " the longest time for which nobody else on an event loop could go on. A lone request: timed right before the run."
)

AWAITED = " Awaited: what suspended requests waited for longest, whatever the line."


def compare(sight: ModeContext) -> Content:
    """Table, verdict, ladder, distribution, rounds."""
    if sight.nothing:
        what = f"What a run measures of each: {', '.join(HEAD[1:])}."
        table = planned(sight.scenario.toml.targets, sight.width)
        return lines([*table, Content(), *sight.nothing_yet(what), Content(), *ladder(sight)])
    parts = [*sight.so_far("The verdict, rounds and ladder come at the end."), *reserved_lines(sight)]
    parts += [*_ranking(sight), Content()]
    if sight.result is not None:
        parts += [*prose(Content.styled(verdict_words(sight.result), "bold"), sight.width), Content()]
    parts += [*ladder(sight), Content(), *distribution(sight)]
    if sight.result is not None:
        parts += rounds(sight.result, sight.width)
        parts += _hops(sight.result, sight.width)
    rests_on = RESTS_ON + (AWAITED if any(each.awaiting_for for each in sight.targets) else "")
    return lines([*parts, Content(), *prose(faint(rests_on), sight.width)])


def _hops(result: RunResult, width: int) -> list[Content]:
    """Of a project of the user's own, each crossing by name, forecast beside measured."""
    told = hops_lines(result.answer, width) if result.answer else []
    return [Content(), heading(HOPS_TITLE), faint(told[0]), *map(Content, told[1:])] if told else []


def _ranking(sight: ModeContext) -> list[Content]:
    """A row for each target, or, where there is no room for rows, a column."""
    told = [TargetColumn(_pattern(target), _cells(sight, target)) for target in sight.targets]
    rows = [HEAD, *((each.name, *map(", ".join, each.cells)) for each in told)]
    table = aligned(rows, LEFT)
    if max(map(len, table)) <= sight.width:
        return [faint(table[0]), *map(Content, table[1:])]
    return target_table(HEAD[1:], told, sight.width)


def _pattern(target: TargetResult) -> str:
    return f"{target.name} · {target.interface.upper()}"


def _cells(sight: ModeContext, target: TargetResult) -> tuple[Parts, ...]:
    verdict = rank_label(sight.result, target) if sight.result else "none" if sight.cut_off else "comes at the end"
    return _in_flight(target), _blocking(sight, target), _latency(target, sight.metric, over=sight.over), [verdict]


def _in_flight(target: TargetResult) -> Parts:
    most = target.in_flight
    return [f"{most.max_per_worker} in one worker", f"{most.max} in all"] if most else [NOT_MEASURED]


def _blocking(sight: ModeContext, target: TargetResult) -> Parts:
    blocked, held_ms = most_blocked_share(target), longest_hold_ms(target)
    in_threads = " (threads)" if blocks_threads(target) else ""
    of = in_seconds(sight.elapsed_s(target))
    parts = [] if blocked is None else [f"blocked {share(blocked)} of {of}{in_threads}"]
    if held_ms is not None and (target.interface == "asgi" or target.loop):
        parts.append(f"loop held {milliseconds(held_ms)}")
    if awaited := most_awaited(target):
        parts.append(f"awaited {awaited[0]} {milliseconds(awaited[1])}{over_whom(target)}")
    return parts or [NOT_MEASURED]


def _latency(target: TargetResult, metric: str, *, over: bool) -> Parts:
    if target.latency_ms is None:
        nobody = "nobody was served" if over else "nobody is served yet"
        return [unserved_words(target) or nobody]
    return [*latency_parts(target, metric), f"{thousands(with_page(target.requests))} served"]
