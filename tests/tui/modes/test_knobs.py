"""What-if's knobs: the numbers that they change, where those end, and what would change nothing."""

from __future__ import annotations

import pytest
from made_modes import on_screen
from made_traces import on_loops, on_threads
from saved_runs import after, scenario, seen
from seen_screen import mode_says

from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors, idle_factors
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.modes.what_if_knobs import HOW, ends, knob_numbers, told, turned


def turned_often(name: str, steps: int, numbers) -> WhatIfFactors:
    knobs = WhatIfFactors()
    for _ in range(12):
        knobs = turned(knobs, name, steps, numbers)
    return knobs


def head(knobs: WhatIfFactors, width: int = 86) -> str:
    """Above the first target."""
    words = mode_words("what-if", after("slow-io", width), knobs=knobs, answers=(), score=(0, 0)).plain
    return " ".join(words.partition("\n\n")[0].replace("\u00a0", " ").split())


def test_the_knobs_show_the_numbers_of_the_run_and_what_they_become():
    assert "w W workers 2 h H threads 1 v V visitors 32 i I wait ×1" in head(WhatIfFactors())
    assert "workers 2 → 4" in head(WhatIfFactors().changed("workers", 1))
    assert "wait ×1/2" in head(WhatIfFactors().changed("wait", -1))


def test_a_knob_stops_at_one_and_says_so():
    numbers = knob_numbers(after("slow-io"), at_a_rate=False)
    knobs = turned_often("workers", -1, numbers)
    assert told(knobs, "workers", numbers) == "2 → 1"
    assert knobs.workers == 1 / 2
    assert "1 worker: no fewer." in head(knobs)
    assert "no fewer" not in head(WhatIfFactors())
    assert turned(knobs, "workers", 1, numbers) == WhatIfFactors()


def test_a_knob_stops_at_what_a_run_may_have_and_says_so():
    numbers = knob_numbers(after("slow-io"), at_a_rate=False)
    assert ends(turned_often("workers", 1, numbers), numbers) == ["64 workers: no more"]
    assert ends(turned_often("visitors", 1, numbers), numbers) == ["2 048 visitors: no more"]
    assert ends(turned_often("wait", -1, numbers), numbers) == ["wait ×1/64: no less"]


def test_a_knob_of_targets_with_other_numbers_stops_when_all_of_them_are_at_their_end():
    sight = ModeContext(scenario("slow-io"), None, [seen(on_threads(8, workers=2)), seen(on_loops(8, workers=4))], 86)
    numbers = knob_numbers(sight, at_a_rate=False)
    assert told(WhatIfFactors().changed("workers", -1), "workers", numbers) == "2–4 → 1–2"
    assert told(turned_often("workers", -1, numbers), "workers", numbers) == "2–4 → 1"


def test_visitors_who_come_at_a_rate_are_not_more_of_them_but_denser():
    assert "visitors" not in knob_numbers(after("slow-io"), at_a_rate=True)


@pytest.mark.parametrize(
    "turned_before", [WhatIfFactors(), WhatIfFactors(workers=1 / 64), WhatIfFactors(visitors=1 / 64)]
)
def test_what_is_said_to_change_nothing_is_of_the_numbers_of_the_run_wherever_the_knobs_are(turned_before):
    words = head(turned_before)
    assert "No effect in this run: threads." in words


def test_a_knob_that_has_an_effect_in_one_direction_only_is_not_said_to_have_none():
    assert "workers" not in idle_factors(lambda knobs: max(1, knobs.workers))
    assert "workers" in idle_factors(lambda knobs: knobs.visitors)


@pytest.mark.parametrize("width", [46, 74, 86, 164])
def test_which_letter_halves_is_told_at_every_width(width):
    for knobs in (WhatIfFactors(), WhatIfFactors(2, 2, 2, 1 / 2)):
        assert HOW in head(knobs, width)


@pytest.mark.anyio
async def test_a_key_that_halves_two_workers_twice_leaves_one():
    async with on_screen("slow-io") as (made, pilot):
        await pilot.press("9", "w", "w", "w")
        words = mode_says(made).replace("\u00a0", " ")
        assert "workers 2 → 1" in words
        assert "1 worker: no fewer." in words
        await pilot.press("W")
        assert made.screen.modes.knobs == WhatIfFactors()
