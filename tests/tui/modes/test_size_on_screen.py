"""Sizing on the screen: the form refuses as the command does, the answer is the command's, `M` runs the best two."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from command_line import command
from made_modes import on_screen
from msgspec import structs
from saved_runs import after
from simulated_runs import RECORDED, measured_run
from textual.widgets import Input, Static

from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.playback.background_simulation import Calibrations, Subject
from asgi_vs_wsgi.tui.playback.background_sizing import BackgroundSizing
from asgi_vs_wsgi.tui.screens.run_values import Refusal
from asgi_vs_wsgi.tui.screens.size_form import SizeBox, SizeForm, SizeWanted, answer_lines, keys_of, line_of, wanted

pytestmark = pytest.mark.anyio
ASKED = {
    "rate": "30",
    "p95": "300ms",
    "of": "",
    "headroom": "",
    "duration_s": "4",
    "targets": "uvicorn",
    "parameters": "",
}


def words_of(screen) -> str:
    return str(screen.query_one("#project-words", Static).content)


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("p95", "soon", "“p95”: `soon` is no time above 0"),
        ("rate", "-3", "“rate”: -3 is not above 0"),
        ("rate", "many", "“rate”"),
        ("p95", "", "“p95” is missing"),
        ("targets", "uvicorn:2", "how many workers and threads is what is looked for"),
    ],
)
def test_what_the_command_refuses_stands_at_its_field(field: str, text: str, told: str):
    found = wanted(ASKED | {field: text})
    assert isinstance(found, Refusal)
    assert found.field == field
    assert told in found.words


def test_the_answer_is_that_of_the_command_that_the_form_tells():
    of, asked_for = measured_run(), wanted(ASKED)
    assert isinstance(asked_for, SizeWanted)
    search = BackgroundSizing(Subject(of.run, of.scenario, list(of.traces.values())), asked_for.options, Calibrations())
    search._work()
    answer = search.answer
    assert (answer.refusal, answer.doing) == ("", "")
    line = line_of(ASKED)
    assert line == "asgi-vs-wsgi-tui size RUN.avw --rate 30 --p95 300ms --duration 4 --target uvicorn"
    done = command("size", str(RECORDED), *line.split()[3:], "--json")
    told = json.loads(done.stdout)["configurations"]
    assert [(one.target, one.holds, one.p95_ms) for one in answer.found] == [
        (one["target"], one["holds"], pytest.approx(one["p95_ms"])) for one in told
    ]
    assert answer.promise is not None
    assert answer.promise.live.targets == tuple(one.target for one in answer.found[:2])
    assert (answer.promise.live.rate, answer.promise.live.duration_s) == (30.0, 4.0)
    one = answer.promise._replace(live=structs.replace(answer.promise.live, targets=("uvicorn:1",)))
    assert "M measures the best two live" in keys_of(answer)
    assert "M measures it live" in keys_of(replace(answer, promise=one))


def test_the_box_and_the_report_say_what_no_measurement_has_shown():
    """Of servers that are not among the best, too."""
    of, asked_for = measured_run(), wanted(ASKED | {"targets": "uvicorn waitress", "parameters": "io_ms=20"})
    assert isinstance(asked_for, SizeWanted)
    subject = Subject(of.run, of.scenario, list(of.traces.values()))
    search = BackgroundSizing(subject, asked_for.options, Calibrations(), "not here")
    search._work()
    in_box = "\n".join(line.plain for line in answer_lines(search.answer, "Slow I/O", 100))
    done = command("size", str(RECORDED), *line_of(asked_for.values).split()[3:], "--no-keep")
    for told in (in_box, done.stdout):
        said = " ".join(told.split())
        assert said.count("what waitress itself needs was not measured") == 1
        assert said.count("waitress: the model of waitress was held against no run") == 1
        for server in ("uvicorn", "waitress"):
            assert said.count(f"{server}: io_ms is 20 instead of 200: the steps that were as long take so long.") == 1


def test_who_goes_away_ends_the_search():
    of, asked_for = measured_run(), wanted(ASKED)
    assert isinstance(asked_for, SizeWanted)
    search = BackgroundSizing(Subject(of.run, of.scenario, list(of.traces.values())), asked_for.options, Calibrations())
    search.stop()
    search._work()
    assert (search.answer.found, search.answer.doing) == ((), "")


async def test_keys_lead_from_what_if_to_the_best_two_live_beside_what_was_predicted():
    async with on_screen("slow-io", "120x36") as (made, pilot):
        await pilot.press("9")
        await made.until(pilot, lambda: made.screen.modes.simulates and not made.screen.modes.simulation.busy)
        before = made.session.result
        await pilot.press("S")
        await made.until(pilot, lambda: isinstance(made.app.screen, SizeForm))
        for field, text in ASKED.items():
            made.app.screen.query_one(f"#field-{field}", Input).value = text
        await pilot.press("enter")
        await made.until(pilot, lambda: isinstance(made.app.screen, SizeBox))
        box = made.app.screen
        await made.until(pilot, lambda: "uvicorn:1" in words_of(box) and box._search.answer.promise is not None)
        await made.until(pilot, lambda: "M measures the best two live" in box.query_one("#project-box").border_subtitle)
        rows = ["".join(run.text for run in row) for row in capture(made.app).rows]
        assert any("PREDICTED · Size · Slow I/O" in row for row in rows)
        assert "holds to" in words_of(box)
        await pilot.press("M")
        await made.until(pilot, lambda: made.app.screen not in (made.screen, box))
        await pilot.press("enter")
        await made.until(pilot, lambda: made.session.options.targets)
        assert made.session.options.targets == ("uvicorn:1", "uvicorn:2")
        assert (made.session.options.arrivals, made.session.options.rate, made.session.options.duration_s) == (
            "poisson",
            30,
            4,
        )
        promise = made.screen.modes.promise
        assert promise is not None
        assert promise.subject.run is before
        assert made.screen.modes.mode == "what-if"
        sight = replace(after("slow-io"))
        told = mode_words("what-if", sight, knobs=WhatIfFactors(), answers=(), score=(0, 0), promise=promise).plain
        assert "PREDICTED by a sizing, before this run was measured" in told
        assert "p95 MEASURED" in told


async def test_escape_leaves_the_box_and_r_comes_back_to_the_form_with_what_was_asked():
    async with on_screen("slow-io", "80x24") as (made, pilot):
        await pilot.press("9")
        await made.until(pilot, lambda: made.screen.modes.simulates)
        await pilot.press("S")
        await made.until(pilot, lambda: isinstance(made.app.screen, SizeForm))
        await pilot.press(*"30", "down", *"300ms", "enter")
        await made.until(pilot, lambda: isinstance(made.app.screen, SizeBox))
        box = made.app.screen
        await made.until(pilot, lambda: not box._search.answer.doing)
        await pilot.press("r")
        await made.until(pilot, lambda: isinstance(made.app.screen, SizeForm))
        assert (made.app.screen.values["rate"], made.app.screen.values["p95"]) == ("30", "300ms")
        await pilot.press("escape")
        await made.until(pilot, lambda: made.app.screen is made.screen)
