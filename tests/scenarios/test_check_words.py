"""A check is told without the names of the JSON, with the number that its claim came to in this run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from asgi_vs_wsgi.scenarios.assertions.claim_words import check_words
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import CheckResult
from asgi_vs_wsgi.scenarios.results.metrics import metric_words


def told(quantity: str, expected: str, measured: float | None, name: str = "sync", **other: float) -> str:
    result = SimpleNamespace(targets=[SimpleNamespace(name="async", **other)])
    return check_words(CheckResult("named", quantity, expected, measured, True), name, result)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantity", "expected", "measured", "words"),
    [
        ("workers_lost", "== 0", 0.0, "workers lost 0, expected exactly 0"),
        ("latency_ms.max", "<= 60", 31.0, "longest latency 31 ms, expected at most 60 ms"),
        (
            "service_s",
            "< 0.5 * async/service_s",
            0.1,
            "0.10 s, expected below 0.5 × that of “async” (1.00 s)",
        ),
        (
            "latency_ms.min",
            "> 400 * async/service_s",
            900,
            "0.90 s, expected above 0.4 × the time of a lone request",
        ),
        ("service_s", ">= 1 * async/service_s", None, "was not measured, expected at least that of “async” (2.00 s)"),
    ],
)
def test_what_is_expected_is_told_in_words(quantity, expected, measured, words):
    assert words in told(quantity, expected, measured, service_s=2.0)


def test_a_target_that_is_compared_with_itself_is_not_named_again():
    assert "below 0.4 × its time of a lone request (0.80 s)" in told(
        "ttfb_ms.max", "< 400 * async/service_s", 12.0, name="async", service_s=2.0
    )


def test_a_figure_that_the_other_side_does_not_have_is_not_made_up():
    assert told("service_s", "< 1 * async/service_s", 0.1, service_s=None).endswith("below that of “async”")


def test_every_check_of_ours_has_words():
    checks = [check for each in load_catalog().scenarios for target in each.toml.targets for check in target.checks]
    assert [check.quantity for check in checks if metric_words(check.quantity) == check.quantity] == []


def test_a_check_that_fails_by_a_hair_shows_the_hair():
    assert "0.930 s, expected at most 0.928 s" in told("latency_ms.max", "<= 928", 930.4, service_s=2.0)
