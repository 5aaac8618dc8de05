from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_result import made_result
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.lab.controller import _crashes
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario, ScenarioToml, Target
from asgi_vs_wsgi.scenarios.results import (
    BlockingLine,
    CheckResult,
    DriverFigures,
    InFlight,
    LadderPoint,
    Latency,
    LawResult,
    LeftProcess,
    LeftVisitors,
    LoadResult,
    RequestCounts,
    Round,
    RunResult,
    TargetEnvironment,
    TargetResult,
    Telemetry,
    VerdictResult,
    VisitFigures,
    VisitorClass,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES
from asgi_vs_wsgi.tui.report.figures import LATENCY_NOTE
from asgi_vs_wsgi.tui.report.run_report import environment_line, report, where_next

LOAD = Load("burst", 32)
EXPERIMENT = Experiment(
    Scenario("mine", Path("mine"), ScenarioToml("Mine", "All at once.", LOAD, [Target("uvicorn", "page")]), ""),
    (),
    LOAD,
    {"io_ms": 200},
)


def target(name: str, **changed: Any) -> TargetResult:
    latency = Latency(*(float(ms) for ms in (200, 1640, 2400, 3000, 3260, 3261, 3262, 1700)))
    known: dict[str, Any] = dict.fromkeys(TargetResult.__struct_fields__)
    known |= {
        "name": name,
        "server": name,
        "version": "1.2.3",
        "requests": RequestCounts(32, 32, 0, 0, 0, {"timeout": 0}, {"200": 32}),
        "makespan_s": 3.26,
        "throughput_rps": 9.8,
        "service_s": 0.2,
        "latency_ms": latency,
        "uncorrected_latency_ms": replace(latency, p95=3000.0),
        "ttfb_ms": latency,
        "queue_ms": latency,
        "accepted_ms": latency,
        "connections": None,
        "states_ms": dict.fromkeys(STATE_NAMES, 0.0) | {"blocked": 200.0, "queued": 1500.0},
        "in_flight": InFlight(2, 1),
        "workers_seen": [WorkerSeen(1, 32, 0.99, 0.97, None, 41.0, 2, None)],
        "workers": 2,
        "threads": 1,
        "workers_lost": 0,
        "workers_ended": 0,
        "options": {},
        "hops_per_request": 0.0,
        "blame": [BlockingLine("views.py:12 page", "blocked", 6400.0)],
        "classes": [],
        "law": LawResult("one-per-worker", 3.2, 3.26, 0.2, 0.001, 16, True),
        "checks": [],
        "driver": DriverFigures(0.1, 0.05, False),
        "telemetry": Telemetry(100, 0),
    }
    return TargetResult(**(known | changed))


def outcome(*targets: TargetResult, **changed: Any) -> Outcome:
    environment = {"python": "3.11", "gil": True, "django": "5.2", "asgiref": None, "cores": 2, "platform": "Linux"}
    result = RunResult(
        scenario="mine",
        parameters={"io_ms": 200},
        mode="measure",
        environment=environment,
        load=LoadResult.from_load(LOAD),
        targets=list(targets),
        verdict=VerdictResult("a", 2.0, "latency_ms.p95", "a is 2 times better than b"),
        rounds=[],
        ladder=[],
    )
    return Outcome(replace(result, **changed), [])


def told(*targets: TargetResult, width: int = 100, **changed: Any) -> str:
    return "\n".join(report(EXPERIMENT, outcome(*targets, **changed), width))


def test_a_report_tells_what_was_run_and_what_came_out() -> None:
    text = told(target("a"), target("b"))
    assert text.startswith("Mine\nAll at once.\nio_ms=200 · a burst of 32 visitors (open)")
    assert "a: law one-per-worker predicts 3.20 s (S = 0.20 s), measured 3.26 s: holds" in text
    assert "Verdict on p95 latency: a is 2 times better than b" in text
    assert "views.py:12 page   6.40 s   blocked   a" in text
    assert "Python 3.11 with a GIL, Django 5.2, a 1.2.3, b 1.2.3, 2 cores, Linux" in text


def test_corrected_and_uncorrected_latency_stand_side_by_side() -> None:
    text = told(target("a"))
    assert "3.26 s / 3.00 s" in text
    assert LATENCY_NOTE in text


def test_a_law_that_does_not_hold_is_told_plainly() -> None:
    broken = LawResult("loop-held", 3.2, 9.9, 0.2, 0.001, 16, False)
    assert "predicts 3.20 s (S = 0.20 s, 16 requests on the busiest worker), measured 9.90 s: DOES NOT HOLD" in told(
        target("a", law=broken), width=160
    )


def test_a_law_that_is_too_short_to_tell_neither_holds_nor_does_not() -> None:
    reason = "too short to tell: under 150 ms every law may seem to hold"
    untold = LawResult("loop-held", 0.012, 0.03, 0.003, 0.001, 4, None, 2, reason)
    words = told(target("a", law=untold), width=160)
    assert f"measured 30 ms: {reason}" in words
    assert "hold" not in words.partition("measured 30 ms: ")[2].partition("\n")[0].replace(reason, "")


def test_no_verdict_is_told_as_such() -> None:
    none = VerdictResult(None, None, "latency_ms.p95", "no verdict: in a race the targets share the machine")
    text = told(target("a"), target("b"), verdict=none)
    assert "No verdict on p95 latency: in a race the targets share the machine" in text


def test_checks_are_told() -> None:
    check = CheckResult("many hops", "hops_per_request", ">= 2", 16.0, True)
    words = "a: many hops: hops between loop and thread per request 16, expected at least 2: holds"
    assert words in told(target("a", checks=[check]), width=160)


def test_what_was_not_measured_is_left_out_or_marked_and_never_zero() -> None:
    blind = target("blind", states_ms=None, queue_ms=None, in_flight=None, workers_seen=[], hops_per_request=None)
    text = told(blind)
    assert "hops" not in text
    assert "Workers" not in text
    assert "Mean time" not in text
    hops = next(line for line in told(blind, target("b")).splitlines() if line.startswith("hops"))
    assert hops.split() == ["hops", "per", "request", "–", "0"]


def test_failures_are_counted_by_kind() -> None:
    counts = RequestCounts(32, 20, 10, 0, 2, {"timeout": 4, "status": 6}, {"200": 20, "503": 6})
    text = told(target("a", requests=counts))
    assert "20/32" in text
    assert "10 failed, 2 dropped" in text
    assert "timeout 4, 503 6" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"driver": DriverFigures(30.0, 0.95, True)}, "Warning: a: the load driver itself was the limit (its p99 lag"),
        ({"telemetry": Telemetry(100, 7)}, "Warning: a: 7 events of its workers are missing"),
        ({"telemetry": Telemetry(100, None)}, "Warning: a: an unknown number of events"),
        ({"workers_lost": 1}, "Warning: a: 1 worker died during the run"),
    ],
)
def test_whatever_makes_the_numbers_less_than_they_seem_is_a_warning(changed: dict[str, Any], said: str) -> None:
    assert said in told(target("a", **changed)).replace("\n  ", " ")
    assert "Warning" not in told(target("a"))


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    names = ["gunicorn-sync", "gunicorn-gthread", "uvicorn", "hypercorn", "granian-wsgi", "granian-asgi"]
    lines = told(*map(target, names), width=width).splitlines()
    assert max(map(len, lines)) <= width
    for name in names:  # every column is somewhere
        assert any(name in line.split() for line in lines)


