"""What a scenario lets happen to a server while its visitors come: carried out, and noted when it really was.

Signals go to processes below the reaper that the lab has started for this server, by a hold on the process itself.
What is paused goes on at the latest when the last visitor has gone.
"""

from __future__ import annotations

import logging
import signal
from operator import attrgetter
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from asgi_vs_wsgi.scenarios.trace.target_trace import ServerEvent
from asgi_vs_wsgi.scenarios.trace.worker_trace import RELOADED, STOPPED
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.server_targets.processes.process_table import is_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.collector.collector import Collector, WorkerLink
    from asgi_vs_wsgi.scenarios.model.scenario import PlannedEvent
    from asgi_vs_wsgi.scenarios.run.running_target import RunningTarget
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


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
                trace.add_event(self._do(left.pop(0)))
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
