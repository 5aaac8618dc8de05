"""`project`: the user's own project, looked at, tried, and served."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.findings.sarif import sarif as sarif_log
from asgi_vs_wsgi.scenarios.project.har_file import read_har
from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_result import document
from asgi_vs_wsgi.scenarios.project.look_runner import look_at
from asgi_vs_wsgi.scenarios.project.page_choice import Asked, header_asked, host_asked, page_asked
from asgi_vs_wsgi.scenarios.project.planned_run import plan_run, takes_times
from asgi_vs_wsgi.scenarios.project.traffic import TrafficRules, read_access_log, traffic_words
from asgi_vs_wsgi.scenarios.project.trial_result import Allowed, trial_document
from asgi_vs_wsgi.scenarios.project.trial_runner import try_pages
from asgi_vs_wsgi.scenarios.run.foreground import until_signal
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.run.thread_sweep import SERVER as SWEPT
from asgi_vs_wsgi.scenarios.run.thread_sweep import run_and_sweep
from asgi_vs_wsgi.scenarios.run.warmup import PagesRefused
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.tui.commands.check import Asked as HeldTo
from asgi_vs_wsgi.tui.commands.check import Thresholds
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.commands.run import exit_code, report_run, run_and_autosave
from asgi_vs_wsgi.tui.commands.save_run import SAVE, Storage, report_then_store
from asgi_vs_wsgi.tui.errors import say
from asgi_vs_wsgi.tui.report.project_look import look_text
from asgi_vs_wsgi.tui.report.project_trial import trial_text
from asgi_vs_wsgi.tui.report.run_report import WIDTH_ELSEWHERE
from asgi_vs_wsgi.tui.terminal.tty import output_columns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook
    from asgi_vs_wsgi.scenarios.project.traffic import Traffic
    from asgi_vs_wsgi.scenarios.project.trial_result import ProjectTrial
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun


def asked_of(chosen: Mapping[str, Any]) -> Asked:
    """The options by their names; BadInput for the first that is wrong."""
    traffic = _traffic(chosen)
    headers = dict(map(header_asked, chosen["headers"]))
    given = {name.lower() for name in headers}
    recorded = [(name, value) for name, value in (traffic.headers if traffic else ()) if name not in given]
    return Asked(
        pages=dict(map(page_asked, chosen["pages"])),
        traffic=traffic,
        user=chosen["user"] or "",
        headers=(*recorded, *headers.items()),
        host=host_asked(chosen["host"] or ""),
        allowed=Allowed(writes=chosen["allow_writes"], network=chosen["allow_network"]),
        allow_remote=chosen["remote_database"],
        allow_as_is=chosen["yes"],
    )


def source_of_pages(chosen: Mapping[str, Any]) -> str:
    """`har`, `log` or `pages`, empty where nothing says which; BadInput where more than one thing does."""
    said = [option for option in ("har", "log", "pages") if chosen[option]]
    if "pages" in said[1:]:
        raise BadInput(f"--page and --{said[0]}: both say which pages", hint="one of them")
    if said == ["har", "log"]:
        raise BadInput("--har and --log: both say which pages", hint="one of them")
    return said[0] if said else ""


def _traffic(chosen: Mapping[str, Any]) -> Traffic | None:
    """Of the file that is named, told on stderr."""
    source = source_of_pages(chosen)
    if source not in ("har", "log"):
        return None
    traffic = (read_har if source == "har" else read_access_log)(
        Path(chosen[source]), TrafficRules(writes=chosen["allow_writes"])
    )
    say(traffic_words(traffic), 0)
    return traffic


class Where(NamedTuple):
    """Where the project is, in the user's words, and where to write what is found in its code."""

    path: str
    settings: str | None
    python: str | None
    sarif: str | None


def look_at_one(where: Where, *, as_json: bool) -> int:
    """Print what is found."""
    location, look = _looked_at(where)
    if as_json:
        print_json(document(look))
    else:
        print_lines(look_text(location, look, output_columns(WIDTH_ELSEWHERE)))
    return 0


def try_one(where: Where, asked: Asked, *, as_json: bool) -> int:
    """Look, try, and print what came of each page."""
    trial = _tried(*_looked_at(where), asked)
    if as_json:
        print_json(trial_document(trial))
    else:
        print_lines(trial_text(trial, output_columns(WIDTH_ELSEWHERE)))
    return 0


class Stored(NamedTuple):
    """Whether a run is kept among the recent ones, and in which file it is saved."""

    save: str | None
    keep: bool


