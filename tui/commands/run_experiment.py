"""Runs an experiment without a screen; what was measured until a Ctrl+C or a failure is stored."""

from __future__ import annotations

import sys

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.run_in_foreground import run_headless
from asgi_vs_wsgi.tui.commands.progress import ProgressLines
from asgi_vs_wsgi.tui.commands.save_run import Storage


def measure(experiment: Experiment, storage: Storage) -> Outcome:
    """Progress goes to stderr. The caller stores the outcome once it has told it."""
    cut_off: list[Outcome] = []

    def store(so_far: Outcome) -> None:
        cut_off.append(so_far)
        storage.store(so_far)

    try:
        with ProgressLines(sys.stderr) as lines:
            return run_headless(experiment, on_progress=lines.progress, on_ready=lines.ready, on_cut_off=store)
    except LabError as error:
        if cut_off:
            storage.tell_of_a_stop(error)
        raise
