"""What views left running is told in the report and on the board, in words that its number bears out."""

from __future__ import annotations

import msgspec
import pytest
from made_result import made_result

from asgi_vs_wsgi.scenarios.results import LeftProcess, RunResult
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament, standing
from asgi_vs_wsgi.tui.report.findings import left_process_lines
from asgi_vs_wsgi.tui.report.tournament import tournament_report
from asgi_vs_wsgi.tui.widgets.results_table import whole

ONE = [LeftProcess("sleep", 1)]
SEVERAL = [LeftProcess("python", 4), LeftProcess("sh", 1)]


def result_with(*left: list[LeftProcess] | None) -> RunResult:
    result = made_result()
    targets = [
        msgspec.structs.replace(target, left_processes=each) for target, each in zip(result.targets, left, strict=True)
    ]
    return msgspec.structs.replace(result, targets=targets)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (ONE, "its views had started 1 process that still ran at the end and had to be killed: sleep"),
        (SEVERAL, "its views had started 5 processes that still ran at the end and had to be killed: python (4), sh"),
    ],
)
def test_how_many_and_which_are_told_of_the_target_that_left_them(left, words):
    result = result_with([], left)
    assert list(left_process_lines(result)) == [f"{result.targets[1].name}: {words}"]
    assert words in whole(result, 400).plain


@pytest.mark.parametrize("left", [None, []])
def test_nothing_is_told_where_nothing_was_left_or_nobody_knows(left):
    result = result_with(left, left)
    assert not list(left_process_lines(result))
    assert "killed" not in whole(result, 400).plain


def test_it_is_in_the_document_and_comes_back_from_it():
    result = result_with(ONE, None)
    read = msgspec.json.decode(msgspec.json.encode(result), type=RunResult)
    assert [target.left_processes for target in read.targets] == [ONE, None]


def test_a_tournament_tells_it_of_all_rounds_of_a_server():
    targets = result_with(ONE, None).targets
    twice = standing([targets[0], targets[0]], "latency_ms.p95")
    assert twice.left_processes == [LeftProcess("sleep", 2)]
    assert standing([targets[0], targets[1]], "latency_ms.p95").left_processes is None
    tournament = Tournament("", "slow-io", {}, {}, "latency_ms.p95", 2, [twice], [], [])
    told = " ".join(tournament_report(tournament, 80))
    assert "started 2 processes" in " ".join(told.split())
