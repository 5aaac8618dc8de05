"""The simulator's engine in Python: events in order of time; native/ says the same in C.

Whatever is changed here is changed there, operation by operation: the order of equal moments (a computation's end, a
timer, an arrival, a visitor's leaving), of floating-point operations and of random numbers: the columns of both are
equal bit for bit. cores_and_gil.py and this are engine.c, server_workers.py workers.c, served_requests.py requests.c.
"""

from __future__ import annotations

import math
import sys
from array import array
from heapq import heappop
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.simulation.engine_state import AWAITING, IN_SYSTEM, STEP, SWITCH, SYN, WAKE, RequestColumns
from asgi_vs_wsgi.scenarios.simulation.served_requests import ServedRequests

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

MOST_S = sys.float_info.max


class EventEngine(ServedRequests):
    """One simulation; see simulate.Engine."""

    __slots__ = ("events", "leaving_row", "next_row", "patience_s", "stop_s")

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        super().__init__(model, load, rows, detail)
        rows.draw(load)
        self.patience_s, self.stop_s = load.patience_s, load.stop_s
        self.next_row = self.leaving_row = self.events = 0

    # ---- what happens next

    def advance(self, events: int, /) -> bool:
        """See simulate.Engine."""
        running, timers, resumed, tasks = self.running, self.timers, self.resumed, self.tasks
        arrival, outcome, requests = self.rows.arrival_s, self.rows.outcome, self.requests
        patient, closed, cores = self.patience_s == math.inf, self.closed is not None, self.cores
        last_s, next_s, run = min(self.stop_s, MOST_S), self._next_arrival_s(), self._run
        now, core_s, system_s, over = self.now, self.core_s, self.system_s, False
        for happened in range(events):  # noqa: B007 - how many happened is told after it
            if not tasks and self.settled == requests:
                over = True
                break
            at = math.inf
            happens = 0
            computing = self.computing
            while running:
                finish, ticket, thread = running[0]
                if thread.ticket == ticket:
                    at = finish - self.virtual
                    if computing > cores:
                        at /= cores / computing
                    at = now + at if at > 0.0 else now
                    break
                heappop(running)
            if at > now or closed:  # else nothing can come before what ends at once
                if timers and timers[0][0] < at:
                    at, happens = timers[0][0], 1
                if next_s < at:
                    at, happens = next_s, 2
                elif closed and self.first_wave > self.next_row:
                    at, happens = 0.0, 2
                if not patient:
                    while self.leaving_row < self.next_row and outcome[self.leaving_row] != IN_SYSTEM:
                        self.leaving_row += 1
                    if self.leaving_row < self.next_row and arrival[self.leaving_row] + self.patience_s < at:
                        at, happens = arrival[self.leaving_row] + self.patience_s, 3
            if at > last_s:
                over = True
                break
            passed = at - now
            if passed > 0.0:  # `_pass_time`, where most of it passes
                if computing > cores:
                    self.virtual += passed * (cores / computing)
                    core_s += passed * cores
                elif computing:
                    self.virtual += passed
                    core_s += passed * computing
                system_s += passed * self.in_system
                self.now = now = at
            if not happens:
                thread.ticket = 0
                self.computing = computing - 1
                if computing == 1:
                    self.virtual = 0.0  # `_off_core`
                    running.clear()
                else:
                    heappop(running)
                    if self.virtual < finish:
                        self.virtual = finish
                if thread.row >= 0:
                    run(thread)
                elif thread.worker.phase == STEP:
                    run(thread.worker.current)  # type: ignore[arg-type]  # whose step it was
                else:
                    self._main_computed(thread.worker)
            elif happens == 1:
                _, ticket, kind, target, number = heappop(timers)
                if kind == WAKE:
                    if target.timer == ticket:
                        target.timer = 0
                        if target.state == AWAITING:
                            self._to_ready(target)
                        else:
                            resumed.append(target)
                else:
                    self._timer(ticket, kind, target, number)
            elif happens == 2:
                row = self.next_row
                self.next_row = row + 1
                self._arrive(row, 0)
                next_s = self._next_arrival_s()
            else:
                self._leave(self.leaving_row)
            while resumed:
                run(resumed.popleft())
        self.core_s, self.system_s = core_s, system_s
        self.events += happened if over else events
        if over and (tasks or self.settled < requests) and self.stop_s < math.inf:
            self._pass_time(self.stop_s)
        return over

    def _next_arrival_s(self) -> float:
        """When the next of those comes who come whatever the server does."""
        row = self.next_row
        return self.rows.arrival_s[row] if self.closed is None and row < self.requests else math.inf

    def progress(self) -> float:
        """See simulate.Engine."""
        return self.settled / self.requests

    def _timer(self, ticket: int, kind: int, target: Any, number: int) -> None:
        if kind == SWITCH:
            if target.switch == ticket:
                self._switch(target)
        elif kind == SYN:
            if self.rows.outcome[target] == IN_SYSTEM:
                self._arrive(target, number)
        else:
            self.next_row += 1
            self._arrive(self.next_row - 1, 0)

    # ---- what is told

    def columns(self) -> dict[str, Any]:
        """See simulate.Engine."""
        slot_s, gil_s, main_s = zip(*(worker.totals(self.now) for worker in self.workers), strict=True)
        for place in (place for places in self.stations for place in places):
            place.count_busy(0, self.now)
        return self.rows.columns() | {
            "total_end_s": self.now,
            "total_core_s": self.core_s,
            "total_system_s": self.system_s,
            "total_most_in_system": self.most_in_system,
            "total_events": self.events,
            "total_syn_drops": self.syn_drops,
            "total_gil_switches": self.gil_switches,
            "total_slot_s": array("d", slot_s),
            "total_gil_s": array("d", gil_s),
            "total_main_s": array("d", main_s),
            "total_station_s": array("d", (sum(place.seconds for place in places) for places in self.stations)),
        }
