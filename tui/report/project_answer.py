"""What a run says of a project of the user's own, as text: a row for each page on each server, then the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.wording import number
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.text.columns import aligned
from asgi_vs_wsgi.tui.text.text_width import shortened, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.results.project_answer import PageAnswer, PageAtServer, ProjectAnswer

TITLE = "Your project: what each page does, and what each server makes of it"
NOT_MEASURED = "–"
LEAST_PATH, BESIDE_PATH = 12, 74
"""Columns of a path, and of all that stands beside it."""
_POINT = "- "
_HEAD = ("page", "", "p50", "p95", "CPU alone", "waits", "hops")


def answer_lines(answer: ProjectAnswer, width: int) -> list[str]:
    """No line is wider than `width`; the table is cut where a terminal is narrow."""
    rows = answer_rows(answer, max(LEAST_PATH, width - BESIDE_PATH))
    table = [shortened(line, width) for line in aligned(rows, left=(0, 1, 6))]
    return [*table, *(line for words in answer.words for line in _sentence(words, width))]


def answer_rows(answer: ProjectAnswer, path_columns: int) -> list[tuple[str, ...]]:
    """The table as cells, a head first; paths take so many columns at most."""
    return [_HEAD, *(row for page in answer.pages for row in _rows(answer, page, path_columns))]


def _rows(answer: ProjectAnswer, page: PageAnswer, room: int) -> Iterator[tuple[str, ...]]:
    asgi = {server.target for server in answer.servers if server.interface == "asgi"}
    for place, at in enumerate(page.servers):
        path = "" if place else shortened(one_line(page.path), room)
        times = (at.p50_ms, at.p95_ms, at.computes_ms, at.waits_ms)
        told = [NOT_MEASURED if time_ms is None else milliseconds(time_ms) for time_ms in times]
        yield (path, at.target, *told, _hops(page, at, asgi=at.target in asgi))


def _hops(page: PageAnswer, at: PageAtServer, *, asgi: bool) -> str:
    """Beside what was forecast, which is about ASGI."""
    if at.hops is None:
        return NOT_MEASURED
    if not asgi or page.hops_forecast is None:
        return number(at.hops)
    forecast = f"{'≥ ' * page.hops_forecast_is_least}{page.hops_forecast}"
    return f"{number(at.hops)}{', as forecast' if forecast == number(at.hops) else f', forecast {forecast}'}"


def _sentence(words: str, width: int) -> list[str]:
    parts = wrap(one_line(words), width - len(_POINT))
    return [f"{' ' * len(_POINT) if place else _POINT}{part}" for place, part in enumerate(parts)]
