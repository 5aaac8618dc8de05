"""SOURCE of pictures, exports and simulations: a saved run, or a scenario that is run now as `run` would."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun


RUN_SUFFIX = ".avw"


class Sourced(NamedTuple):
    """A run, the exit code of having it, and what remains to be done once it has been shown."""

    run: SavedRun
    code: int
    store: Callable[[], int] = lambda: 0
    """Keeps it; returns an exit code."""


@dataclass(frozen=True)
class RunSource:
    """Called, it gives the run; whatever is wrong with the user's words was said before."""

    have: Callable[[], Sourced]
    targets: Sequence[str]
    """Names of its targets, or those that it will have."""
    saved_ns: int = 0
    """When its file was written; 0: it is run now."""
    of_browser: frozenset[str] = frozenset()
    """What of a real browser it has (formats.OfBrowser)."""

    def __call__(self) -> Sourced:
        """Reads or runs it."""
        return self.have()


def saved_run_source(file: Path) -> RunSource:
    """Of a file; BadInput where it cannot be read."""
    saved = read_run(file)
    saved_ns = 0
    with suppress(OSError):  # it has been removed since
        saved_ns = file.stat().st_mtime_ns
    has = {"requests": saved.result.browser is not None, "trace": bool(saved.pages)}
    names = [target.facts.name for target in saved.targets]
    return RunSource(lambda: Sourced(saved, 0), names, saved_ns, frozenset(kind for kind in has if has[kind]))


def resolve_run_source(words: str, directories: tuple[str, ...], *, keep: bool) -> RunSource:
    """A scenario of that name comes first, then a file; BadInput for what is neither."""
    catalog = load_catalog(directories)
    if not _is_scenario(words, catalog) and _is_file(words):
        return saved_run_source(Path(words))
    experiment = _experiment(words, catalog, directories)
    return RunSource(partial(_run, experiment, keep=keep), [target.name for target in experiment.targets])


def _is_scenario(words: str, catalog: Catalog) -> bool:
    return words in catalog.broken or any(scenario.name == words for scenario in catalog.scenarios)


def _is_file(words: str) -> bool:
    return words.endswith(RUN_SUFFIX) or os.sep in words or os.path.isfile(words)  # noqa: PTH113 - no name is too long for it


def _experiment(words: str, catalog: Catalog, directories: tuple[str, ...]) -> Experiment:
    if not _is_scenario(words, catalog):
        try:
            catalog.find(words)
        except BadInput as error:
            raise BadInput(f"{error.what}, and no saved run of that name", hint=error.hint) from None
    return resolve(Options(words, scenario_dirs=directories), catalog)


def _run(experiment: Experiment, *, keep: bool) -> Sourced:
    """Measured, one target after another: a picture that teaches should show figures that count."""
    from asgi_vs_wsgi.scenarios.storage.run_reader import saved_run
    from asgi_vs_wsgi.tui.commands.run import exit_code, run_and_autosave
    from asgi_vs_wsgi.tui.commands.save_run import Storage, report_then_store

    storage = Storage(experiment.scenario, keep=keep)
    outcome = run_and_autosave(experiment, storage)
    store = partial(report_then_store, lambda: None, storage, outcome)
    return Sourced(saved_run(experiment.scenario, outcome), exit_code(experiment, outcome.result), store)
