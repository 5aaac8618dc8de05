"""Calls of C that keep the GIL: what they did, at their line, although nobody could look at them meanwhile."""

from __future__ import annotations

import ctypes
import json
import random
import re
import subprocess
import sys
import threading
import time

import pytest
from kept_gil import HELD_S, WITH_GIL, Looked, until
from kinds import KINDS, watcher

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.gil_holder import Look
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import PAUSE_S, _only_woke

pytestmark = pytest.mark.parametrize("kind", KINDS)

NUMBERS = [random.random() for _ in range(600_000)]


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    """Whose file is open for a worker's life."""
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


def sleeps():
    WITH_GIL.usleep(int(HELD_S * 1e6))


def polls():
    WITH_GIL.poll(None, 0, int(HELD_S * 1e3))


def reads_a_pipe():
    with subprocess.Popen(["sh", "-c", f"sleep {HELD_S}; echo"], stdout=subprocess.PIPE) as process:
        WITH_GIL.read(process.stdout.fileno(), ctypes.create_string_buffer(1), ctypes.c_size_t(1))


def waits_for_a_process():
    child = subprocess.Popen(["sleep", str(HELD_S)])
    WITH_GIL.waitpid(child.pid, None, 0)
    child.returncode = 0


def waits_for_a_semaphore():
    semaphore, until = ctypes.create_string_buffer(64), time.time() + HELD_S
    WITH_GIL.sem_init(semaphore, 0, 0)
    at = (ctypes.c_long * 2)(int(until), int(until % 1 * 1e9))
    WITH_GIL.sem_timedwait(semaphore, at)


def goes_on():
    """With its page, so that it is there yet when the sampler has the GIL, whoever else had it first."""
    until_ns = time.thread_time_ns() + 20_000_000
    while time.thread_time_ns() < until_ns:
        pass


def sorts():
    sorted(NUMBERS)


def backtracks():
    re.match("(a+)+$", "a" * 21 + "b")


def writes_json():
    json.dumps(NUMBERS)


def adds():
    sum(range(6_000_000))


WAIT = (sleeps, polls, reads_a_pipe, waits_for_a_process, waits_for_a_semaphore)
COMPUTE = (sorts, backtracks, writes_json, adds)


@pytest.mark.parametrize("call", WAIT)
@pytest.mark.parametrize("place", [Looked.calls, Looked.holds_a_loop])
def test_who_waits_and_keeps_the_gil_is_blocked_at_that_line(kind, place, call):
    def told():
        looked = Looked(kind)
        looked.while_there(place(looked, 7, call))
        return looked.told(7)

    def is_right(told):
        return told[State.BLOCKED, call.__name__] > 0.7

    assert is_right(found := until(told, is_right)), found


@pytest.mark.parametrize("call", COMPUTE)
@pytest.mark.parametrize("place", [Looked.calls, Looked.holds_a_loop])
def test_who_computes_and_keeps_the_gil_is_running_at_that_line_and_never_blocked(kind, place, call):
    def told():
        looked, cpu_ns = Looked(kind), []

        def computes():
            since = time.monotonic_ns(), time.thread_time_ns()
            call()
            cpu_ns.append((time.thread_time_ns() - since[1]) / (time.monotonic_ns() - since[0]))

        looked.while_there(place(looked, 7, computes))
        return looked.told(7), cpu_ns[0]

    def is_right(came):
        told, on_cpu = came
        blocked = sum(part for (state, _), part in told.items() if state is State.BLOCKED)
        return told[State.RUNNING, call.__name__] > 0.7 * on_cpu and blocked < 0.1

    assert is_right(found := until(told, is_right)), found


def test_who_wants_the_gil_meanwhile_is_stalled(kind):
    def told():
        looked = Looked(kind)
        there = threading.Event()

        def wants():
            there.set()
            time.sleep(0.01)
            goes_on()

        def holds():
            there.wait()
            sleeps()
            goes_on()

        looked.while_there(looked.calls(7, holds), looked.calls(8, wants))
        return looked.told_s(7), looked.told_s(8)

    def is_right(told):
        """Of the call's own time: what both do afterwards takes as long as the machine lets it."""
        one, other = told
        # It may have gone on before it was read where it was.
        blocked_s = one[State.BLOCKED, "sleeps"] + one[State.BLOCKED, ""]
        stalled_s = sum(seconds for (state, _), seconds in other.items() if state is State.STALLED)
        return blocked_s > 0.7 * HELD_S and stalled_s > 0.6 * HELD_S

    assert is_right(found := until(told, is_right)), found


