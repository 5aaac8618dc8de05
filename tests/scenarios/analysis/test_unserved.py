"""Who got no page, what they met, and which round of a target is told of."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from test_verdict import result

from asgi_vs_wsgi.scenarios.analysis.client_side import request_counts, visitor_classes
from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.analysis.unserved import (
    is_page,
    kind_of,
    no_winner_words,
    turned_away_quickly,
    unserved,
    with_page,
    without_page,
)
from asgi_vs_wsgi.scenarios.load.visits import DONE, FAILED, STATUS, TIMEOUT, Visits
from asgi_vs_wsgi.scenarios.results import Latency, Unserved
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace


@pytest.mark.parametrize(
    ("status", "page"), [(0, True), (199, False), (200, True), (204, True), (299, True), (300, False), (404, False)]
)
def test_a_page_is_what_has_a_status_of_two_hundred_and_some(status: int, page: bool) -> None:
    assert is_page(status) is page


def test_what_most_met_is_told_first() -> None:
    trace = TargetTrace(TargetFacts("one", "uvicorn", "uvicorn", "asgi", "1.0", 1, 1, "page"), Visits(6))
    visits = trace.visits
    for row, (outcome, status, error) in enumerate(
        [(DONE, 200, 0), (FAILED, 0, TIMEOUT), *[(FAILED, 503, STATUS)] * 3, (DONE, 302, 0)]
    ):
        visits.outcome[row], visits.status[row], visits.error[row] = outcome, status, error
    assert [(each.kind, each.requests) for each in unserved(trace)] == [("503", 3), ("302", 1), ("timeout", 1)]


def test_one_who_waited_long_is_enough_for_refusals_not_to_be_quick() -> None:
    quick, slow = Unserved("503", 5, Latency(*(1.0,) * 8)), Unserved("503", 5, Latency(*(8000.0,) * 8))
    timed_out = Unserved("timeout", 5, Latency(*(1.0,) * 8))
    for not_served, are_quick in (([quick], True), ([quick, slow], False), ([quick, timed_out], False)):
        assert turned_away_quickly(result("one", 5.0, failed=10, not_served=not_served)) is are_quick


def test_of_several_rounds_that_lost_visitors_the_worst_is_told() -> None:
    rounds = [result("one", 5.0, failed=failed) for failed in (1, 5, 0)]
    assert no_winner_words(rounds).startswith("in 2 of 3 rounds at the worst 5 of 32 visitors had no page")


def answered(statuses: list[int], expect: dict[str, list[int]], class_of: list[int]) -> TargetTrace:
    facts = TargetFacts("one", "uvicorn", "uvicorn", "asgi", "1.0", 1, 1, "page", expect=expect)
    trace = TargetTrace(facts, Visits(len(statuses)), classes=("here", "there"))
    trace.class_of.extend(class_of)
    for row, status in enumerate(statuses):
        trace.visits.outcome[row] = FAILED if status >= 500 else DONE
        trace.visits.status[row], trace.visits.error[row] = status, STATUS if status >= 500 else 0
    return trace


EXPECT = st.dictionaries(st.sampled_from(["here", "there"]), st.lists(st.sampled_from([200, 302, 404]), min_size=1))
ANSWERS = st.lists(st.tuples(st.sampled_from([200, 204, 302, 404, 429, 503]), st.integers(0, 1)), max_size=30)


@given(ANSWERS, EXPECT)
def test_what_a_class_expects_is_its_page_and_each_answer_is_counted_once(answers, expect):
    trace = answered([status for status, _ in answers], expect, [kind for _, kind in answers])
    pages = 0
    for row, (status, kind) in enumerate(answers):
        wanted = expect.get(("here", "there")[kind], [])
        page = status in wanted if wanted else 200 <= status < 300
        pages += page
        assert (kind_of(trace, row) == "") == page
    counts = request_counts(trace)
    assert with_page(counts) == pages
    assert with_page(counts) + without_page(counts) == counts.planned
    assert sum(each.requests for each in unserved(trace)) == without_page(counts)
    counter = ScoreCounter(trace)
    trace.visits.done_ns[:] = array("q", range(1, len(answers) + 1))
    counter.update_rows(range(len(answers)))
    assert counter.score(10**9).no_page == counts.unexpected
    classes = visitor_classes(trace)
    assert sum(each.requests.unexpected or 0 for each in classes) == counts.unexpected


def test_a_run_that_was_saved_before_it_was_counted_is_judged_by_its_statuses():
    counts = request_counts(answered([200, 302, 429], {}, [0, 0, 0]))
    assert counts.unexpected == 2
    assert without_page(replace(counts, unexpected=None)) == 2
