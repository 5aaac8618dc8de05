"""One server of a run, started: what was asked for and what serves it.

When a started server serves, and what is said of one that does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.run.process_limit import tells_of_no_process, way_out
from asgi_vs_wsgi.scenarios.trace.target_trace import PageFacts, TargetFacts
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.server_targets.processes.log_lines import crash_words
from asgi_vs_wsgi.server_targets.processes.sockets import BACKLOG, listeners_at

if TYPE_CHECKING:
    import socket

    from asgi_vs_wsgi.scenarios.collector.collector import Collector
    from asgi_vs_wsgi.scenarios.model.scenario import Target
    from asgi_vs_wsgi.scenarios.results import RequestSent, TargetEnvironment
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
    expect: dict[str, list[int]] = field(default_factory=dict)
    """Class of visitors to the statuses that are its pages."""
    pages: dict[str, list[PageFacts]] = field(default_factory=dict)
    """Class of visitors to the pages that each of them asks for."""
    requests: dict[str, RequestSent] = field(default_factory=dict)
    """Class of visitors to what they ask for; of several pages, the first."""
    environment: TargetEnvironment | None = None
    """As the first of its workers said."""
    warm: bool = False
    """Whether its workers have served before anything is measured."""
    stopped_as_asked: bool = False
    """Whether the lab has asked it to stop: it is started anew before it is measured again."""
    earlier: list[ServerProcess] = field(default_factory=list)
    """Of the same target, ended before this one was started."""

    def facts(self) -> TargetFacts:
        """What the screen and the result say about it before any figure."""
        t, p = self.target, self.product
        label = t.label or p.label(t.workers, t.threads)
        return TargetFacts(
            t.name,
            t.server,
            label,
            p.interface,
            (self.environment and self.environment.server) or p.version or "",
            t.workers,
            t.threads,
            t.view,
            t.law,
            p.loop,
            p.http,
            p.slot,
            self.database,
            p.shows_accept,
            self.expect,
            dict(t.options),
            self.pages,
            self.environment,
            self.port,
            self.requests,
        )


_POLL_S = 0.005


SETTLED_S = 0.1
"""So long a worker's own word of why it ended may come after the end of its server."""


async def until_ready(running: RunningTarget, collector: Collector) -> None:
    """Until all its workers serve; RunFailed with its last words if it ends or loses one before."""
    while not _all_serve(running, collector):
        if running.index in collector.failed_starts:
            await running.process.heard_traceback()
            raise did_not_start(running, _not_loaded(running, collector))
        if not running.process.running:
            status = await running.process.wait()
            with anyio.move_on_after(SETTLED_S):  # what its worker said comes another way
                while running.index not in collector.start_failures:
                    await anyio.sleep(_POLL_S)
                raise did_not_start(running, _not_loaded(running, collector))
            raise did_not_start(running, f"ended with status {status} while starting")
        if collector.has_lost(running.index):
            raise did_not_start(running, "lost a worker while starting")
        await anyio.sleep(_POLL_S)
    running.environment = collector.alive(running.index)[0].environment
    if not running.product.opens_port:
        # Some servers have listened again, with a shorter queue of their own.
        running.listener.listen(int(running.target.options.get("backlog", BACKLOG)))


def _not_loaded(running: RunningTarget, collector: Collector) -> str:
    words = collector.start_failures.get(running.index)
    return f"could not load the application{f': {words}' if words else ''}"


def _all_serve(running: RunningTarget, collector: Collector) -> bool:
    """Whether every worker has said hello, and listens where that is its own business."""
    workers = running.target.workers
    if len(collector.alive(running.index)) < workers:
        return False
    return not running.product.opens_port or listeners_at(running.port) >= workers


def did_not_start(running: RunningTarget, why: str) -> RunFailed:
    """With the server's last words."""
    words = running.process.last_words()
    return RunFailed(
        f"{named(running.target.name)} did not start: it {why}",
        detail=words,
        hint=crash_hint(running)
        or (way_out() if tells_of_no_process(words) else "")
        or "the lines above are the server's own; mend what they name and run again",
    )


def crash_hint(running: RunningTarget) -> str:
    """Empty where nothing has crashed, as far as the lab has heard."""
    crash = running.process.crash
    return crash_words(crash, reads_lines=running.reads_lines) if crash else ""


async def check_alive(running: RunningTarget, collector: Collector) -> None:
    """RunFailed where a worker has been lost before anything is measured."""
    await collector.settled(running.index)
    if collector.has_lost(running.index):
        raise RunFailed(
            f"{named(running.target.name)} lost a worker while it was warmed up",
            detail=running.process.last_words(),
            hint=crash_hint(running) or "the lines above are the server's own; does the view end its process?",
        )
