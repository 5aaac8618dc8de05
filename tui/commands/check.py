"""Thresholds: `run --assert …`, and `check FILE` on a saved run. Told in the report, in JUnit, and as annotations."""

from __future__ import annotations

import dataclasses
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.assertions.claims import BASELINE, is_of_browser, needs_browser
from asgi_vs_wsgi.scenarios.assertions.junit import Case, Outcome, breaks, junit, workflow_commands
from asgi_vs_wsgi.scenarios.assertions.thresholds import (
    OPTION,
    OPTION_OF_BASELINE,
    Known,
    assert_words,
    checked_claims,
    differences,
    judged,
    known_of,
    measured_of,
    well_formed,
)
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import EVERYBODY
from asgi_vs_wsgi.scenarios.results.metrics import metrics_with
from asgi_vs_wsgi.scenarios.scenario_files.requests import page_names
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, write_atomically
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.scenarios.untrusted_text import IN_A_WORKFLOW
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.commands.output import print_json, print_lines, print_workflow_command
from asgi_vs_wsgi.tui.errors import RUN_FAILED, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.assertions.claims import Claim
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import RoundFigures, RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome as RunOutcome
    from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun

JUNIT, STRICT = "--junit", "--strict"
DOES_NOT_HOLD = 3


class Asked(NamedTuple):
    """What the options say, unchecked."""

    claims: tuple[str, ...] = ()
    strict: bool = False
    junit: str | None = None
    baseline: str | None = None


def asked_of(chosen: Mapping[str, object]) -> Asked:
    """Of parsed options by their names."""
    return Asked(*(chosen[name] for name in Asked._fields))  # type: ignore[arg-type]


class Thresholds:
    """What a run is held to: checked before it, judged after it."""

    def __init__(self, asked: Asked, save: str | None = None) -> None:
        """BadInput for what is wrong whatever the run: the form of a claim, a file that cannot be read or written."""
        self._asked = asked
        self._claims: list[Claim] = []
        self._notes: list[str] = []
        well_formed(asked.claims)
        if asked.junit is not None:
            check_writable(JUNIT, Path(asked.junit))
            if save is not None and Path(save).resolve() == Path(asked.junit).resolve():
                raise BadInput(f"{JUNIT} {asked.junit}: the run is to be saved there", hint="name another file")
            if not asked.claims and not asked.strict:
                raise BadInput(f"{JUNIT}: nothing is claimed that could be written", hint=f"add {OPTION} or {STRICT}")
        if asked.baseline is not None and not any(BASELINE in claim for claim in asked.claims):
            claim = f"{OPTION} 'uvicorn/latency_ms.p95 < 1.1 * {BASELINE}uvicorn/latency_ms.p95'"
            raise BadInput(f"{OPTION_OF_BASELINE}: no claim compares with it", hint=f"such as {claim}")
        self._baseline = None if asked.baseline is None else with_figures(asked.baseline, OPTION_OF_BASELINE)

    def check(self, known: Known) -> None:
        """BadInput for a claim of what is not there."""
        baseline = known_of(self._baseline.result) if self._baseline else None
        self._claims = checked_claims(self._asked.claims, known, baseline)

    def check_for(self, experiment: Experiment) -> None:
        """The same before a run."""
        toml = experiment.scenario.toml
        classes = [visitors.name for visitors in toml.visitors] or [EVERYBODY]
        figures = [path for path in metrics_with(classes, page_names(toml)) if not is_of_browser(path)]
        self.check(Known([target.name for target in experiment.targets], figures))

    def judge(self, result: RunResult, rounds: Sequence[RoundFigures]) -> RunResult:
        """The same result, with what became of the claims."""
        if not self._claims:
            return result
        baseline = measured_of(self._baseline.result, self._baseline.rounds) if self._baseline else None
        measured = measured_of(result, rounds)
        if self._baseline and (apart := differences(result, self._baseline.result)):
            self._notes = [f"the baseline ran otherwise: {', '.join(apart)}"]
        return replace(result, asserts=[judged(claim, measured, baseline) for claim in self._claims])

    def judge_outcome(self, outcome: RunOutcome) -> RunOutcome:
        """The same of a run that is just over."""
        return dataclasses.replace(outcome, result=self.judge(outcome.result, outcome.rounds))

    def tell(self, result: RunResult) -> int:
        """All but the report: the JUnit file, annotations, a line of what does not hold. Returns an exit code."""
        from asgi_vs_wsgi.tui.report.findings import failure_lines, warnings

        cases, strict, code = [*_cases(result, strict=self._asked.strict)], self._asked.strict, 0
        for note in self._notes:
            say(note, 0)
        if self._asked.junit is not None:
            notes = [*self._notes, *failure_lines(result), *warnings(result)]
            try:
                write_atomically(Path(self._asked.junit), junit(result, cases, notes, strict=strict))
            except BadInput as error:
                code = say(f"{JUNIT}: {error.one_line()}", RUN_FAILED)
        if os.environ.get(IN_A_WORKFLOW):
            for line in workflow_commands(cases, strict=strict):
                print_workflow_command(line)
        broken = _tell_how_many(cases, strict=strict)
        return code or broken