def run_one(
    where: Where,
    asked: Asked,
    options: Options,
    held_to: HeldTo,
    stored_as: Stored,
    *,
    as_json: bool,
    sweeps: bool = False,
) -> int:
    """Look, try, run, report, save, keep, judge; `sweeps`: the threads of one worker too."""
    takes_times(asked, options)  # what is wrong with that is told before anything is looked at
    save = stored_as.save
    thresholds = Thresholds(held_to, save)
    if save is not None:
        check_writable(SAVE, Path(save))
    location, look = _looked_at(where)
    trial = _tried(location, look, asked)

    def plan(refused: dict[str, str]) -> Experiment:
        with ProgressLines(sys.stderr) as lines:
            more = (SWEPT,) if sweeps else ()
            experiment = until_signal(plan_run, location, trial, asked, options, lines.progress, refused, more)
        thresholds.check_for(experiment)
        return experiment

    measure = run_and_sweep if sweeps else run_experiment
    experiment, outcome, storage = _run(plan, measure, stored_as, named=bool(asked.pages))
    outcome = thresholds.judge_outcome(outcome)
    if outcome.result.answer is not None:
        _write_sarif(where, look, outcome.result.answer.findings)
    stored = report_then_store(
        partial(report_run, experiment, outcome, as_json=as_json, saved=stored_as.save), storage, outcome
    )
    judged = thresholds.tell(outcome.result)
    return exit_code(experiment, outcome.result) or stored or judged


def pages_of(run: RunResult, scenario: Scenario) -> tuple[Where, dict[str, float]]:
    """Where a saved run's project was, and its pages with how often each was asked for; BadInput where it is gone."""
    found, weights = run.project or {}, {each.name: each.share for each in scenario.toml.visitors}
    pages = {page.path: weights.get(page.name) or 1.0 for page in (run.answer.pages if run.answer else ())}
    if not found.get("folder") or not pages:
        raise BadInput(f"{scenario.name}: this run does not say where the project is", hint="run `project` once more")
    where = Where(str(found["folder"]), found.get("settings"), None, None)
    find_project(where.path, where.settings, where.python)
    return where, pages


def plan_again(run: RunResult, scenario: Scenario, options: Options) -> Experiment:
    """The project of a saved run, looked at and tried anew, to be run for the same pages with these options.

    What else `project` was told (who is signed in, what pages may write) is in no saved run: a page that needs it is
    refused, with the reason.
    """
    where, pages = pages_of(run, scenario)
    location, look = _looked_at(where)
    asked = Asked(pages=pages)
    trial = _tried(location, look, asked)
    with ProgressLines(sys.stderr) as lines:
        return until_signal(plan_run, location, trial, asked, options, lines.progress, {})


def _looked_at(where: Where) -> tuple[ProjectLocation, ProjectLook]:
    """With what it found in the code written where that is asked for."""
    if where.sarif is not None:
        check_writable("--sarif", Path(where.sarif))
    location = find_project(where.path, where.settings, where.python)
    with ProgressLines(sys.stderr) as lines:
        look = until_signal(look_at, location, lines.progress)
    _write_sarif(where, look)
    return location, look


def _write_sarif(where: Where, look: ProjectLook, told: Sequence[FindingInRun] = ()) -> None:
    if where.sarif is not None and look.findings is not None:
        text = msgspec.json.format(msgspec.json.encode(sarif_log(look.findings, told)), indent=2)
        write_atomically(Path(where.sarif), text)


def _tried(location: ProjectLocation, look: ProjectLook, asked: Asked) -> ProjectTrial:
    with ProgressLines(sys.stderr) as lines:
        return until_signal(try_pages, location, look, asked, lines.progress)


def _run(
    plan: Callable[[dict[str, str]], Experiment],
    measure: Callable[..., Awaitable[Outcome]],
    stored_as: Stored,
    *,
    named: bool,
) -> tuple[Experiment, Outcome, Storage]:
    """Pages that nobody has named, and that turn out to be none at a server, are told and left out."""
    refused: dict[str, str] = {}
    while True:
        experiment = plan(refused)
        storage = Storage(experiment.scenario, keep=stored_as.keep, save=stored_as.save)
        try:
            return experiment, run_and_autosave(experiment, storage, measure), storage
        except PagesRefused as refusal:
            if named:
                raise
            refused |= refusal.refused
            say(f"left out: {refusal.what}", 0)
