"""What-if by the laws: what is predicted of a run with other numbers, from what, and why at times nothing is."""

from __future__ import annotations

import dataclasses
import re

import pytest
from msgspec.structs import replace
from saved_runs import after, before, mode_text, saved_run

from asgi_vs_wsgi.scenarios.analysis.laws import LAWS, Premises
from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions
from asgi_vs_wsgi.scenarios.simulation.law_prediction import Basis, Prediction, WhatIfFactors, predict, prediction_basis
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes.law_text import exact, working_out
from asgi_vs_wsgi.tui.modes.predicted_lanes import PredictedLanes
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.what_if import observed
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_numbers, simulated_knob_lines
from asgi_vs_wsgi.tui.modes.what_if_summary import foretold_by_laws
from asgi_vs_wsgi.tui.playback.background_simulation import MEASURES_THEM, Answer


def test_what_if_names_the_knobs_that_change_nothing():
    assert "No effect in this run: threads." in mode_text("what-if", after("slow-io"))
    more = mode_text("what-if", after("slow-io"), WhatIfFactors().changed("threads", 2))
    assert "threads 1 → 4" in more.replace("\u00a0", " ")
    assert "thread" not in more.partition("PREDICTED")[2].partition("MEASURED")[0]


def test_what_if_with_nothing_changed_predicts_what_the_law_did():
    result, _ = saved_run("slow-io")
    words = mode_text("what-if", after("slow-io"))
    for target in result.targets:
        assert f"PREDICTED  makespan {seconds(target.law.predicted_makespan_s)} " in words
        assert f"MEASURED   makespan {seconds(target.law.measured_makespan_s)} " in words


def test_what_if_draws_the_line_that_it_predicts():
    words = mode_text("what-if", after("slow-io"))
    predicted, measured = (words.partition(label)[2].partition("worker 1")[0] for label in ("PREDICTED", "MEASURED"))
    assert "most 30" in predicted
    assert "most 31" in measured


def test_what_if_takes_the_cores_of_the_machine_on_which_it_was_run():
    sight = after("slow-io")
    assert sight.cores == sight.result.environment["cores"]


def test_what_if_cannot_predict_what_was_never_timed():
    words = mode_text("what-if", before("slow-io"))
    assert "ceil(N / w) · S" in words
    assert "PREDICTED" not in words


def test_what_if_uses_the_law_of_the_servers_kind_where_the_scenario_names_none_and_it_held(monkeypatch):
    sight = after("slow-io")
    for each in sight.seen:
        monkeypatch.setattr(each.trace, "facts", replace(each.trace.facts, law=None))
    words = " ".join(mode_text("what-if", sight).split())
    assert "PREDICTED" in words
    assert "the law of its kind" in words
    slower = [replace(target, makespan_s=target.makespan_s * 2) for target in sight.result.targets]
    words = " ".join(
        mode_text("what-if", dataclasses.replace(sight, result=replace(sight.result, targets=slower))).split()
    )
    assert "PREDICTED" not in words
    assert "It does not hold here, so nothing is predicted." in words
    assert "No knob changes anything in this run." in words


def test_what_if_predicts_nothing_from_a_law_that_too_few_visitors_could_tell():
    """Two visitors of two workers: nobody takes turns, whatever the server."""
    words = " ".join(mode_text("what-if", after("streaming")).split())
    assert "PREDICTED" not in words
    assert "too short to tell from" in words

    sight = after("slow-io")
    short = replace(sight.result.targets[0].law, holds=None, reason="too short to tell: under 150 ms …")
    targets = [replace(sight.result.targets[0], law=short), sight.result.targets[1]]
    words = " ".join(
        mode_text("what-if", dataclasses.replace(sight, result=replace(sight.result, targets=targets))).split()
    )
    assert "one-per-worker: too short to tell: under 150 ms …" in words


def test_what_if_predicts_from_the_shortest_stay_where_nobody_was_timed_alone():
    sight = after("slow-io")
    for each in sight.seen:
        each.trace.service_ns, kept = 0, each.trace.service_ns
        words = " ".join(mode_text("what-if", sight).split())
        each.trace.service_ns = kept
        assert "PREDICTED" in words
        assert "the shortest stay in a worker, for a race times no lone request; m measures one." in words


