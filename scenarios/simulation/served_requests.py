"""What becomes of requests in the engine in Python: their states, steps and ends; native/requests.c."""

from __future__ import annotations

import math
from heapq import heappush
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.simulation.engine_state import (
    AWAITING,
    BLOCKED,
    COME,
    KERNEL_QUEUE,
    RUNNING,
    SERVED,
    STALLED,
    STATION,
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


class ServedRequests(ServerWorkers):
    """Each does the steps of its script, on its loop or in a thread, until its worker is through with it."""

    __slots__ = (
        "begin_s", "closed", "cpu_s", "first_answer_s", "first_wave", "issued", "requests", "settled", "steps",
        "think_numbers", "time_numbers",
    )  # fmt: skip

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        super().__init__(model, load, rows, detail)
        self.closed = load.arrivals if isinstance(load.arrivals, ClosedVisitors) else None
        self.steps = list(zip(load.scripts.op, load.scripts.value, strict=True))
        self.cpu_s, self.begin_s, self.first_answer_s = rows.cpu_s, rows.begin_s, rows.first_answer_s
        self.time_numbers, self.think_numbers = (rows.random[each] for each in (Stream.TIME, Stream.THINK))
        self.requests, self.settled = load.arrivals.requests, 0
        self.first_wave = min(self.closed.visitors, self.requests) if self.closed else 0
        self.issued = self.first_wave

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
        steps, pc = self.steps, thread.pc
        worker, on_loop = thread.worker, thread.on_loop
        while True:
            op, value = steps[pc]
            thread.pc = pc = pc + 1
            if op >= DRAWN:
                op -= DRAWN
                value *= -math.log(unit(self.time_numbers, thread.row << 20 | pc - thread.first))
            if op == CPU:
                if value > 0.0:
                    if self.costs_vary:
                        value = value * self._times(worker) + worker.collect_s
                        worker.collect_s = 0.0
                    self.cpu_s[thread.row] += value
                    runner = worker.main if on_loop else thread
                    if worker.holder is not runner:
                        self._compute(runner, value)
                        return
                    self.tickets = runner.ticket = ticket = self.tickets + 1  # `_to_core`
                    runner.finish = finish = self.virtual + value
                    heappush(self.running, (finish, ticket, runner))
                    self.computing += 1
                    if self.recorded:
                        self._enter(thread, RUNNING)
                    return
            elif op == END:
                self._finish(thread)
                return
            elif op <= HOLD:
                if value > 0.0:
                    thread.timer = self._set_timer(value, WAKE, thread)
                    if on_loop and op == WAIT:
                        if self.recorded:
                            self._enter(thread, AWAITING)
                        thread.state = AWAITING
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
                place.count_busy(1, self.now)
                thread.held |= 1 << int(value)
            elif op == RELEASE:
                self._release(thread, int(value))
            elif op == BEGIN:
                if self.begin_s[thread.row] < 0.0:
                    self.begin_s[thread.row] = self.now
            elif op == FIRST:
                if not thread.settled and self.first_answer_s[thread.row] < 0.0:
                    self.first_answer_s[thread.row] = self.now
            elif op == DONE:
                if not thread.settled:
                    self._settle(thread.row, SERVED, thread)
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
            if worker.queue:
                self._wake(worker)