def test_rounds_and_ladders_are_tables() -> None:
    rounds = [Round("a", number, 3.2, 3200.0, 32) for number in (1, 2)]
    ladder = [LadderPoint("a", visitors, 100.0, 200.0, 9.9) for visitors in (1, 2)]
    text = told(target("a"), rounds=rounds, ladder=ladder)
    assert "median of 2 rounds" in text
    assert "a round 2     3.20 s        3.20 s          32" in text
    assert "a          2        0.10 s        0.20 s        9.9/s" in text


def test_colours_are_left_to_nobody() -> None:
    assert "\x1b" not in told(target("a"), target("b"))


# ---- what it ran on


LAB = {"python": "3.11.1", "gil": True, "django": "5.1", "asgiref": "3.7", "cores": 2, "platform": "here"}


def ran_on(*environments: TargetEnvironment | None) -> str:
    first = made_result().targets[0]
    targets = [
        replace(first, name=f"t{number}", server="uvicorn", version="0.5", loop=None, http=None, environment=each)
        for number, each in enumerate(environments)
    ]
    return environment_line(replace(made_result(), targets=targets, environment=LAB))


OURS = TargetEnvironment("3.11.7", gil=True, django="5.2", asgiref="3.8")


@pytest.mark.parametrize(
    ("environments", "told"),
    [
        ((OURS, OURS), "Python 3.11.7 with a GIL, Django 5.2, asgiref 3.8, uvicorn 0.5, "),
        ((OURS, replace(OURS, django=None)), "Python 3.11.7 with a GIL, Django 5.2, asgiref 3.8, uvicorn 0.5, "),
        ((replace(OURS, python="3.13.0"),), "Python 3.13.0 with a GIL, Django 5.2, asgiref 3.8, uvicorn 0.5, "),
        (
            (OURS, replace(OURS, django="4.2")),
            "t0 0.5 on Python 3.11.7 with a GIL, Django 5.2, asgiref 3.8; "
            "t1 0.5 on Python 3.11.7 with a GIL, Django 4.2, asgiref 3.8; on ",
        ),
        (
            (OURS, replace(OURS, python="3.13.0", gil=False)),
            "t0 0.5 on Python 3.11.7 with a GIL, Django 5.2, asgiref 3.8; "
            "t1 0.5 on Python 3.13.0 without a GIL, Django 5.2, asgiref 3.8; on ",
        ),
    ],
)
def test_what_targets_ran_on_is_told_once_or_of_each_where_they_differ(environments, told) -> None:
    assert ran_on(*environments).startswith(told)


