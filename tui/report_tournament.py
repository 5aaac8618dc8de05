"""A tournament as text: who is where, by how much, and what they differ in."""

from __future__ import annotations

from scenarios.metrics import in_words
from scenarios.tournament.standings import Standing, Tournament
from tui.report_tables import NOT_MEASURED

HEAD = (
    "rank",
    "server",
    "",
    "median",
    "least – most",
    "p95",
    "per second",
    "workers",
    "in one at most",
    "loop",
    "parser",
)


def tournament_report(tournament: Tournament) -> list[str]:
    """Title, table, sentences, and who did not take part."""
    parameters = ", ".join(f"{name} {value:g}" for name, value in tournament.parameters.items())
    lines = [
        f"Tournament: {tournament.scenario}" + (f" ({parameters})" if parameters else ""),
        f"By {tournament.metric}, the median of {tournament.rounds} rounds; servers share a rank where their"
        " rounds overlap.",
        "",
        *_table([HEAD, *(standing_cells(each, tournament.metric) for each in tournament.standings)]),
        "",
        *tournament.words,
    ]
    troubled = [f"{each.server}: {each.trouble}" for each in tournament.standings if each.trouble]
    out = [f"{each.server}: {each.reason}" for each in tournament.missing]
    if troubled or out:
        lines += ["", "Not ranked:", *(f"  {line}" for line in (*troubled, *out))]
    return lines


def standing_cells(each: Standing, metric: str) -> tuple[str, ...]:
    """One server's row, a cell for each word of HEAD."""
    return (
        str(each.rank) if each.rank else NOT_MEASURED,
        each.server,
        each.interface.upper(),
        in_words(metric, each.value) if each.value is not None else NOT_MEASURED,
        _spread(each, metric),
        _number(each.p95_ms),
        _number(each.throughput_rps),
        f"{each.workers} × {each.threads}" if each.threads > 1 else f"{each.workers}",
        str(each.max_per_worker) if each.max_per_worker is not None else NOT_MEASURED,
        each.loop or "",
        each.http or "",
    )


def _spread(each: Standing, metric: str) -> str:
    if each.low is None or each.high is None:
        return NOT_MEASURED
    return f"{in_words(metric, each.low)} – {in_words(metric, each.high)}"


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return NOT_MEASURED
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = {1, 2, 9, 10}
    return [
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
