"""The sampler's pause, and what is known of threads when it was too long: of looks in C, and of the kernel's counts."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from kinds import KINDS, pauses_of, watcher

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.protocol.records import Seen
from asgi_vs_wsgi.server_targets.probe.sampling.gil_holder import LONG_NS, CountedPauses, best_pauses
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

pytestmark = pytest.mark.parametrize("kind", KINDS)

TRIES = 10
"""On a machine that is busy with others, a thread may be kept from the CPU for long."""


def test_a_pause_lasts_as_long_as_it_is_to_and_nothing_is_seen_where_the_gil_is_to_be_had(kind):
    pauses = pauses_of(kind)
    mine = threading.get_native_id()

    def waited():
        since_ns = time.monotonic_ns()
        pauses.pause(0.02, [mine])
        return time.monotonic_ns() - since_ns

    for _ in range(TRIES):
        if (took_ns := waited()) < 20_000_000 + LONG_NS:
            break
    assert took_ns >= 20_000_000
    assert not pauses.looks_at(mine)


def test_where_the_kernel_counts_nothing_nothing_is_claimed(kind, monkeypatch):
    pauses = CountedPauses()
    monkeypatch.setattr(pauses._files, "line", lambda tid: b"")
    pauses._waited_ns = 10 * LONG_NS
    assert pauses.looks_at(threading.get_native_id()) == []
    pauses._counts = bool(sum(pauses._counts_of(threading.get_native_id())))
    pauses.pause(0, [threading.get_native_id()])
    assert pauses.looks_at(threading.get_native_id()) == []


@pytest.mark.parametrize(
    ("seen", "woken", "told"), [(Seen.RUNNING, 0, 0), (Seen.RUNNING, 1, 1), (Seen.STALLED, 0, 1), (Seen.BLOCKED, 0, 1)]
)
def test_who_has_been_ready_for_all_of_a_pause_is_not_told_to_have_waited_in_a_call(
    kind, seen, woken, told, monkeypatch
):
    """The kernel has not yet counted since when."""
    pauses = CountedPauses(lambda tid: seen)
    monkeypatch.setattr(pauses, "_counts_of", lambda tid: (2_000_000, 0, woken))
    pauses._waited_ns, pauses._counts = 10 * LONG_NS, True
    assert len(pauses.looks_at(1)) == told


def test_without_a_gil_a_pause_that_was_too_long_tells_of_nobody(kind, monkeypatch):
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    pauses = CountedPauses()
    monkeypatch.setattr(pauses, "_counts_of", lambda tid: (2_000_000, 0, 1))
    pauses._waited_ns = 10 * LONG_NS
    assert pauses.looks_at(1) == []


def test_the_thread_that_looks_takes_no_signal_and_is_the_same_for_all(kind):
    tid = watcher(kind)
    assert watcher(kind) == tid
    status = Path(f"/proc/self/task/{tid}/status").read_text()
    masked = int(status.split("SigBlk:")[1].split()[0], 16)
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        assert masked >> (number - 1) & 1, number


def test_a_forked_child_begins_anew(kind):
    tid = watcher(kind)
    child = os.fork()
    if not child:
        alone = not Path(f"/proc/self/task/{tid}").exists()
        native.pause(0.001)
        os._exit(not (alone and native.start_watching() not in (0, tid)))
    assert os.waitpid(child, 0)[1] == 0


def test_what_is_no_number_of_seconds_is_refused_and_a_pause_of_the_past_is_none(kind):
    watcher(kind)
    with pytest.raises(TypeError):
        native.pause("long")
    assert native.pause(-1.0) == []


def test_where_no_thread_of_ours_can_be_had_the_kernels_counts_must_do(kind):
    without = SimpleNamespace(start_watching=lambda: 0, pause=None, looks_so_far=None)
    pauses = best_pauses(without, ThreadStates())
    assert isinstance(pauses, CountedPauses)
