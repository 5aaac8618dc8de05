"""SOURCE of a picture or a recording: a saved run, or a scenario that is run now as `run` would."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from scenarios.catalog import Catalog, load_catalog
from scenarios.errors import BadInput
from scenarios.experiment import Experiment, Options
from scenarios.resolve import resolve
from scenarios.saved.reading import read_run
from scenarios.saved.run import SavedRun

ENDING = ".avw"
Source = Callable[[], tuple[SavedRun, int]]
"""Gives the run, and the exit code of having it; whatever is wrong with the user's words was said before."""


def source(words: str, directories: tuple[str, ...], *, keep: bool) -> Source:
    """A scenario of that name comes first, then a file; BadInput for what is neither."""
    catalog = load_catalog(directories)
    if not _is_scenario(words, catalog) and _is_file(words):
        saved = read_run(Path(words))
        return lambda: (saved, 0)
    experiment = _experiment(words, catalog, directories)
    return lambda: _run(experiment, keep=keep)


def _is_scenario(words: str, catalog: Catalog) -> bool:
    return words in catalog.broken or any(scenario.name == words for scenario in catalog.scenarios)


def _is_file(words: str) -> bool:
    return words.endswith(ENDING) or os.sep in words or Path(words).is_file()


def _experiment(words: str, catalog: Catalog, directories: tuple[str, ...]) -> Experiment:
    if not _is_scenario(words, catalog):
        try:
            catalog.find(words)
        except BadInput as error:
            raise BadInput(f"{error.what}, and no saved run of that name", hint=error.hint) from None
    return resolve(Options(words, scenario_dirs=directories), catalog)


def _run(experiment: Experiment, *, keep: bool) -> tuple[SavedRun, int]:
    """Measured, one target after another: a picture that teaches should show figures that count."""
    from scenarios.saved.writing import saved_run
    from tui.commands.measure import measure
    from tui.commands.run import exit_code

    outcome = measure(experiment, keep=keep)
    return saved_run(experiment.scenario, outcome), exit_code(experiment, outcome.result)
