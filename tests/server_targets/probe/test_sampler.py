"""What a turn of looks records: of the request that was there all along, or nothing."""

from __future__ import annotations

import _thread
import threading
from contextlib import contextmanager
from threading import get_native_id
from time import monotonic_ns, thread_time_ns
from types import SimpleNamespace

import pytest
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen, unpack_sample
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.gil_holder import Look
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import LOOK_COST_S, MOST, OLD_NS, Sampler, _pause_s

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    """Whose file is open for a worker's life."""
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


@contextmanager
def a_slot(report, *, on_loop=False):
    """A request that has been on a thread of its own, or on its loop, for long."""
    here, go_on, slots = threading.Event(), threading.Event(), []

    def serve():
        since_ns = monotonic_ns() - 2 * OLD_NS
        if on_loop:
            slot = report.lanes.of_running_loop()
            slot.since_ns, slot.request = since_ns, 7
        else:
            slot = report.lanes.enter(7, since_ns, thread_time_ns())
        slots.append(slot)
        here.set()
        go_on.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    here.wait()
    try:
        yield slots[0]
    finally:
        go_on.set()
        thread.join()


def sampler(report, *, locate=lambda idents: [3] * len(idents), seen=Seen.BLOCKED, servers=()):
    looks = SimpleNamespace(seen=lambda tid: seen, forget_except=lambda tids: None)
    blame = SimpleNamespace(locate=locate, servers=servers, tell=lambda: None)
    return Sampler(report, blame, looks)  # type: ignore[arg-type]


def samples(records):
    found = [record for record in records if kind_of(record) == Kind.SAMPLE]
    return [(record[2], Seen(flag_of(record)), unpack_sample(record[1])[1]) for record in found]


@pytest.mark.parametrize("seen", Seen)
def test_a_look_is_recorded_as_it_was_with_its_line(kind, seen):
    report, records = on_list(kind)
    with a_slot(report):
        assert sampler(report, seen=seen).turn() == 1
    assert samples(records) == [(7, seen, 3)]
    assert kind_of(records[0]) == Kind.THREAD_START


def test_a_request_on_a_thread_that_was_not_started_by_python_is_looked_at(kind):
    """`threading` knows none of granian's, nor any that C code starts."""
    report, records = on_list(kind)
    here, go_on = threading.Event(), threading.Event()

    def serve():
        report.lanes.enter(7, monotonic_ns() - 2 * OLD_NS, thread_time_ns())
        here.set()
        go_on.wait()

    _thread.start_new_thread(serve, ())
    here.wait()
    assert sampler(report).turn() == 1
    go_on.set()
    assert samples(records) == [(7, Seen.BLOCKED, 3)]


@pytest.mark.parametrize("seen", [seen for seen in Seen if seen is not Seen.SERVING])
def test_a_thread_in_a_file_of_its_server_serves_and_a_loop_does_there_what_it_does(kind, seen):
    report, records = on_list(kind)
    with a_slot(report):
        sampler(report, seen=seen, servers={3}).turn()
    assert samples(records) == [(7, Seen.SERVING, 3)]
    report, records = on_list(kind)  # the kernel may still know of a thread that has just ended
    with a_slot(report, on_loop=True):
        sampler(report, seen=seen, servers={3}).turn()
    assert samples(records)[-1] == (7, seen, 3)


@pytest.mark.parametrize(
    ("seen", "before"),
    [
        (Seen.RUNNING, Seen.RUNNING),
        (Seen.BLOCKED, Seen.BLOCKED),
        (Seen.STALLED, Seen.RUNNING),  # perhaps only for our own looking
        (Seen.UNKNOWN, Seen.UNKNOWN),  # and not as running: that would be made up
    ],
)
def test_what_a_step_did_before_it_was_met_is_taken_from_the_first_look(kind, seen, before):
    report, records = on_list(kind)
    with a_slot(report, on_loop=True):
        assert sampler(report, seen=seen).turn() == 1
    from_its_start = [(7, before, 3)] * (before is Seen.RUNNING)
    assert samples(records) == [*from_its_start, (7, before, 3), (7, seen, 3)]


@pytest.mark.parametrize(("used_ns", "line"), [(0, 3), (20_000, 3), (5_000_000, 0)])
def test_a_wait_is_told_at_the_line_only_where_its_thread_has_not_gone_on_since(kind, used_ns, line, monkeypatch):
    """It waits for the GIL now since the sampler has it."""
    monkeypatch.setattr(sampler_module, "cpu_of", lambda tid: 9_000_000)
    report, records = on_list(kind)
    looking = sampler(report, seen=Seen.STALLED)
    with a_slot(report):
        waited = Look(monotonic_ns(), Seen.BLOCKED, 9_000_000 - used_ns)
        looking._pauses = SimpleNamespace(looks_at=lambda tid: [waited])
        looking.turn()
    assert samples(records) == [(7, Seen.BLOCKED, line), (7, Seen.BLOCKED, 3)]


