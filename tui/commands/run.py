"""`run`: a scenario without a screen."""

from __future__ import annotations

from pathlib import Path

from scenarios.catalog import load_catalog
from scenarios.experiment import Experiment, Options
from scenarios.order import DEFAULT_SCENARIO
from scenarios.resolve import resolve
from scenarios.result import RunResult
from tui.commands.output import print_json, print_lines
from tui.edge import say


def run(options: Options, *, as_json: bool, save: str | None = None, keep: bool = True) -> int:
    """Check, run, keep, save, report. A law that does not hold is a finding, not a failure: exit 0."""
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    from scenarios.saved.writing import write_run  # after the check: bad input is told at once
    from scenarios.whole_file import check_writable
    from tui.commands.measure import measure

    if save is not None:
        check_writable("--save", Path(save))
    outcome = measure(experiment, keep=keep)
    if save is not None:
        write_run(Path(save), experiment.scenario, outcome)
    if as_json:
        print_json(outcome.result)
    else:
        from tui.report import report

        print_lines(report(experiment, outcome))
    return exit_code(experiment, outcome.result)


def exit_code(experiment: Experiment, result: RunResult) -> int:
    """1 where a worker was lost and that was not the lesson; the report has said so."""
    lost = [
        target.name
        for target, planned in zip(result.targets, experiment.targets, strict=True)
        if target.workers_lost and not planned.failures_expected
    ]
    if lost:
        say(f"workers were lost at {', '.join(lost)}", 1)
    return 1 if lost else 0


def run_default(obstacle: str, directories: tuple[str, ...], *, keep: bool) -> int:
    """What the program does where no screen can be shown; `obstacle` is why."""
    say(f"{obstacle}, so {DEFAULT_SCENARIO} is run", 0)
    return run(Options(DEFAULT_SCENARIO, scenario_dirs=directories), as_json=False, keep=keep)
