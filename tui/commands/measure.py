"""Runs an experiment without a screen, and keeps it among the recent runs: also what was measured until a Ctrl+C."""

from __future__ import annotations

import sys

from scenarios.errors import Interrupted
from scenarios.experiment import Experiment
from scenarios.run import Outcome, run_headless
from scenarios.saved.keeping import keep_run
from scenarios.saved.users_shelf import shelf_for
from tui.commands.progress import ProgressLines
from tui.commands.told_of_keeping import how_to_open, say_why_not


def measure(experiment: Experiment, *, keep: bool) -> Outcome:
    """Progress goes to stderr. A run that cannot be kept is told of in one line, and is a run all the same."""
    folder, scenario = shelf_for(keep=keep), experiment.scenario
    cut_off: list[str] = []
    try:
        with ProgressLines(sys.stderr) as lines:
            outcome = run_headless(
                experiment,
                on_progress=lines.progress,
                on_ready=lines.ready,
                on_cut_off=lambda so_far: cut_off.append(keep_run(folder, scenario, so_far)),
            )
    except Interrupted as interrupted:
        if cut_off and folder:
            interrupted.hint = how_to_open(cut_off[0])
        raise
    say_why_not(keep_run(folder, scenario, outcome))
    return outcome
