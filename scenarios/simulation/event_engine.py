"""The simulator's engine in Python: events in order of time, and what requests do; native/ says the same in C.

Whatever is changed here is changed there, operation by operation: the order of equal moments (a computation's end, a
timer, an arrival, a visitor's leaving), of floating-point operations and of random numbers: the columns of both are
equal bit for bit. cores_and_gil.py is engine.c, server_workers.py workers.c, this requests.c with engine.c's
`carry_on`.
"""

from __future__ import annotations

import math
from array import array
from heapq import heappop
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.simulation.engine_state import (
    AWAITING,
    BLOCKED,
    COME,
    IN_SYSTEM,
    KERNEL_QUEUE,
    SERVED,
    STALLED,
    STATION,
    STEP,
    SWITCH,
    SYN,
    TIMED_OUT,
    WAKE,
    WORKER_QUEUE,
    RequestColumns,
    Thread,
)
from asgi_vs_wsgi.scenarios.simulation.random_numbers import Stream, unit
from asgi_vs_wsgi.scenarios.simulation.request_scripts import DRAWN, Op
from asgi_vs_wsgi.scenarios.simulation.server_workers import ServerWorkers
from asgi_vs_wsgi.scenarios.simulation.system_model import ClosedVisitors

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

END, CPU, WAIT, HOLD, ACQUIRE, RELEASE, TO_THREAD, TO_LOOP, BEGIN, FIRST, DONE, YIELD = map(int, Op)


