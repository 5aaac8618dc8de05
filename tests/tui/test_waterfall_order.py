"""Who has come stands in the order that was asked for, wherever the playhead is; sorted for what is recorded."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_traces import MS, START, on_loops, on_threads

from asgi_vs_wsgi.scenarios.trace.states import FOREVER
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.waterfall import ORDERS, WaterfallOrder

END = START + 10_000 * MS


def test_nobody_is_shown_before_coming():
    trace = on_threads(8)
    trace.visits.intended_ns[7] = START + 500 * MS
    order = WaterfallOrder(trace)
    assert order.rows("arrival", START) == []
    assert order.rows("arrival", START + 400 * MS) == list(range(7))
    assert order.rows("arrival", END) == list(range(8))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("arrival", [0, 1, 2, 3, 4, 5]),
        ("end", [0, 1, 2, 3, 4, 5]),
        ("duration", [4, 5, 2, 3, 0, 1]),
        ("worker", [0, 2, 4, 1, 3, 5]),
    ],
)
def test_each_order_is_what_it_says(order, expected):
    assert WaterfallOrder(on_threads(6)).rows(order, END) == expected


def test_who_has_not_ended_comes_after_those_who_have():
    assert WaterfallOrder(on_threads(6)).rows("end", START + 300 * MS)[:2] == [0, 1]


def plainly(trace: TargetTrace, order: str, playhead_ns: int) -> list[int]:
    """Sorted anew, as the words of the order say."""
    visits = trace.visits
    come = [row for row, at_ns in enumerate(visits.intended_ns) if 0 < at_ns < playhead_ns]
    come.sort(key=visits.intended_ns.__getitem__)
    end_ns = {row: at_ns if 0 < (at_ns := visits.done_ns[row]) <= playhead_ns else FOREVER for row in come}
    begun = {row: each for row in come if (each := trace.handling(row)) and each.begin_ns <= playhead_ns}
    keys: dict[str, Callable[[int], object]] = {
        "arrival": visits.intended_ns.__getitem__,
        "end": end_ns.__getitem__,
        "duration": lambda row: visits.intended_ns[row] - min(end_ns[row], playhead_ns),
        "worker": lambda row: (begun[row].worker.index, begun[row].begin_ns) if row in begun else (99, 0),
    }
    return sorted(come, key=keys[order])  # type: ignore[arg-type]


def shuffled(seed: int) -> TargetTrace:
    """Visitors who come at moments of their own; some have no answer."""
    pick = random.Random(seed)
    trace = pick.choice((on_threads, on_loops))(pick.randint(1, 30), workers=pick.randint(1, 3))
    for row in range(len(trace.visits)):
        trace.visits.intended_ns[row] -= pick.randint(0, 5) * 40 * MS
        if pick.random() < 0.1:
            trace.visits.done_ns[row] = 0
    return trace


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=8), st.sampled_from(ORDERS))
def test_the_order_kept_is_the_one_that_sorting_anew_gives(seed: int, moments: list[float], order: str):
    trace = shuffled(seed)
    kept, length_ns = WaterfallOrder(trace), max(trace.visits.done_ns) - START
    for moment in moments:
        playhead_ns = START + round(moment * length_ns)
        assert kept.rows(order, playhead_ns) == plainly(trace, order, playhead_ns)


@pytest.mark.parametrize("order", ORDERS)
def test_a_playhead_that_moves_sorts_nothing_anew(order, monkeypatch):
    sorts = []
    kept = WaterfallOrder(on_loops(60))
    arrange = kept._all
    monkeypatch.setattr(kept, "_all", lambda name, how: arrange(name, lambda: sorts.append(name) or how()))
    for place in range(100):
        kept.rows(order, START + place * 5 * MS)
    assert sorts
    assert len(sorts) == len(set(sorts))


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_recorded_later_is_put_in_its_place(order):
    trace = on_threads(12)
    kept, done_ns = WaterfallOrder(trace), trace.visits.done_ns[5]
    trace.visits.done_ns[5] = 0
    assert kept.rows(order, END) == plainly(trace, order, END)
    trace.visits.done_ns[5] = done_ns
    assert kept.rows(order, END) == plainly(trace, order, END)
