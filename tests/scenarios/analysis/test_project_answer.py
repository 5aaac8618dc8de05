"""What is said of a project: each server beside the first, each page by what it does alone, and no winner."""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[2] / "tui"))

from made_result import made_target
from made_traces import MS, on_loops, on_threads

from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone, answer, page_alone
from asgi_vs_wsgi.scenarios.project.findings.finding import Findings, WhatWasRead
from asgi_vs_wsgi.scenarios.project.look_result import ProjectDatabase, ProjectPage
from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
from asgi_vs_wsgi.scenarios.results.project_answer import ProjectAnswer
from asgi_vs_wsgi.scenarios.trace.line_trace import VisitTimes

NAMES = ("gunicorn-sync", "uvicorn")


def project(
    *,
    debug: bool = False,
    hops: int | None = 0,
    age: Any = 0,
    weights: tuple[float, ...] = (1, 1),
    counted: bool = True,
    notes: tuple[str, ...] = (),
    findings: Findings | None = None,
) -> Any:
    look = SimpleNamespace(databases={"default": ProjectDatabase(conn_max_age=age)}, hops_counted=counted, debug=debug)
    look.findings = findings
    page = None
    if hops is not None:
        page = ProjectPage("p", "shop.views.page", "def", False, False, False, "shop/views.py", 3, True, hops)
    pages = tuple(ServedPage(f"p{place}", f"/p{place}/", weight, page) for place, weight in enumerate(weights))
    return SimpleNamespace(look=look, pages=pages, notes=notes)


def rounds_of(*figures: tuple[float, float]) -> list[list[Any]]:
    """One for each pair of throughputs; p95 is a hundred divided by it."""
    made = []
    for first, other in figures:
        targets = [
            made_target(name, 100_000 / rps, 32 / rps, "", 0) for name, rps in zip(NAMES, (first, other), strict=True)
        ]
        made.append([replace(targets[0]), replace(targets[1], interface="asgi")])
    return made


def answered(
    *figures: tuple[float, float], alone: list[list[PageAlone]] | None = None, **of_project: Any
) -> ProjectAnswer:
    served = project(**of_project)
    traces = [on_threads(4), on_loops(4)]
    for trace in traces:
        trace.classes, trace.class_of = ("p0", "p1"), array("H", [0, 0, 0, 1])
    alone = alone or [[PageAlone(5 * MS, 4.0, 1.0), PageAlone(5 * MS, 4.0, 1.0)]] * 2
    return answer(served, rounds_of(*figures), traces, alone)


@pytest.mark.parametrize(
    ("figures", "judged"),
    [
        ([(100, 50), (101, 52), (99, 51)], "worse"),
        ([(100, 200), (101, 190), (99, 210)], "better"),
        ([(100, 101), (99, 100), (101, 98)], "same"),
        ([(100, 60), (100, 160), (100, 90)], "not told"),
        ([(100, 60)], "not told"),
        ([(100, 20)], "worse"),
    ],
)
def test_a_server_is_judged_beside_the_first_by_all_rounds(figures, judged):
    found = answered(*figures)
    throughput, p95 = found.compared
    assert (throughput.figure, throughput.target, throughput.first) == ("throughput_rps", "uvicorn", "gunicorn-sync")
    assert throughput.judged == judged
    if len(figures) > 1:
        assert p95.judged == judged
    assert throughput.low <= throughput.ratio <= throughput.high
    assert found.rounds == len(figures)
    assert not any("winner" in words or "switch" in words.lower() for words in found.words)


def test_a_page_waits_as_a_lone_request_did_and_the_bound_is_of_the_mix():
    alone = [[PageAlone(10 * MS, 2.0, 8.0), PageAlone(4 * MS, 4.0, 0.0)], [PageAlone(1, 1.0, 1.0)] * 2]
    found = answered((100, 100), alone=alone, weights=(3, 1))
    assert [page.waits_share for page in found.pages] == [0.8, 0.0]
    assert found.at_most == (3 * 10 + 4) / (3 * 2 + 4)
    assert any(words.startswith("/p0/ waits more than it computes: 2 ms") for words in found.words)
    assert any(words.startswith("/p1/ computes more than it waits") for words in found.words)
    assert any("Predicted, not measured" in words for words in found.words)


@pytest.mark.parametrize(("waits_ms", "words"), [(0.5, "hardly"), (3.0, "it could, where lines that wait")])
def test_the_question_is_answered_first_then_what_the_figures_stand_on(waits_ms, words):
    alone = [[PageAlone(10 * MS, 4.0, waits_ms)] * 2] * 2
    found = answered((100, 100), alone=alone, notes=("Database default: an empty one in its place.",))
    assert found.words[0].startswith(f"Would ASGI help these pages? As they wait now, {words}")
    assert "Predicted, not measured" in found.words[0]
    assert found.words[1] == "Database default: an empty one in its place."


def test_that_no_place_was_found_is_said_with_what_was_read_and_by_nobody_who_has_not_looked():
    words = "No place was found that would hold the event loop. Read: 3 files"
    found = answered((100, 100), findings=Findings([], WhatWasRead(3, 2, 1)))
    assert sum(each.startswith(words) for each in found.words) == 1
    assert not any("No place" in each for each in answered((100, 100)).words)


def test_where_waiting_cannot_be_told_nothing_is_said_of_it():
    found = answered((100, 100), alone=[[PageAlone(10 * MS, 2.0, None)] * 2, [PageAlone(1, None, None)] * 2])
    assert found.at_most is None
    assert [page.waits_share for page in found.pages] == [None, None]
    assert not any("waits" in words or "Predicted" in words for words in found.words)


def test_a_lone_request_is_told_by_its_worker_and_by_nobody_in_its_place():
    trace = on_threads(1, wait_ns=20 * MS, cpu_ns=2 * MS)
    told = page_alone(trace, VisitTimes(1, 3 * MS, 19 * MS))
    assert (told.computes_ms, told.waits_ms) == (3.0, 19.0)
    assert told.time_ns > 22 * MS
    assert page_alone(trace, VisitTimes(1, 3 * MS, None))[1:3] == (3.0, None)
    assert page_alone(trace, None)[1:3] == (None, None)


@pytest.mark.parametrize(
    ("hops", "counted", "words"),
    [
        (0, True, "as often as the look forecasts"),
        (3, True, "crossed 0 times a request at uvicorn, and the look forecasts 3."),
        (3, False, "the look forecasts at least 3."),
        (0, False, "as often as the look forecasts"),
        (None, True, ""),
    ],
)
def test_hops_stand_beside_their_forecast(hops, counted, words):
    found = answered((100, 100), hops=hops, counted=counted)
    told = [each for each in found.words if "cross" in each]
    assert all(words in each for each in told)
    assert bool(told) is (hops is not None)
    assert [page.hops_forecast for page in found.pages] == [hops, hops]
    assert {at.hops for page in found.pages for at in page.servers} == {0}


@pytest.mark.parametrize("debug", [False, True])
def test_debug_is_told_since_times_are_not_those_of_production(debug):
    assert any("DEBUG" in words for words in answered((100, 100), debug=debug).words) is debug


@pytest.mark.parametrize(("age", "told"), [(0, False), (60, True), (None, True)])
def test_kept_connections_are_named_as_what_asgi_leaks(age, told):
    assert any("CONN_MAX_AGE" in words for words in answered((100, 100), age=age).words) is told
