"""Little's law for visitors who come at a rate: from what was measured, and with other numbers."""

from __future__ import annotations

from made_traces import MS, START, on_loops, on_threads
from saved_runs import scenario, seen

from asgi_vs_wsgi.scenarios.load.visits import FAILED, TIMEOUT
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext


def text(trace, knobs: WhatIfFactors | None = None, *, unserved: int = 0) -> str:
    """The visitors of the trace come every 100 ms instead of all at once; so many of the last time out."""
    for row in range(len(trace.visits)):
        trace.visits.intended_ns[row] = START - (len(trace.visits) - row) * 100 * MS
    for row in range(len(trace.visits) - unserved, len(trace.visits)):
        trace.visits.outcome[row], trace.visits.error[row] = FAILED, TIMEOUT
    sight = ModeContext(scenario("fast-and-slow"), None, [seen(trace)], 86, 5)
    return mode_words("what-if", sight, knobs=knobs or WhatIfFactors(), answers=(), score=(0, 0)).plain


def test_slots_in_use_are_those_served_a_second_times_the_time_in_a_slot():
    """Eight come within 0.7 s, and the last has its page after 1.2 s."""
    words = text(on_threads(8, wait_ns=98 * MS, cpu_ns=2 * MS))
    assert "MEASURED   0.7 of 2 " in words
    assert "6.7/s served × 100 ms" in words
    assert "PREDICTED  1.0 of 2 " in words
    assert "10.0/s × 100 ms" in words


def test_other_numbers_are_predicted_and_too_many_are_told_so():
    words = text(
        on_threads(8, wait_ns=98 * MS, cpu_ns=2 * MS), WhatIfFactors().changed("visitors", 2).changed("workers", -1)
    )
    assert "PREDICTED  4.0 of 1 " in words
    assert "more than there are, the line grows" in " ".join(words.split())


def test_a_coroutine_holds_its_loop_only_while_it_runs():
    assert "MEASURED   0.0" in text(on_loops(8))


def test_before_anybody_has_come_nothing_is_predicted():
    words = mode_words(
        "what-if", ModeContext(scenario("fast-and-slow"), None, (), 86), knobs=WhatIfFactors(), answers=(), score=(0, 0)
    )
    assert "PREDICTED" not in words.plain
    assert "Little's law" in words.plain


def test_all_who_come_are_counted_and_not_those_alone_who_were_served():
    """Eight come at 10.0/s; half of them time out, and would have needed their slots all the same."""
    words = text(on_threads(8, wait_ns=98 * MS, cpu_ns=2 * MS), unserved=4)
    assert "MEASURED   0.3 of 2 " in words
    assert "3.3/s served × 100 ms" in words
    assert "PREDICTED  1.0 of 2 " in words
    assert "10.0/s × 100 ms" in words
    assert "4 of 8 visitors had no page: 4 timed out" in " ".join(words.split())
