"""The figures of visitors who ask for several pages: of each page, of the class, and of whole visits."""

from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import pytest
from analysed import figures
from last_frame import compared, last_frame
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.load.visits import FAILED, TIMEOUT
from asgi_vs_wsgi.scenarios.results import TargetResult, VisitorClass
from asgi_vs_wsgi.scenarios.trace.target_trace import PageFacts, TargetTrace

PAGES = [PageFacts("login", "first", [302]), PageFacts("cart", "second"), PageFacts("3", "second", [200, 404])]
LATENCIES_MS = [10, 20, 40, 11, 21, 41]


def shop(recording: Any, *, lookers: int = 2) -> TargetTrace:
    """`lookers` of one page, then two buyers of three, who think 100 ms between them."""
    rec = recording(requests=lookers + 6)
    for row in range(lookers):
        rec.visit(row, 5)
    for at, latency_ms in enumerate(LATENCIES_MS):
        since = 100 * (at % 3)
        rec.visit(lookers + at, since + latency_ms, intended=since, status=[302, 200, 404][at % 3])
    trace = rec.trace()
    trace.facts = replace(trace.facts, pages={"buyers": PAGES})
    trace.classes = ("lookers", "buyers") if lookers else ("buyers",)
    trace.class_of = array("H", [0] * lookers + [1] * 6) if lookers else array("H")
    return trace


@pytest.mark.parametrize("lookers", [0, 2, 5])
def test_a_visitors_latency_is_that_of_its_pages_without_the_thought(recording: Any, lookers: int) -> None:
    buyers = of(shop(recording, lookers=lookers))
    assert (buyers.visits.visitors, buyers.visits.completed) == (2, 2)
    assert (buyers.visits.latency_ms.min, buyers.visits.latency_ms.max) == pytest.approx((70, 73))
    assert buyers.requests.planned == 6


def of(trace: TargetTrace) -> VisitorClass:
    """The figures of the buyers."""
    return told(trace).classes[-1]


def told(trace: TargetTrace) -> TargetResult:
    return figures(SimpleNamespace(requests=len(trace.visits)), trace=trace)


def test_each_page_has_figures_of_its_own(recording: Any) -> None:
    pages = of(shop(recording)).pages
    assert [(page.name, page.view, page.requests.completed) for page in pages] == [
        ("login", "first", 2),
        ("cart", "second", 2),
        ("3", "second", 2),
    ]
    assert [page.latency_ms.max for page in pages] == pytest.approx([11, 21, 41])
    assert [page.requests.statuses for page in pages] == [{"302": 2}, {"200": 2}, {"404": 2}]
    assert sum(page.requests.planned for page in pages) == 6


@pytest.mark.parametrize("lookers", [0, 3])
def test_an_answer_is_a_page_by_what_that_page_expects(recording: Any, lookers: int) -> None:
    trace = shop(recording, lookers=lookers)
    assert of(trace).requests.unexpected == 0
    trace.visits.status[lookers] = 200  # of a login, which is to redirect
    trace.visits.status[lookers + 4] = 404  # of a cart
    buyers = of(trace)
    assert buyers.requests.unexpected == 2
    assert [page.requests.unexpected for page in buyers.pages] == [1, 1, 0]
    assert buyers.visits.completed == 0
    assert buyers.visits.latency_ms is None


@pytest.mark.parametrize("failed", [0, 1, 2])
def test_who_missed_one_page_made_no_whole_visit(recording: Any, failed: int) -> None:
    trace = shop(recording)
    row = 2 + failed
    trace.visits.outcome[row], trace.visits.error[row], trace.visits.status[row] = FAILED, TIMEOUT, 0
    buyers = of(trace)
    assert (buyers.visits.visitors, buyers.visits.completed) == (2, 1)
    assert buyers.visits.latency_ms.max == pytest.approx(73)
    assert [page.requests.failed for page in buyers.pages] == [int(at == failed) for at in range(3)]


@pytest.mark.parametrize(("lookers", "planned"), [(0, 6), (2, 8), (5, 11)])
def test_what_had_no_page_is_counted_in_requests_where_visitors_make_several(recording, lookers, planned) -> None:
    trace = shop(recording, lookers=lookers)
    trace.visits.status[lookers] = 404
    assert unserved_words(told(trace)).startswith(f"1 of {planned} requests had no page: 1 answered 404")


def test_visitors_of_one_page_have_no_visits(recording: Any) -> None:
    lookers, _ = told(shop(recording)).classes
    assert (lookers.visits, lookers.pages) == (None, [])


def test_the_screen_counts_pages_as_the_result_does(recording: Any) -> None:
    trace = shop(recording)
    trace.visits.status[2] = 200
    assert compared(last_frame(trace)) == compared(told(trace))


@pytest.mark.parametrize(
    ("class_of", "pages_of"), [([1, 0, 1, 1, 0, 1], {0: 0, 2: 1, 3: 0, 5: 1}), ([1, 1, 1, 1], {0: 0, 1: 1, 2: 0, 3: 1})]
)
def test_which_page_a_row_is_follows_from_its_place_in_its_class(recording: Any, class_of, pages_of) -> None:
    trace = recording(requests=len(class_of)).trace()
    trace.facts = replace(trace.facts, pages={"buyers": PAGES[:2]})
    trace.classes, trace.class_of = ("lookers", "buyers"), array("H", class_of)
    found = {row: page[0] for row in range(len(class_of)) if (page := trace.page_of(row))}
    assert found == pages_of
