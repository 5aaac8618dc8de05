"""Why requests failed: of the round's own requests, of all workers together, at any moment and in the end alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

from analysed import figures
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.load.visits import FAILED, STATUS
from asgi_vs_wsgi.scenarios.results import FailureReason, TargetResult
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import Raised
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind

REASONS: list[Raised] = [("ValueError", "no number", "views.py:3 page"), ("KeyError", "'x'", "helper.py:2 <module>")]


def made(recording: Any, raised: list[tuple[int, int]]) -> tuple[Any, TargetTrace]:
    """Of each visitor its worker, and the number of what it raised (0: nothing); each worker numbers for itself."""
    rec = recording(requests=len(raised), interface="wsgi", workers=2)
    for row, (pid, number) in enumerate(raised):
        rec.visit(row, 10 * (row + 1), **({"outcome": FAILED} if number else {}))
        rec.visits.status[row], rec.visits.error[row] = (500, STATUS) if number else (200, 0)
        rec.event(pid, Kind.BEGIN, 10 * row, row, value=1, lane=1)
        if number:
            rec.event(pid, Kind.FAILURE, 10 * row + 1, row, value=number)
            rec.event(pid, Kind.FAILURE, 10 * row + 2, row, value=3 - number)  # of several the first counts
        rec.event(pid, Kind.END, 10 * row + 5, row, value=2, lane=1)
    trace = rec.trace()
    for pid, worker in trace.workers.items():
        worker.raised = dict(enumerate(REASONS if pid == 1 else REASONS[::-1], 1))
    return rec, trace


def reasons(result: TargetResult) -> Counter[Raised]:
    assert result.failures is not None
    assert [each.count for each in result.failures] == sorted((each.count for each in result.failures), reverse=True)
    return Counter({(each.exception, each.words, each.where): each.count for each in result.failures})


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 2)), min_size=1, max_size=12))
def test_each_request_counts_once_and_the_figures_so_far_come_to_those_of_the_result(recording, raised):
    rec, trace = made(recording, raised)
    ways = {(1, 1): 0, (1, 2): 1, (2, 1): 1, (2, 2): 0}
    expected = Counter(REASONS[ways[each]] for each in raised if each[1])
    assert reasons(figures(rec, trace=trace)) == expected
    so_far = ProgressiveFigures(trace)
    assert reasons(so_far.target(rec.at(10 * len(raised)))) == expected
    for row in range(len(raised)):
        first = Counter(REASONS[ways[each]] for each in raised[: row + 1] if each[1])
        assert reasons(so_far.target(rec.at(10 * (row + 1)))) == first


def test_what_another_round_raised_is_not_this_ones(recording):
    rec, trace = made(recording, [(1, 0), (1, 1)])
    other = trace.visits.first_id + 1_000
    for kind, value in ((Kind.BEGIN, 1), (Kind.FAILURE, 1)):
        rec.records[1].append((rec.at(50), value, other, 1, kind, 0))
    again = rec.trace()
    again.workers[1].raised = dict(trace.workers[1].raised)
    assert figures(rec, trace=again).failures == [FailureReason(*REASONS[0], 1)]


def test_a_failure_whose_words_were_lost_with_its_worker_is_counted_all_the_same(recording):
    rec, trace = made(recording, [(1, 1)])
    trace.workers[1].raised = {}
    (reason,) = figures(rec, trace=trace).failures or []
    assert (reason.exception, reason.count) == ("an exception", 1)


def test_where_no_worker_was_looked_into_nobody_can_tell(recording):
    rec, trace = made(recording, [(1, 1)])
    assert figures(rec, trace=trace, probe=False).failures is None


def test_a_view_is_told_only_what_its_own_visitors_met(recording):
    rec, trace = made(recording, [(1, 1), (1, 2), (1, 0), (1, 1)])
    trace.classes = ("here", "there")
    trace.class_of.extend([0, 1, 0, 1])
    so_far, end_ns = ProgressiveFigures(trace), rec.at(40)
    whole = so_far.target(end_ns)
    assert reasons(so_far.of_classes(whole, end_ns, {"here"})) == {REASONS[0]: 1}
    assert reasons(so_far.of_classes(whole, end_ns, {"there"})) == {REASONS[0]: 1, REASONS[1]: 1}
