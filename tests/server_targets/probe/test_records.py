"""What is packed into the one value of a record comes out again, and spoils no other part of it."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from kinds import kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks import executors
from asgi_vs_wsgi.server_targets.probe.hooks.executors import followed_submit
from asgi_vs_wsgi.server_targets.probe.protocol.records import (
    LONGEST_CALL_NS,
    Kind,
    pack_call,
    pack_sample,
    unpack_call,
    unpack_sample,
)
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

U64 = 1 << 64


@given(st.integers(0, LONGEST_CALL_NS), st.integers(0, 2 * LONGEST_CALL_NS))
def test_a_call_keeps_its_length_whatever_cpu_it_is_said_to_have_used(took_ns, cpu_ns):
    value = pack_call(took_ns, cpu_ns)
    assert 0 <= value < U64
    assert unpack_call(value) == (took_ns, min(took_ns, cpu_ns))


@given(st.integers(0, 1 << 49), st.integers(0, 1 << 30))
def test_a_sample_keeps_its_cpu_clock_to_the_microsecond_whatever_the_location(cpu_ns, location):
    value = pack_sample(cpu_ns, location)
    assert 0 <= value < U64
    assert unpack_sample(value) == (cpu_ns // 1000 * 1000, location % (1 << 24))


def test_a_call_that_took_longer_than_its_record_can_hold_is_told_by_its_beginning_and_its_end(monkeypatch):
    monkeypatch.setattr(executors, "LONGEST_CALL_NS", 0)
    report, records = on_list("python")

    def submit(self, call):
        return call()

    token = CURRENT.set(7)
    assert followed_submit(submit, report)(SimpleNamespace(), lambda: 42) == 42
    CURRENT.reset(token)
    assert [kind_of(record) for record in records] == [Kind.THREAD_START, Kind.THREAD_END]
    assert records[0][0] < records[1][0]
