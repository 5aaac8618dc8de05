"""Who is next: each visitor is handed out when it is due, not before, and once."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.load.arrivals import NEVER, NOBODY, ClosedArrivals, OpenArrivals
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import Columns, Visits

START_NS = 1_000


def test_an_open_visitor_comes_at_its_very_time_and_not_a_nanosecond_before():
    plan = make_plan("constant", rate=10, requests=3)
    arrivals = OpenArrivals(plan, Columns(Visits(3)).intended_ns, START_NS)
    for row, offset_ns in enumerate(plan.offsets_ns):
        assert arrivals.due_ns() == START_NS + offset_ns
        assert arrivals.next_due(START_NS + offset_ns - 1) == NOBODY
        assert arrivals.next_due(START_NS + offset_ns) == row
    assert (arrivals.due_ns(), arrivals.next_due(NEVER - 1)) == (NEVER, NOBODY)


@pytest.mark.parametrize("requests", [3, 5])
def test_a_closed_visitor_comes_again_as_soon_as_it_is_back_until_all_have_come(requests):
    plan = make_plan("closed", concurrency=2, requests=requests)
    visits = Visits(requests)
    arrivals = ClosedArrivals(plan, Columns(visits).intended_ns, START_NS)
    assert [arrivals.next_due(START_NS) for _ in range(3)] == [0, 1, NOBODY]
    for row in range(2, requests):
        arrivals.came_back(START_NS + row)
        assert arrivals.next_due(START_NS + row - 1) == NOBODY
        assert arrivals.next_due(START_NS + row) == row
        assert visits.intended_ns[row] == START_NS + row
    arrivals.came_back(START_NS + requests)
    assert arrivals.next_due(NEVER - 1) == NOBODY
