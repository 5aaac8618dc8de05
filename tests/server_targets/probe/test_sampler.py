"""What a turn of looks records: of the request that was there all along, or nothing."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic_ns, thread_time_ns
from types import SimpleNamespace

import pytest
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen, unpack_sample
from asgi_vs_wsgi.server_targets.probe.sampling import sampler as sampler_module
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import OLD_NS, Sampler

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _no_vitals(monkeypatch):
    """Whose file is open for a worker's life."""
    monkeypatch.setattr(sampler_module, "ProcessStats", lambda write: None)


@contextmanager
def a_stay(report, *, on_loop=False):
    """A request that has been on a thread of its own, or on its loop, for long."""
    here, go_on, stays = threading.Event(), threading.Event(), []

    def serve():
        since_ns = monotonic_ns() - 2 * OLD_NS
        if on_loop:
            stay = report.lanes.of_running_loop()
            stay.since_ns, stay.request = since_ns, 7
        else:
            stay = report.lanes.enter(7, since_ns, thread_time_ns())
        stays.append(stay)
        here.set()
        go_on.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    here.wait()
    try:
        yield stays[0]
    finally:
        go_on.set()
        thread.join()


def sampler(report, *, locate=lambda idents: [3] * len(idents), seen=Seen.BLOCKED):
    looks = SimpleNamespace(seen=lambda tid: seen, forget_except=lambda tids: None)
    return Sampler(report, SimpleNamespace(locate=locate), looks)  # type: ignore[arg-type]


def samples(records):
    found = [record for record in records if kind_of(record) == Kind.SAMPLE]
    return [(record[2], Seen(flag_of(record)), unpack_sample(record[1])[1]) for record in found]


@pytest.mark.parametrize("seen", Seen)
def test_a_look_is_recorded_as_it_was_with_its_line(kind, seen):
    report, records = on_list(kind)
    with a_stay(report):
        assert sampler(report, seen=seen).turn() == 1
    assert samples(records) == [(7, seen, 3)]
    assert kind_of(records[0]) == Kind.THREAD_START


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
    with a_stay(report, on_loop=True):
        assert sampler(report, seen=seen).turn() == 1
    assert samples(records) == [(7, before, 3), (7, seen, 3)]


@pytest.mark.parametrize("change", ["request", "since_ns", "over"])
def test_a_line_that_was_read_after_the_request_had_gone_is_not_recorded(kind, change):
    """Another request may be on that thread by then, and the line be that one's."""
    report, records = on_list(kind)
    with a_stay(report) as stay:

        def meanwhile(idents):
            if change == "request":
                stay.request = 8
            elif change == "since_ns":
                stay.since_ns += 1
            else:
                stay.request = 0
            return [3] * len(idents)

        sampler(report, locate=meanwhile).turn()
    assert not samples(records)


def test_who_has_not_been_there_for_long_is_not_looked_at(kind):
    report, records = on_list(kind)
    asked = []
    with a_stay(report) as stay:
        stay.since_ns = monotonic_ns() + OLD_NS
        assert sampler(report, locate=asked.append).turn() == 0
    assert not asked
    assert not records
