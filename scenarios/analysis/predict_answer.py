"""Which answer a run makes right to the question that is asked before it (`[predict]` of a scenario), if any.

Answers are texts of the folder, with its numbers: of a run with others they may not be true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Predict, ScenarioToml
    from asgi_vs_wsgi.scenarios.results import CheckResult, LawResult, RunResult, TargetResult


def right_answer(question: Predict, toml: ScenarioToml, result: RunResult | None) -> int | None:
    """None before the run has told, and where it did not do as the lesson says."""
    if result is None or not ran_as_written(toml, result) or not all(map(_as_expected, result.targets)):
        return None
    return question.right


def untold_reason(result: RunResult) -> str:
    """Why a law or check of the run cannot be told to hold; empty where none is like that, or another does not hold."""
    findings: list[LawResult | CheckResult] = [target.law for target in result.targets if target.law]
    findings += [check for target in result.targets for check in target.checks]
    if any(finding.holds is False for finding in findings):
        return ""
    return next((finding.reason or "not known why" for finding in findings if finding.holds is None), "")


def ran_as_written(toml: ScenarioToml, result: RunResult) -> bool:
    """Whether the run had the parameters, the load and the targets that the scenario's texts speak of."""
    load, parameters = result.load, {name: each.default for name, each in toml.parameters.items()}
    as_run = (load.arrivals, load.requests, load.concurrency, load.rate, load.duration_s)
    meant = (toml.load.arrivals, toml.load.requests, toml.load.concurrency, toml.load.rate, toml.load.duration_s)
    sizes = {target.name: (target.server, target.workers, target.threads) for target in toml.targets}
    return (
        dict(result.parameters) == parameters
        and as_run == meant
        and all(sizes.get(each.name) == (each.server, each.workers, each.threads) for each in result.targets)
    )


def _as_expected(target: TargetResult) -> bool:
    as_told = (target.law is None or target.law.holds is True) and all(check.holds is True for check in target.checks)
    return as_told and not target.driver.limited
