"""The probe on greenlets (gevent), at the edges: others that trace switches too, kills, threads, loops, an idle hub."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kinds import KINDS

from asgi_vs_wsgi.scenarios.trace.states import State, inside
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, RECORD, Ending
from asgi_vs_wsgi.server_targets.probe.protocol.ring import RingReader

pytest.importorskip("gevent")
PROGRAM = Path(__file__).with_name("greenlet_cases.py")
HOLD_MS = 30
RUNS = ("compiled early", "python late", "compiled early libuv")


def start(*arguments: str, loop: str = "") -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"} | ({"GEVENT_LOOP": loop} if loop else {})
    command = [sys.executable, "-P", "-W", "ignore", str(PROGRAM), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module", params=[run for run in RUNS if run.split()[0] in KINDS])
def cases(request):
    """What came of every case, and whether the hub tells when it polls."""
    kind, when, *loop = request.param.split()
    with start(kind, when, loop="".join(loop)) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return json.loads(out), not loop


class Case:
    """What a case said, and what was recorded meanwhile."""

    def __init__(self, found):
        self.said = found["said"]
        self.worker = WorkerTrace(1, 1)
        for number, (t_ns, value, request, place) in enumerate(found["records"], 1):
            lane, kind, flag = place & 0xFFFF, place >> 16 & 0xFF, place >> 24
            self.worker.feed(RECORD.pack(t_ns, value, request, lane, kind, flag, number))

    def turns(self, request, *, on_loop=True):
        """(begin, end) of its turns."""
        handling = self.worker.own_work if request == OWN_WORK else self.worker.handlings[request]
        return [(each.start_ns, each.end_ns) for each in handling.slices if each.on_loop is on_loop]

    def longest_ms(self, request, *, on_loop=True):
        return max((to - since) / 1e6 for since, to in self.turns(request, on_loop=on_loop))

    def is_whole(self, request):
        """Of one that waits, computes, and waits: a turn that computes, and hardly anything beside it."""
        turns = self.turns(request)
        return len(turns) == 3 and self.longest_ms(request) > 0.9 * HOLD_MS


@pytest.fixture
def case(cases):
    return lambda name: Case(cases[0][name])


def test_whoever_traced_switches_before_us_goes_on_to(case):
    chained = case("chained")
    assert chained.said >= 6
    assert chained.is_whole(1)


def test_whoever_takes_our_place_is_kept_and_the_next_request_is_seen_again(case):
    forgotten = case("forgotten")
    before, after = forgotten.said
    assert after > before  # it hears of switches for as long as it stands there
    assert forgotten.is_whole(3)
    assert forgotten.is_whole(4)


def test_whoever_borrows_our_place_a_thousand_times_leaves_no_trail(case):
    assert case("borrowed").is_whole(6)


def test_a_request_whose_greenlet_is_killed_ends_there_and_leaves_nothing_open(case):
    killed = case("killed")
    handling = killed.worker.handlings[7]
    assert handling.ending is Ending.RAISED
    assert all(each.end_ns for each in handling.slices)
    assert killed.is_whole(8)


def test_a_request_that_raises_ends_with_its_turn(case):
    raising = case("raising")
    handling = raising.worker.handlings[9]
    assert handling.ending is Ending.RAISED
    ((_, end_ns),) = raising.turns(9)
    assert raising.longest_ms(9) > 0.9 * HOLD_MS
    assert abs(handling.end_ns - end_ns) < HOLD_MS * 1e6


def test_a_body_that_another_request_closes_takes_nothing_of_that_ones_turn(case):
    late = case("closed_late")
    assert late.worker.handlings[10].end_ns
    ((since_ns, to_ns),) = late.turns(11)
    assert to_ns - since_ns > 1.9 * HOLD_MS * 1e6
    assert since_ns < late.worker.handlings[10].end_ns < to_ns


def test_a_request_on_another_thread_than_the_hubs_is_a_call_in_a_thread(case):
    threaded = case("in_a_thread")
    handling = threaded.worker.handlings[12]
    assert handling.lane
    (slice_,) = handling.slices
    assert not slice_.on_loop
    assert (slice_.end_ns - slice_.start_ns) / 1e6 > 0.9 * HOLD_MS
    assert slice_.cpu_end_ns > slice_.cpu_start_ns > 0


def test_only_what_runs_on_a_loop_crosses_from_it_though_all_greenlets_see_that_loop(case):
    beside = case("beside_a_loop")
    hops = {request: beside.worker.handlings[request].hops for request in (13, 14)}
    assert hops == {13: 1, 14: 0}
    for request in (13, 14):
        assert beside.longest_ms(request) > 0.9 * HOLD_MS


def test_a_pools_thread_is_lent_to_a_request_and_is_nobodys_then(case):
    lent = case("lent")
    holds = [(to - since) / 1e6 for since, to in lent.turns(17) if to - since > 0.9 * HOLD_MS * 1e6]
    assert len(holds) == 1
    assert lent.longest_ms(OWN_WORK) > 0.9 * HOLD_MS


def test_a_server_that_waits_with_the_whole_answer_sends_and_one_that_has_parts_to_come_is_suspended(case):
    slowly = case("read_slowly")
    spent = {}
    for request in (18, 19):
        handling = slowly.worker.handlings[request]
        for span in inside(handling, handling.begin_ns, handling.end_ns):
            spent[request, span.state] = spent.get((request, span.state), 0) + (span.end_ns - span.start_ns) / 1e6
    view_ms, server_ms, both_ms = slowly.said
    assert spent[18, State.AWAITING] > 0.9 * view_ms
    assert spent[18, State.SENDING] > 0.9 * server_ms
    assert spent[19, State.AWAITING] > 0.9 * both_ms
    assert (19, State.SENDING) not in spent


def test_an_idle_hub_is_not_at_work(case):
    idle = case("idle")
    assert sum(to - since for since, to in idle.turns(OWN_WORK)) < 0.3 * idle.said


def test_a_timer_and_a_greenlet_of_nobody_are_the_hubs_own_work(cases, case):
    _, polls_are_told = cases
    nobody = case("of_nobody")
    assert not nobody.worker.handlings
    held = [(to - since) / 1e6 for since, to in nobody.turns(OWN_WORK) if to - since > 0.9 * HOLD_MS * 1e6]
    assert len(held) == 1 + polls_are_told


def test_a_call_that_fails_in_gevents_own_pool_is_told_by_its_name_and_is_a_call_in_a_thread(case):
    failing = case("failing_in_the_pool")
    (context, raised) = failing.said
    assert "fails_elsewhere" in context
    assert raised == "raised"
    assert len(failing.turns(15, on_loop=False)) == 1


def test_what_a_request_starts_is_its_own_and_finds_the_context_that_it_would_find_without_us(case):
    contexts = case("contexts")
    assert contexts.said == ["empty", "given"]
    holds = [(to - since) / 1e6 for since, to in contexts.turns(16) if to - since > 0.9 * HOLD_MS * 1e6]
    assert len(holds) == 1  # the one that was given a context of its own is nobody's, in which our number is not
    assert contexts.longest_ms(OWN_WORK) > 0.9 * HOLD_MS


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_killed_in_the_midst_of_a_turn_has_told_whose_it_was_and_where(kind, tmp_path):
    path, worker, lines = tmp_path / "ring", WorkerTrace(1, 1), ""
    with start(kind, "early", str(path)) as process:
        try:
            while not looked_at(worker):
                assert process.poll() is None, process.stderr.read()
                if (reader := opened(path)) is not None:
                    worker = WorkerTrace(1, 1)
                    worker.feed(reader.read())
            while not lines.endswith(" computes\n"):  # a place is told after the look that met it
                lines += (line := process.stdout.readline())
                assert line, process.stderr.read()
        finally:
            process.send_signal(signal.SIGKILL)
        lines += process.stdout.read()
    worker = WorkerTrace(1, 1)
    reader = opened(path)
    worker.feed(reader.read_last())
    assert reader.lost == 0
    (turn,) = worker.handlings[1].slices
    assert not turn.end_ns
    assert worker.loops[0].holder(turn.start_ns) == 1
    locations = dict(line.split(" ", 1) for line in lines.splitlines())
    told = [locations[at] for sample in turn.samples if (at := str(sample.location)) in locations]
    assert told[-1].endswith(" computes")


def looked_at(worker):
    return bool(worker.handlings) and any(turn.samples for turn in worker.handlings[1].slices)


def opened(path):
    """None while its worker makes it."""
    try:
        return RingReader(path)
    except (OSError, ValueError):
        return None
