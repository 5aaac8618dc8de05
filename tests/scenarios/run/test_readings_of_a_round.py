"""A count that was taken before the first visitor came is not the round's, however late the database answers."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.run.round import count_connections
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Slow:
    """A database that counts at once, and tells when the first visitor has come."""

    vendor = "postgresql"
    settings: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, trace: Any) -> None:
        self.trace = trace
        self.counted_ns = 0

    async def open_connections(self, pids: list[int]) -> dict[int, int]:
        before = self.trace.visits.intended_ns[0]
        self.counted_ns = monotonic_ns()
        while monotonic_ns() == self.counted_ns:
            pass
        self.trace.visits.intended_ns[0] = before or monotonic_ns()
        return dict.fromkeys(pids, 7)


async def test_a_count_bears_the_time_at_which_it_was_asked_for(recording: Any) -> None:
    trace = recording().trace()
    trace.visits.intended_ns[0] = 0
    trace.add_worker(1)
    slow = Slow(trace)
    await count_connections(slow, trace)
    ((at_ns, count),) = trace.workers[1].vitals[Vital.CONNECTIONS]
    assert count == 7
    assert at_ns <= slow.counted_ns < trace.visits.intended_ns[0]
