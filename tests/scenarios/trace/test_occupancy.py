from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.trace.slices import Occupancy

STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=12)


def occupied(steps: list[tuple[int, int]], *, open_: bool = False) -> tuple[Occupancy, set[int]]:
    """A loop with (pause, length) steps one after another, and the moments in which it was held (up to 1000)."""
    loop, at_ns, held = Occupancy(), 100, set()
    for number, (pause, length) in enumerate(steps):
        start_ns = at_ns + pause
        loop.open(number, start_ns)
        if open_ and number == len(steps) - 1:
            return loop, held | set(range(start_ns, 1000))
        loop.close(start_ns + length)
        held |= set(range(start_ns, start_ns + length))
        at_ns = start_ns + length
    return loop, held


@given(STEPS, st.integers(50, 400), st.integers(0, 300), st.booleans())
def test_held_time_is_the_number_of_held_moments(
    steps: list[tuple[int, int]], from_ns: int, length: int, open_: bool
) -> None:
    loop, held = occupied(steps, open_=open_)
    assert loop.held_ns(from_ns, from_ns + length) == len(held & set(range(from_ns, from_ns + length)))


@given(STEPS, st.integers(50, 400), st.integers(1, 300))
def test_the_steps_between_two_times_are_those_that_touch_them(
    steps: list[tuple[int, int]], from_ns: int, length: int
) -> None:
    loop, _ = occupied(steps)
    to_ns = from_ns + length
    found = set(loop.steps_between(from_ns, to_ns))
    overlapping = {
        index
        for index, (start, end) in enumerate(zip(loop.starts_ns, loop.ends_ns, strict=True))
        if start < to_ns and end > from_ns
    }
    assert overlapping <= found
    assert all(loop.starts_ns[index] <= to_ns and loop.ends_ns[index] > from_ns for index in found)


@given(STEPS, st.integers(50, 400), st.integers(0, 300))
def test_a_question_between_two_steps_changes_no_later_answer(
    steps: list[tuple[int, int]], from_ns: int, length: int
) -> None:
    whole, asked = occupied(steps)[0], Occupancy()
    for request, start_ns, end_ns in zip(whole.requests, whole.starts_ns, whole.ends_ns, strict=True):
        asked.add_step(request, start_ns, end_ns)
        asked.held_ns(from_ns, from_ns + length)
    assert asked.held_ns(from_ns, from_ns + length) == whole.held_ns(from_ns, from_ns + length)


def test_a_whole_step_is_taken_once_and_not_while_another_is_open() -> None:
    loop = Occupancy()
    assert loop.add_if_new(1, 10, 20)
    assert not loop.add_if_new(1, 10, 20)
    loop.open(2, 30)
    assert not loop.add_if_new(3, 40, 50)
    loop.close(35)
    assert (loop.starts_ns, loop.ends_ns, loop.requests) == ([10, 30], [20, 35], [1, 2])


@pytest.mark.parametrize(
    ("late", "taken"),
    [
        *(((22, 30), True), ((20, 40), True), ((1, 10), True), ((60, 90), True), ((50, 61), True)),
        *(
            ((19, 30), False),
            ((22, 41), False),
            ((5, 11), False),
            ((60, 91), False),
            ((10, 20), False),
            ((30, 30), False),
        ),
    ],
)
def test_a_step_that_is_told_of_late_is_taken_where_nothing_else_was_going_on(
    late: tuple[int, int], taken: bool
) -> None:
    loop = Occupancy()
    loop.add_step(1, 10, 20)
    loop.add_step(2, 40, 50)
    loop.open(3, 90)
    held_ns = loop.held_ns(0, 95)
    assert loop.add_if_new(7, *late) is taken
    assert loop.held_ns(0, 95) == held_ns + (late[1] - late[0]) * taken
    assert loop.starts_ns == sorted(loop.starts_ns)
    assert loop.ends_ns == sorted(loop.ends_ns)
    assert (7 in loop.requests) is taken


def test_an_end_without_a_start_is_no_step() -> None:
    loop = Occupancy()
    loop.close(500)
    assert loop.held_ns(0, 1000) == 0
