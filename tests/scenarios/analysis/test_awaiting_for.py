"""What suspended requests waited for: from looks alone, and of no more time than they were suspended."""

from __future__ import annotations

from typing import Any

import pytest
from analysed import figures
from last_frame import compared, last_frame

from asgi_vs_wsgi.scenarios.analysis.time_spent import most_awaited
from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited, Crossing, Kind, WayBack

LOCATIONS = {1: "views.py:12 page", 2: "views.py:20 other"}


def told(rec: Any) -> dict[tuple[str, str], float]:
    """What is awaited for how long; the last frame of the screen says the same."""
    trace = rec.trace()
    for worker in trace.workers.values():
        worker.locations.update(LOCATIONS)
    result = figures(rec, trace=trace)
    assert compared(last_frame(trace)) == compared(result)
    lines = result.awaiting_for
    assert lines == sorted(lines, key=lambda line: -line.ms)
    return {(line.what, line.where): pytest.approx(line.ms) for line in lines}


def a_page(recording: Any, *, requests: int = 1) -> Any:
    """Begun at 0, suspended from 10 to 90 and done at 100 ms."""
    rec = recording(requests=requests)
    rec.visit(0, 100)
    rec.begin(1, 0, 0)
    rec.step(1, 0, 0, 10)
    rec.step(1, 0, 90, 100)
    return rec


def test_one_look_speaks_of_its_whole_suspension(recording: Any) -> None:
    rec = a_page(recording)
    rec.await_look(1, 0, 30, Awaited.SEMAPHORE, at=1)
    rec.end(1, 0, 100)
    assert told(rec) == {("a semaphore", "views.py:12 page"): 80}


def test_under_wsgi_what_holds_the_thread_is_told_and_not_what_the_thread_does_itself(recording: Any) -> None:
    """From 10 to 90 it waits for its one-off loop; there a call is made by the waiting thread from 40 to 60."""
    rec = recording(interface="wsgi")
    rec.visit(0, 100)
    rec.event(1, Kind.BEGIN, 0, 0, value=1_000_000, lane=1)
    rec.event(1, Kind.HOP, 10, 0, lane=1, flag=WayBack.WAITS)
    rec.await_look(1, 0, 30, Awaited.SEMAPHORE, at=1)
    rec.event(1, Kind.STEP, 38, 0, value=rec.at(39), lane=9)
    rec.await_look(1, 0, 55, Awaited.OWN_THREAD, at=2)
    rec.event(1, Kind.THREAD, 40, 0, value=20_000_000 << 32, lane=2, flag=Crossing.LOOP)
    rec.event(1, Kind.STEP, 61, 0, value=rec.at(62), lane=9)
    rec.event(1, Kind.HOP, 90, 0, lane=1, flag=WayBack.GOES_ON)
    rec.event(1, Kind.END, 100, 0, value=2_000_000, lane=1)
    assert told(rec) == {("a semaphore", "views.py:12 page"): pytest.approx(28, abs=1)}


def test_of_a_suspension_that_nobody_looked_at_nothing_is_told(recording: Any) -> None:
    rec = a_page(recording)
    rec.step(1, 0, 120, 130)
    rec.await_look(1, 0, 110, Awaited.TIMER, at=1)
    rec.visit(0, 130)
    rec.end(1, 0, 130)
    assert told(rec) == {("a timer", "views.py:12 page"): 20}


def test_two_looks_at_one_suspension_share_it_at_the_second(recording: Any) -> None:
    rec = a_page(recording)
    rec.await_look(1, 0, 30, Awaited.FREE_THREAD, at=1)
    rec.await_look(1, 0, 60, Awaited.OWN_THREAD, at=1)
    rec.end(1, 0, 100)
    where = LOCATIONS[1]
    assert told(rec) == {("a free thread of the executor", where): 50, ("its own call in a thread", where): 30}


def test_the_time_for_which_another_held_the_loop_is_not_awaited(recording: Any) -> None:
    rec = recording(requests=2)
    for row in (0, 1):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
    rec.step(1, 0, 0, 10)
    rec.await_look(1, 0, 20, Awaited.TIMER, at=1)
    rec.step(1, 1, 30, 70)
    rec.step(1, 0, 90, 100)
    for row in (0, 1):
        rec.end(1, row, 100)
    result = figures(rec)
    assert told(rec)["a timer", "views.py:12 page"] == 40
    assert result.states_ms is not None
    assert sum(line.ms for line in result.awaiting_for or ()) <= 2 * (result.states_ms["awaiting"] or 0)


def test_a_look_while_it_ran_judges_nothing(recording: Any) -> None:
    rec = a_page(recording)
    rec.await_look(1, 0, 5, Awaited.TIMER, at=1)
    rec.await_look(1, 0, 95, Awaited.LOCK, at=1)
    rec.end(1, 0, 100)
    assert told(rec) == {}


def test_the_lines_of_all_requests_are_added_up_and_one_without_a_line_is_told_all_the_same(recording: Any) -> None:
    rec = recording(requests=3)
    for row in range(3):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
        rec.await_look(1, row, 50, Awaited.SOCKET, at=(1, 1, 0)[row])
        rec.end(1, row, 100)
    assert told(rec) == {("a socket", "views.py:12 page"): 200, ("a socket", ""): 100}
    assert most_awaited(figures(rec)) == ("a socket", pytest.approx(300))


def test_looks_that_come_out_of_order_tell_of_no_negative_time(recording: Any) -> None:
    rec = a_page(recording)
    rec.await_look(1, 0, 60, Awaited.LOCK, at=1)
    rec.await_look(1, 0, 30, Awaited.TIMER, at=1)
    rec.end(1, 0, 100)
    assert told(rec) == {("a lock", "views.py:12 page"): 80}


@pytest.mark.parametrize(("interface", "expected"), [("asgi", None), ("wsgi", [])])
def test_it_is_null_where_somebody_was_suspended_and_nobody_could_look(
    recording: Any, interface: str, expected: object
) -> None:
    rec = recording(requests=1, interface=interface)
    rec.visit(0, 100)
    if interface == "wsgi":
        rec.wsgi(1, 0, 0, 100)
    else:
        rec.begin(1, 0, 0)
        rec.end(1, 0, 100)
    trace = rec.trace()
    for worker in trace.workers.values():
        worker.sees_awaits = False
    assert figures(rec, trace=trace).awaiting_for == expected
    assert figures(rec, trace=trace, probe=False).awaiting_for is None


def test_of_a_class_of_visitors_only_its_own_is_told(recording: Any) -> None:
    from array import array

    from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures

    rec = recording(requests=2)
    for row in range(2):
        rec.visit(row, 100)
        rec.begin(1, row, 0)
        rec.await_look(1, row, 50, (Awaited.LOCK, Awaited.TIMER)[row])
        rec.end(1, row, 100)
    trace = rec.trace()
    trace.classes, trace.class_of = ("one", "other"), array("H", [0, 1])
    so_far, end_ns = ProgressiveFigures(trace), max(trace.visits.done_ns)
    of_one = so_far.of_classes(so_far.target(end_ns), end_ns, {"other"})
    assert [(line.what, line.ms) for line in of_one.awaiting_for or ()] == [("a timer", pytest.approx(100))]
