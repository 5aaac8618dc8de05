"""A scenario's checks, each a figure of a target compared with a number or with another target's figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unjudged import reason_of
from asgi_vs_wsgi.scenarios.model.expectation import read_claim
from asgi_vs_wsgi.scenarios.model.scenario import Check, Target
from asgi_vs_wsgi.scenarios.results import CheckResult, TargetResult
from asgi_vs_wsgi.scenarios.results.metrics import figure


def with_checks(results: Sequence[TargetResult], targets: Sequence[Target]) -> list[TargetResult]:
    """The same results with their targets' checks made."""
    by_name = {result.name: result for result in results}
    pairs = list(zip(results, targets, strict=True))
    unjudged = {
        result.name: reason
        for result, target in pairs
        if (reason := reason_of(result, failures_expected=target.failures_expected))
    }
    return [
        replace(result, checks=[_made(check, result, by_name, unjudged) for check in target.checks])
        for result, target in pairs
    ]


def _made(
    check: Check, result: TargetResult, by_name: Mapping[str, TargetResult], unjudged: Mapping[str, str]
) -> CheckResult:
    """It cannot be told where a figure was not measured, or is none of the server's, on either side."""
    measured = figure(result, check.quantity)
    claim = read_claim(check.expected)
    assert claim is not None, "the folder was checked"
    other = by_name.get(claim.target)
    compared = figure(other, claim.figure) if other else None
    holds, reason = None, unjudged.get(result.name) or unjudged.get(claim.target)
    if reason is None and (measured is None or (compared is None and claim.target)):
        reason = "not measured"
    elif reason is None and measured is not None:
        holds = claim.holds(measured, compared)
    return CheckResult(check.name, check.quantity, check.expected, measured, holds, reason)
