"""A check in words: what is measured, what is expected of it, and what of that a run has shown.

most threads in one worker 9, expected at most 60
mean time blocked 0.4 ms, expected below 0.3 × its mean latency (62 ms)
"""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.model.expectation import Claim, read_claim
from asgi_vs_wsgi.scenarios.results import CheckResult, RunResult
from asgi_vs_wsgi.scenarios.results.metric_labels import in_words, metric_words
from asgi_vs_wsgi.scenarios.results.metrics import figure

_COMPARED = {"<": "below", "<=": "at most", "==": "exactly", ">=": "at least", ">": "above"}


def check_words(check: CheckResult, name: str, result: RunResult) -> str:
    """What was measured on the target of that name beside what was expected."""
    measured = "was not measured" if check.measured is None else in_words(check.quantity, check.measured)
    claim = read_claim(check.expected)
    expected = _claimed(check.quantity, claim, name, result) if claim else check.expected
    return f"{metric_words(check.quantity)} {measured}, expected {expected}"


def _claimed(quantity: str, claim: Claim, name: str, result: RunResult) -> str:
    compared = _COMPARED[claim.comparison]
    if not claim.target:
        return f"{compared} {in_words(quantity, claim.factor)}"
    factor = claim.factor * _in_unit_of(claim.figure, quantity)
    times = "" if factor == 1 else f"{factor:g} × "
    return f"{compared} {times}{_whose(quantity, claim, name)}{_bound(quantity, claim, result)}"


def _whose(quantity: str, claim: Claim, name: str) -> str:
    if claim.target == name:
        return f"its {metric_words(claim.figure)}"
    what = "that" if claim.figure == quantity else f"the {metric_words(claim.figure)}"
    return f"{what} of “{claim.target}”"


def _in_unit_of(figure_: str, quantity: str) -> float:
    """What turns a factor between paths of different units into one between times: 400 * seconds, in ms, is 0.4 ×."""
    units = [_unit_s(path) for path in (quantity, figure_)]
    return units[0] / units[1] if all(units) else 1.0


def _unit_s(path: str) -> float:
    """In seconds; 0 for what is no time."""
    parts = path.split(".")
    return 0.001 if any(part.endswith("_ms") for part in parts) else float(any(part.endswith("_s") for part in parts))


def _bound(quantity: str, claim: Claim, result: RunResult) -> str:
    """What that came to in this run."""
    other = next((target for target in result.targets if target.name == claim.target), None)
    compared = figure(other, claim.figure) if other else None
    return "" if compared is None else f" ({in_words(quantity, claim.factor * compared)})"
