"""Records that join no request are told as such: no queue is drawn of them, and no law or check is judged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import with_checks
from asgi_vs_wsgi.scenarios.analysis.server_side import joining
from asgi_vs_wsgi.scenarios.analysis.target_figures import analyse_target
from asgi_vs_wsgi.scenarios.model.scenario import Check, Load, Target
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.plain_text import UNJOINED, lanes_text
from asgi_vs_wsgi.tui.report.findings import warnings

FAR = 3_000_000_000
VISITORS = 4


def burst(recording: Any, numbered: Any) -> Any:
    """Four visitors of one loop, 10 ms each; `numbered` says under which row their records go."""
    rec = recording(requests=VISITORS, service_ms=10)
    for row in range(VISITORS):
        rec.visit(row, 10 * (row + 1))
        if (under := numbered(row)) is not None:
            rec.begin(1, under, 10 * row)
            rec.step(1, under, 10 * row, 10 * row + 9)
            rec.end(1, under, 10 * row + 9)
    return rec.trace()


LOST = {
    "numbers of strangers": lambda row: FAR + row,
    "no record at all": lambda row: None if row < VISITORS else row,
    "half under strange numbers": lambda row: row if row < 2 else FAR + row,
    "half under the numbers right after ours": lambda row: row if row < 2 else VISITORS + row - 2,
}
JOINED = {
    "all": lambda row: row,
    "one that the server answered by itself": lambda row: row or None,
}


def figures(trace: Any, **target: Any) -> Any:
    one = Target("uvicorn", "page", name="one", law="loop-held", **target)
    return analyse_target(trace, one, Load("burst", VISITORS), "measure", None, True), one


@pytest.mark.parametrize("numbered", LOST.values(), ids=LOST)
def test_what_does_not_join_is_not_told_and_not_judged(recording, numbered):
    trace = burst(recording, numbered)
    if not trace.workers:
        trace.add_worker(1)
    assert joining(trace).failed
    check = Check("short line", "queue_ms.max", "< 1000")
    served = Check("all served", "requests.completed", "== 4")
    result, target = figures(trace, checks=[check, served])
    (result,) = with_checks([result], [target])
    assert not result.telemetry.joined
    assert result.telemetry.unjoined == sum(numbered(row) != row for row in range(VISITORS))
    assert (result.states_ms, result.queue_ms, result.in_flight, result.hops_per_request) == (None,) * 4
    assert (result.workers_seen, result.blame) == ([], [])
    assert result.law is None or result.law.holds is None
    assert [check.holds for check in result.checks] == [None, None]
    (line,) = [line for line in warnings(SimpleNamespace(targets=[result])) if "join" in line]  # type: ignore[arg-type]
    assert f"of 4 answered requests {result.telemetry.unjoined} have none" in line


@pytest.mark.parametrize("numbered", JOINED.values(), ids=JOINED)
def test_what_joins_is_told_and_counts_who_has_no_record(recording, numbered):
    trace = burst(recording, numbered)
    result, _ = figures(trace)
    assert result.telemetry.joined
    assert result.telemetry.unjoined == sum(numbered(row) is None for row in range(VISITORS))
    assert result.states_ms is not None
    assert trace.looked_into


def test_no_line_is_drawn_of_visitors_whom_no_record_joins(recording):
    trace = burst(recording, LOST["numbers of strangers"])
    book = LaneLayout(trace)
    book.update_rows(range(VISITORS))
    assert trace.answered_unseen
    assert [book.in_line(trace.visits.intended_ns[0] + ms * 1_000_000) for ms in (1, 15, 35)] == [0, 0, 0]
    text = lanes_text([trace], 100)
    assert UNJOINED in text
    assert not any(line.startswith("in line") for line in text)


def test_a_line_that_was_drawn_before_anybody_was_answered_is_taken_back(recording):
    trace = burst(recording, LOST["numbers of strangers"])
    outcomes = bytes(trace.visits.outcome)
    trace.visits.outcome[:] = bytes(VISITORS)
    book = LaneLayout(trace)
    book.update_rows(range(VISITORS))
    early_ns = trace.visits.intended_ns[0] + 1_000_000
    assert book.in_line(early_ns) == VISITORS  # nobody is answered yet: they may well stand in line
    trace.visits.outcome[:] = outcomes
    book.update_rows([0])
    assert book.in_line(early_ns) == 0


@pytest.mark.parametrize("row", [-1, VISITORS])
def test_records_of_the_rounds_before_and_after_are_no_look_into_this_one(recording, row):
    assert not burst(recording, lambda _: row).looked_into


def test_a_straggler_of_an_earlier_round_is_no_stranger(recording):
    """Its number is smaller than those of this round, and it hides nobody."""
    trace = burst(recording, JOINED["all"])
    rec = recording(requests=VISITORS)
    rec.event(2, 1, 5, -50)
    joined = joining(trace)
    assert (joined.unjoined, joined.unknown, joined.failed) == (0, 0, False)


def test_runs_of_older_versions_say_nothing_of_it(recording):
    result, _ = figures(burst(recording, JOINED["all"]))
    old = replace(result, telemetry=type(result.telemetry)(10, 0))
    assert (old.telemetry.unjoined, old.telemetry.joined) == (None, True)
