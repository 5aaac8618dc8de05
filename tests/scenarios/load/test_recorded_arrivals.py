"""Visitors of a file come at its own times, thinned to a lower rate or in less time for a higher one."""

from __future__ import annotations

import pytest
from drives import assert_all_ended, driven

from asgi_vs_wsgi.scenarios.load.plan import NS_PER_S, PlanError, make_plan
from asgi_vs_wsgi.scenarios.load.recorded_arrivals import at_rate, check_times, first_of, mean_rate, recorded_plan
from asgi_vs_wsgi.scenarios.load.request_templates import RequestSpec
from asgi_vs_wsgi.scenarios.model.scenario import Load, RecordedArrivals

CROWD_AND_LULL = [*(place / 100 for place in range(80)), *(10.0 + place for place in range(20))]


def recorded(at_s: list[float]) -> RecordedArrivals:
    return RecordedArrivals(at_s, [place % 2 for place in range(len(at_s))], [place % 3 for place in range(len(at_s))])


def load(rate: float, requests: int | None = None) -> Load:
    return Load("recorded", requests=requests, rate=rate)


def test_at_a_higher_rate_the_same_visitors_come_in_less_time():
    file = recorded(CROWD_AND_LULL)
    quick = at_rate(file, 4 * mean_rate(file.at_s), seed=1)
    assert list(quick.at_s) == pytest.approx([at_s / 4 for at_s in file.at_s])
    assert (quick.classes, quick.pages) == (file.classes, file.pages)


def test_at_a_lower_rate_some_come_at_their_own_times_and_crowds_stay_crowds():
    at_s = [place / 50 for place in range(1000)] + [20.0 + place / 5 for place in range(100)]
    file = RecordedArrivals(at_s, range(1100), range(1100))
    thinned = at_rate(file, mean_rate(at_s) / 4, seed=3)
    who = thinned.classes
    assert (len(who), [*who], [*who]) == (275, sorted(set(who)), [*thinned.pages])
    assert list(thinned.at_s) == pytest.approx([at_s[each] - at_s[who[0]] for each in who])
    assert 0.85 < sum(each < 1000 for each in who) / 275 < 0.96, "10 of 11 came in the first 20 s, and do so still"
    assert at_rate(file, 5, seed=3) == at_rate(file, 5, seed=3) != at_rate(file, 5, seed=4)


def test_the_first_so_many_or_those_of_the_first_seconds_are_a_part():
    file = recorded(CROWD_AND_LULL)
    assert first_of(file, 5, None).at_s == CROWD_AND_LULL[:5]
    assert first_of(file, None, 0.5).at_s == CROWD_AND_LULL[:50]
    assert first_of(file, 5, 0.02).at_s == CROWD_AND_LULL[:2]


@pytest.mark.parametrize(
    ("at_s", "says"),
    [
        ([], "0 visitors to come"),
        ([0.0], "1 visitor to come"),
        ([0.0] * 3, "all 3 come at one instant"),
        ([0.0, 3.156e8], "2 visitors come in 3 653 days"),
    ],
)
def test_times_that_make_no_load_are_refused_in_one_line(at_s, says):
    with pytest.raises(PlanError, match=says):
        check_times(recorded(at_s))


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 0.001])
def test_a_rate_that_they_cannot_have_is_refused(rate):
    with pytest.raises(PlanError, match="rate: "):
        at_rate(recorded(CROWD_AND_LULL), rate, seed=1)


def test_a_plan_holds_the_file_s_times_to_the_nanosecond_its_classes_and_its_pages():
    file = recorded(CROWD_AND_LULL)
    plan = recorded_plan(file, load(mean_rate(file.at_s), len(file.at_s)))
    assert [*plan.offsets_ns] == [round(at_s * NS_PER_S) for at_s in CROWD_AND_LULL]
    assert ([*plan.path], [*plan.turns]) == (file.classes, file.pages)
    assert (plan.loop, plan.requests) == ("open", 100)


@pytest.mark.anyio
async def test_the_driver_sends_each_visitor_at_its_time_for_its_own_page(serving, hello):
    """Of pages that another class asks for in between, too, and not in turn."""
    at_s = [place * 0.004 + 0.03 * (place > 20) for place in range(40)]
    pages = [place * place % 3 for place in range(40)]
    plan = recorded_plan(RecordedArrivals(at_s, [place % 2 for place in range(40)], pages), load(mean_rate(at_s)))
    specs = [RequestSpec(tuple(f"/{name}{page}" for page in range(3))) for name in "ab"]
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port, paths=specs)
    assert_all_ended(visits)
    assert [at_ns - visits.start_ns for at_ns in visits.intended_ns] == [*plan.offsets_ns]
    asked = {number: head.split()[1].decode() for number, head in zip(server.ids, server.heads, strict=True)}
    assert asked == {place + 1: f"/{'ab'[place % 2]}{pages[place]}" for place in range(40)}


def test_other_arrivals_have_no_pages_of_their_own_and_take_them_in_turn():
    assert not make_plan("burst", requests=3).turns


@pytest.mark.anyio
async def test_visitors_with_headers_of_their_own_take_turns_among_those_of_their_class(serving, hello):
    """Of a class that others come between, at times of a file, too: the body is the same."""
    classes = [0, 1, 1, 0, 1, 0, 1, 1, 0, 1]
    file = RecordedArrivals([place * 0.002 for place in range(10)], classes, [0] * 10)
    own = tuple((("X-Visitor", name),) for name in ("ada", "bob", "eve"))
    specs = [RequestSpec(("/a",)), RequestSpec(("/b",), visitors=own)]
    async with serving(hello) as server:
        visits, _ = await driven(recorded_plan(file, load(mean_rate(file.at_s))), server.port, paths=specs)
    assert_all_ended(visits)
    told = dict(zip(server.ids, server.heads, strict=True))
    said = [told[row + 1].partition(b"X-Visitor: ")[2][:3].decode() for row in range(10) if classes[row]]
    assert said == ["ada", "bob", "eve", "ada", "bob", "eve"]
    assert not [row for row in range(10) if not classes[row] and b"X-Visitor" in told[row + 1]]
