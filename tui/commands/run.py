"""`run`: a scenario without a screen."""

from __future__ import annotations

import sys

from scenarios.catalog import load_catalog
from scenarios.experiment import Options
from scenarios.order import DEFAULT_SCENARIO
from scenarios.resolve import resolve
from tui.commands.output import print_json, print_lines
from tui.commands.progress import ProgressLines


def run(options: Options, *, as_json: bool) -> int:
    """Check, run, report. A law that does not hold is a finding, not a failure: exit 0."""
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    from scenarios.run import run_headless  # after the check: bad input is told at once

    with ProgressLines(sys.stderr) as lines:
        outcome = run_headless(experiment, on_progress=lines.progress, on_ready=lines.ready)
    if as_json:
        print_json(outcome.result)
    else:
        from tui.report import report

        print_lines(report(experiment, outcome))
    return 0


def run_default(directories: tuple[str, ...]) -> int:
    """What the program does where there is no terminal to open the laboratory in."""
    return run(Options(DEFAULT_SCENARIO, scenario_dirs=directories), as_json=False)
