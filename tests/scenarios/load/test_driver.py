"""A drive against real servers: what was planned is what happens, and all of it is accounted for."""

from __future__ import annotations

import asyncio
import statistics
import time
from functools import partial
from pathlib import Path

import anyio
import pytest

from scenarios.load.client import Behaviour
from scenarios.load.driver import drive
from scenarios.load.plan import Plan, make_plan
from scenarios.load.visits import DONE, ERROR_KINDS, FAILED, Visits

pytestmark = pytest.mark.anyio

ARRIVALS = {
    "burst": {"arrivals": "burst", "requests": 40},
    "constant": {"arrivals": "constant", "rate": 2_000, "requests": 40},
    "poisson": {"arrivals": "poisson", "rate": 2_000, "requests": 40},
    "closed": {"arrivals": "closed", "concurrency": 4, "requests": 40},
}


async def driven(plan, port, *, first_id=1, paths=("/",)):
    """The visits of a whole drive, which must not hang."""
    visits = Visits(plan.requests, first_id)
    with anyio.fail_after(30):
        report = await drive(plan, port, paths, visits)
    return visits, report


def assert_in_order(visits):
    """The times that happened are in order, and a visit that is done has all six."""
    for row, outcome in enumerate(visits.outcome):
        times = [
            visits.intended_ns[row],
            visits.connect_start_ns[row],
            visits.connected_ns[row],
            visits.sent_ns[row],
            visits.first_byte_ns[row],
            visits.done_ns[row],
        ]
        happened = [at_ns for at_ns in times if at_ns]
        assert happened == sorted(happened)
        assert len(happened) == 6 or outcome != DONE


def assert_all_ended(visits):
    """Every row has one outcome, and is among the finished once."""
    assert visits.counts()["pending"] == 0
    assert sorted(visits.finished) == list(range(len(visits)))
    assert len(set(visits.started)) == len(visits.started)


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("arrivals", ARRIVALS)
async def test_every_planned_id_arrives_once_and_the_six_times_are_in_order(serving, hello, arrivals, keep_alive):
    plan = make_plan(**ARRIVALS[arrivals], keep_alive=keep_alive)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port, first_id=1_000)
    assert sorted(server.ids) == list(range(1_000, 1_040))
    assert list(visits.started) == list(range(40))
    assert visits.counts()["done"] == 40
    assert set(visits.status) == {200}
    assert_all_ended(visits)
    assert_in_order(visits)


@pytest.mark.parametrize("arrivals", ["burst", "constant", "poisson"])
async def test_intended_times_are_exactly_the_plans(serving, hello, arrivals):
    plan = make_plan(**ARRIVALS[arrivals], seed=5)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port)
    assert [at_ns - visits.start_ns for at_ns in visits.intended_ns] == list(plan.offsets_ns)


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_a_closed_visitor_intends_to_come_again_when_its_answer_is_there(serving, hello, keep_alive):
    plan = make_plan("closed", concurrency=3, requests=30, keep_alive=keep_alive)
    async with serving(hello) as server:
        visits, _ = await driven(plan, server.port)
    assert server.open_most <= 3
    assert list(visits.intended_ns[:3]) == [visits.start_ns] * 3
    assert sorted(visits.intended_ns[3:]) == sorted(visits.done_ns)[:27]


async def test_a_drive_may_start_at_a_set_time(serving, hello):
    visits = Visits(5)
    start_ns = time.monotonic_ns() + 50_000_000
    async with serving(hello) as server:
        await drive(Plan.burst(5), server.port, ("/",), visits, start_ns=start_ns)
    assert set(visits.intended_ns) == {start_ns}
    assert min(visits.connect_start_ns) >= start_ns


