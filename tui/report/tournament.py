"""A tournament as text: who is where, by how much, and what they differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.significant_difference import REAL_DIFFERENCE
from asgi_vs_wsgi.scenarios.results.metrics import in_words, metric_words
from asgi_vs_wsgi.scenarios.wording import count, listed, per_second
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.findings import left_process_line
from asgi_vs_wsgi.tui.terminal.tty import output_columns
from asgi_vs_wsgi.tui.text.columns import NARROW_GAP, NOT_MEASURED, fitting
from asgi_vs_wsgi.tui.text.text_width import width as cells
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.tournament.standings import Standing, Tournament

HEAD = (
    "rank",
    "server",
    "",
    "median",
    "its rounds",
    "latency p95",
    "throughput",
    "workers",
    "in flight in one",
    "loop",
    "parser",
)

LEFT = frozenset({1, 2, 9, 10})
"""Columns of words."""
FIGURE = 3
"""Column of what is ranked by."""
WORDS_IN_HEAD = 24
SPARE = (5, 8, 6, 10, 9, 7, 4)
"""Columns that are left out where there is no room, in this order."""
NARROWEST = 60
WIDTH_ELSEWHERE = 120
"""Columns where there is no terminal."""


def tournament_report(tournament: Tournament, width: int | None = None) -> list[str]:
    """Title, table, sentences, and who did not take part; lines of at most `width` (default: the terminal's)."""
    columns = max(NARROWEST, width or output_columns(WIDTH_ELSEWHERE))
    parameters = ", ".join(f"{name} {value:g}" for name, value in tournament.parameters.items())
    paragraphs = [
        f"Tournament: {tournament.scenario}" + (f" ({parameters})" if parameters else ""),
        ranked_by(tournament),
        *views_words(tournament),
    ]
    words = [line for paragraph in tournament.words for line in wrap(paragraph, columns)]
    out = [line for each in out_lines(tournament) for line in wrap(each, columns, indent="  ")]
    left = [left_process_line(each.server, each.left_processes) for each in tournament.standings if each.left_processes]
    blocks = [
        [line for paragraph in paragraphs for line in wrap(paragraph, columns)],
        ranking_table(tournament, columns),
        words,
        out,
        [line for each in left for line in wrap(each, columns, indent="  ")],
    ]
    return [line for block in blocks if block for line in ("", *block)][1:]


def ranked_by(tournament: Tournament) -> str:
    """What the figures of the table are of."""
    rounds = count(tournament.rounds, "round")
    figure = metric_words(tournament.metric)
    apart = f"unless they are {REAL_DIFFERENCE:g} times apart or more, and by more than chance"
    return f"By {figure}, the median of {rounds}. Servers share a rank {apart}."


def views_words(tournament: Tournament) -> list[str]:
    """Which view each server ran, in a sentence; nothing of a tournament that was kept before it was told."""
    servers: dict[str, list[Standing]] = {}
    for each in tournament.standings:
        if each.view:
            servers.setdefault(each.view, []).append(each)
    if not servers:
        return []
    if len(servers) == 1:
        return [f"Every server ran the view {next(iter(servers))}."]
    kinds = {view: {each.interface for each in of_one} for view, of_one in servers.items()}
    apart = sum(map(len, kinds.values())) == len(set().union(*kinds.values()))
    ran = [
        f"{listed(f'{kind.upper()} servers' for kind in sorted(kinds[view]))} ran {view}"
        if apart
        else f"{', '.join(each.server for each in of_one)} ran {view}"
        for view, of_one in sorted(servers.items(), key=lambda pair: -len(pair[1]))
    ]
    return [f"{'; '.join(ran)}."]


def ranking_table(tournament: Tournament, width: int) -> list[str]:
    """A head and a line for each server; columns that do not fit are left out, those that say least first.

    The figure's own name stands above it, unless that is longer than a column should be.
    """
    figure = metric_words(tournament.metric)
    head = [figure if at == FIGURE and cells(figure) <= WORDS_IN_HEAD else words for at, words in enumerate(HEAD)]
    rows = [head, *(standing_cells(each, tournament.metric) for each in tournament.standings)]
    return fitting(rows, width, SPARE, LEFT, NARROW_GAP)


def out_lines(tournament: Tournament) -> list[str]:
    """Who has no rank, and why."""
    troubled = [f"{each.server}: {each.trouble}" for each in tournament.standings if each.trouble]
    out = [f"{each.server}: {each.reason}" for each in tournament.missing]
    return ["Not ranked:", *(f"  {line}" for line in (*troubled, *out))] if troubled or out else []


def standing_cells(each: Standing, metric: str) -> tuple[str, ...]:
    """One server's row, a cell for each word of HEAD."""
    return (
        str(each.rank) if each.rank else NOT_MEASURED,
        each.server,
        each.interface.upper(),
        in_words(metric, each.value) if each.value is not None else NOT_MEASURED,
        _spread(each, metric),
        milliseconds(each.p95_ms),
        _rate(each.throughput_rps),
        f"{each.workers} × {each.threads}" if each.threads > 1 else f"{each.workers}",
        str(each.max_per_worker) if each.max_per_worker is not None else NOT_MEASURED,
        each.loop or "",
        each.http or "",
    )


def _spread(each: Standing, metric: str) -> str:
    if each.low is None or each.high is None:
        return NOT_MEASURED
    return f"{in_words(metric, each.low)} – {in_words(metric, each.high)}"


def _rate(value: float | None) -> str:
    return NOT_MEASURED if value is None else per_second(value)