def _tell_how_many(cases: Sequence[Case], *, strict: bool) -> int:
    """A line where not all hold; returns the exit code."""
    undecided = sum(case.outcome is Outcome.UNDECIDED for case in cases)
    failed = sum(breaks(case, strict=False) for case in cases)
    parts = [f"{failed} {'does' if failed == 1 else 'do'} not hold"] if failed else []
    if undecided:
        fails = f" ({STRICT} takes that for a failure)"
        parts.append(f"{undecided} {'is' if undecided == 1 else 'are'} undecided{'' if failed else fails}")
    code = DOES_NOT_HOLD if failed or (strict and undecided) else 0
    return say(f"of {count(len(cases), 'claim')} {' and '.join(parts)}", code) if parts else code


def _cases(result: RunResult, *, strict: bool) -> Iterator[Case]:
    """Claims; in strict runs also what the scenario itself expects."""
    from asgi_vs_wsgi.tui.report.findings import check_text, law_words

    ends = {True: Outcome.HOLDS, False: Outcome.FAILS, None: Outcome.UNDECIDED}
    for told in result.asserts:
        outcome = Outcome.UNMEASURED if told.unmeasured else ends[told.holds]
        yield Case(told.target, told.claim, outcome, assert_words(told))
    for target in result.targets if strict else ():
        if target.law is not None:
            yield Case(target.name, f"law {target.law.name}", ends[target.law.holds], law_words(target.law))
        for check in target.checks:
            if result.browser is None and needs_browser(check.quantity, check.expected):
                continue  # no `run` can make it
            outcome = Outcome.UNMEASURED if check.measured is None else ends[check.holds]
            yield Case(target.name, check.name, outcome, check_text(check, target.name, result))


def with_figures(file: str, option: str = "") -> SavedRun:
    """A saved run that has any; BadInput for what has none."""
    said = f"{option} " if option else ""
    try:
        saved = read_run(Path(file))
    except BadInput as error:
        raise BadInput(f"{said}{error.what}", hint=error.hint) from None
    if not saved.has_figures:
        raise BadInput(f"{said}{file}: it was stopped in its first round and has no figures", hint="name another run")
    return saved


def check(file: str, asked: Asked, *, as_json: bool) -> int:
    """Of a saved run; without claims, those that it was saved with."""
    saved = with_figures(file)
    claims = asked.claims or tuple(told.claim for told in saved.result.asserts)
    if not claims and not asked.strict:
        raise BadInput(f"{file}: nothing is claimed of it", hint=f"add {OPTION} or {STRICT}")
    thresholds = Thresholds(asked._replace(claims=claims))
    thresholds.check(known_of(saved.result))
    result = thresholds.judge(saved.result, saved.rounds)
    try:
        print_json(result) if as_json else print_lines(_report(result, saved.stopped, strict=asked.strict))
    finally:
        code = thresholds.tell(result)
    return code


def _report(result: RunResult, stopped: PartialRun | None, *, strict: bool) -> list[str]:
    """What was run, and a paragraph for each."""
    from asgi_vs_wsgi.tui.report.findings import check_lines, claim_lines, law_lines
    from asgi_vs_wsgi.tui.report.run_report import WIDTH_ELSEWHERE, load_line, stopped_words
    from asgi_vs_wsgi.tui.terminal.tty import output_columns
    from asgi_vs_wsgi.tui.text.text_width import wrap

    wrapped = partial(wrap, cells=output_columns(WIDTH_ELSEWHERE), indent="  ")
    told = [f"{result.scenario} · {load_line(result)}", *(stopped_words(stopped)[:1] if stopped else []), ""]
    told += claim_lines(result)
    told += [*law_lines(result), *check_lines(result)] if strict else []
    return [line for words in told for line in wrapped(words) or [""]]