async def test_open_arrivals_are_not_held_to_a_millisecond(serving, hello):
    """The best of five, as the machine may be busy; a grain of 1 ms would make every median about 0.5 ms."""
    medians_ms = []
    plan = make_plan("constant", rate=300.3, requests=40)
    async with serving(hello) as server:
        for _ in range(5):
            visits, _ = await driven(plan, server.port)
            late_ns = [sent - intended for sent, intended in zip(visits.sent_ns, visits.intended_ns, strict=True)]
            assert min(late_ns) > 0
            medians_ms.append(statistics.median(late_ns) / 1e6)
    assert min(medians_ms) < 0.35


async def test_the_driver_reports_how_late_and_how_busy_it_was(serving, hello):
    plan = make_plan("constant", rate=1_000, requests=101)
    async with serving(hello) as server:
        visits, report = await driven(plan, server.port)
    late_ns = sorted(map(int.__sub__, visits.connect_start_ns, visits.intended_ns))
    assert report.lag_p99_ms == late_ns[99] / 1e6  # of 101, the 100th is the first that 99 % do not exceed
    assert 0 < report.cpu_share < 1.5


async def test_a_closed_drive_has_no_schedule_to_be_late_for(serving, hello):
    plan = make_plan("closed", concurrency=2, requests=10)
    async with serving(hello) as server:
        _, report = await driven(plan, server.port)
    assert report.lag_p99_ms is None


async def test_paths_are_asked_for_as_planned(serving, hello):
    plan = make_plan("burst", requests=30, weights=(2, 1))
    async with serving(hello) as server:
        await driven(plan, server.port, first_id=0, paths=("/fast", "/slow?a=%20"))
    asked = dict(zip(server.ids, (head.split()[1] for head in server.heads), strict=True))
    assert [asked[row] for row in range(30)] == [(b"/fast", b"/slow?a=%20")[path] for path in plan.path]


BODIES = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", True),
    "interim": (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", True),
    "until the end": (b"HTTP/1.0 200 OK\r\n\r\nhello", False),
    "long": (b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000), True),
}


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_is_whole_however_it_ends_and_however_it_comes(serving, body, keep_alive, in_pieces):
    whole, ends_by_itself = BODIES[body]

    async def talk(peer):
        while await peer.request():
            pieces = [whole[:9], whole[9:20], whole[20:-1], whole[-1:]] if in_pieces else [whole]
            for piece in pieces:
                await peer.send(piece)
                await asyncio.sleep(0.001)
            if not (keep_alive and ends_by_itself):
                return

    plan = make_plan("closed", concurrency=2, requests=6, keep_alive=keep_alive)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.counts()["done"] == 6
    assert set(visits.bytes_received) == {len(whole)}
    assert_in_order(visits)


