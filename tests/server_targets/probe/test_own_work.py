"""What a served loop runs that is no step of a request: recorded where it lasts, from begin to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
from collections.abc import Callable
from contextvars import Context
from itertools import pairwise

import pytest
from held_loops import LOOPS, Held, nothing, own, run
from kinds import KINDS, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, HEADER_ASGI

SCOPE = {"type": "http", "headers": [(HEADER_ASGI, b"7")]}

pytestmark = [pytest.mark.parametrize("kind", KINDS), pytest.mark.parametrize("loop", LOOPS)]


def assert_told(records, held: Held, times: int = 1) -> None:
    told = own(records)
    assert len(told) >= times
    assert len(held.times) == times
    for since_ns, to_ns in held.times:
        (found,) = [(a, b) for a, b in told if a <= since_ns and to_ns <= b]
        assert found[1] - found[0] < 1.5 * (to_ns - since_ns) + held.others_ns()


class Speaking(asyncio.SubprocessProtocol, asyncio.DatagramProtocol, asyncio.Protocol):
    """Holds its loop when it is spoken to, by whatever a transport calls."""

    def __init__(self, held: Held) -> None:
        self._held = held

    def data_received(self, data: bytes) -> None:
        self._held()

    def datagram_received(self, data: bytes, address: object) -> None:
        self._held()

    def pipe_data_received(self, descriptor: int, data: bytes) -> None:
        self._held()


class Buffered(asyncio.BufferedProtocol):
    """The same, of one that is asked where to put what comes."""

    def __init__(self, held: Held) -> None:
        self._held = held

    def get_buffer(self, least: int) -> bytearray:
        return bytearray(16)

    def buffer_updated(self, nbytes: int) -> None:
        self._held()


def _without_certificates(side: int) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    return context


def schedules(name: str) -> Callable[[asyncio.AbstractEventLoop, Held], object]:
    def when_readable(loop: asyncio.AbstractEventLoop, held: Held) -> None:
        read, write = os.pipe()
        os.write(write, b"x")

        def ready() -> None:
            loop.remove_reader(read)
            os.close(read)
            os.close(write)
            held()

        loop.add_reader(read, ready)

    async def datagram(loop: asyncio.AbstractEventLoop, held: Held) -> None:
        transport, _ = await loop.create_datagram_endpoint(lambda: Speaking(held), local_addr=("127.0.0.1", 0))
        with contextlib.closing(transport), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
            speaker.sendto(b"x", transport.get_extra_info("sockname"))
            await held.done.wait()

    async def data(
        loop: asyncio.AbstractEventLoop, held: Held, protocol: Callable[[Held], asyncio.BaseProtocol] = Speaking
    ) -> None:
        ours, theirs = socket.socketpair()
        transport, _ = await loop.create_connection(lambda: protocol(held), sock=ours)
        with contextlib.closing(transport), theirs:
            theirs.send(b"x")
            await held.done.wait()

    async def accepted(loop: asyncio.AbstractEventLoop, held: Held) -> None:
        ours, theirs = socket.socketpair()
        transport, _ = await loop.connect_accepted_socket(lambda: Speaking(held), ours)
        with contextlib.closing(transport), theirs:
            theirs.send(b"x")
            await held.done.wait()

    async def encrypted(loop: asyncio.AbstractEventLoop, held: Held) -> None:
        """What reads is another protocol than the one that the connection was made with."""
        near, far = socket.socketpair()
        plain, _ = await loop.create_connection(asyncio.Protocol, sock=near)
        other, _ = await loop.create_connection(asyncio.Protocol, sock=far)
        ours, theirs = await asyncio.gather(
            loop.start_tls(plain, Speaking(held), _without_certificates(ssl.PROTOCOL_TLS_CLIENT)),
            loop.start_tls(other, asyncio.Protocol(), _without_certificates(ssl.PROTOCOL_TLS_SERVER), server_side=True),
        )
        with contextlib.closing(ours), contextlib.closing(theirs):
            theirs.write(b"x")
            await held.done.wait()

    async def pipe(loop: asyncio.AbstractEventLoop, held: Held) -> None:
        transport, _ = await loop.subprocess_exec(lambda: Speaking(held), "echo", "x", stdin=None)
        await held.done.wait()
        transport.close()

    return {
        "call_soon": lambda loop, held: loop.call_soon(held),
        "call_later": lambda loop, held: loop.call_later(0.01, held, 1, 2),
        "call_at": lambda loop, held: loop.call_at(loop.time() + 0.01, held),
        "call_soon_threadsafe": lambda loop, held: loop.run_in_executor(None, loop.call_soon_threadsafe, held),
        "a task": lambda loop, held: loop.create_task(held.task()),
        "a task of another context": lambda loop, held: loop.create_task(held.task(), context=Context()),
        "a reader": when_readable,
        "a signal": lambda loop, held: (
            loop.add_signal_handler(signal.SIGUSR1, held),
            os.kill(os.getpid(), signal.SIGUSR1),
        ),
        "a future's callback": lambda loop, held: asyncio.ensure_future(asyncio.sleep(0)).add_done_callback(held),
        "a datagram": lambda loop, held: loop.create_task(datagram(loop, held)),
        "a connection's data": lambda loop, held: loop.create_task(data(loop, held)),
        "a connection's buffer": lambda loop, held: loop.create_task(data(loop, held, Buffered)),
        "an accepted connection's data": lambda loop, held: loop.create_task(accepted(loop, held)),
        "an encrypted connection's data": lambda loop, held: loop.create_task(encrypted(loop, held)),
        "a process's words": lambda loop, held: loop.create_task(pipe(loop, held)),
    }[name]


@pytest.mark.parametrize(
    "how",
    [
        *("call_soon", "call_later", "call_at", "call_soon_threadsafe", "a task", "a task of another context"),
        *("a reader", "a signal", "a future's callback", "a datagram", "a process's words"),
        *("a connection's data", "a connection's buffer"),
        *("an accepted connection's data", "an encrypted connection's data"),
    ],
)
def test_whatever_holds_the_loop_is_recorded_from_its_begin_to_its_end(kind, loop, how):
    held = Held()

    async def main(probed):
        kept = schedules(how)(asyncio.get_running_loop(), held)
        await held.done.wait()
        await asyncio.sleep(0.005)
        return kept

    records, _ = run(kind, loop, main)
    assert_told(records, held)


def test_a_task_that_was_there_before_the_application_is_seen_from_its_next_step_on(kind, loop):
    held = Held()
    report, records = on_list(kind)

    async def server():
        async def before():
            await asyncio.sleep(0.01)
            held()
            await asyncio.sleep(0)
            held()

        task = asyncio.ensure_future(before())
        await asyncio.sleep(0)
        ProbedAsgi(nothing, report)  # an application that is loaded on its server's loop
        await task
        await asyncio.sleep(0.005)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(server())
    told = own(records)
    inside = [any(a <= since_ns and to_ns <= b for a, b in told) for since_ns, to_ns in held.times]
    assert inside == [True, True]


def test_what_lasts_less_than_a_moment_is_not_recorded(kind, loop):
    async def main(probed):
        for _ in range(200):
            asyncio.get_running_loop().call_soon(lambda: None)
            await asyncio.sleep(0)

    records, _ = run(kind, loop, main)
    assert len([r for r in records if r[2] == OWN_WORK]) < 20


def test_a_requests_steps_and_the_loops_own_work_are_disjoint_and_neither_is_the_others(kind, loop):
    held, of_request = Held(), Held()

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        assert CURRENT.get() == 7
        of_request()
        await held.done.wait()
        await asyncio.sleep(0.005)
        of_request()

    async def main(probed):
        asyncio.get_running_loop().call_later(0.005, held)
        await asyncio.ensure_future(probed(SCOPE, None, None))
        await asyncio.sleep(0.005)

    records, _ = run(kind, loop, main, application)
    steps = sorted((r[0], r[1], r[2]) for r in records if kind_of(r) == Kind.STEP)
    assert all(a[1] <= b[0] for a, b in pairwise(steps))
    assert_told(records, held)
    for since_ns, to_ns in of_request.times:
        (found,) = [request for a, b, request in steps if a <= since_ns and to_ns <= b]
        assert found == 7


def test_a_task_that_a_request_has_started_is_the_requests_after_its_end_too(kind, loop):
    held = Held()
    tasks = []

    async def application(scope, receive, send):
        if scope["type"] == "http":
            tasks.append(asyncio.ensure_future(held.task(times=2)))

    async def main(probed):
        await asyncio.ensure_future(probed(SCOPE, None, None))
        await asyncio.gather(*tasks)

    records, _ = run(kind, loop, main, application)
    steps = [(r[0], r[1], r[2]) for r in records if kind_of(r) == Kind.STEP]
    end_ns = next(r[0] for r in records if kind_of(r) == Kind.END)
    assert len(held.times) == 2
    for since_ns, to_ns in held.times:
        (found,) = [request for a, b, request in steps if a <= since_ns and to_ns <= b]
        assert found == 7
        assert since_ns > end_ns


def test_a_callback_that_the_sampler_has_met_is_told_with_its_threads_clock(kind, loop):
    report, records = on_list(kind)

    async def server():
        probed = ProbedAsgi(nothing, report)
        await probed({"type": "lifespan"}, None, None)
        (slot,) = report.lanes.loops.values()

        def met():
            assert slot.request == OWN_WORK
            slot.sampled = True

        asyncio.get_running_loop().call_soon(met)
        await asyncio.sleep(0.005)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(server())
    kinds = [kind_of(r) for r in records if r[2] == OWN_WORK]
    assert Kind.STEP_END in kinds
    assert kinds[kinds.index(Kind.STEP_END) + 1] == Kind.STEP
