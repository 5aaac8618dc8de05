"""What-if in a sentence, and the figures below it: each says what it is of, and is the simulator's or the run's."""

from __future__ import annotations

import pytest
from made_modes import on_screen
from saved_runs import after
from seen_screen import text_of
from test_what_if_simulated import answered
from textual.content import Content

from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.modes.registry import ModeWords
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_numbers, turned_words
from asgi_vs_wsgi.tui.modes.what_if_simulated import simulated
from asgi_vs_wsgi.tui.modes.what_if_summary import foretold_by_simulation, summary_lines
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.screens.screen_drawing import SCROLLS, fitted
from asgi_vs_wsgi.tui.widgets.note_view import Note


@pytest.mark.parametrize(
    ("chosen", "begins"),
    [
        (WhatIfFactors(), "PREDICTED with nothing changed: "),
        (WhatIfFactors(workers=2.0), "PREDICTED with workers 2 → 4: "),
        (WhatIfFactors(cpu=2.0, other_gil=True), "PREDICTED with CPU ×2 and no GIL: "),
        (WhatIfFactors(arrivals="poisson"), "PREDICTED with poisson arrivals: "),
    ],
)
def test_a_sentence_tells_what_is_predicted_against_what_was_measured(chosen: WhatIfFactors, begins: str):
    sight, answer = after("slow-io"), answered(chosen)[-1]
    every, figure = foretold_by_simulation(answer, sight)
    turned = turned_words(chosen, knob_numbers(sight, at_a_rate=False), sight.result)
    words = " ".join(line.plain for line in summary_lines(every, figure, turned, chosen, 300)).replace("\u00a0", " ")
    assert words.startswith(begins)
    for one, told in zip(answer.targets, every, strict=True):
        assert one.of in words
        measured = next(target for target in sight.targets if target.name == one.of)
        if chosen.arrivals:
            assert (told.predicted, told.measured) == (milliseconds(one.latency_ms["p95"]), "")
        else:
            assert (told.predicted, told.measured) == (seconds(one.makespan_s), seconds(measured.makespan_s))
    assert ("makespan" in words) == (not chosen.arrivals)


def test_a_figure_stays_on_the_line_of_its_name():
    answer = answered(WhatIfFactors())[-1]
    for width in range(40, 110, 3):
        sight = after("slow-io", width)
        told = [line.plain for line in simulated(sight, answer, None)]
        figures = [line for line in told if not line.startswith("PREDICTED with") and "reproduces" not in line]
        assert not any(line.rstrip().endswith((" makespan", " p50", " p95", " p99")) for line in figures), width


@pytest.mark.anyio
@pytest.mark.parametrize("size", ["80x24", "120x36", "200x60"])
async def test_the_settings_and_the_sentence_stay_in_view_while_the_rest_scrolls(size: str):
    async with on_screen("slow-io", size) as (made, pilot):
        await pilot.press("9")
        await made.until(pilot, lambda: made.screen.modes.predicted and not made.screen.modes.simulation.busy)
        made.screen.redraw()
        await pilot.press("W")
        await made.until(pilot, lambda: not made.screen.modes.simulation.busy)
        made.screen.redraw()
        await pilot.press("G")
        await made.until(pilot, lambda: made.screen.main_area.query_one(Note).scroll_y > 0 or size == "200x60")
        shown = " ".join(text_of(made).replace("\u00a0", " ").split())
        assert "w W workers 2 → 4" in shown
        assert "PREDICTED with workers 2 → 4: gunicorn-sync" in shown
        await pilot.press("1")
        await pilot.pause()
        assert "w W workers" not in text_of(made).replace("\u00a0", " ")


def test_what_has_no_room_to_stay_says_that_it_scrolls():
    words = ModeWords(Content("lanes"), Content("\n".join(["knobs", "more", "sentence"])))
    above, rest = fitted(words, 3)
    assert (above.plain if above else "", rest.plain) == ("knobs\nmore\nsentence", "lanes")
    above, rest = fitted(words, 2)
    assert above is None
    assert rest.plain.splitlines()[3] == SCROLLS
