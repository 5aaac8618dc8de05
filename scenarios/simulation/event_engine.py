"""The simulator's engine in Python: events in order of time; native/engine.c does the same, operation by operation.

Whatever is changed here is changed there: the order of equal moments (a computation's end, timer, arrival, a visitor's
leaving), of floating-point operations and of random numbers, since the columns of both are to be equal bit for bit.

Cores are shared in virtual time: all that compute gain the same amount in the same time, so the order of their ends
does not change as others come and go.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.simulation.engine_state import Phase, Place, RequestColumns, Thread, Worker
from asgi_vs_wsgi.scenarios.simulation.random_numbers import Stream, below, unit
from asgi_vs_wsgi.scenarios.simulation.request_scripts import DRAWN, Op
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail, Outcome, State
from asgi_vs_wsgi.scenarios.simulation.system_model import ClosedVisitors, Pick, WorkerKind

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

SYN_TRIES = 7

# As plain numbers: a comparison with a member of an enumeration costs several times as much.
END, CPU, WAIT, HOLD, ACQUIRE, RELEASE, TO_THREAD, TO_LOOP, BEGIN, FIRST, DONE, YIELD = map(int, Op)
KERNEL_QUEUE, WORKER_QUEUE, RUNNING, GIL, STALLED, STATION, BLOCKED, AWAITING = map(int, State)
IN_SYSTEM, SERVED, TIMED_OUT, REFUSED, UNCONNECTED = map(int, list(Outcome)[1:])
WAKE, SWITCH, SYN, COME = range(4)
"""Timers: a wait's end, the GIL's switch interval, a repeated SYN, a closed visitor who has thought."""


class EventEngine:
    """One simulation; see simulate.Engine."""

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        self.machine, self.server, self.backlog = model.machine, model.workers, model.backlog
        self.cores, self.gil = float(model.machine.cores), model.machine.gil
        self.pool, self.loop = (model.workers.kind == kind for kind in (WorkerKind.POOL, WorkerKind.LOOP))
        self.closed = load.arrivals if isinstance(load.arrivals, ClosedVisitors) else None
        self.patience_s, self.stop_s, self.worker_of = load.patience_s, load.stop_s, load.worker_of
        self.ops, self.values, self.starts = load.scripts.op, load.scripts.value, load.scripts.start
        self.requests = load.arrivals.requests
        self.rows, self.random = rows, rows.random
        rows.draw(load)
        self.recorded, self.logged = detail >= Detail.WAITS, detail >= Detail.INTERVALS
        self.workers = [Worker(number, model.workers.threads) for number in range(model.workers.workers)]
        self.separate = model.workers.hashed or load.worker_of is not None
        self.queues: list[deque[int]] = [deque() for _ in (self.workers if self.separate else (0,))]
        self.stations = [
            [Place(station.places) for _ in (self.workers if station.per_worker else (0,))]
            for station in model.stations
        ]
        self.now = self.virtual = 0.0
        self.running: list[tuple[float, int, Thread]] = []
        """Who computes, by the virtual time of its end."""
        self.timers: list[tuple[float, int, int, Any, int]] = []
        self.resumed: deque[Thread] = deque()
        """Threads that carry on before time passes."""
        self.idle: list[Worker] = []
        """Those that would take a new connection at once."""
        self.tasks: dict[int, Thread] = {}
        """By row."""
        self.tickets = self.computing = self.accepts = self.settled = 0
        self.in_system = self.most_in_system = self.next_row = self.leaving_row = 0
        self.first_wave = min(self.closed.visitors, self.requests) if self.closed else 0
        self.issued = self.first_wave
        self.core_s = self.system_s = 0.0
        self.events = self.syn_drops = self.gil_switches = 0
        for worker in self.workers:
            self._set_idle(worker)

    # ---- time

    def advance(self, events: int, /) -> bool:
        """See simulate.Engine."""
        running, timers, resumed, arrival, outcome = (
            self.running,
            self.timers,
            self.resumed,
            self.rows.arrival_s,
            self.rows.outcome,
        )
        patient, closed, cores = self.patience_s == math.inf, self.closed is not None, self.cores
        for _ in range(events):
            if self.settled == self.requests and not self.tasks:
                return True
            while running and running[0][2].ticket != running[0][1]:
                heappop(running)
            at, happens = math.inf, -1
            if running:
                left = running[0][0] - self.virtual
                rate = 1.0 if self.computing <= cores else cores / self.computing
                at, happens = self.now + left / rate if left > 0.0 else self.now, 0
            if timers and timers[0][0] < at:
                at, happens = timers[0][0], 1
            if closed:
                if self.first_wave > self.next_row:
                    at, happens = 0.0, 2
            elif self.next_row < self.requests and arrival[self.next_row] < at:
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
            self._pass_time(at)
            self.events += 1
            if happens == 0:
                self._computed(heappop(running))
            elif happens == 1:
                self._timer(*heappop(timers)[1:])
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

    def _pass_time(self, to: float) -> None:
        passed = to - self.now
        if passed > 0.0:
            computing = self.computing
            if computing:
                cores = self.cores
                self.virtual += passed if computing <= cores else passed * (cores / computing)
                self.core_s += passed * (computing if computing <= cores else cores)
            self.system_s += passed * self.in_system
            self.now = to

    def _set_timer(self, after_s: float, kind: int, target: Any, number: int = 0) -> int:
        self.tickets += 1
        heappush(self.timers, (self.now + after_s, self.tickets, kind, target, number))
        return self.tickets

    def _timer(self, ticket: int, kind: int, target: Any, number: int) -> None:
        if kind == WAKE:
            if target.timer == ticket:
                target.timer = 0
                if target.state == AWAITING:
                    self._to_ready(target)
                else:
                    self.resumed.append(target)
        elif kind == SWITCH:
            if target.switch == ticket:
                self._switch(target)
        elif kind == SYN:
            if self.rows.outcome[target] == IN_SYSTEM:
                self._arrive(target, number)
        else:
            self.next_row += 1
            self._arrive(self.next_row - 1, 0)

    # ---- cores and the GIL

    def _compute(self, thread: Thread, seconds: float) -> None:
        thread.left_s = seconds
        if self.gil:
            worker = thread.worker
            if worker.holder is None:
                worker.holder, worker.gil_since = thread, self.now
            elif worker.holder is not thread:
                self._await_gil(worker, thread)
                self._arm(worker)
                return
        self._to_core(thread)

    def _to_core(self, thread: Thread) -> None:
        self.tickets += 1
        thread.ticket, thread.finish = self.tickets, self.virtual + thread.left_s
        heappush(self.running, (thread.finish, self.tickets, thread))
        self.computing += 1
        self._enter_as(thread, RUNNING)

    def _computed(self, entry: tuple[float, int, Thread]) -> None:
        finish, _, thread = entry
        thread.ticket = 0
        if self.virtual < finish:
            self.virtual = finish
        self._off_core()
        if thread.row >= 0:
            self._run(thread)
        else:
            self._main_computed(thread.worker)

    def _off_core(self) -> None:
        self.computing -= 1
        if not self.computing:
            self.virtual = 0.0  # keeps it small, and differences of it exact
            self.running.clear()

    def _await_gil(self, worker: Worker, thread: Thread) -> None:
        worker.gil_queue.append(thread)
        self._enter_as(thread, GIL)

    def _arm(self, worker: Worker) -> None:
        """The interval begins when the first begins to wait."""
        if not worker.switch and worker.gil_queue:
            worker.switch = self._set_timer(self.machine.switch_interval_s, SWITCH, worker)

    def _let_go(self, thread: Thread) -> None:
        """Of the GIL, if it has it: the first in line gets it."""
        worker = thread.worker
        if worker.holder is not thread:
            return
        worker.switch = 0
        if worker.gil_queue:
            worker.holder = worker.gil_queue.popleft()
            self._to_core(worker.holder)
            self._arm(worker)
        else:
            worker.holder = None
            worker.gil_s += self.now - worker.gil_since

    def _switch(self, worker: Worker) -> None:
        worker.switch = 0
        holder = worker.holder
        if holder is None or not worker.gil_queue:
            return
        self.gil_switches += 1
        holder.left_s = max(0.0, holder.finish - self.virtual)
        holder.ticket = 0
        self._off_core()
        worker.holder = worker.gil_queue.popleft()
        self._to_core(worker.holder)
        self._await_gil(worker, holder)
        self._arm(worker)

    # ---- arrivals and workers

    def _arrive(self, row: int, tries: int) -> None:
        if not tries:
            rows = self.rows
            rows.outcome[row] = IN_SYSTEM
            if self.closed:
                rows.arrival_s[row] = self.now
            self.in_system += 1
            if self.in_system > self.most_in_system:
                self.most_in_system = self.in_system
        number = 0
        if self.worker_of is not None:
            number = self.worker_of[row]
        elif self.separate:
            number = below(self.random[Stream.HASH], row, len(self.workers))
        queue = self.queues[number]
        if len(queue) >= self.backlog:
            self.syn_drops += 1
            if tries + 1 < SYN_TRIES:
                self._set_timer(float(1 << tries), SYN, row, tries + 1)
            else:
                self._settle(row, UNCONNECTED)
            return
        queue.append(row)
        if self.separate:
            self._wake(self.workers[number])
        elif self.idle:
            self._notify()

    def _notify(self) -> None:
        """Idle workers of somebody in the queue that they share: one takes it."""
        worker = self._pick()
        if self.pool or worker.holder is None:
            self._wake(worker)
            return
        free = next((each for each in self.idle if each.holder is None), None)
        if free is not None:
            self._wake(free)
            return
        while self.idle:  # each wants its GIL; the first to get it takes it
            self._wake(self.idle[-1])

    def _pick(self) -> Worker:
        idle, pick = self.idle, self.server.pick
        if len(idle) == 1:
            return idle[0]
        if pick == Pick.RANDOM:
            self.accepts += 1
            return idle[below(self.random[Stream.ACCEPT], self.accepts, len(idle))]
        if pick == Pick.LONGEST_IDLE:
            return min(idle, key=lambda worker: worker.idle_ticket)
        return min(idle, key=lambda worker: worker.number)

    def _set_idle(self, worker: Worker) -> None:
        if worker.idle_at < 0:
            self.tickets += 1
            worker.idle_ticket, worker.idle_at = self.tickets, len(self.idle)
            self.idle.append(worker)

    def _unset_idle(self, worker: Worker) -> None:
        at = worker.idle_at
        if at >= 0:
            last = self.idle.pop()
            if last is not worker:
                self.idle[at], last.idle_at = last, at
            worker.idle_at = -1

    def _queue_of(self, worker: Worker) -> deque[int]:
        return self.queues[worker.number if self.separate else 0]

    def _wake(self, worker: Worker) -> None:
        """Somebody is in its kernel queue, or ready on its loop."""
        if self.pool:
            queue = self._queue_of(worker)
            while worker.free and queue:
                self._seat(worker, self._accept(worker, queue.popleft()))
            if not worker.free:
                self._unset_idle(worker)
        elif not worker.main_busy and (self.loop or worker.connections < self.server.most_connections):
            self._unset_idle(worker)
            worker.main_busy, worker.main_since = True, self.now
            worker.batch = 0
            worker.phase = Phase.POLL if self.loop else Phase.ACCEPT
            self._compute(worker.main, 0.0 if self.loop else self.server.accept_cpu_s)

    def _accept(self, worker: Worker, row: int) -> Thread:
        rows, now = self.rows, self.now
        rows.accepted_s[row], rows.worker[row] = now, worker.number
        worker.connections += 1
        thread = self.tasks[row] = Thread(worker, row, self.starts[rows.script[row]], now)
        if self.recorded:
            thread.spent = [0.0] * len(State)
        if rows.outcome[row] != IN_SYSTEM:
            thread.settled, thread.cancelled = True, self.server.cancels
        return thread

    def _seat(self, worker: Worker, thread: Thread) -> None:
        """Give a free thread to a request."""
        worker.count_busy(1, self.now)
        thread.slot = self.rows.slot[thread.row] = worker.free.pop()
        self.resumed.append(thread)

    def _seat_own(self, worker: Worker) -> None:
        while worker.free and worker.own:
            self._seat(worker, worker.own.popleft())

    def _sleep(self, worker: Worker) -> None:
        """Its main thread has nothing to do."""
        worker.main_busy = False
        worker.main_s += self.now - worker.main_since
        self._let_go(worker.main)
        if self.loop or worker.connections < self.server.most_connections:
            self._set_idle(worker)

    def _next_turn(self, worker: Worker) -> None:
        """The main thread goes on: to the next callback that is ready, to the poll, or to sleep."""
        queue = self._queue_of(worker)
        if not self.loop:
            if queue and worker.connections < self.server.most_connections:
                worker.phase = Phase.ACCEPT
                self._compute(worker.main, self.server.accept_cpu_s)
            else:
                self._sleep(worker)
            return
        if not worker.batch:
            self._accept_batch(worker, queue)
            worker.batch = len(worker.ready)
            if not worker.batch:
                self._sleep(worker)
                return
            if self._give_way(worker):
                return
        worker.batch -= 1
        thread = worker.current = worker.ready.popleft()
        if thread.refused:
            worker.phase = Phase.REFUSE
            self._compute(worker.main, self.server.refusal_cpu_s)
        else:
            worker.phase = Phase.STEP
            self.resumed.append(thread)

    def _accept_batch(self, worker: Worker, queue: deque[int]) -> None:
        count, limit = len(queue), self.server.limit_concurrency
        if self.server.accept_batch:
            count = min(count, self.server.accept_batch)
        for _ in range(count):
            thread = self._accept(worker, queue.popleft())
            thread.on_loop = thread.mark_loop = True
            if limit and worker.connections >= limit:
                thread.refused = True
            worker.ready.append(thread)

    def _give_way(self, worker: Worker) -> bool:
        """A poll is a system call: whoever waits for the GIL gets it."""
        main = worker.main
        if worker.holder is not main or not worker.gil_queue:
            return False
        self._let_go(main)
        worker.phase = Phase.POLL
        self._compute(main, 0.0)
        return True

    def _main_computed(self, worker: Worker) -> None:
        phase, current = worker.phase, worker.current
        if phase == Phase.STEP:
            assert current is not None
            self._run(current)
        elif phase == Phase.POLL:
            self._next_turn(worker)
        elif phase == Phase.ACCEPT:
            queue = self._queue_of(worker)
            if queue:
                thread = self._accept(worker, queue.popleft())
                self._enter(thread, WORKER_QUEUE)
                worker.own.append(thread)
                self._seat_own(worker)
            if not self._give_way(worker):
                self._next_turn(worker)
        else:
            assert current is not None
            if not current.settled:
                self._settle(current.row, REFUSED, current)
            self._finish(current)

    def _to_ready(self, thread: Thread) -> None:
        self._enter(thread, STALLED)
        thread.worker.ready.append(thread)
        self._wake(thread.worker)

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
                think_s = -math.log(unit(self.random[Stream.THINK], self.issued)) * think_s
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
                place = self._place(thread, int(self.values[thread.pc - 1]))
                del place.queue[thread]
            thread.timer = 0
            self._to_ready(thread)

    def _place(self, thread: Thread, station: int) -> Place:
        places = self.stations[station]
        return places[thread.worker.number if len(places) > 1 else 0]

    def _release(self, thread: Thread, station: int) -> None:
        thread.held &= ~(1 << station)
        place = self._place(thread, station)
        if not place.queue:
            place.free += 1
            place.count_busy(-1, self.now)
            return
        heir, _ = place.queue.popitem(last=False)
        heir.held |= 1 << station
        if heir.on_loop:
            self._to_ready(heir)
        else:
            self.resumed.append(heir)

    def _run(self, thread: Thread) -> None:
        """Carry a request's script on until it has to wait for something."""
        ops, values, rows, row, now = self.ops, self.values, self.rows, thread.row, self.now
        worker = thread.worker
        while True:
            on_loop = thread.on_loop
            op, value = ops[thread.pc], values[thread.pc]
            if op == END or (thread.cancelled and on_loop):
                self._finish(thread)
                return
            thread.pc += 1
            if op >= DRAWN:
                op -= DRAWN
                value *= -math.log(unit(self.random[Stream.TIME], row << 20 | thread.pc - thread.first))
            runner = worker.main if on_loop else thread
            if op == CPU:
                if value > 0.0:
                    rows.cpu_s[row] += value
                    self._compute(runner, value)
                    return
            elif op in {WAIT, HOLD}:
                if value > 0.0:
                    thread.timer = self._set_timer(value, WAKE, thread)
                    if on_loop and op == WAIT:
                        self._enter(thread, AWAITING)
                        worker.current = None
                        self._next_turn(worker)
                    else:
                        self._enter(thread, BLOCKED)
                        self._let_go(runner)
                    return
                if on_loop and op == WAIT:
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
        for worker in self.workers:
            worker.count_busy(0, self.now)
            if worker.holder is not None:
                worker.gil_s += self.now - worker.gil_since
            if worker.main_busy:
                worker.main_s += self.now - worker.main_since
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
            "total_slot_s": array("d", (worker.slot_s for worker in self.workers)),
            "total_gil_s": array("d", (worker.gil_s for worker in self.workers)),
            "total_main_s": array("d", (worker.main_s for worker in self.workers)),
            "total_station_s": array("d", (sum(place.seconds for place in places) for places in self.stations)),
        }