class EventEngine(ServerWorkers):
    """One simulation; see simulate.Engine."""

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        super().__init__(model, load, rows, detail)
        rows.draw(load)
        self.closed = load.arrivals if isinstance(load.arrivals, ClosedVisitors) else None
        self.patience_s, self.stop_s = load.patience_s, load.stop_s
        self.steps = list(zip(load.scripts.op, load.scripts.value, strict=True))
        self.cpu_s = rows.cpu_s
        self.time_numbers, self.think_numbers = (rows.random[each] for each in (Stream.TIME, Stream.THINK))
        self.requests = load.arrivals.requests
        self.settled = self.next_row = self.leaving_row = self.events = 0
        self.first_wave = min(self.closed.visitors, self.requests) if self.closed else 0
        self.issued = self.first_wave

    # ---- what happens next

    def advance(self, events: int, /) -> bool:
        """See simulate.Engine."""
        running, timers, resumed, tasks = self.running, self.timers, self.resumed, self.tasks
        arrival, outcome, requests = self.rows.arrival_s, self.rows.outcome, self.requests
        patient, closed, cores = self.patience_s == math.inf, self.closed is not None, self.cores
        for _ in range(events):
            if self.settled == requests and not tasks:
                return True
            while running and running[0][2].ticket != running[0][1]:
                heappop(running)
            now, computing = self.now, self.computing
            rate = 1.0 if computing <= cores else cores / computing
            at, happens = math.inf, -1
            if running:
                left = running[0][0] - self.virtual
                at, happens = now + left / rate if left > 0.0 else now, 0
            if at > now or closed:  # else nothing can come before what ends at once
                if timers and timers[0][0] < at:
                    at, happens = timers[0][0], 1
                if closed:
                    if self.first_wave > self.next_row:
                        at, happens = 0.0, 2
                elif self.next_row < requests and arrival[self.next_row] < at:
                    at, happens = arrival[self.next_row], 2
                if not patient:
                    while self.leaving_row < self.next_row and outcome[self.leaving_row] != IN_SYSTEM:
                        self.leaving_row += 1
                    if self.leaving_row < self.next_row and arrival[self.leaving_row] + self.patience_s < at:
                        at, happens = arrival[self.leaving_row] + self.patience_s, 3
            if happens < 0 or at > self.stop_s:
                if self.stop_s < math.inf:
                    self._pass_time(self.stop_s)
                return True
            passed = at - now
            if passed > 0.0:  # `_pass_time`, where most of it passes
                if computing:
                    self.virtual += passed * rate
                    self.core_s += passed * (computing if computing <= cores else cores)
                self.system_s += passed * self.in_system
                self.now = at
            self.events += 1
            if happens == 0:
                finish, _, thread = heappop(running)
                thread.ticket = 0
                if self.virtual < finish:
                    self.virtual = finish
                self.computing = computing - 1
                if computing == 1:
                    self.virtual = 0.0  # `_off_core`
                    running.clear()
                if thread.row >= 0:
                    self._run(thread)
                elif thread.worker.phase == STEP:
                    self._run(thread.worker.current)  # type: ignore[arg-type]  # whose step it was
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
                self.next_row += 1
                self._arrive(self.next_row - 1, 0)
            else:
                self._leave(self.leaving_row)
            while resumed:
                self._run(resumed.popleft())
        return False

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

    # ---- requests

    def _enter(self, thread: Thread, state: int) -> None:
        if self.recorded:
            passed = self.now - thread.since
            if passed > 0.0:
                thread.spent[thread.state] += passed
                if self.logged:
                    self.rows.add_interval(thread, self.now)
            thread.since = self.now
            thread.mark_loop = thread.on_loop
            thread.mark_pc = thread.pc if state in {STALLED, WORKER_QUEUE} else thread.pc - 1
        thread.state = state

    def _enter_as(self, thread: Thread, state: int) -> None:
        """A main thread does it for the request whose step it does."""
        request = thread if thread.row >= 0 else thread.worker.current
        if request is not None:
            self._enter(request, state)

    def _settle(self, row: int, outcome: int, thread: Thread | None = None) -> None:
        """Its client is through."""
        rows, now = self.rows, self.now
        rows.outcome[row], rows.done_s[row] = outcome, now
        if outcome == SERVED and rows.first_answer_s[row] < 0.0:
            rows.first_answer_s[row] = now
        if self.recorded:
            rows.spent_s[KERNEL_QUEUE][row] = (now if thread is None else rows.accepted_s[row]) - rows.arrival_s[row]
        if thread is not None:
            thread.settled = True
            if self.recorded:
                self._enter(thread, thread.state)
                for state in range(WORKER_QUEUE, AWAITING + 1):
                    rows.spent_s[state][row] = thread.spent[state]
        self.in_system -= 1
        self.settled += 1
        if self.closed and self.issued < self.requests:
            think_s = self.closed.think_s
            if self.closed.exponential:
                think_s = -math.log(unit(self.think_numbers, self.issued)) * think_s
            self.issued += 1
            self._set_timer(think_s, COME, None)

    def _leave(self, row: int) -> None:
        """A visitor's patience is at its end."""
        thread = self.tasks.get(row)
        self._settle(row, TIMED_OUT, thread)
        if thread is None or not self.server.cancels:
            return
        thread.cancelled = True
        if thread.on_loop and thread.state in {AWAITING, STATION}:
            if thread.state == STATION:
                place = self._place(thread, int(self.steps[thread.pc - 1][1]))
                del place.queue[thread]
            thread.timer = 0
            self._to_ready(thread)

    def _run(self, thread: Thread) -> None:
        """Carry a request's script on until it has to wait for something."""
        if thread.cancelled and thread.on_loop:
            self._finish(thread)
            return
        steps, rows, row, now, worker = self.steps, self.rows, thread.row, self.now, thread.worker
        on_loop, cpu_s = thread.on_loop, self.cpu_s
        while True:
            pc = thread.pc
            op, value = steps[pc]
            if op == END:
                self._finish(thread)
                return
            thread.pc = pc + 1
            if op >= DRAWN:
                op -= DRAWN
                value *= -math.log(unit(self.time_numbers, row << 20 | pc + 1 - thread.first))
            if op == CPU:
                if value > 0.0:
                    cpu_s[row] += (needed_s := value * self._times(worker) if self.costs_more_in_a_crowd else value)
                    self._compute(worker.main if on_loop else thread, needed_s)
                    return
            elif op <= HOLD:
                if value > 0.0:
                    thread.timer = self._set_timer(value, WAKE, thread)
                    if on_loop and op == WAIT:
                        self._enter(thread, AWAITING)
                        worker.current = None
                        self._next_turn(worker)
                    else:
                        self._enter(thread, BLOCKED)
                        self._let_go(worker.main if on_loop else thread)
                    return
                if on_loop and op == WAIT:
                    if self.recorded:
                        self._enter(thread, STALLED)
                    worker.ready.append(thread)
                    worker.current = None
                    self._next_turn(worker)
                    return
            elif op == ACQUIRE:
                place = self._place(thread, int(value))
                if not place.free:
                    place.queue[thread] = None
                    self._enter(thread, STATION)
                    if on_loop:
                        worker.current = None
                        self._next_turn(worker)
                    else:
                        self._let_go(thread)
                    return
                place.free -= 1
                place.count_busy(1, now)
                thread.held |= 1 << int(value)
            elif op == RELEASE:
                self._release(thread, int(value))
            elif op == BEGIN:
                if rows.begin_s[row] < 0.0:
                    rows.begin_s[row] = now
            elif op == FIRST:
                if not thread.settled and rows.first_answer_s[row] < 0.0:
                    rows.first_answer_s[row] = now
            elif op == DONE:
                if not thread.settled:
                    self._settle(row, SERVED, thread)
            elif op == YIELD:
                runner = worker.main if on_loop else thread
                if worker.holder is runner and worker.gil_queue:
                    self._let_go(runner)
                    self._compute(runner, 0.0)
                    return
            elif op == TO_THREAD:
                if on_loop:
                    thread.on_loop = False
                    worker.current = None
                    self.resumed.append(thread)
                    self._next_turn(worker)
                    return
            elif self.loop and not on_loop:
                self._let_go(thread)
                thread.on_loop = True
                self._to_ready(thread)
                return

    def _finish(self, thread: Thread) -> None:
        """Its worker is through with it."""
        worker, row = thread.worker, thread.row
        if not thread.settled:
            self._settle(row, SERVED, thread)
        station = 0
        while thread.held:
            if thread.held >> station & 1:
                self._release(thread, station)
            station += 1
        if self.recorded:
            self._enter(thread, thread.state)
            self.rows.ended_s[row] = self.now
        del self.tasks[row]
        worker.connections -= 1
        if thread.on_loop:
            worker.current = None
            self._next_turn(worker)
            return
        self._let_go(thread)
        if self.loop:
            return
        worker.free.append(thread.slot)
        worker.count_busy(-1, self.now)
        if self.pool:
            self._set_idle(worker)
            self._wake(worker)
            return
        self._seat_own(worker)
        if worker.connections + 1 == self.server.most_connections and not worker.main_busy:
            self._set_idle(worker)
            if self._queue_of(worker):
                self._wake(worker)

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
