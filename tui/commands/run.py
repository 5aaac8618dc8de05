"""`run`: a scenario without a screen; what was measured until a Ctrl+C or a failure is stored."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO
from asgi_vs_wsgi.tui.commands.check import Asked, Thresholds
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.tui.commands.save_run import Storage


def run_and_autosave(
    experiment: Experiment, storage: Storage, measure: Callable[..., Awaitable[Outcome]] | None = None, *arguments: str
) -> Outcome:
    """Progress goes to stderr. The caller stores the outcome once it has told it.

    `measure` (a run, where nothing is said) is given the experiment, the `arguments`, and a Watcher.
    """
    from asgi_vs_wsgi.scenarios.run.foreground import until_signal
    from asgi_vs_wsgi.scenarios.run.observer import Callbacks
    from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment

    cut_off: list[Outcome] = []

    def store(so_far: Outcome) -> None:
        cut_off.append(so_far)
        storage.store(so_far)

    try:
        with ProgressLines(sys.stderr) as lines:
            watcher = Callbacks(lines.progress, lines.ready, store)
            return until_signal(measure or run_experiment, experiment, *arguments, watcher)
    except LabError as error:
        if cut_off:
            storage.tell_of_a_stop(error)
        raise


def run(
    options: Options,
    *,
    as_json: bool,
    save: str | None = None,
    html: str | None = None,
    keep: bool = True,
    asked: Asked | None = None,
) -> int:
    """Check, run, report, save, keep, judge. A law that does not hold is a finding, not a failure: exit 0."""
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    thresholds = Thresholds(asked or Asked(), save)
    thresholds.check_for(experiment)

    from asgi_vs_wsgi.tui.commands.save_run import Storage, check_files, report_then_store  # bad input is told at once

    check_files(save, html)
    storage = Storage(experiment.scenario, keep=keep, save=save, html=html)
    outcome = thresholds.judge_outcome(run_and_autosave(experiment, storage))
    stored = report_then_store(partial(report_run, experiment, outcome, as_json=as_json, saved=save), storage, outcome)
    judged = thresholds.tell(outcome.result)
    return exit_code(experiment, outcome.result) or stored or judged


def report_run(experiment: Experiment, outcome: Outcome, *, as_json: bool, saved: str | None = None) -> None:
    """On stdout; `saved`: the file that the run is saved in."""
    if as_json:
        print_json(outcome.result)
    else:
        from asgi_vs_wsgi.tui.report.run_report import report

        print_lines(report(experiment, outcome, saved=saved))


def exit_code(experiment: Experiment, result: RunResult) -> int:
    """1 where a worker was lost and that was not the lesson; the report has said so."""
    lost = [
        target.name
        for target, planned in zip(result.targets, experiment.targets, strict=True)
        if target.workers_lost and not planned.failures_expected
    ]
    if lost:
        say(f"workers were lost at {', '.join(lost)}", RUN_FAILED)
    return 1 if lost else 0


def run_default(obstacle: str, directories: tuple[str, ...], *, keep: bool) -> int:
    """What the program does where no screen can be shown; `obstacle` is why."""
    say(f"{obstacle}, so {DEFAULT_SCENARIO} is run", 0)
    return run(Options(DEFAULT_SCENARIO, scenario_dirs=directories), as_json=False, keep=keep)
