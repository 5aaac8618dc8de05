"""Visitors who were lost are seen in the lanes at the moment they were, and counted; most of them had no worker."""

from __future__ import annotations

import pytest
from drawn import book_of, end_of, frame, signs, window_until, with_label
from hypothesis import example, given
from hypothesis import strategies as st
from made_traces import MS, START, finish, on_loops, on_threads

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import SUBS
from asgi_vs_wsgi.tui.text.plain_signs import PLAIN

LOST = {FAILED: "✕", CANCELLED: "→"}


def losing(ends: dict[int, tuple[int, int]], *, looped: bool = False) -> TargetTrace:
    """Row to when it ended and how."""
    trace = on_loops(16) if looped else on_threads(16)
    for row, (at_ns, outcome) in ends.items():
        finish(trace.visits, row, START + at_ns, outcome)
    return trace


@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize("outcome", [FAILED, CANCELLED])
def test_a_sign_stands_where_a_visitor_was_lost(outcome: int, looped: bool):
    trace = losing({12: (90 * MS, outcome)}, looped=looped)
    window = window_until(end_of(trace))
    drawn = signs(with_label(frame(trace, window, end_of(trace)), "lost"))
    at_column = window.sub(START + 90 * MS) // SUBS
    assert drawn.index(LOST[outcome]) == at_column
    assert drawn.count(LOST[outcome]) == 1


def test_where_nobody_was_lost_there_is_no_such_row():
    trace = on_threads(16)
    assert "lost" not in [line.label for line in frame(trace, window_until(end_of(trace)), end_of(trace))]


@given(
    st.dictionaries(
        st.integers(0, 15), st.tuples(st.integers(1, 1600), st.sampled_from([FAILED, CANCELLED])), min_size=1
    ),
    st.integers(0, 1700),
)
def test_the_figures_count_all_who_were_lost_until_the_playhead_and_nobody_else(
    ends: dict[int, tuple[int, int]], moment_ms: int
):
    trace = losing({row: (at * MS, outcome) for row, (at, outcome) in ends.items()})
    playhead = START + moment_ms * MS
    drawn = signs(with_label(frame(trace, window_until(START + 1700 * MS), playhead), "lost"))
    failed, left = (
        sum(at <= moment_ms and each == outcome for at, each in ends.values()) for outcome in (FAILED, CANCELLED)
    )
    told = [f"{failed} failed"] * bool(failed) + [f"{left} left"] * bool(left)
    assert drawn.replace("✕", " ").replace("→", " ").strip() == " · ".join(told)
    assert ("✕" in drawn) <= bool(failed)
    assert ("→" in drawn) <= bool(left)


def test_where_one_count_has_room_it_is_that_of_the_lost():
    trace = losing({12: (90 * MS, FAILED)}, looped=True)
    window = window_until(end_of(trace))
    labels = [line.label for line in frame(trace, window, end_of(trace), height=4)]
    assert "lost" in labels
    assert "in line" not in labels


@given(st.lists(st.integers(1, 1599), min_size=1, max_size=6, unique=True), st.lists(st.integers(0, 1600), max_size=12))
@example([4], [3, 4])
def test_whichever_way_the_playhead_came_the_row_is_the_same(lost_ms: list[int], moments_ms: list[int]):
    trace = losing({row: (at * MS, FAILED) for row, at in enumerate(lost_ms)})
    pane, window = Pane(book_of(trace)), window_until(START + 1600 * MS)
    for moment in moments_ms:
        shown = signs(with_label(pane.frame(window, START + moment * MS, 30), "lost"))
        assert shown == signs(with_label(frame(trace, window, START + moment * MS), "lost"))


def test_going_back_takes_the_sign_away():
    trace = losing({12: (900 * MS, FAILED)})
    pane, window = Pane(book_of(trace)), window_until(end_of(trace))
    pane.frame(window, end_of(trace), 30)
    back = signs(with_label(pane.frame(window, START + 500 * MS, 30), "lost"))
    assert not back.strip()
    assert back == signs(with_label(frame(trace, window, START + 500 * MS), "lost"))


def test_who_failed_and_who_left_are_told_apart_without_colours_in_any_character_set():
    trace = losing({3: (300 * MS, FAILED), 4: (900 * MS, CANCELLED)})
    drawn = signs(with_label(frame(trace, window_until(end_of(trace)), end_of(trace)), "lost"))
    first, second = drawn.encode("ascii", errors=PLAIN).decode().split()[:2]
    assert {first, second} == {"X", ">"}
