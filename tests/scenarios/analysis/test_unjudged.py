"""No verdict, no law and no check on a target that the client could not send to, or that served few."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from test_verdict import judge, result

from asgi_vs_wsgi.scenarios.analysis.advice import Said, concurrency, judged
from asgi_vs_wsgi.scenarios.analysis.build_document import with_checks
from asgi_vs_wsgi.scenarios.analysis.client_side import request_counts
from asgi_vs_wsgi.scenarios.analysis.target_figures import driver_figures
from asgi_vs_wsgi.scenarios.analysis.unserved import client_limited, mostly_unserved, not_sent_words, unjudged_reason
from asgi_vs_wsgi.scenarios.load.client_errors import CLIENT_ERRORS
from asgi_vs_wsgi.scenarios.load.driver import DriverReport
from asgi_vs_wsgi.scenarios.load.visits import CLIENT, DONE, ERROR_KINDS, FAILED, REFUSED, Visits
from asgi_vs_wsgi.scenarios.model.scenario import Check, Target
from asgi_vs_wsgi.scenarios.results import DriverFigures, MachineShare, RequestCounts
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts, TargetTrace


def counts(completed: int, cancelled: int = 0, dropped: int = 0, **errors: int) -> RequestCounts:
    failed = sum(errors.values())
    planned = completed + failed + cancelled + dropped
    return RequestCounts(planned, completed, failed, cancelled, dropped, {"timeout": 0} | errors, {})


@given(st.dictionaries(st.sampled_from(ERROR_KINDS[1:]), st.integers(1, 30)), st.integers(0, 30))
def test_whatever_the_errors_every_request_is_accounted_for_and_the_clients_are_known(errors, served):
    kinds = [ERROR_KINDS.index(kind) for kind, times in errors.items() for _ in range(times)]
    visits = Visits(served + len(kinds))
    for row, kind in enumerate([0] * served + kinds):
        visits.outcome[row], visits.error[row] = FAILED if kind else DONE, kind
    facts = TargetFacts("one", "uvicorn", "uvicorn", "asgi", "1.0", 1, 1, "page")
    told = request_counts(TargetTrace(facts, visits))
    assert told.planned == told.completed + told.failed + told.cancelled + told.dropped
    assert {kind: n for kind, n in told.errors.items() if n} == errors
    assert client_limited(told) == bool(set(errors) & set(CLIENT_ERRORS))


def test_what_could_not_be_sent_is_told_by_errno_count_and_way_out():
    words = not_sent_words(counts(33, EMFILE=67))
    assert words.startswith("67 of 100 requests could not be sent (EMFILE: ")
    assert "ulimit -n" in words
    both = not_sent_words(counts(90, EMFILE=7, ENETUNREACH=3, refused=5))
    assert both.startswith("10 of 105 requests")
    assert "EMFILE 7 times" in both
    assert "ip link set lo up" in both
    assert not_sent_words(counts(90, refused=5)) == ""


def answered(**statuses: int) -> RequestCounts:
    """All completed, by their status."""
    told = {name.removeprefix("s"): number for name, number in statuses.items()}
    return replace(counts(sum(told.values())), statuses=told)


@pytest.mark.parametrize(
    ("requests", "reason"),
    [
        (answered(s301=16), "most requests were not served: 0 of 16 were"),
        (answered(s200=2, s429=14), "most requests were not served: 2 of 16 were"),
        (answered(s200=9, s403=7), "7 of 16 answers were no page"),
        (answered(s200=15, s302=1), "1 of 16 answers was no page"),
        (answered(s200=9, s204=7), ""),
        (counts(33, EMFILE=67), "could not be sent"),
        (counts(99, EADDRNOTAVAIL=1), "could not be sent"),
        (counts(2, reset=198), "most requests were not served: 2 of 200 were"),
        (counts(2, dropped=5), "most requests were not served"),
        (counts(2, cancelled=50), ""),
        (counts(10, refused=10), ""),
        (counts(10), ""),
    ],
)
def test_why_nothing_is_judged(requests, reason):
    told = unjudged_reason(requests, joined=True)
    assert reason in told
    assert bool(told) == bool(reason)


def test_where_failing_is_the_lesson_it_is_judged_but_never_what_was_not_sent():
    assert unjudged_reason(counts(2, reset=198), joined=True, failures_expected=True) == ""
    assert unjudged_reason(counts(2, EMFILE=198), joined=True, failures_expected=True)


def checked(requests: RequestCounts, **target: Any) -> list[bool | None]:
    quick = Check("as quick", "latency_ms.p95", "< 2 * other/latency_ms.p95")
    checks = [Check("served", "requests.completed", ">= 1"), quick]
    results = [result("one", 10.0, requests=requests), result("other", 10.0)]
    targets = [Target("uvicorn", "page", name="one", checks=checks, **target), Target("uvicorn", "page", name="other")]
    return [check.holds for check in with_checks(results, targets)[0].checks]


def test_checks_on_two_of_two_hundred_hold_neither_nor_break():
    assert checked(counts(32)) == [True, True]
    assert checked(counts(2, reset=198)) == [None, None]
    assert checked(counts(90, EMFILE=10)) == [None, None]
    assert checked(counts(2, reset=198), failures_expected=True) == [True, True]


def test_a_check_against_a_target_of_that_kind_cannot_be_told_either():
    checks = [Check("as quick", "latency_ms.p95", "< 2 * other/latency_ms.p95")]
    results = [result("one", 10.0), result("other", 10.0, requests=counts(5, ENOBUFS=1))]
    targets = [Target("uvicorn", "page", name="one", checks=checks), Target("uvicorn", "page", name="other")]
    (check,) = with_checks(results, targets)[0].checks
    assert check.holds is None
    assert "ENOBUFS" in (check.reason or "")


def test_nobody_wins_over_a_target_that_the_client_could_not_send_to():
    said = judge([result("quick", 10.0, requests=counts(33, EMFILE=67))], [result("slow", 500.0)])
    assert said.winner is None
    assert "quick: 67 of 100 requests could not be sent (EMFILE" in said.words
    assert "load driver" not in said.words


def test_nobody_wins_over_a_target_that_served_few():
    said = judge([result("quick", 10.0)], [result("slow", 500.0, requests=counts(2, reset=198))])
    assert said.winner is None
    assert "slow served 2 of 200" in said.words


@pytest.mark.parametrize("served", [0, 3])
def test_that_most_were_not_served_comes_before_what_else_is_missing(served: int):
    """Nobody's latency is there to be measured, and the driver was late for no one's."""
    lost = replace(result("slow", 500.0, requests=counts(served, timeout=100)), latency_ms=None)
    late = replace(lost, driver=DriverFigures(50.0, 0.02, limited=True))
    for target in (lost, late):
        words = judge([result("quick", 10.0)], [target]).words
        assert f"most requests were not served: slow served {served} of {100 + served} (100 timed out" in words


def test_a_late_driver_was_the_limit_of_those_who_were_served():
    late = DriverReport(50.0, 0.02)
    assert driver_figures(late, 10.0).limited
    assert not driver_figures(late, 10_000.0).limited
    assert not driver_figures(late, None).limited


def test_requests_that_fail_by_themselves_do_not_make_the_driver_the_limit():
    busy = DriverReport(50.0, 0.99)
    assert driver_figures(busy, 10.0).limited
    assert not driver_figures(busy, 10.0, client_limited=True).limited


def test_errnos_have_kinds_and_refusals_stay_the_servers():
    assert {ERROR_KINDS[code] for code in CLIENT.values()} == set(CLIENT_ERRORS)
    assert ERROR_KINDS[REFUSED] == "refused"
    assert mostly_unserved(counts(1, refused=2))


def test_what_the_application_refuses_says_nothing_of_its_server_and_what_the_server_refuses_does():
    refused = {"by the application": answered(s200=2, s429=14), "by the server": counts(2, reset=14)}
    told = {
        who: judged(concurrency, result("one", 10.0, interface="asgi", requests=each)) for who, each in refused.items()
    }
    assert {who: bearing and (bearing.said, bearing.supports) for who, bearing in told.items()} == {
        "by the application": (Said.UNSERVED, None),
        "by the server": (Said.UNSERVED, False),
    }


@pytest.mark.parametrize(
    ("taken", "quantity", "expected", "holds"),
    [
        (0.0, "latency_ms.p95", "< 500", False),
        (0.4, "latency_ms.p95", "< 500", False),
        (0.6, "latency_ms.p95", "< 500", None),
        (0.6, "latency_ms.p95", "< 2000", True),
        (0.6, "latency_ms.p95", "> 2000", False),  # nobody is quicker because of others
        (0.6, "requests.failed", "> 0", False),
    ],
)
def test_a_check_that_others_on_the_machine_may_have_broken_cannot_be_told(taken, quantity, expected, holds):
    target = Target("uvicorn", "page", workers=1, name="uvicorn", checks=[Check("is so", quantity, expected)])
    one = replace(result("uvicorn", 1000.0), machine=MachineShare(taken, 0.0))
    ((made,),) = [each.checks for each in with_checks([one], [target])]
    assert made.holds is holds
    assert bool(made.reason) is (holds is None)
