"""What a served loop runs that is no step of a request: recorded where it lasts, from begin to end, and unaltered."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pathlib
import signal
import socket
import time
import weakref
from collections.abc import Callable
from contextvars import Context
from itertools import pairwise

import pytest
from kinds import KINDS, kind_of, lane_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE, OWN_WORK, Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOREIGN_FROM, HEADER_ASGI, number_of

uvloop = pytest.importorskip("uvloop")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
HOLD_S = 0.03
SCOPE = {"type": "http", "headers": [(HEADER_ASGI, b"7")]}

pytestmark = [pytest.mark.parametrize("kind", KINDS), pytest.mark.parametrize("loop", LOOPS)]


def ready_ns() -> int:
    """For how long the calling thread was ready for a core and had none (proc(5), schedstat): what others make last."""
    with pathlib.Path("/proc/thread-self/schedstat").open() as counts:
        return int(counts.read().split()[1])


class Held:
    """Holds the thread that calls it, and knows when it did."""

    def __init__(self) -> None:
        self._ready_ns = ready_ns()
        self.times: list[tuple[int, int]] = []
        self.done = asyncio.Event()

    def __call__(self, *_given: object) -> str:
        since_ns = time.monotonic_ns()
        time.sleep(HOLD_S)
        self.times.append((since_ns, time.monotonic_ns()))
        self.done.set()
        return "held"

    def others_ns(self) -> int:
        """By how much others on the machine have held up the calling thread since."""
        return ready_ns() - self._ready_ns

    async def task(self, times: int = 1) -> None:
        for _ in range(times):
            self()
            await asyncio.sleep(0.002)


async def nothing(scope, receive, send):
    return None


def run(kind: str, loop: str, main: Callable[..., object], application=nothing):
    """(records, what `main` returned): it runs on a loop whose server has asked for the application's lifespan."""
    report, records = on_list(kind)

    async def server():
        probed = ProbedAsgi(application, report)
        await probed({"type": "lifespan"}, None, None)
        return await main(probed)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        came = runner.run(server())
    return records, came


def own(records):
    """(begin, end) of the loop's own work, as far as it lasted about as long as what we do here."""
    steps = [(r[0], r[1]) for r in records if r[2] == OWN_WORK and kind_of(r) == Kind.STEP]
    return [(since_ns, to_ns) for since_ns, to_ns in steps if to_ns - since_ns > 0.9 * HOLD_S * 1e9]


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
        "a process's words": lambda loop, held: loop.create_task(pipe(loop, held)),
    }[name]


@pytest.mark.parametrize(
    "how",
    [
        *("call_soon", "call_later", "call_at", "call_soon_threadsafe", "a task", "a task of another context"),
        *("a reader", "a signal", "a future's callback", "a datagram", "a process's words"),
        *("a connection's data", "a connection's buffer"),
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


def test_callbacks_run_as_they_would_without_us(kind, loop):
    """Arguments, contexts, what cancels them, what their errors say, and what a handle looks like."""
    seen, said = [], []

    async def main(probed):
        running = asyncio.get_running_loop()
        running.set_exception_handler(lambda _, told: said.append((told["message"], repr(told["exception"]))))
        context = Context()
        context.run(CURRENT.set, 0)

        def named_callback(*given):
            seen.append(given)

        running.call_soon(named_callback, 1, 2, context=context)
        handle = running.call_later(0.001, named_callback, 3)
        running.call_later(0.001, named_callback, "never").cancel()
        running.call_soon_threadsafe(named_callback, 4)
        running.call_soon(broken)
        assert "named_callback" in repr(handle)
        with pytest.raises(TypeError):
            running.call_later(1)  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            running.call_soon()  # type: ignore[call-arg]
        await asyncio.sleep(0.01)

    run(kind, loop, main)
    assert sorted(seen, key=str) == [(1, 2), (3,), (4,)]
    ((message, error),) = said
    assert "broken" in message
    assert error == "LookupError('as it was')"


def test_a_protocol_is_as_it_was_when_its_connection_is_lost(kind, loop):
    """It does not keep itself alive by what was put on it."""

    class Counting(asyncio.Protocol):
        lost = 0

        def connection_lost(self, error: Exception | None) -> None:
            Counting.lost += 1

    async def main(probed):
        ours, theirs = socket.socketpair()
        transport, protocol = await asyncio.get_running_loop().create_connection(Counting, sock=ours)
        put, alive = set(vars(protocol)), weakref.ref(protocol)
        transport.close()
        theirs.close()
        await asyncio.sleep(0.01)
        left = set(vars(protocol))
        transport = protocol = None
        return put, left, alive()

    gc.disable()
    try:
        _, (put, left, alive) = run(kind, loop, main)
    finally:
        gc.enable()
    assert bool(put) is (loop == "uvloop")
    assert (left, alive, Counting.lost) == (set(), None, 1)


def test_a_followed_callback_shows_itself_as_the_one_that_it_calls(kind, loop):
    report, _ = on_list(kind)
    scheduled = []

    async def server():
        slot = report.lanes.of_running_loop()
        report.schedule(lambda callback, *_: scheduled.append(callback), slot, 0)(broken)
        report.schedule(lambda callback, *_: scheduled.append(callback), slot, 0)(scheduled[0])

    asyncio.run(server())
    followed, again = scheduled
    assert again is followed is not broken
    assert (followed.__wrapped__, followed.__qualname__, repr(followed)) == (broken, "broken", repr(broken))
    with pytest.raises(AttributeError):
        _ = followed.nothing_of_the_kind


def broken():
    raise LookupError("as it was")


def test_another_loop_of_the_same_process_is_left_alone(kind, loop):
    held = Held()

    async def main(probed):
        def elsewhere():
            other = LOOPS[loop]()
            with contextlib.closing(other):
                other.call_soon(held)
                other.run_until_complete(asyncio.sleep(0.001))
                assert not {"call_soon", "call_later"} & set(vars(other))

        await asyncio.to_thread(elsewhere)

    records, _ = run(kind, loop, main)
    assert held.times
    # On a busy machine this loop's own turn may last as long, too.
    assert {lane_of(r) for r in records if r[2] == OWN_WORK} <= {MAIN_LOOP_LANE}
    assert not [(a, b) for a, b in own(records) for since_ns, to_ns in held.times if a <= since_ns and to_ns <= b]


def test_no_visitor_is_given_the_number_of_own_work(kind, loop):
    assert all(number_of(str(OWN_WORK)) != OWN_WORK for _ in range(10))
    assert number_of(None) > FOREIGN_FROM
