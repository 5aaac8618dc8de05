"""Visitors who behave otherwise, against small real servers."""

from __future__ import annotations

import asyncio

import pytest

from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import MixPart, make_plan, mix
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, FAILED, STATUS, TIMEOUT, Visits

BODY = b"x" * 200_000


class Server:
    """Answers every request after `wait_s`; keeps when a request's first and last bytes came, and what was cut."""

    def __init__(self, wait_s: float = 0.0, status: int = 200) -> None:
        self.wait_s, self.status = wait_s, status
        self.took_s: list[float] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            head = await reader.read(1)
            since_s = loop.time()
            head += await reader.readuntil(b"\r\n\r\n")
            self.took_s.append(loop.time() - since_s)
            await asyncio.sleep(self.wait_s)
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (self.status, len(BODY)) + BODY)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def visit(behaviours, *, wait_s: float = 0.0, each: int = 3, timeout_s: float = 5.0, status: int = 200):
    """`each` visitors of every class at once; the visits and the server."""
    server = Server(wait_s, status)
    parts = [MixPart(make_plan("burst", requests=each, timeout_s=timeout_s), 0, n) for n in range(len(behaviours))]
    plan = mix(parts, {number for number, behaviour in enumerate(behaviours) if behaviour})
    visits = Visits(plan.requests, 1)

    async def main():
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        await drive(plan, port, ["/"] * len(behaviours), visits, behaviours=behaviours)
        listening.close()

    asyncio.run(main())
    return visits, server, plan


def seconds(visits: Visits, row: int) -> float:
    return (visits.done_ns[row] - visits.intended_ns[row]) / 1e9


def test_a_slow_sender_takes_its_time_to_send_and_is_answered():
    visits, server, _ = visit([ClientBehaviour(send_for_s=0.3)])
    assert list(visits.outcome) == [DONE] * 3
    assert min(server.took_s) > 0.2
    assert all(visits.sent_ns[row] - visits.connected_ns[row] > 200_000_000 for row in range(3))


def test_when_the_first_byte_of_a_slow_request_went_out_is_kept_and_of_a_quick_one_nothing():
    visits, _, plan = visit([None, ClientBehaviour(read_for_s=0.1), ClientBehaviour(send_for_s=0.2)])
    for row in range(9):
        if plan.path[row] == 2:
            assert visits.connected_ns[row] <= visits.send_start_ns[row] < visits.sent_ns[row] - 100_000_000
        else:
            assert visits.send_start_ns[row] == 0


def test_a_slow_reader_takes_its_time_to_read_the_whole_answer():
    visits, _, _ = visit([ClientBehaviour(read_for_s=0.4)])
    assert list(visits.outcome) == [DONE] * 3
    assert all(received > len(BODY) for received in visits.bytes_received)
    assert all(seconds(visits, row) > 0.3 for row in range(3))


def test_a_visitor_who_leaves_is_cancelled_and_not_failed():
    visits, _, _ = visit([ClientBehaviour(leave_after_s=0.1)], wait_s=2.0)
    assert list(visits.outcome) == [CANCELLED] * 3
    assert list(visits.error) == [0] * 3
    assert all(0.05 < seconds(visits, row) < 1.0 for row in range(3))


def test_a_visitor_who_would_leave_later_gets_its_answer():
    visits, _, _ = visit([ClientBehaviour(leave_after_s=2.0)])
    assert list(visits.outcome) == [DONE] * 3


@pytest.mark.parametrize("behaviour", [ClientBehaviour(read_for_s=1.0), ClientBehaviour(leave_after_s=1.5)])
def test_the_time_limit_counts_for_them_too_and_for_one_who_would_leave_later(behaviour):
    visits, _, _ = visit([behaviour], wait_s=2.0, timeout_s=0.3)
    assert list(visits.outcome) == [FAILED] * 3
    assert list(visits.error) == [TIMEOUT] * 3
    assert all(0.3 <= seconds(visits, row) < 1.2 for row in range(3))


@pytest.mark.parametrize("behaviour", [ClientBehaviour(send_for_s=0.05), ClientBehaviour(leave_after_s=4.0)])
@pytest.mark.parametrize(("status", "outcome"), [(404, DONE), (499, DONE), (500, FAILED), (503, FAILED)])
def test_a_fault_of_the_server_is_one_to_them_too(behaviour, status, outcome):
    visits, _, _ = visit([behaviour], status=status)
    assert list(visits.outcome) == [outcome] * 3
    assert list(visits.error) == [STATUS if outcome == FAILED else 0] * 3
    assert list(visits.status) == [status] * 3


def test_they_come_beside_a_crowd_and_every_visit_is_accounted_for():
    visits, _, plan = visit(
        [None, ClientBehaviour(leave_after_s=0.1), ClientBehaviour(send_for_s=0.2)], wait_s=0.3, each=20
    )
    outcomes = {number: {visits.outcome[row] for row in range(60) if plan.path[row] == number} for number in range(3)}
    assert outcomes == {0: {DONE}, 1: {CANCELLED}, 2: {DONE}}
    assert sorted(visits.finished) == list(range(60))


@pytest.mark.parametrize("behaviour", [ClientBehaviour(send_for_s=0.1), ClientBehaviour(read_for_s=0.1)])
def test_six_times_are_in_order(behaviour):
    visits, _, _ = visit([behaviour])
    for row in range(3):
        times = [visits.intended_ns, visits.connect_start_ns, visits.connected_ns, visits.sent_ns]
        times += [visits.first_byte_ns, visits.done_ns]
        stamps = [column[row] for column in times]
        assert stamps == sorted(stamps)
        assert all(stamps)
