"""What a prediction rests on, what it says of other numbers, and why there is none."""

from __future__ import annotations

import pytest
from made_targets import MS, facts, figures, observed
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.simulation.law_prediction import (
    Basis,
    Prediction,
    Unpredicted,
    WhatIfFactors,
    Why,
    predict,
    prediction_basis,
)

CATALOG = load_catalog()
BURST = CATALOG.find("slow-io").toml
NAMED = facts(law="one-per-worker")


def test_the_scenarios_law_is_believed_before_anything_has_run():
    assert prediction_basis(BURST, observed(NAMED)) == Basis("one-per-worker", 0.2, 0.002, named=True, timed=True)


def test_the_law_of_a_servers_kind_is_believed_once_it_has_told_the_makespan():
    about = facts()
    assert prediction_basis(BURST, observed(about)).why is Why.NOT_OVER
    told = figures(about, makespan_s=1.6, queued=700.0, blocked=200.0)
    assert prediction_basis(BURST, observed(about, told)) == Basis(
        "one-per-worker", 0.2, 0.002, named=False, timed=True
    )
    found = prediction_basis(BURST, observed(about, replace(told, makespan_s=4.0)))
    assert (found.why, found.says_s, found.measured_s) == (Why.DOES_NOT_HOLD, pytest.approx(1.6), 4.0)


def test_a_race_is_predicted_from_the_shortest_stay_and_from_nothing_before_that():
    raced = observed(NAMED, lone_ns=0, lone_cpu_ns=0)
    assert prediction_basis(BURST, raced).why is Why.NOT_TIMED
    told = figures(NAMED, blocked=200.0, running=4.0)
    basis = prediction_basis(BURST, raced._replace(figures=told, shortest_stay_ns=210 * MS))
    assert basis == Basis("one-per-worker", 0.21, 0.004, named=True, timed=False)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"completed": 14, "failed": 2}, Why.UNSERVED),
        ({"completed": 14, "cancelled": 2}, Why.LEFT),
    ],
)
def test_a_run_that_did_not_serve_everybody_confirms_no_law(changed, why):
    about = facts()
    told = figures(about, blocked=200.0)
    told = replace(told, requests=replace(told.requests, **changed))
    assert prediction_basis(BURST, observed(about, told)).why is why


@pytest.mark.parametrize(
    ("name", "why"), [("gone-client", Why.SEVERAL_KINDS), ("hello-world", Why.NOT_TOGETHER), ("slow-io", Why.NOT_OVER)]
)
def test_no_law_of_bursts_is_about_visitors_of_several_kinds_or_one_after_another(name, why):
    assert prediction_basis(CATALOG.find(name).toml, observed(facts())).why is why


def test_twice_the_workers_halve_the_turns_and_a_longer_wait_leaves_the_computing_as_it_is():
    known = observed(NAMED)
    basis = prediction_basis(BURST, known)
    twice = predict(basis, known, WhatIfFactors(workers=2))  # type: ignore[arg-type]
    assert isinstance(twice, Prediction)
    assert twice.time_s == pytest.approx(4 * 0.2)
    assert predict(basis, known, WhatIfFactors(wait=2)).premises.service_s == pytest.approx(2 * 0.198 + 0.002)  # type: ignore[arg-type]


def test_visitors_of_a_loop_who_wait_without_awaiting_wait_in_threads():
    about = facts("asgi", law="all-at-once")
    for told, in_threads in ((figures(about, blocked=200.0), True), (figures(about, awaiting=200.0), False)):
        known = observed(about, told)
        assert predict(prediction_basis(BURST, known), known, WhatIfFactors()).in_threads is in_threads  # type: ignore[arg-type]


def test_a_server_of_whose_kind_no_law_is_known_is_not_predicted():
    assert prediction_basis(BURST, observed(replace(facts(), server="unknown"))) == Unpredicted(Why.NO_LAW)
