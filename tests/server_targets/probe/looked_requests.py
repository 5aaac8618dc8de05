"""Requests that are suspended, and what looks at them."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from kinds import KINDS, flag_of, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited, Kind
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_ASGI
from asgi_vs_wsgi.server_targets.probe.sampling import await_looks
from asgi_vs_wsgi.server_targets.probe.sampling.await_looks import AwaitLooks
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations

both = pytest.mark.parametrize("kind", KINDS)


class Looked:
    """A recorder, what looks at it, and what they told."""

    def __init__(self, kind: str, views) -> None:
        self.report, self.records = on_list(kind)
        self.lines = {0: ""}
        channel = SimpleNamespace(location=self.lines.__setitem__)
        self.looks = AwaitLooks(self.report, SourceLocations(channel, __file__.rpartition("/")[0]))  # type: ignore[arg-type]
        self._views = list(views)
        self._probed = ProbedAsgi(self._serve, self.report)

    async def _serve(self, scope, receive, send):
        await self._views[int(scope["headers"][0][1]) - 1]()

    def ask(self) -> list[asyncio.Task[None]]:
        """A request for each view, numbered from 1."""
        scopes = [{"type": "http", "headers": [(HEADER_ASGI, b"%d" % n)]} for n in range(1, len(self._views) + 1)]
        return [asyncio.ensure_future(self._probed(scope, None, None)) for scope in scopes]

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """(request, what, function) of each look that was recorded."""
        found = [r for r in self.records if kind_of(r) == Kind.AWAITS]
        return [
            (r[2], Awaited(flag_of(r)).words, self.lines[r[1]].partition(BESIDE)[0].rpartition(" ")[2]) for r in found
        ]

    async def until(self, done, limit_s=20.0) -> None:
        """Look, as the sampler does, until it is so."""
        until_s = time.monotonic() + limit_s
        while not done():
            assert time.monotonic() < until_s, self.told
            self.looks.turn()
            await asyncio.sleep(0.002)

    async def grow_old(self, times: int = 3) -> None:
        """So long that whoever is suspended now is looked at, if anybody is to be."""
        for _ in range(times):
            await asyncio.sleep(await_looks.OLD_NS / 1e9 * 1.5)
            self.looks.turn()


async def ended(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
