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
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from kinds import KINDS, on_list, pauses_of, watcher

from asgi_vs_wsgi.scenarios.trace.states import State, held_inside
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import end_step
from asgi_vs_wsgi.server_targets.probe.protocol.records import WRITTEN, Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import PAUSE_S, Sampler
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

pytestmark = pytest.mark.parametrize("kind", KINDS)

HELD_S = 0.1
TRIES = 10
"""On a machine that is busy with others, a thread may be kept from the CPU for as long as a call takes."""
WITH_GIL = ctypes.PyDLL(None)
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


class Looked:
    """A recorder, a sampler whose turns are taken by the calling thread, and what they told."""

    def __init__(self, kind: str) -> None:
        self.report, self.records = on_list(kind)
        self._lines: dict[int, str] = {}
        with_c = native if kind == "compiled" else None
        channel = SimpleNamespace(location=self._lines.__setitem__)
        blame = SourceLocations(channel, str(Path(__file__).parent), native=with_c)  # type: ignore[arg-type]
        states = ThreadStates()
        self.sampler = Sampler(self.report, blame, states)
        self.sampler._pauses = self.pauses = pauses_of(kind, states)

    def while_there(self, *threads: threading.Thread) -> None:
        """Take turns until they have ended."""
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.sampler.turn()
            self.pauses.pause(PAUSE_S, self.sampler._at_work())

    def calls(self, number: int, call) -> threading.Thread:
        """A thread that makes it for that request."""
        self.report.write(time.monotonic_ns(), 0, number, pack_header(0, Kind.BEGIN))

        def run() -> None:
            time.sleep(3 * PAUSE_S)  # who has started this thread waits for it, and cannot pause
            slot = self.report.begin_call(number, 0)
            try:
                call()
            finally:
                self.report.end_call(slot)

        return threading.Thread(target=run)

    def holds_a_loop(self, number: int, call) -> threading.Thread:
        """The same as a step on a loop."""
        self.report.write(time.monotonic_ns(), 0, number, pack_header(0, Kind.BEGIN))

        def run() -> None:
            time.sleep(3 * PAUSE_S)
            slot = self.report.lanes.of_running_loop()
            slot.since_ns = since_ns = time.monotonic_ns()
            slot.request = number
            call()
            slot.request = 0
            end_step(slot, since_ns, time.monotonic_ns(), number, self.report.write)
            self.report.lanes.drop_loop()

        return threading.Thread(target=run)

    def worker(self) -> WorkerTrace:
        """What was recorded, as the lab reads it."""
        worker = WorkerTrace(1, 1)
        worker.locations = self._lines
        worker.feed(b"".join(WRITTEN.pack(*record, place) for place, record in enumerate(self.records, 1)))
        return worker

    def told(self, number: int) -> Counter[tuple[State, str]]:
        """(state, function) to the part of the request's time."""
        worker = self.worker()
        told: Counter[tuple[State, str]] = Counter()
        for span in held_inside(worker.handlings[number], 1, time.monotonic_ns()):
            told[span.state, worker.line_at(span.location).rpartition(" ")[2]] += span.end_ns - span.start_ns
        whole_ns = sum(told.values())
        return Counter({key: ns / whole_ns for key, ns in told.items()})


def until(told, is_right):
    """What was told in the first try that is right, or in the last."""
    for _ in range(TRIES):
        last = told()
        if is_right(last):
            break
    return last


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
        return looked.told(7), looked.told(8)

    def is_right(told):
        one, other = told
        blocked = one[State.BLOCKED, "sleeps"] + one[State.BLOCKED, ""]  # it may have gone on before it was read where
        return blocked > 0.5 and sum(part for (state, _), part in other.items() if state is State.STALLED) > 0.4

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


def test_who_only_sleeps_is_blocked_where_the_gil_is_free(kind):
    def told():
        looked = Looked(kind)
        looked.while_there(looked.calls(7, lambda: time.sleep(HELD_S)))
        return looked.told(7)

    def is_right(told):
        return told[State.BLOCKED, "<lambda>"] > 0.8

    assert is_right(found := until(told, is_right)), found
