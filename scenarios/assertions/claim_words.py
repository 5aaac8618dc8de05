"""A check or a claim in words: what was expected, of which figure, and what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.assertions.claims import BASELINE, Expectation, in_unit_of, read_expectation
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import CheckResult, RunResult

_COMPARED = {"<": "below", "<=": "at most", "==": "exactly", ">=": "at least", ">": "above"}


def check_words(check: CheckResult, name: str, result: RunResult) -> str:
    """What was measured on the target of that name beside what was expected."""
    expected = read_expectation(check.expected)
    if not isinstance(expected, Expectation):
        return f"{metric_words(check.quantity)} as expected: {check.expected}"
    bound = check.bound
    if bound is None and (other := _other(expected, result)) is not None:
        # Saved before bounds were: numbers were compared then, seconds with milliseconds too.
        bound = expected.number * other
        expected = expected._replace(number=expected.number / in_unit_of(expected.figure, check.quantity))
    return expected_words(check.quantity, check.measured, expected, bound, name)


def expected_words(
    quantity: str, measured: float | None, expected: Expectation, bound: float | None, name: str = ""
) -> str:
    """`p95 latency 0.23 s, expected below 0.5 × that of “gunicorn-sync” (1.61 s)`; `bound`: what that came to.

    `name`: of the target whose figure it is.
    """
    bound = expected.bound(quantity, None) if bound is None and not expected.target else bound
    told = "was not measured" if measured is None else in_words(quantity, measured, [] if bound is None else [bound])
    beside = [] if measured is None else [measured]
    bound_words = "" if bound is None else in_words(quantity, bound, beside)
    return f"{metric_words(quantity)} {told}, expected {_expected(quantity, expected, name, bound_words)}"


def _expected(quantity: str, expected: Expectation, name: str, bound: str) -> str:
    compared = _COMPARED[expected.comparison]
    if not expected.target:
        return f"{compared} {bound}"
    times = "" if expected.number == 1 else f"{expected.number:g} × "
    return f"{compared} {times}{_whose(quantity, expected, name)}{f' ({bound})' if bound else ''}"


def _whose(quantity: str, expected: Expectation, name: str) -> str:
    if expected.target == name:
        return f"its {metric_words(expected.figure)}"
    what = "that" if expected.figure == quantity else f"the {metric_words(expected.figure)}"
    return f"{what} of {target_words(expected.target)}"


def target_words(name: str) -> str:
    """`“uvicorn”`, `“uvicorn” in the baseline`."""
    baseline = name.removeprefix(BASELINE)
    return f"“{name}”" if baseline == name else f"“{baseline}” in the baseline"


def _other(expected: Expectation, result: RunResult) -> float | None:
    """The figure that it compares with, as far as it was measured."""
    target = next((target for target in result.targets if target.name == expected.target), None)
    return figure(target, expected.figure) if target else None
