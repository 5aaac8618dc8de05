"""The sections of a run's report, in their order: the one list that the plain-text report and the page both go through.

Each is a table with notes beneath it, or sentences alone; what the figures do not say has no rows and no notes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.tui.report.browser import BROWSER_TITLE, browser_lines, browser_table
from asgi_vs_wsgi.tui.report.figures import (
    CONNECTIONS_NOTE,
    FIGURES,
    LATENCY_NOTE,
    MAKESPAN_NOTE,
    STATES,
    WORKERS_NOTE,
    verdict_figure,
)
from asgi_vs_wsgi.tui.report.findings import failure_lines
from asgi_vs_wsgi.tui.report.project_look import RUN_TITLE, findings_in_run_lines, findings_in_run_rows
from asgi_vs_wsgi.tui.report.project_trial import (
    HOPS_TITLE,
    SWEEP_TITLE,
    TITLE,
    answer_lines,
    answer_rows,
    hops_lines,
    hops_rows,
    sweep_lines,
    sweep_rows,
)
from asgi_vs_wsgi.tui.report.target_tables import (
    Rows,
    awaited_rows,
    awaited_table,
    blame_rows,
    blame_table,
    classes_rows,
    ladder_rows,
    left_lines,
    line_cells,
    request_lines,
    rounds_rows,
    visit_lines,
    workers_rows,
)
from asgi_vs_wsgi.tui.text.columns import figures_rows, table
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult

FIGURES_TITLE, REQUESTS = "Figures", "Requests"
OF_PROJECT = (TITLE, SWEEP_TITLE, HOPS_TITLE, RUN_TITLE)
"""What answers the question about a project of the user's own."""
WIDE = 100
"""Columns that the paths of a project's pages have where nothing has to fit."""


class Section(NamedTuple):
    """What is told of one thing."""

    title: str
    """"" for sentences that say themselves what they are about."""
    rows: Rows
    """Cells, a head first."""
    notes: Sequence[str]
    """Sentences, beneath the rows where there are any."""
    lines: Callable[[int], list[str]]
    """Rows and notes as text in so many columns."""


def report_sections(result: RunResult) -> list[Section]:
    """Those that tell something."""
    targets, answer = result.targets, result.answer
    browser = browser_table(result)
    sections = [
        _section(FIGURES_TITLE, figures_rows(targets, [*FIGURES, *verdict_figure(result.verdict.on)]), _notes(result)),
        _section("Why requests failed", [], [*failure_lines(result)]),
        _section("Mean time of a request in each state", figures_rows(targets, STATES)),
        _section("Classes of visitors", classes_rows(targets)),
        _section("", [], visit_lines(targets)),
        _section("", [], left_lines(targets)),
        _section(REQUESTS, [], request_lines(targets)),
        _section("Workers", workers_rows(targets), [WORKERS_NOTE] * _sampled(result)),
        Section(
            "Held by these lines (all visitors together)",
            _headed("held", [line_cells(row) for row in blame_rows(targets)]),
            [],
            partial(blame_table, targets),
        ),
        Section(
            "Awaited at these lines (all visitors together)",
            _headed("awaited", [line_cells(row) for row in awaited_rows(targets)]),
            [],
            partial(awaited_table, targets),
        ),
        Section(BROWSER_TITLE, [*browser[0]], browser[1], partial(browser_lines, result)),
        _section("Rounds", rounds_rows(result)),
        _section("Ladder", ladder_rows(result)),
    ]
    if answer:
        found = answer.findings
        sections += [
            Section(TITLE, [*answer_rows(answer, WIDE)], answer.words, partial(answer_lines, answer)),
            Section(SWEEP_TITLE, [*sweep_rows(answer)], [], partial(sweep_lines, answer)),
            Section(HOPS_TITLE, [*hops_rows(answer)], [], partial(hops_lines, answer)),
            Section(RUN_TITLE, [*findings_in_run_rows(found)], [], partial(findings_in_run_lines, found)),
        ]
    return [each for each in sections if each.rows or each.notes]


def _section(title: str, rows: Rows, notes: Sequence[str] = ()) -> Section:
    def lines(width: int) -> list[str]:
        beneath = [line for words in notes for line in wrap(words, width, indent="  ")]
        return [*(table(rows, width) if rows else []), *beneath]

    return Section(title, rows, notes, lines)


def _notes(result: RunResult) -> list[str]:
    timed = any(target.latency_ms for target in result.targets)
    counted = any(target.connections for target in result.targets)
    return [*([MAKESPAN_NOTE, LATENCY_NOTE] * timed), *([CONNECTIONS_NOTE] * counted)]


def _sampled(result: RunResult) -> bool:
    return any(worker.rss_peak_mb is not None for target in result.targets for worker in target.workers_seen)


def _headed(time: str, rows: Rows) -> Rows:
    return [["", time, "", "target"], *rows] if rows else []
