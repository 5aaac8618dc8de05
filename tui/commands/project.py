"""`project`: the user's own project, looked at, and served."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_at_project import look_at
from asgi_vs_wsgi.scenarios.project.planned_run import Asked, plan_run
from asgi_vs_wsgi.scenarios.project.project_look import document
from asgi_vs_wsgi.scenarios.run.run_in_foreground import until_signal
from asgi_vs_wsgi.scenarios.run.warmup import PagesRefused
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.run import exit_code, report_run, run_and_autosave
from asgi_vs_wsgi.tui.commands.save_run import SAVE, Storage, report_then_store
from asgi_vs_wsgi.tui.errors import say
from asgi_vs_wsgi.tui.report.project_look import look_text
from asgi_vs_wsgi.tui.report.run_report import WIDTH_ELSEWHERE
from asgi_vs_wsgi.tui.terminal.tty import output_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome

__all__ = ["Asked", "look_at_one", "run_one"]


def look_at_one(path: str, settings: str | None, python: str | None, *, as_json: bool) -> int:
    """Print what is found."""
    location = find_project(path, settings, python)
    with ProgressLines(sys.stderr) as lines:
        look = until_signal(look_at, location, lines.progress)
    if as_json:
        print_json(document(look))
    else:
        print_lines(look_text(location, look, output_columns(WIDTH_ELSEWHERE)))
    return 0


def run_one(
    path: str,
    settings: str | None,
    python: str | None,
    asked: Asked,
    options: Options,
    *,
    as_json: bool,
    save: str | None,
    keep: bool,
) -> int:
    """Look, run, report, save, keep."""
    location = find_project(path, settings, python)
    if save is not None:
        check_writable(SAVE, Path(save))
    with ProgressLines(sys.stderr) as lines:
        look = until_signal(look_at, location, lines.progress)

    def plan(left_out: dict[str, str]) -> Experiment:
        with ProgressLines(sys.stderr) as lines:
            return until_signal(plan_run, location, look, asked, options, lines.progress, left_out)

    experiment, outcome, storage = _run(plan, named=bool(asked.pages), keep=keep, save=save)
    stored = report_then_store(partial(report_run, experiment, outcome, as_json=as_json), storage, outcome)
    return exit_code(experiment, outcome.result) or stored


def _run(
    plan: Callable[[dict[str, str]], Experiment], *, named: bool, keep: bool, save: str | None
) -> tuple[Experiment, Outcome, Storage]:
    """Pages that nobody has named, and that turn out to be none, are told and left out."""
    left_out: dict[str, str] = {}
    while True:
        experiment = plan(left_out)
        storage = Storage(experiment.scenario, keep=keep, save=save)
        try:
            return experiment, run_and_autosave(experiment, storage), storage
        except PagesRefused as refusal:
            if named:
                raise
            left_out |= refusal.refused
            say(f"left out: {refusal.what}", 0)