def test_what_was_seen_before_a_request_was_there_is_not_its(kind):
    report, records = on_list(kind)
    looking = sampler(report, seen=Seen.STALLED)
    with a_slot(report) as slot:
        before = Look(slot.since_ns - 1, Seen.BLOCKED, 1)
        looking._pauses = SimpleNamespace(looks_at=lambda tid: [before])
        looking.turn()
    assert samples(records) == [(7, Seen.STALLED, 3)]


@pytest.mark.parametrize("change", ["request", "since_ns", "over"])
def test_a_line_that_was_read_after_the_request_had_gone_is_not_recorded(kind, change):
    """Another request may be on that thread by then, and the line be that one's."""
    report, records = on_list(kind)
    with a_slot(report) as slot:

        def meanwhile(idents):
            if change == "request":
                slot.request = 8
            elif change == "since_ns":
                slot.since_ns += 1
            else:
                slot.request = 0
            return [3] * len(idents)

        sampler(report, locate=meanwhile).turn()
    assert not samples(records)


def test_who_has_not_been_there_for_long_is_not_looked_at(kind):
    report, records = on_list(kind)
    asked = []
    with a_slot(report) as slot:
        slot.since_ns = monotonic_ns() + 1000 * OLD_NS  # not even on a machine that is busy with others
        assert sampler(report, locate=asked.append).turn() == 0
    assert not asked
    assert not records


def test_what_a_step_did_is_told_from_when_it_was_met_although_it_was_not_old_yet(kind, monkeypatch):
    report, records = on_list(kind)
    looking = sampler(report, seen=Seen.RUNNING)
    with a_slot(report, on_loop=True) as slot:
        slot.since_ns = monotonic_ns()
        monkeypatch.setattr(sampler_module, "OLD_NS", 1 << 62)
        assert looking.turn() == 0
        met_by_ns = monotonic_ns()
        monkeypatch.setattr(sampler_module, "OLD_NS", 0)
        assert looking.turn() == 1
    begun, first, second = [record[0] for record in records if kind_of(record) == Kind.SAMPLE]
    assert begun == slot.since_ns <= first <= met_by_ns <= second


@pytest.mark.parametrize("waited", [False, True], ids=["looked at", "looked at while we waited"])
@pytest.mark.parametrize("known", ["by the turn before", "by the end of the step before", "not at all"])
def test_a_step_that_was_kept_from_the_cpu_before_it_was_met_did_not_run_then(kind, known, waited, monkeypatch):
    """It has used 2 ms of the CPU in the 10 ms since it began: others on the machine had the rest."""
    report, records = on_list(kind)
    looking = sampler(report, seen=Seen.RUNNING)
    clock = [50_000_000]
    monkeypatch.setattr(sampler_module, "cpu_of", lambda tid: clock[0])
    with a_slot(report, on_loop=True) as slot:
        slot.request = 0
        if known == "by the turn before":
            looking.turn()
        elif known == "by the end of the step before":
            slot.since_cpu_ns = clock[0]
        clock[0] += 2_000_000
        slot.since_ns, slot.request = monotonic_ns() - 2 * OLD_NS, 7
        if waited:
            early = Look(slot.since_ns + 2 * OLD_NS - 1, Seen.RUNNING, clock[0])
            looking._pauses = SimpleNamespace(looks_at=lambda tid: [early])
        looking.turn()
    begun, met, *_ = [unpack_sample(record[1])[0] for record in records if kind_of(record) == Kind.SAMPLE]
    if known == "not at all":
        assert met - begun >= 2 * OLD_NS - 1000  # all the time, as far as anybody knows
    else:
        assert met - begun == 2_000_000


def test_a_call_that_lasts_is_told_of_once_however_often_it_is_looked_at(kind):
    report, records = on_list(kind)
    looking = sampler(report)
    with a_slot(report):
        for _ in range(3):
            assert looking.turn() == 1
    assert [kind_of(record) for record in records] == [Kind.THREAD_START, *[Kind.SAMPLE] * 3]


@pytest.mark.parametrize("more", [1, 6, MOST, 3 * MOST])
def test_of_more_than_can_be_looked_at_in_a_turn_all_get_theirs(kind, more):
    """Stays of as many threads, all of which the kernel knows as this one."""
    report, records = on_list(kind)
    looking = sampler(report)
    for number in range(1, MOST + more + 1):
        slot = report.lanes.add()
        slot.thread_id, slot.tid, slot.request, slot.since_ns = number, get_native_id(), number, 1
        report.lanes.slots[number] = slot
    turns = -(-(MOST + more) // MOST)
    assert [looking.turn() for _ in range(turns)] == [MOST] * turns
    assert {request for request, _, _ in samples(records)} == set(range(1, MOST + more + 1))


@pytest.mark.parametrize("looked_at", [1, 10, MOST])
def test_looking_takes_less_than_a_fifth_of_a_core_whatever_there_is_to_look_at(kind, looked_at):
    assert looked_at * LOOK_COST_S < _pause_s(looked_at, 0) / 4
