"""A law that cannot be told, and rounds by the verdict's own figure: the board, the report, Tips, Quiz and Compare."""

from __future__ import annotations

import pytest
from made_result import made_result
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.advice import queue
from asgi_vs_wsgi.scenarios.analysis.verdict import untold_reason
from asgi_vs_wsgi.scenarios.results import CheckResult, Round, RunResult, VerdictResult
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES
from asgi_vs_wsgi.tui.modes.distribution import rounds
from asgi_vs_wsgi.tui.modes.tip_evidence import evidence
from asgi_vs_wsgi.tui.report.findings import law_lines
from asgi_vs_wsgi.tui.report.target_tables import rounds_rows
from asgi_vs_wsgi.tui.widgets.results_table import whole

REASON = "too short to tell: under 150 ms every law may seem to hold"
METRIC = "connections.peak"


def short() -> RunResult:
    """The first target's law cannot be told."""
    result = made_result()
    first, second = result.targets
    law = replace(first.law, holds=None, reason=REASON)
    return replace(result, targets=[replace(first, law=law), second])


def test_the_board_says_neither_that_it_holds_nor_that_it_does_not():
    words = whole(short(), 160).plain
    row = next(line for line in words.splitlines() if line.startswith("gunicorn-sync"))
    assert "cannot be told" in row
    assert "hold" not in row
    assert f"cannot be told: gunicorn-sync: one-per-worker ({REASON})" in words
    assert "cannot be told" not in whole(made_result(), 160).plain


def test_the_report_says_why():
    first, second = law_lines(short())
    assert first.endswith(f"measured 3.24 s: {REASON}")
    assert second.endswith(": holds")


def test_a_tip_takes_nothing_from_a_law_that_was_not_told():
    held, untold_ = (result.targets[0] for result in (made_result(), short()))
    busy = {
        "states_ms": dict.fromkeys(STATE_NAMES, 0.0) | {"queued": 1000.0, "blocked": 1000.0},
        "queue_ms": held.latency_ms,
    }
    assert "by the law that held here" in next(iter(evidence(queue, [replace(held, **busy)]))).words
    assert "law" not in next(iter(evidence(queue, [replace(untold_, **busy)]))).words


def test_a_guess_is_not_judged_and_the_reason_is_what_cannot_be_told():
    assert untold_reason(short()) == REASON
    assert untold_reason(made_result()) == ""
    result = short()
    broken = CheckResult("many hops", "hops_per_request", "> 2", 0.0, False)
    worse = replace(result, targets=[replace(result.targets[0], checks=[broken]), result.targets[1]])
    assert untold_reason(worse) == ""  # it did not do as the lesson says, whatever the law
    unmeasured = replace(broken, measured=None, holds=None, reason="not measured")
    fine = made_result().targets
    assert untold_reason(replace(result, targets=[replace(fine[0], checks=[unmeasured]), fine[1]])) == "not measured"


def by_connections(values: tuple[float | None, ...]) -> RunResult:
    result = made_result()
    of_each = [Round("uvicorn", number, 0.25, 230.0, 32, value) for number, value in enumerate(values, 1)]
    return replace(result, verdict=VerdictResult(None, None, METRIC, "no real difference"), rounds=of_each)


def test_rounds_are_told_by_the_figure_that_the_verdict_is_on():
    result = by_connections((4.0, 7.0, None))
    _, _, head, row = (line.plain.split() for line in rounds(result, 100))
    assert head[0] == "connections"
    assert row == ["uvicorn", "3", "4", "7", "–"]
    head, *rows = (" ".join(row).split() for row in rounds_rows(result))
    assert head[-1] == "connections"
    assert [row[-1] for row in rows] == ["4", "7", "–"]


@pytest.mark.parametrize("values", [(None, None)])
def test_rounds_of_a_run_that_was_saved_before_they_held_that_figure_are_told_by_p95(values):
    _, _, head, row = (line.plain.split() for line in rounds(by_connections(values), 100))
    assert head[0] == "p95"
    assert row[-4:] == ["0.23", "s", "0.23", "s"]
