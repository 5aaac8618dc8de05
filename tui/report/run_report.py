"""The plain-text report of a run: what `run` prints without `--json`, with or without a terminal.

Slow I/O                                    title, load
WSGI · gunicorn sync · 2 workers            the lanes, every cell from an event
worker 1   ▓▓1▓▓▓▓3▓▓ …
                  gunicorn-sync  uvicorn    figures, states, workers
makespan                 3.24 s   0.25 s
laws, checks, blame, verdict, warnings, environment

Its header also stands over the screen: what a run is about, what it ran on, and how far one that was stopped had come.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Protocol

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.catalog import names_beside
from asgi_vs_wsgi.scenarios.planning.requests import asked_words
from asgi_vs_wsgi.scenarios.results import TargetEnvironment
from asgi_vs_wsgi.scenarios.scenario_files.lesson_text import where_otherwise
from asgi_vs_wsgi.scenarios.scenario_files.listing import is_own_project, summary
from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.scenarios.untrusted_text import printable
from asgi_vs_wsgi.scenarios.wording import count, named, per_second
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.report.findings import (
    beside_lines,
    cause_words,
    check_lines,
    claim_lines,
    connection_lines,
    event_lines,
    law_lines,
    left_process_lines,
    option_lines,
    verdict_words,
    warnings,
)
from asgi_vs_wsgi.tui.report.sections import FIGURES_TITLE, report_sections
from asgi_vs_wsgi.tui.terminal.tty import output_columns
from asgi_vs_wsgi.tui.text.text_width import width as cells
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, Target
    from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome, PartialRun


class Set(Protocol):
    """The settings of a run, or of a tournament."""

    @property
    def load(self) -> LoadResult:
        """Who came."""

    @property
    def parameters(self) -> dict[str, int | float]:
        """The scenario's own numbers."""


def setting(scenario: Scenario, as_run: Set | None = None) -> list[str]:
    """Who comes, and the scenario's own numbers; those of a run where it is known."""
    asked = asked_words(scenario)
    if as_run is not None:
        return [visitor_words(as_run.load, beside(scenario)), *asked, *parameter_words(as_run.parameters)]
    values = {name: parameter.default for name, parameter in scenario.toml.parameters.items()}
    return [visitor_words(scenario.toml.load, beside(scenario)), *asked, *parameter_words(values)]


def visitor_words(load: Load | LoadResult, others: int) -> str:
    """All who come, as they are counted on the panes: `32 visitors`, `8 visitors in turn`, `50/s for 10 s`."""
    if load.concurrency is not None:
        return f"{count(load.concurrency, 'visitor')} in turn"
    if load.rate is not None:
        return f"{per_second(load.rate)} for {load.duration_s:g} s" if load.duration_s else per_second(load.rate)
    return count((load.requests or 0) + others, "visitor")


def parameter_words(values: Mapping[str, int | float]) -> Iterator[str]:
    """`200 ms` where there is one that is a time, else `io 200 ms`, `rows 12`."""
    for name, value in values.items():
        plain = name.removesuffix("_ms")
        words = f"{value:g} ms" if plain != name else f"{value:g}"
        yield words if plain != name and len(values) == 1 else f"{plain.replace('_', ' ')} {words}"


MODES = {
    "race": "a race: all targets at once, for the eye",
    "measure": "measured one after another",
    "simulate": "simulated: nothing of it was run",
}


def load_line(result: RunResult, others: int = 0) -> str:
    """`io_ms=200 · burst of 32 visitors (open) · measured one after another`; `others` come beside the load."""
    parts = [f"{name}={value:g}" for name, value in result.parameters.items()]
    more = f", and {count(others, 'visitor')} of other kinds" if others else ""
    parts.append(f"{' '.join(_load_words(result.load))} ({result.load.loop}){more}")
    parts.append(f"seed {result.load.seed}, time limit {result.load.timeout_s:g} s")
    rounds = max((one.round for one in result.rounds), default=1)
    parts.append(MODES[result.mode] + (f", median of {rounds} rounds" if rounds > 1 else ""))
    return " · ".join(parts)


