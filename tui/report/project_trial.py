"""What a trial of a project's pages has found, as text.

What a run says of a project of the user's own, as text: a row for each page on each server, then the sentences.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.look_result import where
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, listed, megabytes, number, per_second, seconds
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.project_look import sections_text
from asgi_vs_wsgi.tui.text.columns import NARROW_GAP, NOT_MEASURED, aligned
from asgi_vs_wsgi.tui.text.text_width import shortened, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.project.trial_result import ProjectTrial, TriedPage
    from asgi_vs_wsgi.scenarios.results.project_answer import NamedHops, PageAnswer, PageAtServer, ProjectAnswer

MOST_PAGES = 60
MOST_NAMED = 10
WIDEST_PATH = 40
_POINT = "  - "


def trial_text(trial: ProjectTrial, width: int) -> list[str]:
    """Its sections, with an empty line between two; no line is wider than `width`."""
    return sections_text((_ground(trial), _chosen(trial), _failed(trial), _left_out(trial), _to_know(trial)), width)


def _ground(trial: ProjectTrial) -> Iterator[str]:
    who = f" as {trial.user}" if trial.user else ""
    yield one_line(
        f"{count(len(trial.pages), 'page')} tried at {trial.host}{who}, each twice and alone; "
        f"a run may take {len(trial.chosen)} of them"
    )
    yield from (f"{_POINT}{one_line(f'database {alias}: {words}')}" for alias, words in trial.databases.items())
    if mails := _mails(trial):
        yield f"{_POINT}mail: {count(mails, 'message')}, to memory alone"


def _mails(trial: ProjectTrial) -> int:
    return sum(visit.mails for page in trial.pages for visit in page.visits)


def _chosen(trial: ProjectTrial) -> Iterator[str]:
    if not trial.chosen:
        return
    yield "Pages that a run may take"
    rows = [("status", "first", "then", "queries", "in them", "page", "view")]
    rows += [_row(page) for page in trial.chosen[:MOST_PAGES]]
    yield from (f"  {line}" for line in aligned(rows, left=(5, 6), gap=NARROW_GAP))
    for page in trial.chosen[:MOST_PAGES]:
        if does := _does(page):
            yield f"{_POINT}{one_line(page.path)}: {does}"
    if more := trial.chosen[MOST_PAGES:]:
        yield f"  and {count(len(more), 'more page')}: --json tells all"


def _row(page: TriedPage) -> tuple[str, str, str, str, str, str, str]:
    visit = page.last
    at = "–" if page.page is None else (where(page.page) if page.page.own else None) or page.page.view
    return (
        str(visit.status or "–"),
        seconds(page.visits[0].ms / 1000),
        seconds(visit.ms / 1000),
        number(visit.effects.queries),
        seconds(visit.effects.database_ms / 1000),
        shortened(one_line(page.path), WIDEST_PATH),
        one_line(at),
    )


def _does(page: TriedPage) -> str:
    """Beside answering, in words; empty where it does nothing."""
    told = [
        f"{words} {one_line(listed(things))}"
        for words, things in (
            ("writes to", page.most("writes")),
            ("writes files:", page.most("files")),
            ("starts", page.most("processes")),
            ("calls outside:", page.most("outside")),
            ("uses", page.most("local")),
        )
        if things
    ]
    if mails := max(visit.mails for visit in page.visits):
        told.append(f"sends {count(mails, 'message')}")
    if page.last.answered_by:
        told.append(f"answered by {one_line(page.last.answered_by)}, not by its view")
    return ", ".join(told)


def _failed(trial: ProjectTrial) -> Iterator[str]:
    """Pages that have failed alike are told together."""
    reasons: dict[str, list[str]] = {}
    for page in trial.pages:
        if not page.chosen:
            reasons.setdefault(page.why, []).append(page.path)
    if reasons:
        yield "Tried and left out, and why"
    for why, paths in reasons.items():
        yield f"{_POINT}{one_line(f'{_some(paths)}: {why}')}"


def _some(paths: list[str]) -> str:
    more = paths[MOST_NAMED:]
    return f"{', '.join(paths[:MOST_NAMED])} and {len(more)} more" if more else listed(paths)


def _left_out(trial: ProjectTrial) -> Iterator[str]:
    """By their reason, since a project has hundreds."""
    with_arguments = sum(page.path is None for page in trial.look.pages)
    if not trial.left_out and not with_arguments:
        return
    yield "Not asked for"
    reasons: dict[str, list[str]] = {}
    for page in trial.left_out:
        reasons.setdefault(page.why.partition(":")[0], []).append(page.path)
    for why, paths in reasons.items():
        yield f"{_POINT}{one_line(f'{why}: {_some(paths)}')}"
    if with_arguments:
        yield f"{_POINT}{count(with_arguments, 'pattern')} with arguments, but for what other pages name: --page PATH"


def _to_know(trial: ProjectTrial) -> Iterator[str]:
    if trial.notes:
        yield "To know before any run"
        yield from (f"{_POINT}{one_line(words)}" for words in trial.notes)


TITLE = "Your project: what each page does, and what each server makes of it"
LEAST_PATH, BESIDE_PATH = 12, 74
"""Columns of a path, and of all that stands beside it."""
_ANSWER_POINT = "- "
_HEAD = ("page", "", "p50", "p95", "CPU alone", "waits", "hops")


def answer_lines(answer: ProjectAnswer, width: int) -> list[str]:
    """No line is wider than `width`; the table is cut where a terminal is narrow."""
    rows = answer_rows(answer, max(LEAST_PATH, width - BESIDE_PATH))
    table = [shortened(line, width) for line in aligned(rows, left=(0, 1, 6))]
    return [*table, *(line for words in answer.words for line in _sentence(words, width))]


def answer_rows(answer: ProjectAnswer, path_columns: int) -> list[tuple[str, ...]]:
    """The table as cells, a head first; paths take so many columns at most."""
    return [_HEAD, *(row for page in answer.pages for row in _rows(answer, page, path_columns))]


HOPS_TITLE = "Crossings between the loop and threads, by name: one visit of each page, followed"
_HOPS_HEAD = ("page", "hops", "forecast", "asked for by (← its line), or what runs beyond")
_MOST_PATHS = 2


def hops_lines(answer: ProjectAnswer, width: int) -> list[str]:
    """What is longest comes last, where a narrow terminal cuts."""
    return [shortened(line, width) for line in aligned(hops_rows(answer), left=(0, 3), gap=NARROW_GAP)]


def hops_rows(answer: ProjectAnswer) -> list[tuple[str, ...]]:
    """As cells below a head; pages that cross alike stand together. None where no visit was followed."""
    asgi = [server.target for server in answer.servers if server.interface == "asgi"]
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for page in answer.pages:
        for at in page.servers:
            rows = tuple(_hop_cells(each) for each in at.hops_by_name or ())
            if rows:
                alike.setdefault(rows, []).append(page.path if len(asgi) == 1 else f"{page.path} ({at.target})")
    told: list[tuple[str, ...]] = []
    for rows, paths in alike.items():
        labels = [one_line(path) for path in paths[:_MOST_PATHS]]
        labels += [f"and {len(paths) - _MOST_PATHS} more"] if paths[_MOST_PATHS:] else []
        told += [(label, *row) for label, row in zip_longest(labels[: len(rows)], rows, fillvalue="")]
    return [_HOPS_HEAD, *told] if told else []


def _hop_cells(hops: NamedHops) -> tuple[str, ...]:
    forecast = NOT_MEASURED if hops.forecast is None else str(hops.forecast)
    lines = f" ← {', '.join(hops.lines)}" if hops.lines else ""
    breaks = ", breaks the async chain" if hops.breaks else ""
    return (str(hops.measured), forecast, one_line(f"{hops.name}{breaks}{lines}"))


SWEEP_TITLE = "Threads in one worker, two visitors for each"


def sweep_rows(answer: ProjectAnswer) -> list[tuple[str, ...]]:
    """As cells below a head; none where nobody asked for the sweep."""
    if answer.thread_sweep is None or not answer.thread_sweep.steps:
        return []
    rows = [
        (
            f"{each.threads}{', enough' if each.threads == answer.thread_sweep.enough else ''}",
            _rate(each.throughput_rps),
            NOT_MEASURED if each.low_rps is None else f"{_rate(each.low_rps)} to {_rate(each.high_rps)}",
            milliseconds(each.p95_ms),
            NOT_MEASURED if each.memory_mb is None else megabytes(each.memory_mb),
        )
        for each in answer.thread_sweep.steps
    ]
    return [(one_line(answer.thread_sweep.server), "throughput", "by round", "p95", "memory"), *rows]


def sweep_lines(answer: ProjectAnswer, width: int) -> list[str]:
    """No line is wider than `width`."""
    return [shortened(line, width) for line in aligned(sweep_rows(answer), left=(0,), gap=NARROW_GAP)]


def _rate(rate: float | None) -> str:
    return NOT_MEASURED if rate is None else per_second(rate)


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
    parts = wrap(one_line(words), width - len(_ANSWER_POINT))
    return [f"{' ' * len(_ANSWER_POINT) if place else _ANSWER_POINT}{part}" for place, part in enumerate(parts)]
