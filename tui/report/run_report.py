"""The plain-text report of a run: what `run` prints without `--json`, with or without a terminal.

Slow I/O                                    title, load
WSGI · gunicorn sync · 2 workers            the lanes, every cell from an event
worker 1   ▓▓1▓▓▓▓3▓▓ …
                  gunicorn-sync  uvicorn    figures, states, workers
makespan                 3.24 s   0.25 s
laws, checks, blame, verdict, warnings, environment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.scenario_files.listing import summary
from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.report.figures import CONNECTIONS_NOTE, FIGURES, LATENCY_NOTE, STATES, verdict_figure
from asgi_vs_wsgi.tui.report.findings import (
    blame_table,
    check_lines,
    law_lines,
    left_process_lines,
    verdict_words,
    warnings,
)
from asgi_vs_wsgi.tui.report.settings import environment_line, load_line
from asgi_vs_wsgi.tui.report.tables import figures_table
from asgi_vs_wsgi.tui.report.target_tables import classes_table, ladder_table, left_lines, rounds_table, workers_table
from asgi_vs_wsgi.tui.terminal.tty import output_columns
from asgi_vs_wsgi.tui.text.text_width import width as cells
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome

NARROWEST, WIDEST = 60, 160
WIDTH_ELSEWHERE = 100
"""Columns where there is no terminal."""
NOT_LOOKED_INTO = "The workers were not looked into (--no-probe), so there are no lanes to draw."


def report(experiment: Experiment, outcome: Outcome, width: int | None = None) -> list[str]:
    """The whole report as lines of at most `width` columns (default: the terminal's)."""
    columns = width or output_columns(WIDTH_ELSEWHERE)
    columns = min(WIDEST, max(NARROWEST, columns))
    lines: list[str] = []
    for section in _sections(experiment, outcome, columns):
        if section:
            lines += [*([""] if lines else []), *section]
    return lines


def _sections(experiment: Experiment, outcome: Outcome, width: int) -> Iterator[list[str]]:
    result = outcome.result
    toml = experiment.scenario.toml
    words = summary(toml, experiment.load, experiment.parameters)
    yield [toml.title, *_wrapped(words, width), *_wrapped(load_line(result, beside(experiment.scenario)), width)]
    yield lanes_text(outcome.traces, width, cells=cells) if experiment.probe else [NOT_LOOKED_INTO]
    note = [LATENCY_NOTE] if any(target.latency_ms for target in result.targets) else []
    note += _wrapped(CONNECTIONS_NOTE, width) if any(target.connections for target in result.targets) else []
    yield [*figures_table(result.targets, [*FIGURES, *verdict_figure(result.verdict.on)], width), *note]
    yield _titled("Mean time of a request in each state", figures_table(result.targets, STATES, width))
    yield _titled("Classes of visitors", classes_table(result.targets, width))
    yield [line for words in left_lines(result.targets) for line in _wrapped(words, width)]
    yield _titled("Workers", workers_table(result.targets, width))
    yield _titled("Held by these lines", blame_table(result.targets, width))
    yield _titled("Rounds", rounds_table(result, width))
    yield _titled("Ladder", ladder_table(result, width))
    yield _findings(result, width, _left_out(experiment))
    yield _wrapped(environment_line(result), width)


def _left_out(experiment: Experiment) -> list[str]:
    """The scenario's targets that another database would be needed for."""
    if experiment.database is not None:
        return []
    names = [target.name for target in experiment.scenario.toml.targets if target.needs_database]
    return [f"Left out: {name} needs a PostgreSQL (--database-url)." for name in names]


def _findings(result: RunResult, width: int, left_out: list[str]) -> list[str]:
    """The conclusions, each a paragraph."""
    paragraphs = [*law_lines(result), *check_lines(result), verdict_words(result)]
    paragraphs += [*warnings(result), *left_process_lines(result), *left_out]
    return [line for paragraph in paragraphs for line in _wrapped(paragraph, width)]


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *lines] if lines else []


def _wrapped(text: str, width: int) -> list[str]:
    """Server names keep their hyphens."""
    return wrap(text, width, indent="  ")
