"""What-if by the simulator: the figures of `simulate`, said to be PREDICTED in every frame, changed by every key."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from made_modes import on_screen, replayed, show_at
from msgspec import structs
from saved_runs import after, seen
from seen_screen import mode_says
from simulated_runs import RECORDED, measured_run

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.simulation import wanted_targets
from asgi_vs_wsgi.scenarios.planning.what_if import live_options, next_arrivals, what_if_options
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair
from asgi_vs_wsgi.scenarios.simulation.calibration import calibrate
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.arguments.simulate import simulate_command, simulation_options
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.commands import simulate as command
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.what_if import BY_LAWS
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_numbers
from asgi_vs_wsgi.tui.modes.what_if_simulated import calibrated_words, command_words
from asgi_vs_wsgi.tui.playback import background_simulation
from asgi_vs_wsgi.tui.playback.background_simulation import Answer, BackgroundSimulation, Subject
from asgi_vs_wsgi.tui.playback.loader import opened
from asgi_vs_wsgi.tui.widgets.note_view import Note

PATIENCE_S = 60.0


def subject() -> Subject:
    of = measured_run()
    return Subject(of.run, of.scenario, list(of.traces.values()))


def answered(chosen: WhatIfFactors, about: Subject | None = None) -> list[Answer]:
    """Everything that is known of it, in the order in which it was told."""
    simulation, told = BackgroundSimulation(), []
    about = about or subject()
    simulation.tell = lambda: told.append(simulation.ask(about, chosen))
    simulation.ask(about, chosen)
    wait_for(simulation)
    return [*told, simulation.ask(about, chosen)]


def wait_for(simulation: BackgroundSimulation) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while simulation.busy:
        assert time.monotonic() < end_s
        time.sleep(0.005)


SETTINGS = (
    WhatIfFactors(),
    WhatIfFactors(workers=2.0, wait=0.5),
    WhatIfFactors(visitors=16.0, cpu=4.0, cores=2.0),
    WhatIfFactors(arrivals="poisson", pool=2),
    WhatIfFactors(arrivals="closed", other_gil=True),
)


@pytest.mark.parametrize("chosen", SETTINGS)
def test_figures_are_those_of_the_command_that_it_tells(chosen: WhatIfFactors):
    answer = answered(chosen)[-1]
    _, _, *words = command_words(answer.options)
    parsed = dict(simulate_command.make_context("simulate", [str(RECORDED), *words], obj=()).params)
    asked = simulation_options({name: parsed[name] for name in parsed if name not in ("source", "as_json", "save")}, ())
    _, outcome = command._simulated(measured_run(), asked)
    assert [one.of for one in answer.targets] == [target.name for target in outcome.result.targets]
    for one, target in zip(answer.targets, outcome.result.targets, strict=True):
        latency, its = target.latency_ms, target.simulation
        assert latency is not None
        assert its is not None
        assert one.latency_ms == pytest.approx({name: getattr(latency, name) for name in one.latency_ms}, abs=1e-5)
        for name, both in (latency.intervals or {}).items():
            assert one.intervals_ms[name] == pytest.approx(both, abs=1e-5)
        assert one.makespan_s == pytest.approx(target.makespan_s)
        assert one.throughput_rps == pytest.approx(target.throughput_rps)
        assert (one.replications, one.in_use, one.beyond) == (its.replications, its.in_use, its.beyond)
        assert one.scarce == its.scarce
        assert (one.setup.workers, one.setup.threads) == (target.workers, target.threads)


def test_of_many_an_answer_is_there_before_all_replications_are():
    told = answered(WhatIfFactors(arrivals="burst", visitors=64.0))
    first = next(answer for answer in told if answer.targets)
    assert [one.whole for one in first.targets] == [False, False]
    assert first.doing
    assert [one.whole for one in told[-1].targets] == [True, True]
    assert told[-1].doing == ""
    assert [one.replications for one in told[-1].targets] > [one.replications for one in first.targets]
    assert any("%" in answer.doing for answer in told), "how far it is"


def test_a_newer_question_ends_the_older_one():
    simulation, about, told = BackgroundSimulation(), subject(), []
    simulation.tell = lambda: told.append(simulation._answer)
    older, newer = WhatIfFactors(visitors=64.0), WhatIfFactors(workers=2.0)
    simulation.ask(about, older)
    simulation.ask(about, newer)
    asked_again = len(told)
    wait_for(simulation)
    assert {answer.chosen for answer in told[asked_again + 1 :]} == {newer}
    assert simulation.ask(about, newer).targets[0].setup.workers == 4


def test_a_run_that_cannot_be_simulated_from_has_its_law_and_says_why():
    about = subject()
    race = about._replace(run=structs.replace(about.run, mode="race"))
    answer = answered(WhatIfFactors(), race)[-1]
    assert answer.never
    sight = after("slow-io")
    words = mode_words("what-if", sight, knobs=WhatIfFactors(), answers=(), score=(0, 0), answer=answer).plain
    assert "PREDICTED  makespan 3.2" in words
    assert "Nothing is simulated here, and a law is all that is asked: this run is a race" in " ".join(words.split())


def test_a_calibration_says_on_the_screen_when_on_what_and_how_well_it_reproduces_its_run():
    saved = structs.replace(read_run(RECORDED), clock=ClockPair(1_795_000_000_000_000_000, 1))
    measured = opened(saved).measured
    assert measured == ClockPair(1_795_000_000_000_000_000, 5).local
    told = answered(WhatIfFactors(), subject()._replace(measured=measured))[-1].targets[0].told
    words = calibrated_words(told)
    for part in (measured, "gunicorn-sync 27.0.1, Django 5.2.19, Python 3.11.7, 2 cores", "32 visitors of this run"):
        assert part in words
    assert f"reproduces to p50 {told.reproduces_p50_error:+.1%}, p95 {told.reproduces_p95_error:+.1%}" in words


def test_each_target_is_calibrated_once_however_quickly_keys_are_pressed(monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []

    def counted(trace, *rest):
        made.append(trace.facts.name)
        return calibrate(trace, *rest)

    monkeypatch.setattr(background_simulation, "calibrate", counted)
    simulation, about = BackgroundSimulation(), subject()
    for workers in (1.0, 2.0, 4.0, 8.0):
        simulation.ask(about, WhatIfFactors(workers=workers))
    wait_for(simulation)
    assert sorted(made) == sorted(trace.facts.name for trace in about.traces)


@pytest.mark.parametrize(("chosen", "may"), [(WhatIfFactors(workers=2.0), True), (WhatIfFactors(pool=2), False)])
def test_that_it_can_be_measured_is_said_only_where_it_can_be(chosen: WhatIfFactors, may: bool):
    sight = after("slow-io")
    answer = answered(chosen, Subject(sight.result, sight.scenario, [each.trace for each in sight.seen]))[-1]
    told = mode_words("what-if", sight, knobs=chosen, answers=(), score=(0, 0), answer=answer).plain
    assert ("M measures just this." in " ".join(told.split())) is may


@pytest.mark.parametrize(("server", "ends"), [("gunicorn-gthread", True), ("gunicorn-sync", False)])
def test_what_intervals_are_of_is_said_of_servers_that_share_a_crowd(server: str, ends: bool):
    sight, answer = after("slow-io"), answered(WhatIfFactors())[-1]
    one, *others = answer.targets
    sharing = replace(one, setup=structs.replace(one.setup, server=server, slot="thread", threads=4), scarce="threads")
    asked = replace(answer, targets=(sharing if ends else one, *others))
    told = mode_words("what-if", sight, knobs=WhatIfFactors(), answers=(), score=(0, 0), answer=asked).plain
    assert ("the most even and the most uneven" in " ".join(told.split())) is ends


def test_visitors_of_closed_arrivals_are_those_at_a_time():
    sight = after("slow-io")
    load = structs.replace(sight.result.load, arrivals="closed", concurrency=7, requests=300)
    closed = replace(sight, result=structs.replace(sight.result, load=load))
    assert knob_numbers(closed, at_a_rate=False)["visitors"] == [7]


def test_a_server_of_one_worker_stays_so_while_others_are_doubled():
    about = subject()
    one = structs.replace(about.traces[0].facts, name="waitress", server="waitress", workers=1, threads=4)
    options = what_if_options(WhatIfFactors(workers=2.0), about.run, [one, about.traces[1].facts])
    assert options.load.targets == ("waitress:1x4", "uvicorn:4")
    assert len(wanted_targets(options, [one, about.traces[1].facts])) == 2


# ---- measured live


def test_what_is_measured_is_what_was_predicted():
    about = subject()
    facts = [trace.facts for trace in about.traces]
    chosen = WhatIfFactors(workers=2.0, visitors=2.0, wait=0.5)
    options = live_options(chosen, about.run, facts, about.scenario)
    assert options.targets == ("gunicorn-sync:4", "uvicorn:4")
    assert (options.arrivals, options.requests, options.parameters) == ("burst", 64, ("io_ms=100",))
    experiment = resolve(options, load_catalog())
    assert [target.workers for target in experiment.targets] == [4, 4]
    assert (experiment.load.requests, experiment.parameters["io_ms"], experiment.mode) == (64, 100, "measure")
    stream = live_options(WhatIfFactors(arrivals="poisson"), about.run, facts, about.scenario)
    predicted = what_if_options(WhatIfFactors(arrivals="poisson"), about.run, facts).load
    assert (stream.arrivals, stream.rate, stream.requests) == ("poisson", predicted.rate, predicted.requests)
    assert stream.concurrency is stream.duration_s is None


def test_another_stream_comes_at_the_rate_of_the_run():
    about = subject()
    load = structs.replace(about.run.load, arrivals="poisson", requests=None, rate=17.5, duration_s=6.0)
    run, facts = structs.replace(about.run, load=load), [trace.facts for trace in about.traces]
    for times, rate in ((1.0, 17.5), (2.0, 35.0)):
        chosen = WhatIfFactors(arrivals="constant", visitors=times)
        asked = live_options(chosen, run, facts, about.scenario)
        assert (asked.arrivals, asked.rate, asked.duration_s, asked.requests) == ("constant", rate, 6.0, None)


def test_a_parameter_of_many_digits_is_measured_as_it_was():
    about = subject()
    run = structs.replace(about.run, parameters=about.run.parameters | {"rows": 1_234_567})
    asked = live_options(WhatIfFactors(), run, [trace.facts for trace in about.traces], about.scenario)
    assert "rows=1234567" in asked.parameters


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (WhatIfFactors(cores=2.0, pool=4), "other cores and a pool can be simulated, and not measured here"),
        (WhatIfFactors(other_gil=True), "another GIL"),
        (WhatIfFactors(cpu=2.0), "nothing in slow-io sets how long its pages compute"),
        (WhatIfFactors(wait=64.0), "io_ms would be 12800, out of bounds"),
    ],
)
def test_what_no_run_can_be_given_is_told(chosen: WhatIfFactors, words: str):
    about = subject()
    with pytest.raises(BadInput, match=words):
        live_options(chosen, about.run, [trace.facts for trace in about.traces], about.scenario)


def test_arrivals_come_round_to_those_of_the_run():
    run, kinds = subject().run, [""]
    for _ in range(4):
        kinds.append(next_arrivals(kinds[-1], run))
    assert kinds == ["", "poisson", "constant", "closed", ""]


# ---- on the screen


def shown(made) -> str:
    return " ".join(mode_says(made).replace("\u00a0", " ").split())


def done(made):
    return lambda: made.screen.modes.predicted is not None and not made.screen.modes.simulation.busy


@pytest.mark.anyio
async def test_every_key_changes_what_is_predicted_and_says_what_it_is():
    async with on_screen("slow-io", "120x36") as (made, pilot):
        await pilot.press("9")
        await made.until(pilot, done(made))
        for key, words in (
            ("W", "gunicorn-sync 4 workers, 2 cores"),
            ("C", "4 workers, 4 cores"),
            ("n", "4 cores, no GIL"),
            ("d", "a pool of 32 each"),
            ("B", "all that computes takes 2 times as long"),
            ("I", "--set wait=2 --set cpu=2"),
            ("a", "PREDICTED for poisson arrivals at"),
            ("V", "rate ×2"),
        ):
            await pilot.press(key)
            await made.until(pilot, lambda words=words: words in shown(made))
        assert "simulate RUN.avw --target gunicorn-sync:4 --target uvicorn:4 --arrivals poisson" in shown(made)
        await made.until(pilot, lambda: "would run out first" in shown(made))
        assert BY_LAWS not in shown(made), "no law knows of a pool"


@pytest.mark.anyio
async def test_every_frame_says_predicted_wherever_it_is_scrolled_to():
    for size, most in (("80x24", 6), ("200x60", 1)):
        async with on_screen("slow-io", size) as (made, pilot):
            await pilot.press("9")
            await made.until(
                pilot, lambda made=made: made.screen.modes.simulates and "would run out first" in shown(made)
            )
            for presses in (0, 1, most):
                await pilot.press(*["pagedown"] * presses)
                made.screen.redraw()
                await pilot.pause()
                rows = ["".join(run.text for run in row) for row in capture(made.app).rows]
                assert "PREDICTED beside MEASURED" in rows[0]
            assert made.screen.query_one(Note).is_vertical_scroll_end or size == "200x60"


@pytest.mark.anyio
async def test_measure_this_begins_the_settings_once_it_is_told_how_long_that_takes():
    made = replayed("slow-io")
    async with made.app.run_test(size=(100, 30)) as pilot:
        await show_at(made, pilot)
        await pilot.press("9", "W")
        await made.until(pilot, done(made))
        before = made.session.result
        await pilot.press("M")
        await made.until(pilot, lambda: made.app.screen is not made.screen)
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.options.targets)
        assert made.session.options.targets == ("gunicorn-sync:4", "uvicorn:4")
        assert [target.workers for target in made.screen.scenario.toml.targets] == [4, 4], "while it runs, too"
        assert made.screen.modes.mode == "what-if"
        promise = made.screen.modes.promise
        assert promise is not None
        assert promise.subject.run is before
        sight = replace(after("slow-io"), seen=[seen(trace.trace) for trace in after("slow-io").seen])
        told = mode_words(
            "what-if",
            sight,
            knobs=WhatIfFactors(),
            answers=(),
            score=(0, 0),
            answer=promise.answer,
            promise=promise,
        ).plain
        assert "PREDICTED before this run was measured" in told
        assert "PREDICTED, simulated" in told


def test_a_server_that_this_version_does_not_know_is_told_and_no_traceback():
    about = subject()
    trace = about.traces[0]
    strange = replace(trace, facts=structs.replace(trace.facts, server="[red]elsewhere"))
    answer = answered(WhatIfFactors(workers=2.0), about._replace(traces=[strange]))[-1]
    assert "no server `[red]elsewhere` is known here" in answer.refusal
