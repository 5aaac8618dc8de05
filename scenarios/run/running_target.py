"""One server of a run, started: what was asked for and what serves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts

if TYPE_CHECKING:
    import socket

    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.server_targets.processes.server_process import ServerProcess
    from asgi_vs_wsgi.server_targets.servers import ServerSpec


@dataclass(slots=True)
class RunningTarget:
    """One started server: what was asked for and what serves it."""

    index: int
    target: Target
    product: ServerSpec
    listener: socket.socket
    process: ServerProcess
    port: int
    path: str
    """Of the view that it serves."""
    database: str | None = None
    """Whose connections are counted."""
    reads_lines: bool = True
    """Whether its workers were asked to look at source lines."""

    def facts(self) -> TargetFacts:
        """What the screen and the result say about it before any figure."""
        t, p = self.target, self.product
        label = t.label or p.label(t.workers, t.threads)
        return TargetFacts(
            t.name,
            t.server,
            label,
            p.interface,
            p.version or "",
            t.workers,
            t.threads,
            t.view,
            t.law,
            p.loop,
            p.http,
            p.slot,
            self.database,
            p.shows_accept,
        )
