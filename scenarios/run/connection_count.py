"""How many database connections each worker holds open, counted by the database while a round is recorded."""

from __future__ import annotations

from time import monotonic_ns

import anyio

from asgi_vs_wsgi.scenarios.database import Database
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind, Vital

COUNT_EVERY_S = 0.05


async def keep_counting(database: Database, trace: TargetTrace) -> None:
    """Until cancelled; the counts go into the trace as readings of its workers."""
    while True:
        with anyio.CancelScope(shield=True):  # a query that is cancelled would cost us the session
            await count_connections(database, trace)
        await anyio.sleep(COUNT_EVERY_S)


async def count_connections(database: Database, trace: TargetTrace) -> None:
    """One reading of each living worker."""
    alive = [pid for pid, worker in trace.workers.items() if not worker.died_ns]
    counts = await database.open_connections(alive)
    now_ns = monotonic_ns()
    for pid, count in counts.items():
        trace.feed(pid, RECORD.pack(now_ns, count, 0, 0, Kind.VITAL, Vital.CONNECTIONS, 0))
