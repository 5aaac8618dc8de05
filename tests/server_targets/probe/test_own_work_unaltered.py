"""Loops whose own work is recorded run as they would without us: callbacks, protocols, and other loops."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import weakref
from contextvars import Context

import pytest
from held_loops import LOOPS, Held, own, run
from kinds import KINDS, lane_of, on_list

from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE, OWN_WORK
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOREIGN_FROM, number_of

pytestmark = [pytest.mark.parametrize("kind", KINDS), pytest.mark.parametrize("loop", LOOPS)]


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
