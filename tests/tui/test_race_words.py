"""After a race the board leads with what was seen, and says then why that is no verdict."""

from __future__ import annotations

from made_result import made_result
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import RequestCounts, RunResult, VerdictResult
from asgi_vs_wsgi.tui.report.figures import NO_WINNER_OF_RACES, seen_in_race
from asgi_vs_wsgi.tui.widgets.results_table import IN_COLUMNS, whole


def race() -> RunResult:
    return replace(made_result(), mode="race", verdict=VerdictResult(None, None, "latency_ms.p95", "no verdict"))


def test_a_race_tells_who_was_done_first_and_how_long_each_took():
    assert seen_in_race(race(), IN_COLUMNS) == "uvicorn was done first: makespan 0.25 s, gunicorn-sync 3.24 s"
    assert seen_in_race(made_result(), IN_COLUMNS) == ""


def test_what_was_seen_is_bold_and_why_it_is_no_verdict_is_not():
    board = whole(race(), 200)
    bold = "".join(board.plain[span.start : span.end] for span in board.spans if span.style == "bold")
    assert bold == "uvicorn was done first: makespan 0.25 s, gunicorn-sync 3.24 s"
    assert board.plain.endswith(f"{bold} · {NO_WINNER_OF_RACES}")


def test_who_did_not_answer_everybody_was_not_done_first():
    first, second = race().targets
    lost = replace(second, requests=RequestCounts(32, 30, 2, 0, 0, {"timeout": 2}, {"200": 30}))
    assert seen_in_race(replace(race(), targets=[first, lost]), IN_COLUMNS) == ""


def test_of_two_that_took_as_long_none_was_first():
    first, second = race().targets
    assert seen_in_race(replace(race(), targets=[first, replace(second, makespan_s=3.23)]), IN_COLUMNS) == ""
