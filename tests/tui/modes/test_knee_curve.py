"""The knee: simulated curves rise towards the rate at which all is in use, and measured points stand on them."""

from __future__ import annotations

from functools import cache

import pytest
from frame_rules import TEXTURES
from msgspec.structs import replace
from saved_runs import saved_run, scenario
from simulated_runs import from_the_recorded_run
from test_what_if_simulated import answered, subject

from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.simulation.service_model import TAILS_TOO_SHORT
from asgi_vs_wsgi.scenarios.simulation.what_if_answer import KNEE_SHARES, Knee
from asgi_vs_wsgi.tui.modes.knee_curve import (
    ABOVE,
    AT_ITS_RATE,
    ITS_LADDER,
    MEASURED,
    OTHERS,
    SHADE,
    TITLE,
    knees,
    measured_points,
)
from asgi_vs_wsgi.tui.playback.background_simulation import Subject


@cache
def with_a_ladder() -> tuple[RunResult, tuple[Knee, ...]]:
    result, traces = saved_run("slow-io")
    return result, answered(WhatIfFactors(), Subject(result, scenario("slow-io"), traces))[-1].knees


def plain(lines) -> str:
    return "\n".join(line.plain for line in lines)


def test_latency_rises_towards_the_rate_at_which_all_workers_are_in_use():
    blocking, looped = answered(WhatIfFactors())[-1].knees
    assert blocking.limit_rps == pytest.approx(2 / 0.202, rel=0.02)
    assert blocking.rates == pytest.approx([part * blocking.limit_rps for part in KNEE_SHARES])
    assert blocking.p95_ms == sorted(blocking.p95_ms)
    assert blocking.p95_ms[-1] > 4 * blocking.p95_ms[0]
    assert all(low <= p95 <= high for p95, (low, high) in zip(blocking.p95_ms, blocking.intervals_ms, strict=True))
    assert looped.limit_rps > 20 * blocking.limit_rps, "who awaits holds nothing"
    assert looped.p95_ms[-1] < 1.5 * looped.p95_ms[0]


def test_a_point_of_the_curve_is_what_simulate_says_of_that_rate():
    knee = answered(WhatIfFactors())[-1].knees[0]
    at = KNEE_SHARES.index(0.7)
    _, outcome = from_the_recorded_run(
        targets=("gunicorn-sync",), arrivals="poisson", rate=knee.rates[at], requests=600
    )
    latency = outcome.result.targets[0].latency_ms
    assert latency is not None
    low, high = (latency.intervals or {})["p95"]
    assert low <= knee.p95_ms[at] <= high


def test_more_workers_move_the_knee():
    before, after = (answered(WhatIfFactors(workers=workers))[-1].knees[0] for workers in (1.0, 2.0))
    assert after.limit_rps == pytest.approx(2 * before.limit_rps, rel=0.01)


@pytest.mark.parametrize("width", [46, 74, 180])
def test_the_picture_says_predicted_and_the_ladder_that_was_measured_is_on_it(width: int):
    result, found = with_a_ladder()
    assert len(measured_points(result, "gunicorn-sync")) == len({step.visitors for step in result.ladder})
    told = plain(knees(found, result, width, as_measured=True))
    assert " ".join(told.split()).startswith(TITLE)
    assert "PREDICTED: simulated" in " ".join(told.split())
    pictures = told.partition("● PREDICTED")[0]
    assert MEASURED in pictures
    assert ABOVE in pictures
    assert SHADE in pictures
    assert not TEXTURES & set(told)  # of lanes, which stand above it
    assert max(len(line) for line in told.split("\n")) <= width


def test_a_curve_of_visitors_who_await_on_loops_says_how_short_such_tails_were_simulated():
    result, found = with_a_ladder()
    said = " ".join(plain(knees(found, result, 90, as_measured=True)).split())
    assert f"await on event loops (uvicorn): {TAILS_TOO_SHORT}." in said
    blocking = [one for one in found if one.of != "uvicorn"]
    assert TAILS_TOO_SHORT not in " ".join(plain(knees(blocking, result, 90, as_measured=True)).split())


def test_points_that_were_measured_with_other_settings_are_not_on_it():
    result, found = with_a_ladder()
    told = plain(knees(found, result, 90, as_measured=False))
    assert MEASURED not in told
    assert OTHERS in " ".join(told.split())


def test_a_run_without_a_ladder_and_without_a_rate_has_no_points():
    assert measured_points(subject().run, "gunicorn-sync") == []
    assert knees([], None, 80, as_measured=True) == []


def test_only_points_that_are_on_it_are_named():
    result, found = with_a_ladder()
    load = replace(result.load, arrivals="poisson", rate=5.0, requests=32)
    at_a_rate = replace(result, load=load, ladder=None)
    for run, words, others in ((result, ITS_LADDER, "its own rate"), (at_a_rate, AT_ITS_RATE, "ladder")):
        told = " ".join(plain(knees(found, run, 90, as_measured=True)).split())
        assert words in told
        assert others not in told
