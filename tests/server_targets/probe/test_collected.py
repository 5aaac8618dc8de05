"""The compiled probe while the collector takes cycles of its objects apart: nothing crashes, and ends are recorded."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from kinds import kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol import records
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_WSGI

pytestmark = pytest.mark.skipif(native is None, reason="nothing was compiled")
ROOT = Path(records.__file__).parents[2]

CYCLES = Path(__file__).with_name("cycles.py")


def test_cycles_of_every_type_are_collected_while_their_methods_are_called():
    """In a process of its own: what it tests for is a crash."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
    ran = subprocess.run(
        [sys.executable, "-P", str(CYCLES)], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "all gone" in ran.stdout


def test_a_request_whose_steps_are_collected_has_ended():
    report, records = on_list("compiled")

    async def application(scope, receive, send):
        scope["steps"] = scope  # a cycle through the coroutine's own variables
        await asyncio.Event().wait()

    async def server():
        scope: dict[str, Any] = {"type": "http"}
        steps = ProbedAsgi(application, report)(scope, None, None)
        scope["mine"] = steps
        steps.send(None)  # type: ignore[attr-defined]
        gone = weakref.ref(steps)
        del steps, scope
        gc.collect()
        return gone()

    assert asyncio.run(server()) is None
    assert [kind_of(record) for record in records if kind_of(record) == Kind.END] == [Kind.END]


@pytest.mark.parametrize("kind", ["python", "compiled"])
def test_a_body_that_nobody_closes_has_ended_when_it_is_gone(kind):
    report, records = on_list(kind)

    class Page(list):  # has a place for a `close` of ours, and so a cycle with it
        pass

    for make in (lambda: Page([b"x"]), lambda: [b"x"], lambda: (part for part in [b"x"])):
        kept = report.wsgi(lambda environ, start, make=make: make())({HEADER_WSGI: "7"}, None)
        assert report.lanes.slots
        del kept
        gc.collect()
        assert not report.lanes.slots
    assert [kind_of(record) for record in records] == [Kind.BEGIN, Kind.END] * 3


@pytest.mark.parametrize("kind", ["python", "compiled"])
def test_ten_thousand_bodies_that_nobody_closes_leave_one_lane(kind):
    report, _ = on_list(kind)
    for _ in range(10_000):
        report.wsgi(lambda environ, start: [b"x"])({}, None)
    assert len(report.lanes.free) == 1
    assert not report.lanes.slots


@pytest.mark.parametrize("kind", ["python", "compiled"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1)])
def test_bodies_that_are_closed_late_leave_no_stay_behind_in_whatever_order(kind, order):
    report, records = on_list(kind)
    bodies = [report.wsgi(lambda environ, start: [b"x"])({HEADER_WSGI: str(number)}, None) for number in (1, 2, 3)]
    left = {1, 2, 3}
    for at in order:
        bodies[at].close()
        left.discard(at + 1)
        slot, here = next(iter(report.lanes.slots.values()), None), set()
        while slot is not None:
            here.add(slot.request)
            slot = slot.outer
        assert here == left
    assert not report.lanes.slots
    assert len({id(slot) for slot in report.lanes.free}) == 3
    assert len(records) == 6
