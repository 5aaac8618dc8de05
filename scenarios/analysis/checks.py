"""A scenario's checks, each a figure of a target compared with a number or with another target's figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from scenarios.claim import read_claim
from scenarios.definition import Check, Target
from scenarios.metrics import figure
from scenarios.result import CheckResult, TargetResult


def with_checks(results: Sequence[TargetResult], targets: Sequence[Target]) -> list[TargetResult]:
    """The same results with their targets' checks made."""
    by_name = {result.name: result for result in results}
    return [
        replace(result, checks=[_made(check, result, by_name) for check in target.checks])
        for result, target in zip(results, targets, strict=True)
    ]


def _made(check: Check, result: TargetResult, by_name: Mapping[str, TargetResult]) -> CheckResult:
    """A figure that was not measured, on either side, does not bear the claim out."""
    measured = figure(result, check.quantity)
    claim = read_claim(check.expected)
    assert claim is not None, "the folder was checked"
    other = by_name.get(claim.target)
    compared = figure(other, claim.figure) if other else None
    known = measured is not None and (compared is not None or not claim.target)
    holds = known and measured is not None and claim.holds(measured, compared)
    return CheckResult(check.name, check.quantity, check.expected, measured, holds)