def test_of_a_run_that_was_saved_before_it_was_told_the_programs_own_is_known() -> None:
    assert ran_on(None, None) == "Python 3.11.1 with a GIL, Django 5.1, asgiref 3.7, uvicorn 0.5, 2 cores, here"


@pytest.mark.parametrize("name", ["blocking", "late"])
def test_a_targets_name_that_reads_as_a_word_stands_in_quotes_in_every_sentence(name) -> None:
    counts, latency = RequestCounts(32, 20, 0, 12, 0, {}, {"200": 20}), target("a").latency_ms
    one = target(
        name,
        left=LeftVisitors(12, 12, 3.0),
        left_processes=[LeftProcess("sleep", 1)],
        classes=[VisitorClass("buyers", counts, latency, latency, visits=VisitFigures(8, 6, latency))],
        crash="SIGSEGV",
    )
    lines = [line.removeprefix("Warning: ").strip() for line in told(one, target("a"), width=300).splitlines()]
    named = [line for line in lines if line.startswith(f"“{name}”: ")]
    assert not [line for line in lines if line.startswith(f"{name}: ")]
    for words in ("12 visitors left", "6 of 8 “buyers” visitors got all", "1 process", "a worker crashed"):
        assert any(words in line for line in named), words
    assert _crashes(outcome(one).result, lines=True).startswith(f"“{name}”: ")


def test_a_project_of_the_user_s_own_is_led_to_how_many_workers_it_needs_and_to_no_lesson():
    toml = replace(EXPERIMENT.scenario.toml, summary=f"{OWN_PROJECT}: 2 pages")
    words = where_next(Scenario("shop", Path("shop"), toml, "# Shop"))
    assert "asgi-vs-wsgi-tui size RUN.avw --rate R --p95 TIME" in words
    assert "lesson" not in words
    assert "lesson" in where_next(EXPERIMENT.scenario)


@pytest.mark.parametrize(
    ("saved", "told"), [(None, "RUN.avw"), ("shop.avw", "shop.avw"), ("my shop.avw", "'my shop.avw'")]
)
def test_what_comes_next_names_the_file_that_was_written(saved, told):
    toml = replace(EXPERIMENT.scenario.toml, summary=f"{OWN_PROJECT}: 2 pages")
    words = where_next(Scenario("shop", Path("shop"), toml, "# Shop"), saved)
    assert f" size {told} --rate" in words
    assert f" replay {told}, key 2" in words
    assert ("RUN.avw" in words) is (saved is None)
