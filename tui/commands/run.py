"""`run`: a scenario without a screen; what was measured until a Ctrl+C or a failure is stored.

Where a run goes beside its report, and what is said of it: nothing, unless it failed or is all that is left.

The report comes first; what cannot be stored is one line after it. A run that was stopped has no report, and what was
measured of it is stored all the same.

SOURCE of a picture or a recording: a saved run, or a scenario that is run now as `run` would.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO
from asgi_vs_wsgi.scenarios.storage.history import autosave_run, history_for, no_place_words
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run, write_run
from asgi_vs_wsgi.scenarios.storage.user_files import check_writable, write_atomically
from asgi_vs_wsgi.tui.commands.check import Asked, Thresholds
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun


def run_and_autosave(experiment: Experiment, storage: Storage) -> Outcome:
    """Progress goes to stderr. The caller stores the outcome once it has told it."""
    from asgi_vs_wsgi.scenarios.run.foreground import run_headless

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

    check_files(save, html)
    storage = Storage(experiment.scenario, keep=keep, save=save, html=html)
    outcome = thresholds.judge_outcome(run_and_autosave(experiment, storage))
    stored = report_then_store(partial(report_run, experiment, outcome, as_json=as_json), storage, outcome)
    judged = thresholds.tell(outcome.result)
    return exit_code(experiment, outcome.result) or stored or judged


def report_run(experiment: Experiment, outcome: Outcome, *, as_json: bool) -> None:
    """On stdout."""
    if as_json:
        print_json(outcome.result)
    else:
        from asgi_vs_wsgi.tui.report.run_report import report

        print_lines(report(experiment, outcome))


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


def say_why_not(reason: str) -> None:
    """One line where it could not be kept."""
    if reason:
        say(f"{reason} (--no-keep does not try)", 0)


def how_to_open(reason: str) -> str:
    """Of a run that was stopped; `reason` is why it could not be kept, empty where it is."""
    return reason or f"what was measured until then is kept: `{PROGRAM} replay` opens it"


SAVE, HTML = "--save", "--html"


def check_files(save: str | None, html: str | None) -> None:
    """Before the run: both can be written, and a page is named as browsers want it."""
    if save is not None:
        check_writable(SAVE, Path(save))
    if html is None:
        return
    if Path(html).suffix.lower() not in (".html", ".htm"):
        raise BadInput(f"{HTML} {html}: a page ends in .html", hint="e.g. report.html")
    check_writable(HTML, Path(html))


class Storage:
    """Of one run; `store` once, when its servers are gone and what is to be told has been."""

    def __init__(self, scenario: Scenario, *, keep: bool, save: str | None = None, html: str | None = None) -> None:
        self._scenario = scenario
        self._shelf = history_for(keep=keep)
        self._file = Path(save) if save is not None else None
        self._page = Path(html) if html is not None else None
        self._not_kept, self._not_saved, self._no_page = no_place_words(keep=keep), "", ""

    def store(self, outcome: Outcome) -> None:
        """What fails is remembered: it takes nothing from what does not."""
        self._not_saved = self._save(outcome)
        self._not_kept = autosave_run(self._shelf, self._scenario, outcome) or self._not_kept
        self._no_page = self._write_page(outcome)

    def _save(self, outcome: Outcome) -> str:
        if self._file is None:
            return ""
        try:
            write_run(self._file, self._scenario, outcome)
        except BadInput as error:
            return f"{SAVE}: {error.one_line()}"
        return ""

    def _write_page(self, outcome: Outcome) -> str:
        if self._page is None:
            return ""
        from asgi_vs_wsgi.tui.html_report.page import report_page

        with ProgressLines(sys.stderr if sys.stderr and sys.stderr.isatty() else None) as lines:
            lines.progress(Progress("exporting", f"writing {self._page.name}"))
            try:
                write_atomically(self._page, report_page(saved_run(self._scenario, outcome)).encode())
            except BadInput as error:
                return f"{HTML}: {error.one_line()}"
        return ""

    def tell(self) -> int:
        """A line for each failure; the exit code, 1 where a file that was asked for is not there."""
        say_why_not(self._not_kept)
        return max((say(words, RUN_FAILED) for words in (self._not_saved, self._no_page) if words), default=0)

    def tell_of_a_stop(self, error: LabError) -> None:
        """Add to the words of what stopped the run where the stored part of it is, or why there is none."""
        stored = []
        if self._file is not None:
            stored.append(self._not_saved or f"what was measured until then is saved in {self._file}")
        if self._page is not None:
            stored.append(self._no_page or f"a page of it is {self._page}")
        if self._shelf is not None and (self._not_kept or self._file is None):
            stored.append(how_to_open(self._not_kept))
        error.hint = "; ".join(filter(None, [error.hint, *stored]))


def report_then_store(report: Callable[[], None], storage: Storage, outcome: Outcome) -> int:
    """The report, then the storing, however the report comes out: a reader that has gone takes no run with it."""
    try:
        report()
    finally:
        storage.store(outcome)
        code = storage.tell()
    return code


RUN_SUFFIX = ".avw"


class Sourced(NamedTuple):
    """A run, the exit code of having it, and what remains to be done once it has been shown."""

    run: SavedRun
    code: int
    store: Callable[[], int] = lambda: 0
    """Keeps it; returns an exit code."""


Source = Callable[[], Sourced]
"""Gives the run; whatever is wrong with the user's words was said before."""


def resolve_run_source(words: str, directories: tuple[str, ...], *, keep: bool) -> Source:
    """A scenario of that name comes first, then a file; BadInput for what is neither."""
    catalog = load_catalog(directories)
    if not _is_scenario(words, catalog) and _is_file(words):
        saved = read_run(Path(words))
        return lambda: Sourced(saved, 0)
    experiment = _experiment(words, catalog, directories)
    return lambda: _run(experiment, keep=keep)


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

    storage = Storage(experiment.scenario, keep=keep)
    outcome = run_and_autosave(experiment, storage)
    store = partial(report_then_store, lambda: None, storage, outcome)
    return Sourced(saved_run(experiment.scenario, outcome), exit_code(experiment, outcome.result), store)