def _load_words(load: LoadResult) -> Iterator[str]:
    if load.concurrency is not None and load.requests is load.duration_s is None:
        yield f"{count(load.concurrency, 'visitor')} at a time, for as long as the browser was there"
    elif load.concurrency is not None:
        yield f"{count(load.concurrency, 'visitor')} at a time, each waits for its answer,"
    elif load.rate is not None:
        yield f"{load.arrivals} arrivals, {per_second(load.rate)},"
    else:
        yield "a burst of"
    if load.requests is not None:
        yield count(load.requests, "request" if load.concurrency else "visitor")
    if load.duration_s is not None:
        yield f"for {load.duration_s:g} s"


def environment_line(result: RunResult) -> str:
    """`Python 3.11.7 with a GIL, Django 5.2.19, …`."""
    known = result.environment
    machine = [count(known["cores"], "core")] if isinstance(known.get("cores"), int) else []
    machine += [str(known["platform"])] if known.get("platform") else []  # a saved run may hold any environment
    told = {name: [*_told(result, name)] for name in _COMPARED}
    if any(len({*values}) > 1 for values in told.values()):
        each = (f"{target.name} {_version(target)}{_on_what(target)}" for target in result.targets)
        return f"{'; '.join(each)}; on {', '.join(machine)}"
    alike = TargetEnvironment(**{name: next(iter(values), known.get(name)) for name, values in told.items()})
    parts = [_interpreter_words(alike)]
    parts += [f"{target.server} {_version(target)}" for target in {t.server: t for t in result.targets}.values()]
    return ", ".join([*parts, *machine])


_COMPARED = ("python", "gil", "django", "asgiref")
"""Of what targets run on: told of all at once where it is the same for all."""


def _told(result: RunResult, name: str) -> Iterator[Any]:
    """What is known of it; a target without Django has no version to differ by."""
    values = (getattr(target.environment, name) for target in result.targets if target.environment is not None)
    return (value for value in values if value is not None)


def _on_what(target: TargetResult) -> str:
    told = target.environment
    return f" on {_interpreter_words(told)}" if told is not None and told.python else ""


def _interpreter_words(on: TargetEnvironment) -> str:
    parts = [f"Python {on.python} {'with' if on.gil else 'without'} a GIL"]
    parts += [f"{words} {each}" for words, each in (("Django", on.django), ("asgiref", on.asgiref)) if each]
    return ", ".join(parts)


def _version(target: TargetResult) -> str:
    """With what it runs on: `0.54.0 (uvloop, httptools)`."""
    parts = [part for part in (target.loop, target.http) if part]
    return f"{target.version} ({', '.join(parts)})" if parts else target.version


def stopped_words(stopped: PartialRun) -> list[str]:
    """`stopped in round 2 of 3: the figures are of 1 round`; the fullest first."""
    return [f"stopped {where}" for where in _how_far(stopped)] + ["stopped"]


def _how_far(stopped: PartialRun) -> list[str]:
    if stopped.rounds and stopped.rounds == stopped.of_rounds:
        steps = f"{stopped.steps} of {count(stopped.of_steps, 'point')}"
        return [f"on the ladder: {steps} {'is' if stopped.steps == 1 else 'are'} there", "on the ladder"]
    if stopped.rounds:
        place = f"in round {stopped.rounds + 1} of {stopped.of_rounds}"
        rounds = count(stopped.rounds, "round")
        return [f"{place}: the figures are of {rounds}", place]
    each = ", ".join(f"{target.target} {target.served} of {target.planned}" for target in stopped.visitors)
    total = sum(target.served for target in stopped.visitors), sum(target.planned for target in stopped.visitors)
    return [f"before its end: no figures; served: {each}", f"with {total[0]} of {total[1]} visitors served"]


NARROWEST, WIDEST = 60, 160
WIDTH_ELSEWHERE = 100
"""Columns where there is no terminal."""
NOT_LOOKED_INTO = "The workers were not looked into (--no-probe), so there are no lanes to draw."


def report(experiment: Experiment, outcome: Outcome, width: int | None = None, saved: str | None = None) -> list[str]:
    """The whole report as lines of at most `width` columns (default: the terminal's); `saved`: the run's file."""
    return blocks(_sections(experiment, outcome, report_width(width), saved))