def test_a_loop_that_cannot_go_on_since_a_thread_keeps_the_gil_is_held_by_that_request(kind):
    watcher(kind)

    def told():
        looked = Looked(kind)
        ready, there, spans = threading.Event(), threading.Event(), []

        def polls():
            slot = looked.report.lanes.of_running_loop()
            ready.wait()
            there.set()
            time.sleep(0.01)
            spans.append((slot.lane, time.monotonic_ns()))
            time.sleep(HELD_S)
            looked.report.lanes.drop_loop()

        def holds():
            ready.set()
            there.wait()
            since_ns = time.monotonic_ns()
            sleeps()
            spans.append((since_ns, time.monotonic_ns()))
            goes_on()

        looked.while_there(looked.calls(7, holds), threading.Thread(target=polls))
        ((lane, _),) = [span for span in spans if span[0] < 1 << 16]
        ((since_ns, to_ns),) = [span for span in spans if span[0] >= 1 << 16]
        loop = looked.worker().loops.get(lane)
        return loop and (set(loop.requests), loop.held_ns(since_ns, to_ns) / (to_ns - since_ns)), looked.told(7)

    def is_right(came):
        held, states = came
        return bool(held) and held[0] == {7} and 0.5 < held[1] <= 1 and states[State.BLOCKED, "holds"] == 0

    assert is_right(found := until(told, is_right)), found


@pytest.fixture
def patient():
    """Who waits for the GIL does not ask for it: whoever has it keeps it for as long as he likes."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(10)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("looks", [True, False])
def test_the_line_is_known_although_the_call_is_over_before_the_samplers_turn_where_who_has_the_gil_looks(
    kind, looks, patient, monkeypatch
):
    """As a loop's heartbeat does, which often has the GIL before the sampler. Here the thread itself looks."""
    monkeypatch.setattr(sampler_module, "WENT_ON_NS", 10_000_000)

    def told():
        looked = Looked(kind)

        def keeps():
            WITH_GIL.usleep(int(HELD_S * 1e6))
            if looks:
                looked.report.look_meanwhile()

        looked.while_there(looked.calls(7, keeps))
        looked.sampler.turn()  # what a line's number stands for is told at its end
        return looked.told(7)

    def is_right(told):
        return told[State.BLOCKED, "keeps" if looks else ""] > 0.7

    assert is_right(found := until(told, is_right)), found


def test_nobody_looks_for_a_sampler_that_does_not_wait_or_is_at_it(kind, patient, monkeypatch):
    looked, looks = Looked(kind), []
    monkeypatch.setattr(looked.sampler, "_look_around", lambda: looks.append(looked.report.look_meanwhile()) or 0)
    looked.report.look_meanwhile()
    assert not looks

    def told():
        waits = threading.Thread(target=looked.pauses.pause, args=(PAUSE_S, []))
        waits.start()
        time.sleep(PAUSE_S / 5)
        WITH_GIL.usleep(int(HELD_S * 1e6))
        looked.report.look_meanwhile()
        waits.join()
        return looks

    until(told, len)
    assert looks == [None]
    looked.report.look_meanwhile()
    assert looks == [None]


S, R, B = Seen.STALLED, Seen.RUNNING, Seen.BLOCKED


@pytest.mark.parametrize(
    ("seen", "cpu_us", "waited"),
    [
        ((S, S, S), (10, 40, 80), True),
        ((S, R, S), (10, 40, 80), True),  # woken, and ready for a core that others have
        ((S, R, S), (10, 2000, 4000), False),
        ((S, B, S), (10, 40, 80), False),
        ((S, S), (10, 4000), False),
    ],
)
def test_who_waited_for_the_gil_has_only_woken_meanwhile(kind, seen, cpu_us, waited):
    times = zip(range(0, 5_000_000 * len(seen), 5_000_000), seen, cpu_us, strict=True)
    assert _only_woke([Look(at_ns, what, us * 1000) for at_ns, what, us in times]) is waited


def test_who_only_sleeps_is_blocked_where_the_gil_is_free(kind):
    def told():
        looked = Looked(kind)
        looked.while_there(looked.calls(7, lambda: time.sleep(HELD_S)))
        return looked.told(7)

    def is_right(told):
        return told[State.BLOCKED, "<lambda>"] > 0.8

    assert is_right(found := until(told, is_right)), found
