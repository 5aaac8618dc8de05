"""Why requests failed is said in the report, on the board and below the view's code; what was sampled says so once."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from made_result import made_result
from msgspec.structs import replace
from saved_runs import after

from asgi_vs_wsgi.scenarios.results import FailureReason, RequestCounts, RunResult
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.report.figures import FIGURES
from asgi_vs_wsgi.tui.report.findings import failure_lines
from asgi_vs_wsgi.tui.text.columns import figures_table
from asgi_vs_wsgi.tui.widgets.results_table import SAMPLED, fitting_words, whole

CLOSED = FailureReason("RuntimeError", "Event loop is closed", "views.py:12 get", 7)
OTHERS = [FailureReason(f"Error{number}", "", "", 2) for number in range(4)]


def result_with(failures: list[FailureReason] | None, **changed: Any) -> RunResult:
    result = made_result()
    first, *others = result.targets
    return replace(result, targets=[replace(first, failures=failures, **changed), *others])


def test_the_reason_stands_with_its_line_and_count_below_the_table():
    result = result_with([CLOSED])
    words = "gunicorn-sync: 7 requests raised RuntimeError: Event loop is closed (views.py:12 get)"
    assert list(failure_lines(result)) == [words]
    assert words in whole(result, 400).plain


@pytest.mark.parametrize("width", [80, 120])
def test_where_the_table_has_no_room_the_reason_stands_in_its_place(width: int):
    (brief, *_) = fitting_words(result_with([CLOSED]), [], 2, width).plain.splitlines()
    assert brief.startswith("gunicorn-sync: 7 requests raised RuntimeError: Event loop is closed (view")


def test_of_many_reasons_the_first_are_told_and_the_others_counted():
    result = result_with([CLOSED, *OTHERS])
    assert list(failure_lines(result)) == [
        "gunicorn-sync: 7 requests raised RuntimeError: Event loop is closed (views.py:12 get)",
        "gunicorn-sync: 2 requests raised Error0",
        "gunicorn-sync: 2 requests raised Error1",
        "gunicorn-sync: 4 requests more raised 2 others",
    ]


@pytest.mark.parametrize("failures", [None, []])
def test_where_nothing_was_raised_or_nobody_knows_nothing_is_told(failures):
    result = result_with(failures)
    assert not list(failure_lines(result))
    assert "raised" not in whole(result, 400).plain


def test_the_code_of_a_view_has_below_it_what_its_requests_raised():
    sight = after("slow-io")
    assert sight.result is not None
    words = "✕ gunicorn-sync: 7 requests raised RuntimeError: Event loop is closed (views.py:12 get)"
    assert "raised" not in code(sight)
    failed = [replace(sight.result.targets[0], failures=[CLOSED]), *sight.result.targets[1:]]
    changed = msgspec.structs.replace(sight.result, targets=failed)
    assert words in " ".join(code(dataclasses.replace(sight, result=changed, width=200)).split())


def test_the_line_that_raised_has_a_cross_and_no_other():
    sight = after("slow-io")
    assert sight.result is not None
    (blame,) = [each for each in sight.result.targets[0].blame if "views.py" in each.where and each.state == "blocked"]
    number = blame.where.partition(":")[2].split()[0]
    raised = [FailureReason("ValueError", "", where, 1) for where in (blame.where, "helper.py:8 page", "")]
    failed = [replace(sight.result.targets[0], failures=raised), *sight.result.targets[1:]]
    text = code(dataclasses.replace(sight, result=replace(sight.result, targets=failed), width=200))
    crossed = [line.split("✕")[0].split()[-1:] for line in text.splitlines() if "✕ " in line and "raised" not in line]
    assert crossed == [[number]]


def code(sight: ModeContext) -> str:
    return mode_words("code", sight, knobs=WhatIfFactors(), answers=(), score=(0, 0)).plain


def test_statuses_are_told_as_soon_as_they_are_not_all_alike():
    counts = RequestCounts(30, 30, 0, 0, 0, {"timeout": 0}, {"200": 12, "429": 18}, 18)
    mixed = figures_table(result_with([], requests=counts).targets, FIGURES, 200)
    (line,) = [line for line in mixed if line.startswith("statuses")]
    assert "12 × 200, 18 × 429" in line
    assert not [line for line in figures_table(made_result().targets, FIGURES, 200) if line.startswith("statuses")]


def test_an_expected_redirect_is_no_visitor_without_a_page():
    counts = RequestCounts(30, 30, 0, 0, 0, {"timeout": 0}, {"302": 30}, 0)
    lines = figures_table(result_with([], requests=counts).targets, FIGURES, 200)
    assert not [line for line in lines if line.startswith("without a page")]
    assert [line for line in lines if line.startswith("statuses") and "30 × 302" in line]
    assert "30/32" not in whole(result_with([], requests=counts), 400).plain
    assert "30/30" in whole(result_with([], requests=counts), 400).plain


@pytest.mark.parametrize(
    ("metric", "sampled"), [("connections.peak", 1), ("workers_seen.max.threads_peak", 1), ("latency_ms.p95", 0)]
)
def test_a_sampled_maximum_says_so_once(metric: str, sampled: int):
    result = made_result()
    result = replace(result, verdict=replace(result.verdict, on=metric))
    assert whole(result, 400).plain.count(SAMPLED) == sampled
