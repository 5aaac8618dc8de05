"""While a visitor holds an event loop, those whom it has suspended are stalled, and are told so."""

from __future__ import annotations

from drawn import book_of, end_of
from made_traces import FIRST_ID, MS, START, on_held_loop, on_loops

from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.lanes.request_row import LONG_NS
from asgi_vs_wsgi.tui.drawing.plain_text import Seen, sentence
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.visitor_story import story

HELD = START + 150 * MS
"""Visitor 2 of on_held_loop(4) holds the loop then; 1 has its answer."""


def label_at(trace, at_ns: int) -> str:
    return Pane(book_of(trace)).frame(Window(START, end_of(trace), 60), at_ns, 10)[1].label


def seen(trace, at_ns: int) -> list[str]:
    keeper = ScoreCounter(trace)
    return sentence([Seen(book_of(trace), at_ns, keeper.score(at_ns), 0)])


def test_the_row_is_named_after_what_those_in_it_wait_for():
    assert label_at(on_held_loop(4), HELD) == "stalled"
    assert label_at(on_loops(4), START + 100 * MS) == "awaiting"


def test_when_nobody_is_left_the_row_bears_the_name_that_most_of_it_had():
    held, free = on_held_loop(4), on_loops(4)
    assert label_at(held, end_of(held)) == "stalled"
    assert label_at(free, end_of(free)) == "awaiting"


def test_the_sentence_tells_who_holds_the_loop():
    words = seen(on_held_loop(4), HELD)
    assert words[0] == "0 in line at the workers · 0 awaiting · 2 stalled: visitor 2 holds the event loop"
    assert words[-1] == "2 stalled behind visitor 2"


def test_a_story_ends_with_what_its_visitor_waits_for_at_that_moment():
    told = "No answer yet: stalled behind visitor 2, which holds its event loop."
    assert story(on_held_loop(4), 2, HELD).endswith(told)
    assert story(on_held_loop(4), 1, HELD).endswith("No answer yet.")
    assert story(on_loops(4), 0, START + 100 * MS).endswith("No answer yet.")


def test_nobody_holds_a_loop_between_two_steps_or_in_one_that_is_too_short():
    loop = next(iter(on_held_loop(4).workers[61].loops.values()))
    assert loop.holder(HELD) == FIRST_ID + 1
    assert loop.holder(loop.starts_ns[0]) == FIRST_ID
    assert loop.holder(loop.starts_ns[0], LONG_NS) == 0
    assert loop.holder(loop.starts_ns[0] - 1) == 0
