"""Loops with a probed application on them, and what holds them: for tests of the loop's own work."""

from __future__ import annotations

import asyncio
import pathlib
import time
from collections.abc import Callable

import pytest
from kinds import kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, Kind

uvloop = pytest.importorskip("uvloop")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
HOLD_S = 0.03


def ready_ns() -> int:
    """For how long the calling thread was ready for a core and had none (proc(5), schedstat): what others make last."""
    with pathlib.Path("/proc/thread-self/schedstat").open() as counts:
        return int(counts.read().split()[1])


class Held:
    """Holds the thread that calls it, and knows when it did."""

    def __init__(self) -> None:
        self._ready_ns = ready_ns()
        self.times: list[tuple[int, int]] = []
        self.done = asyncio.Event()

    def __call__(self, *_given: object) -> str:
        since_ns = time.monotonic_ns()
        time.sleep(HOLD_S)
        self.times.append((since_ns, time.monotonic_ns()))
        self.done.set()
        return "held"

    def others_ns(self) -> int:
        """By how much others on the machine have held up the calling thread since."""
        return ready_ns() - self._ready_ns

    async def task(self, times: int = 1) -> None:
        for _ in range(times):
            self()
            await asyncio.sleep(0.002)


async def nothing(scope, receive, send):
    return None


def run(kind: str, loop: str, main: Callable[..., object], application=nothing):
    """(records, what `main` returned): it runs on a loop whose server has asked for the application's lifespan."""
    report, records = on_list(kind)

    async def server():
        probed = ProbedAsgi(application, report)
        await probed({"type": "lifespan"}, None, None)
        return await main(probed)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        came = runner.run(server())
    return records, came


def own(records):
    """(begin, end) of the loop's own work, as far as it lasted about as long as what we do here."""
    steps = [(r[0], r[1]) for r in records if r[2] == OWN_WORK and kind_of(r) == Kind.STEP]
    return [(since_ns, to_ns) for since_ns, to_ns in steps if to_ns - since_ns > 0.9 * HOLD_S * 1e9]