def test_no_key_is_told_that_does_nothing_of_a_run_whose_scenario_is_gone(monkeypatch):
    sight = after("slow-io")
    for each in sight.seen:
        monkeypatch.setattr(each.trace, "service_ns", 0)
    for titles, told in (({"slow-io": "Slow I/O"}, True), ({"hello-world": "Hello World"}, False)):
        seen = dataclasses.replace(sight, titles=titles)
        race = Answer(WhatIfFactors(), SimulationOptions(), refusal=f"a race ({MEASURES_THEM})", never=True)
        words = " ".join(
            mode_words("what-if", seen, knobs=WhatIfFactors(), answers=(), score=(0, 0), answer=race).plain.split()
        )
        assert "a law is all that is asked: a race" in words
        assert (MEASURES_THEM in words, "m measures one" in words) == (told, told)


@pytest.mark.parametrize(
    ("name", "why"), [("gone-client", "several kinds (impatient, patient)"), ("hello-world", "8 at a time")]
)
def test_what_if_says_why_nothing_can_be_predicted(name, why):
    words = " ".join(mode_text("what-if", before(name)).split())
    assert "Nothing can be predicted here." in words
    assert why in words


def test_more_visitors_are_shared_as_unevenly_as_they_were_measured():
    sight = after("blocked-loop")
    target = next(each for each in sight.targets if each.name == "blocking")
    seen = next(each for each in sight.seen if each.trace.facts.name == "blocking")
    known = observed(sight, seen, target)
    found = prediction_basis(sight.scenario.toml, known)
    twice = predict(found, known, WhatIfFactors().changed("visitors", 1))  # type: ignore[arg-type]
    assert twice.time_s == pytest.approx(2 * target.law.predicted_makespan_s)
    uneven = replace(target, law=replace(target.law, busiest=target.law.busiest // 2))
    four = predict(found, known._replace(figures=uneven), WhatIfFactors().changed("workers", 2))  # type: ignore[arg-type]
    assert four.premises.busiest >= 3


def test_how_a_law_comes_to_its_time_can_be_worked_out_again():
    result, _ = saved_run("slow-io")
    law = result.targets[0].law
    assert f"32 visitors / 2 workers = 16 turns of {exact(law.service_s)}" in mode_text("what-if", after("slow-io"))
    words = mode_text("what-if", after("slow-io"), WhatIfFactors().changed("workers", 1))
    assert f"32 visitors / 4 workers = 8 turns of {exact(law.service_s)}" in words


@pytest.mark.parametrize(
    ("workers", "threads", "cores", "expected"),
    [
        (2, 1, 2, "/ 2 workers"),
        (4, 1, 2, "/ 2 cores, fewer than the 4 workers"),
        (1, 1, 2, "/ 1 worker, fewer than the 2 cores"),
        (4, 1, 1.53, "/ 1.5 cores, fewer than the 4 workers"),
        (1, 2, 4, "/ 2 threads, fewer than the 4 cores"),
        (2, 4, 4, "/ 4 cores, fewer than the 8 threads"),
        (1, 1, 1, "/ 1 worker"),
    ],
)
def test_what_cpu_is_shared_among_is_named_with_why_and_is_what_the_law_divides_by(workers, threads, cores, expected):
    premises = Premises(320, workers, threads, cores, 0.2, 0.2, 320 // workers, threads)
    assert working_out("all-at-once", premises).endswith(expected)
    shared_s = 320 * 0.2 / float(expected.split()[1])
    assert LAWS["all-at-once"](premises) == pytest.approx(0.2 + shared_s, rel=0.03)
    if workers * threads > cores:
        assert working_out("cpu-shared", premises).endswith(expected)
        assert LAWS["cpu-shared"](premises) == pytest.approx(shared_s, rel=0.03)


def test_more_workers_than_cores_are_told_to_share_them():
    more = WhatIfFactors().changed("workers", 2)
    assert "of CPU / 2 cores, fewer than the 8 workers" in " ".join(
        mode_text("what-if", after("slow-io"), more).split()
    )


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_who_is_in_line_is_drawn_however_many_workers_fill_the_rows(workers):
    knobs = WhatIfFactors().changed("workers", workers).changed("visitors", 1)
    words = mode_text("what-if", after("slow-io"), knobs)
    predicted = words.partition("PREDICTED  makespan")[2].partition("MEASURED")[0]
    assert re.search(r"in line +[█▇].* most \d\d", predicted)


def test_the_figures_change_with_the_run():
    wait = WhatIfFactors().changed("wait", 1)
    assert mode_text("what-if", after("slow-io"), wait) != mode_text("what-if", after("slow-io"))
    assert f"{seconds(0.4)}"[:3] in mode_text("what-if", after("slow-io"), wait)


def test_a_knob_has_an_end_on_both_sides():
    assert WhatIfFactors().changed("workers", 100).workers == 64
    assert WhatIfFactors().changed("wait", -100).wait == 1 / 64


def test_the_first_line_tells_what_is_predicted_against_what_was_measured():
    result, _ = saved_run("slow-io")
    sync, loops = (seconds(target.makespan_s) for target in result.targets)
    words = " ".join(mode_text("what-if", after("slow-io")).split())
    assert f"PREDICTED with nothing changed: gunicorn-sync would have a makespan of {sync}, as measured" in words
    more = " ".join(mode_text("what-if", after("slow-io"), WhatIfFactors().changed("workers", 1)).split())
    told = more.replace("\u00a0", " ").partition(" with workers 2 → 4: ")[2].partition("PREDICTED")[0]
    assert re.match(rf"gunicorn-sync would have a makespan of 1.6\d s \(measured {sync}\); uvicorn ", told)
    assert loops in told


def predicted_s(time_s: float) -> Prediction:
    sight = after("slow-io")
    (target, *_) = sight.seen
    about = observed(sight, target, next(one for one in sight.targets if one.name == target.trace.facts.name))
    basis = prediction_basis(sight.scenario.toml, about)
    assert isinstance(basis, Basis)
    found = predict(basis, about, WhatIfFactors())
    assert isinstance(found, Prediction)
    return found._replace(time_s=time_s)


def test_what_it_took_to_serve_some_is_not_compared_with_what_would_serve_all():
    sight, one_s = after("slow-io"), predicted_s(1.0)
    lost = {
        one.name: replace(one, requests=replace(one.requests, completed=one.requests.planned - 2, failed=2))
        for one in sight.targets
    }
    told = foretold_by_laws([PredictedLanes(each, one_s) for each in sight.seen], lost)
    assert [(each.predicted, each.measured) for each in told] == [("1.00 s", "")] * 2


def test_a_law_that_did_not_hold_is_told_so_in_the_first_line():
    sight, one_s = after("slow-io"), predicted_s(1.0)
    broken = {one.name: replace(one, law=replace(one.law, holds=False)) for one in sight.targets}
    told = foretold_by_laws([PredictedLanes(each, one_s) for each in sight.seen], broken)
    assert {each.limits for each in told} == {", by a law that does not hold here"}


@pytest.mark.parametrize("width", [40, 60, 74, 90])
def test_no_knob_is_broken_over_two_lines(width: int):
    sight = after("slow-io")
    shown = simulated_knob_lines(WhatIfFactors(), width, knob_numbers(sight, at_a_rate=False), sight.result)
    told = {part.strip() for line in shown for part in line.plain.replace("\u00a0", " ").split("   ")}
    assert {"c C cores 2", "w W workers 2", "a arrivals as measured", "w half, W twice"} <= told
    assert all(len(line) <= width for line in shown)


def test_before_the_end_nobody_is_told_that_no_knob_changes_anything():
    sight = after("streaming")
    for over in (True, False):
        seen = sight if over else dataclasses.replace(sight, result=None)
        assert ("No knob changes anything" in mode_text("what-if", seen)) == over
