"""Pages of a project are visited when those of a file were, and what such times cannot be is refused in one line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from msgspec import structs

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.recorded_arrivals import mean_rate
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.what_if import KINDS, next_arrivals
from asgi_vs_wsgi.scenarios.project.page_choice import Asked
from asgi_vs_wsgi.scenarios.project.planned_run import (
    arrival_notes,
    as_scenario,
    at_recorded_times,
    recorded_visits,
    takes_times,
)
from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
from asgi_vs_wsgi.scenarios.project.traffic import SeenRequest, Traffic
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.run.visit_plan import visiting

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RunResult

PAGES = (ServedPage("a", "/a/", 2.0, None, ("/a/?p=2",)), ServedPage("b", "/b/", 1.0, None))
SEEN = ("/left-out/", "/a/", "/b/", "/a/?p=2", "/a/?p=2", "/b/")


def file_of(*paths: str) -> Traffic:
    return Traffic("shop.har", tuple(SeenRequest(place * 0.5, "GET", path) for place, path in enumerate(paths)), {})


def planned(options: Options, traffic: Traffic) -> Experiment:
    scenario = as_scenario(Path("shop"), PAGES, {}, 1)
    experiment = Experiment(scenario, tuple(scenario.toml.targets), scenario.toml.load, {})
    return at_recorded_times(experiment, PAGES, traffic, options)


def test_each_visitor_asks_for_its_own_page_at_its_own_time_and_those_left_out_come_not():
    experiment = planned(Options("shop", arrivals="recorded"), file_of(*SEEN))
    visits = visiting(experiment.scenario, experiment.targets[0], experiment.load)

    asked = [visits.requests[of].paths[turn] for of, turn in zip(visits.plan.path, visits.plan.turns, strict=True)]
    assert asked == [*SEEN[1:]]
    assert [offset / 1e9 for offset in visits.plan.offsets_ns] == [0, 0.5, 1, 1.5, 2]
    load = LoadResult.from_load(experiment.load)
    assert (load.arrivals, load.loop, load.requests, load.rate) == ("recorded", "open", 5, 2.0)


def test_the_rate_the_number_and_the_seconds_are_those_that_are_asked_for():
    traffic = file_of(*SEEN * 10)
    quick = planned(Options("shop", rate=8.0), traffic)
    slow = planned(Options("shop", rate=0.4), traffic)
    few = planned(Options("shop", rate=8.0, requests=10), traffic)
    short = planned(Options("shop", arrivals="recorded", duration_s=3.0), traffic)

    assert (quick.load.requests, quick.load.rate) == (50, pytest.approx(8.0))
    assert slow.load.requests == 12
    assert (few.load.requests, short.load.requests) == (10, 5)
    assert short.scenario.recorded is not None
    assert short.load.rate == mean_rate(short.scenario.recorded.at_s)


def test_times_are_taken_where_they_are_asked_for_and_a_rate_asks_for_them():
    asked = Asked(traffic=file_of(*SEEN))

    assert not takes_times(asked, Options("shop"))
    assert not takes_times(asked, Options("shop", rate=5.0, arrivals="poisson"))
    assert not takes_times(Asked(), Options("shop", rate=5.0))
    assert takes_times(asked, Options("shop", rate=5.0))
    assert takes_times(asked, Options("shop", arrivals="recorded"))


@pytest.mark.parametrize(
    ("options", "paths", "says"),
    [
        (Options("shop", rate=0.0), SEEN, "--rate: 0 is not above 0"),
        (Options("shop", rate=0.001), SEEN, "--rate: shop.har: at 0.001 per second 0 visitors would be left of 6"),
        (Options("shop", rate=1.0, duration_s=0.0), SEEN, "--duration: 0 is not above 0"),
        (Options("shop", rate=1.0, requests=0), SEEN, "--requests: 0 is out of bounds"),
        (Options("shop", arrivals="recorded", duration_s=0.4), SEEN, "1 visitor to come: no times to keep"),
        (Options("shop", arrivals="recorded"), ("/a/",), "--arrivals: shop.har: 1 visitor to come"),
        (Options("shop", arrivals="recorded", concurrency=3), SEEN, "--concurrency: recorded arrivals come at"),
        (Options("shop", arrivals="recorded", ladder=(1, 2)), SEEN, "--ladder: recorded arrivals come at"),
    ],
)
def test_times_that_cannot_be_are_refused_before_the_project_is_looked_at(options, paths, says):
    with pytest.raises(BadInput) as refused:
        takes_times(Asked(traffic=file_of(*paths)), options)
    assert refused.value.one_line().startswith(says) or says in refused.value.one_line()
    assert "\n" not in refused.value.one_line()


def test_recorded_times_without_a_file_are_refused():
    with pytest.raises(BadInput, match="of which file"):
        takes_times(Asked(), Options("shop", arrivals="recorded"))


def test_what_was_taken_of_the_file_is_told():
    traffic = file_of(*SEEN)
    timed = planned(Options("shop", rate=8.0), traffic)
    mixed = structs.replace(timed, scenario=structs.replace(timed.scenario, recorded=None))

    (told,) = arrival_notes(timed, Asked(traffic=traffic))
    assert told == "5 visitors of the 6 requests in shop.har come as those came, 8.0/s where the file has 2.0/s."
    assert "not its times" in next(arrival_notes(mixed, Asked(traffic=traffic)))
    assert not [*arrival_notes(mixed, Asked())]


def test_what_if_goes_from_recorded_arrivals_to_all_others_and_back():
    load = LoadResult.from_load(planned(Options("shop", rate=8.0), file_of(*SEEN)).load)

    run, now = cast("RunResult", SimpleNamespace(load=load)), ""  # all that is read of it
    assert [now := next_arrivals(now, run) for _ in KINDS] == [*KINDS]
    assert next_arrivals(now, run) == ""


def test_nobody_is_left_of_a_file_whose_pages_are_all_left_out():
    assert recorded_visits(file_of("/left-out/"), PAGES).at_s == []
