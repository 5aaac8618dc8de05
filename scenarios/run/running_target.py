"""One server of a run, started: what was asked for and what serves it.

When a started server serves, and what is said of one that does not.

What a scenario lets happen to a server while its visitors come: carried out, and noted when it really was.

Signals go to processes below the reaper that the lab has started for this server, by a hold on the process itself.
What is paused goes on at the latest when the last visitor has gone.
"""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass, field
from operator import attrgetter
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.run.process_limit import tells_of_no_process, way_out
from asgi_vs_wsgi.scenarios.trace.target_trace import PageFacts, ServerEvent, TargetFacts
from asgi_vs_wsgi.scenarios.trace.worker_trace import RELOADED, STOPPED
from asgi_vs_wsgi.server_targets.processes.log_lines import crash_words
from asgi_vs_wsgi.server_targets.processes.process_tree import ProcessHandle, is_below
from asgi_vs_wsgi.server_targets.processes.sockets import BACKLOG, listeners_at

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.collector import Collector, WorkerLink
    from asgi_vs_wsgi.scenarios.model.scenario import PlannedEvent, Target
    from asgi_vs_wsgi.scenarios.results import RequestSent, TargetEnvironment
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
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
        f"{running.target.name} did not start: it {why}",
        detail=words,
        hint=_crash_hint(running)
        or (way_out() if tells_of_no_process(words) else "")
        or "the lines above are the server's own; mend what they name and run again",
    )


def _crash_hint(running: RunningTarget) -> str:
    """Empty where nothing has crashed, as far as the lab has heard."""
    crash = running.process.crash
    return crash_words(crash, reads_lines=running.reads_lines) if crash else ""


async def check_alive(running: RunningTarget, collector: Collector) -> None:
    """RunFailed where a worker has been lost before anything is measured."""
    await collector.settled(running.index)
    if collector.has_lost(running.index):
        raise RunFailed(
            f"{running.target.name} lost a worker while it was warmed up",
            detail=running.process.last_words(),
            hint=_crash_hint(running) or "the lines above are the server's own; does the view end its process?",
        )


_log = logging.getLogger(__name__)
POLL_S = 0.002
TOO_LATE = "the round was over before"
NO_SERVER = "the server had ended"
NO_WORKER = "there was no such worker"


class EventRunner:
    """The events of one round at one target."""

    def __init__(self, planned: Sequence[PlannedEvent], running: RunningTarget, collector: Collector) -> None:
        self._planned = sorted(planned, key=attrgetter("at_s"))
        self._running, self._collector = running, collector
        self._paused: dict[int, ProcessHandle] = {}

    async def run(self, trace: TargetTrace, first_offset_ns: int) -> None:
        """Until all are done, or it is cancelled: the last visitor has gone.

        `first_offset_ns`: when the first visitor comes, since the beginning of the plan.
        """
        left = list(self._planned)
        try:
            while left:
                while not trace.visits.start_ns:
                    await anyio.sleep(POLL_S)
                due_ns = trace.visits.start_ns + first_offset_ns + round(left[0].at_s * 1e9)
                while (early_ns := due_ns - monotonic_ns()) > 0:  # the loop's timers are a millisecond fine
                    await anyio.sleep(early_ns / 1e9)
                trace.events.append(self._do(left.pop(0)))
        finally:
            trace.events += [
                ServerEvent(event.do, event.at_s, reason=self._unable(event) or TOO_LATE) for event in left
            ]
            self._let_go_on()

    def _unable(self, event: PlannedEvent) -> str:
        return self._running.product.unable_to(event.do, self._running.target.workers)

    def _do(self, event: PlannedEvent) -> ServerEvent:
        if reason := self._unable(event):
            return ServerEvent(event.do, event.at_s, reason=reason)
        steps = {"reload": self._reload, "stop": self._stop, "pause": self._pause, "resume": self._resume}
        worker, reason = steps.get(event.do, self._stop_worker)()
        _log.info("%s at %s: %s", event.do, self._running.target.name, reason or "done")
        return ServerEvent(event.do, event.at_s, 0 if reason else monotonic_ns(), worker, reason)

    def _reload(self) -> tuple[int, str]:
        number = self._running.product.reload_signal
        assert number is not None, "it was asked whether it can"
        if not self._signal_server(number):
            return 0, NO_SERVER
        self._tell_all(RELOADED)
        return 0, ""

    def _stop(self) -> tuple[int, str]:
        if not self._signal_server(signal.SIGTERM):
            return 0, NO_SERVER
        self._tell_all(STOPPED)
        self._running.stopped_as_asked = True
        self._running.listener.close()  # what nobody serves is refused as soon as the server has let go of it too
        return 0, ""

    def _stop_worker(self) -> tuple[int, str]:
        link = self._first_worker()
        handle = self._hold(link.pid) if link else None
        if link is None or handle is None:
            return 0, NO_WORKER
        handle.send(signal.SIGTERM)
        handle.close()
        link.tell(STOPPED)
        return link.pid, ""

    def _pause(self) -> tuple[int, str]:
        link = self._first_worker()
        handle = self._hold(link.pid) if link else None
        if link is None or handle is None:
            return 0, NO_WORKER
        self._paused[link.pid] = handle
        handle.send(signal.SIGSTOP)
        return link.pid, ""

    def _resume(self) -> tuple[int, str]:
        """The one that was paused first."""
        pid = next(iter(self._paused), 0)
        if not pid:
            return 0, NO_WORKER
        handle = self._paused.pop(pid)
        went_on = handle.send(signal.SIGCONT)
        handle.close()
        return pid, "" if went_on else NO_WORKER

    def _let_go_on(self) -> None:
        while self._paused:
            self._resume()

    def _first_worker(self) -> WorkerLink | None:
        """Of those that serve: neither told to end nor paused."""
        alive = self._collector.alive(self._running.index)
        return next((link for link in alive if not link.told_to and link.pid not in self._paused), None)

    def _tell_all(self, ending: str) -> None:
        for link in self._collector.alive(self._running.index):
            link.tell(ending)

    def _signal_server(self, number: int) -> bool:
        report = self._running.process.report
        handle = self._hold(report.server) if report and report.server else None
        if handle is None:
            return False
        sent = handle.send(number)
        handle.close()
        return sent

    def _hold(self, pid: int) -> ProcessHandle | None:
        """None for a process that is not below the reaper of this server (any more)."""
        try:
            handle = ProcessHandle(pid)
        except ProcessLookupError:
            return None
        if is_below(pid, self._running.process.pid):
            return handle
        handle.close()
        return None
