"""Who got no page, what they met, and which round of a target is told of."""

from __future__ import annotations

import pytest
from test_verdict import result

from asgi_vs_wsgi.scenarios.analysis.unserved import is_page, no_winner_words, turned_away_quickly, unserved
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
