"""Visits: columns that can be followed while a drive fills them, and counted afterwards."""

from __future__ import annotations

import anyio
import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, FAILED, PENDING, STATUS, TIMEOUT, Visits


def test_outcomes_and_errors_are_counted_by_name():
    visits = Visits(6)
    visits.outcome[:] = bytes([DONE, FAILED, FAILED, CANCELLED, PENDING, FAILED])
    visits.error[:] = bytes([0, TIMEOUT, STATUS, 0, 0, TIMEOUT])
    assert visits.counts() == {"pending": 1, "done": 1, "failed": 3, "cancelled": 1}
    assert visits.errors() == {"timeout": 2, "status": 1}


def test_rows_that_nobody_came_to_are_forgotten():
    visits = Visits(5)
    visits.trim(2)
    assert len(visits) == len(visits.sent_ns) == len(visits.status) == len(visits.error) == 2


def test_a_connection_is_reused_when_there_was_nothing_to_connect():
    visits = Visits(3)
    visits.connect_start_ns[0], visits.connected_ns[0], visits.sent_ns[0] = 10, 20, 20
    visits.connect_start_ns[1], visits.connected_ns[1], visits.sent_ns[1] = 30, 30, 30
    assert [visits.reused(row) for row in range(3)] == [False, True, False]


@pytest.mark.anyio
async def test_a_drive_can_be_followed_while_it_lasts(serving, hello):
    plan = make_plan("constant", rate=400, requests=80, keep_alive=True)
    visits = Visits(80)
    seen_started, seen_finished, looks = [], [], 0
    async with serving(hello) as server, anyio.create_task_group() as tasks:
        tasks.start_soon(drive, plan, server.port, ("/",), visits)
        while len(seen_finished) < 80:
            seen_started += visits.started[len(seen_started) :]
            fresh = visits.finished[len(seen_finished) :]
            assert all(visits.done_ns[row] and visits.outcome[row] == DONE for row in fresh)
            seen_finished += fresh
            looks += bool(fresh)
            await anyio.sleep(0.002)
    assert seen_started == list(range(80))
    assert sorted(seen_finished) == list(range(80))
    assert looks > 5
