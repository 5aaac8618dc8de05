"""A server's workers in the engine in Python: the kernel's queue, who accepts, an acceptor's and a loop's turns."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.simulation.cores_and_gil import SharedCores
from asgi_vs_wsgi.scenarios.simulation.engine_state import (
    ACCEPT,
    IN_SYSTEM,
    POLL,
    REFUSE,
    REFUSED,
    STALLED,
    STEP,
    SYN,
    UNCONNECTED,
    WORKER_QUEUE,
    Place,
    RequestColumns,
    Thread,
    Worker,
)
from asgi_vs_wsgi.scenarios.simulation.random_numbers import Stream, below
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail, State
from asgi_vs_wsgi.scenarios.simulation.system_model import NO_CROWD, Pick, WorkerKind

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

SYN_TRIES = 7
STATES = len(State)


class ServerWorkers(SharedCores):
    """Requests come, are accepted, and get a thread or their loop's turns."""

    __slots__ = (
        "accept_numbers", "accepts", "backlog", "collect_every", "collections_s", "costs_vary", "crowd",
        "garbage_numbers", "hash_numbers", "idle", "logged", "loop", "most_in_system", "picks_at_random", "pool",
        "queues", "resumed", "rows", "separate", "server", "slope", "starts", "stations", "syn_drops", "tasks",
        "worker_of", "workers",
    )  # fmt: skip

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        super().__init__(model.machine, recorded=detail >= Detail.WAITS)
        self.server, self.backlog = model.workers, model.backlog
        self.crowd, self.slope = model.workers.crowd, model.workers.crowd.slope
        self.collect_every, self.collections_s = model.workers.collect_every, model.workers.collections_s
        self.costs_vary = self.crowd != NO_CROWD or self.collect_every > 0
        self.pool, self.loop = (model.workers.kind == kind for kind in (WorkerKind.POOL, WorkerKind.LOOP))
        self.picks_at_random = model.workers.pick == Pick.RANDOM
        self.worker_of, self.starts = load.worker_of, load.scripts.start
        self.rows = rows
        self.logged = detail >= Detail.INTERVALS
        numbers = Stream.ACCEPT, Stream.HASH, Stream.GARBAGE
        self.accept_numbers, self.hash_numbers, self.garbage_numbers = (rows.random[each] for each in numbers)
        self.workers = [Worker(number, model.workers.threads) for number in range(model.workers.workers)]
        self.separate = model.workers.hashed or load.worker_of is not None
        self.queues: list[deque[int]] = [deque() for _ in (self.workers if self.separate else (0,))]
        """The kernel's: rows."""
        for worker in self.workers:
            worker.queue = self.queues[worker.number if self.separate else 0]
        self.resumed: deque[Thread] = deque()
        """Threads that carry on before time passes."""
        self.idle: list[Worker] = []
        """Those that would take a new connection at once."""
        self.tasks: dict[int, Thread] = {}
        """Requests that were accepted, by row."""
        self.accepts = self.most_in_system = self.syn_drops = 0
        one, each = (0,), self.workers
        self.stations = [[Place(of.places) for _ in (each if of.per_worker else one)] for of in model.stations]
        for worker in self.workers:
            self._set_idle(worker)

    @abstractmethod
    def _run(self, thread: Thread) -> None:
        """Carry a request's script on until it has to wait for something."""

    @abstractmethod
    def _enter(self, thread: Thread, state: int) -> None:
        """Note a request's state."""

    @abstractmethod
    def _settle(self, row: int, outcome: int, thread: Thread | None = None) -> None:
        """Note that a request's client is through."""

    @abstractmethod
    def _finish(self, thread: Thread) -> None:
        """Note that a worker is through with a request."""

    # ---- arrivals

    def _arrive(self, row: int, tries: int) -> None:
        if not tries:
            self.rows.outcome[row] = IN_SYSTEM
            if self.rows.arrival_s[row] < 0.0:  # a closed visitor comes when it has thought
                self.rows.arrival_s[row] = self.now
            self.in_system += 1
            if self.in_system > self.most_in_system:
                self.most_in_system = self.in_system
        number = 0
        if self.worker_of is not None:
            number = self.worker_of[row]
        elif self.separate:
            number = below(self.hash_numbers, row, len(self.workers))
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

    def _times(self, worker: Worker) -> float:
        """See Crowd."""
        crowd = self.crowd
        among = self.in_system / len(self.workers) if self.pool else float(worker.connections)
        if among <= crowd.least:
            return crowd.times_least
        if among >= crowd.most:
            return crowd.times_most
        return crowd.times_least + (among - crowd.least) * self.slope

    # ---- idle workers

    def _pick(self) -> Worker:
        idle = self.idle
        if len(idle) == 1:
            return idle[0]
        if self.picks_at_random:
            self.accepts += 1
            return idle[below(self.accept_numbers, self.accepts, len(idle))]
        if self.server.pick == Pick.LONGEST_IDLE:
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

    # ---- acceptance

    def _wake(self, worker: Worker) -> None:
        """Somebody is in its kernel queue, or ready on its loop."""
        if self.pool:
            queue = worker.queue
            while worker.free and queue:
                self._seat(worker, self._accept(worker, queue.popleft()))
            if not worker.free:
                self._unset_idle(worker)
        elif not worker.main_busy and (self.loop or worker.connections < self.server.most_connections):
            self._unset_idle(worker)
            worker.main_busy, worker.main_since = True, self.now
            worker.batch = 0
            if self.loop and worker.holder is None:  # its poll costs nothing, and nobody is in its way
                if self.gil:
                    worker.holder, worker.gil_since = worker.main, self.now
                self._next_turn(worker)
                return
            worker.phase = POLL if self.loop else ACCEPT
            self._compute(worker.main, 0.0 if self.loop else self.server.accept_cpu_s)

    def _accept(self, worker: Worker, row: int) -> Thread:
        rows, now = self.rows, self.now
        rows.accepted_s[row], rows.worker[row] = now, worker.number
        worker.connections += 1
        if self.collect_every:
            worker.accepted += 1
            if worker.accepted % self.collect_every == 0:
                k = worker.number << 32 | worker.accepted // self.collect_every
                worker.collect_s += self.collections_s[below(self.garbage_numbers, k, len(self.collections_s))]
        thread = self.tasks[row] = Thread(worker, row, self.starts[rows.script[row]], now)
        if self.recorded:
            thread.spent = [0.0] * STATES
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

    # ---- a main thread's turns

    def _sleep(self, worker: Worker) -> None:
        """Its main thread has nothing to do."""
        worker.main_busy = False
        worker.main_s += self.now - worker.main_since
        self._let_go(worker.main)
        if self.loop or worker.connections < self.server.most_connections:
            self._set_idle(worker)

    def _next_turn(self, worker: Worker) -> None:
        """The main thread goes on: to the next callback that is ready, to the poll, or to sleep."""
        if not self.loop:
            if worker.queue and worker.connections < self.server.most_connections:
                worker.phase = ACCEPT
                self._compute(worker.main, self.server.accept_cpu_s)
            else:
                self._sleep(worker)
            return
        if not worker.batch:
            if worker.queue:
                self._accept_batch(worker)
            worker.batch = len(worker.ready)
            if not worker.batch:
                self._sleep(worker)
                return
            if worker.gil_queue and self._give_way(worker):
                return
        worker.batch -= 1
        thread = worker.current = worker.ready.popleft()
        if thread.refused:
            worker.phase = REFUSE
            self._compute(worker.main, self.server.refusal_cpu_s)
        else:
            worker.phase = STEP
            self.resumed.append(thread)

    def _accept_batch(self, worker: Worker) -> None:
        queue, limit = worker.queue, self.server.limit_concurrency
        count = len(queue)
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
        worker.phase = POLL
        self._compute(main, 0.0)
        return True

    def _main_computed(self, worker: Worker) -> None:
        phase, current = worker.phase, worker.current
        if phase == STEP:
            assert current is not None
            self._run(current)
        elif phase == POLL:
            self._next_turn(worker)
        elif phase == ACCEPT:
            if worker.queue:
                thread = self._accept(worker, worker.queue.popleft())
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
        worker = thread.worker
        worker.ready.append(thread)
        if not worker.main_busy:
            self._wake(worker)

    # ---- stations

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