@pytest.mark.parametrize("keep_alive", [False, True])
@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_error_is_a_failed_visit(serving, status, keep_alive):
    async def talk(peer):
        while await peer.request():
            await peer.send(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
            if not keep_alive:
                return

    plan = make_plan("closed", concurrency=2, requests=10, keep_alive=keep_alive)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.errors() == {"status": 10}
    assert visits.counts()["failed"] == 10
    assert set(visits.status) == {status}
    assert 0 not in visits.first_byte_ns


async def test_a_refusal_that_is_not_the_servers_fault_is_an_answer(serving):
    async def talk(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with serving(talk) as server:
        visits, _ = await driven(Plan.burst(3), server.port)
    assert visits.counts()["done"] == 3
    assert set(visits.status) == {404}


async def resets(peer):
    await peer.request()
    peer.reset()


async def resets_within_an_answer(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
    await asyncio.sleep(0.005)
    peer.reset()


async def closes_early(peer):
    await peer.request()


async def closes_within_an_answer(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")


async def closes_within_a_head(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 O")


async def talks_nonsense(peer):
    await peer.request()
    await peer.send(b"SSH-2.0-OpenSSH\r\n")


async def never_answers(peer):
    await peer.request()
    await peer.request()


async def begins_and_never_ends(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    await peer.request()


TROUBLES = {
    resets: "reset",
    resets_within_an_answer: "reset",
    closes_early: "closed",
    closes_within_an_answer: "closed",
    closes_within_a_head: "closed",
    talks_nonsense: "protocol",
    never_answers: "timeout",
    begins_and_never_ends: "timeout",
}


@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_every_visit_ends_in_trouble_of_the_right_kind(serving, trouble, arrivals):
    plan = make_plan(**ARRIVALS[arrivals], timeout_s=0.1 if TROUBLES[trouble] == "timeout" else 20)
    async with serving(trouble) as server:
        visits, _ = await driven(plan, server.port)
    assert visits.errors() == {TROUBLES[trouble]: 40}
    assert_all_ended(visits)
    assert_in_order(visits)


@pytest.mark.parametrize("arrivals", ARRIVALS)
async def test_nobody_listens_and_every_visit_is_refused(unused_port, arrivals):
    visits, _ = await driven(make_plan(**ARRIVALS[arrivals]), unused_port)
    assert visits.errors() == {"refused": 40}
    assert_all_ended(visits)


async def test_a_server_that_refuses_everybody_does_not_hold_the_loop(unused_port):
    plan = make_plan("closed", concurrency=2, requests=20_000)
    visits = Visits(plan.requests)
    with anyio.move_on_after(0.05) as scope:
        await drive(plan, unused_port, ("/",), visits)
    assert scope.cancelled_caught
    assert_all_ended(visits)


async def test_mixed_troubles_add_up_to_the_plan(serving, hello):
    kinds = [resets, closes_early, talks_nonsense, never_answers, hello, closes_within_an_answer]

    async def talk(peer):
        await kinds[peer.server.connections % len(kinds)](peer)

    plan = make_plan("poisson", rate=2_000, requests=120, timeout_s=0.2)
    async with serving(talk) as server:
        visits, _ = await driven(plan, server.port)
    counts = visits.counts()
    assert counts == {"pending": 0, "done": 20, "failed": 100, "cancelled": 0, "dropped": 0}
    assert sum(visits.errors().values()) == 100
    assert sorted(server.ids) == list(range(1, 121))


async def test_a_visitor_gives_up_when_its_time_is_over_and_not_before(serving):
    plan = make_plan("constant", rate=50, requests=5, timeout_s=0.15)
    async with serving(never_answers) as server:
        visits, _ = await driven(plan, server.port)
    stayed_s = [(done - came) / 1e9 for done, came in zip(visits.done_ns, visits.intended_ns, strict=True)]
    assert min(stayed_s) >= 0.15
    assert statistics.median(stayed_s) < 0.18
    assert set(visits.error) == {ERROR_KINDS.index("timeout")}


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_drive_that_is_cancelled_hangs_up_and_cancels_what_has_not_ended(serving):
    async def answers_the_first_three(peer):
        await peer.request()
        if len(peer.server.ids) <= 3:
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            await peer.request()

    plan = make_plan("constant", rate=100, requests=100)
    visits = Visits(plan.requests)
    async with serving(answers_the_first_three) as server:
        descriptors = open_descriptors()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive, plan, server.port, ("/",), visits)
            while len(server.ids) < 6:
                await anyio.sleep(0)
            tasks.cancel_scope.cancel()
        counts = visits.counts()
        assert (counts["done"], counts["cancelled"], counts["pending"]) == (3, 97, 0)
        with anyio.fail_after(5):
            while server.open_now or open_descriptors() > descriptors:
                await anyio.sleep(0)
    assert_all_ended(visits)
    came = [intended <= max(visits.done_ns) for intended in visits.intended_ns]
    assert [done > 0 for done in visits.done_ns] == came


async def test_clients_that_have_not_come_yet_are_cancelled_too(serving):
    visits = Visits(20)
    async with serving(never_answers) as server, anyio.create_task_group() as tasks:
        plan = make_plan("constant", rate=20, requests=20)
        behaviours = (Behaviour(read_for_s=1.0),)
        tasks.start_soon(partial(drive, plan, server.port, ("/",), visits, behaviours=behaviours))
        while not server.ids:
            await anyio.sleep(0)
        tasks.cancel_scope.cancel()
    assert visits.counts()["cancelled"] == 20
    assert_all_ended(visits)


async def test_past_the_drop_limit_arrivals_are_dropped_and_counted(serving):
    plan = make_plan("burst", requests=50, drop_limit=10, timeout_s=0.1)
    async with serving(never_answers) as server:
        visits, _ = await driven(plan, server.port)
    counts = visits.counts()
    assert (counts["dropped"], counts["failed"]) == (40, 10)
    assert len(visits.started) == len(server.ids) == 10
    assert_all_ended(visits)


async def test_closed_arrivals_with_a_duration_begin_nothing_after_it(serving, hello):
    plan = make_plan("closed", concurrency=3, duration_s=0.1)
    visits = Visits(plan.requests)
    async with serving(hello) as server:
        await drive(plan, server.port, ("/",), visits)
    assert 3 < len(visits) < 100_000
    assert visits.counts()["done"] == len(visits) == len(server.ids)
    assert max(visits.intended_ns) - visits.start_ns < 0.15e9
    assert_all_ended(visits)


async def test_drives_share_a_loop(serving, hello):
    plan = make_plan("poisson", rate=500, requests=50)
    columns = [Visits(50), Visits(50)]
    start_ns = time.monotonic_ns() + 10_000_000
    async with serving(hello) as one, serving(hello) as other, anyio.create_task_group() as tasks:
        for server, visits in zip((one, other), columns, strict=True):
            tasks.start_soon(_drive_at, plan, server.port, visits, start_ns)
    assert columns[0].intended_ns == columns[1].intended_ns
    assert [visits.counts()["done"] for visits in columns] == [50, 50]


async def _drive_at(plan, port, visits, start_ns):
    await drive(plan, port, ("/",), visits, start_ns=start_ns)


def test_a_drive_runs_on_asyncios_own_loop_too(serving, hello):
    async def main():
        async with serving(hello) as server:
            visits, _ = await driven(make_plan("closed", concurrency=2, requests=20, keep_alive=True), server.port)
        assert visits.counts()["done"] == 20

    anyio.run(main, backend_options={"use_uvloop": False})


@pytest.mark.parametrize("host", ["192.0.2.1", "localhost", "::1", "127.1", "0.0.0.0", ""])
async def test_only_loopback_addresses_are_driven(host):
    with pytest.raises(ValueError, match="loopback"):
        await drive(Plan.burst(1), 80, ("/",), Visits(1), host=host)


async def test_visits_and_paths_must_fit_the_plan():
    with pytest.raises(ValueError, match="fit"):
        await drive(Plan.burst(2), 80, ("/",), Visits(1))
    with pytest.raises(ValueError, match="fit"):
        await drive(make_plan("burst", requests=50, weights=(1, 1)), 80, ("/",), Visits(50))


async def test_a_full_line_at_the_server_only_delays(serving, hello):
    """More visitors than the backlog takes: their handshakes wait, and the kernel tries again."""
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        plan = make_plan("burst", requests=6, timeout_s=20)
        visits = Visits(6)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive, plan, listener.getsockname()[1], ("/",), visits)
            while len(visits.started) < 6:
                await anyio.sleep(0.001)
            assert 0 in visits.sent_ns  # the line is full
            tasks.start_soon(_accept, listener, 6)
    assert visits.counts()["done"] == 6
    assert_in_order(visits)


async def _accept(listener, visitors):
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    for _ in range(visitors):
        sock, _ = await loop.sock_accept(listener)
        with sock:
            await loop.sock_recv(sock, 1_000)
            await loop.sock_sendall(sock, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def test_a_server_that_answers_before_it_is_asked_is_heard(serving):
    async def talk(peer):
        await peer.send(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n")

    async with serving(talk) as server:
        visits, _ = await driven(Plan.burst(20), server.port)
    assert visits.outcome.count(FAILED) == 20
    assert set(visits.errors()) <= {"status", "reset"}