def report_width(width: int | None) -> int:
    """Columns of a report: the terminal's, within bounds."""
    return min(WIDEST, max(NARROWEST, width or output_columns(WIDTH_ELSEWHERE)))


def blocks(sections: Iterable[list[str]]) -> list[str]:
    """With an empty line between two."""
    lines: list[str] = []
    for section in sections:
        if section:
            lines += [*([""] if lines else []), *section]
    return lines


def _sections(experiment: Experiment, outcome: Outcome, width: int, saved: str | None) -> Iterator[list[str]]:
    result = outcome.result
    toml = experiment.scenario.toml
    words = [] if result.browser else _wrapped(summary(toml, experiment.load, experiment.parameters), width)
    yield [toml.title, *words, *_wrapped(load_line(result, beside(experiment.scenario)), width)]
    yield lanes_text(outcome.traces, width, cells=cells) if experiment.probe else [NOT_LOOKED_INTO]
    for section in report_sections(result):  # the figures stand under the lanes that they are of
        yield _titled("" if section.title == FIGURES_TITLE else section.title, section.lines(width))
    yield _titled("Claims", [line for words in claim_lines(result) for line in _wrapped(words, width)])
    yield _findings(result, width, _left_out(experiment), where_next(experiment.scenario, saved), experiment.scenario)
    yield _wrapped(environment_line(result), width)


def _left_out(experiment: Experiment) -> list[str]:
    """The scenario's targets that another database, or another Python, would be needed for."""
    left = [] if experiment.database is not None else [each for each in _written(experiment) if each.needs_database]
    lines = [f"Left out: {named(target.name)} needs a PostgreSQL (--database-url)." for target in left]
    run = {target.gil for target in experiment.targets}
    gilless = [target for target in _written(experiment) if target.gil == "off" and "off" not in run]
    return lines + [f"Left out: {named(target.name)} needs a free-threaded Python (--python)." for target in gilless]


def _written(experiment: Experiment) -> list[Target]:
    return experiment.scenario.toml.targets


def _findings(result: RunResult, width: int, left_out: list[str], following: str, scenario: Scenario) -> list[str]:
    """The conclusions, each a paragraph; why it is so stands below the verdict, and where more is told of it."""
    paragraphs = [*option_lines(result), *event_lines(result)]
    paragraphs += [*law_lines(result), *check_lines(result), verdict_words(result)]
    if why := cause_words(result, scenario.views_py):
        paragraphs += [why, following]
    paragraphs += connection_lines(result)
    paragraphs += [*warnings(result), *beside_lines(result), *left_process_lines(result), *left_out]
    return [line for paragraph in paragraphs for line in _wrapped(paragraph, width)]


def where_next(scenario: Scenario, saved: str | None = None) -> str:
    """What the laboratory tells more, and the scenario in which it is otherwise, where the lesson names one.

    A project of the user's own has no lesson, but has to be sized; `size` and `replay` read runs that were
    saved: in the file `saved`, or none so far.
    """
    if is_own_project(scenario):
        file = shlex.quote(printable(saved)) if saved else "RUN.avw"
        return (
            f"Next: how many workers hold a rate: {PROGRAM} size {file} --rate R --p95 TIME; the lanes and your code: "
            f"{PROGRAM} replay {file}, key 2{'' if saved else ' (RUN.avw: what project --save RUN.avw writes)'}"
        )
    otherwise = where_otherwise(scenario.lesson_md, names_beside(scenario))
    lesson = f"the lesson and the code: {PROGRAM}, keys y and 2"
    if otherwise is None:
        return f"Next: {lesson}"
    when = f" (“{otherwise.when}”)" if otherwise.when else ""
    return f"Next: {lesson}; when it does not apply{when}: {PROGRAM} run {otherwise.scenario}"


def _titled(title: str, lines: list[str]) -> list[str]:
    return [*([title] if title else []), *lines] if lines else []


def _wrapped(text: str, width: int) -> list[str]:
    """Server names keep their hyphens."""
    return wrap(text, width, indent="  ")
