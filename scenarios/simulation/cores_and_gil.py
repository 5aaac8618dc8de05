"""Time, timers, cores and GILs of the engine in Python: who computes, and for how long.

Cores are shared in virtual time: all that compute gain the same amount in the same time, so the order of their ends
does not change as others come and go. In a process with a GIL only its holder computes; whoever has waited for it for
the switch interval makes it let go, and it goes to the end of the line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from heapq import heapify, heappush
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.simulation.engine_state import GIL, RUNNING, SWITCH

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.engine_state import Thread, Worker
    from asgi_vs_wsgi.scenarios.simulation.system_model import Machine

MOST_VOID = 64
"""Entries of threads that a switch took off their core, besides as many as compute: long pieces leave many."""


class SharedCores(ABC):
    """A machine on which threads of processes compute."""

    __slots__ = (
        "computing", "core_s", "cores", "gil", "gil_switches", "in_system", "now", "recorded", "running",
        "switch_interval_s", "system_s", "tickets", "timers", "virtual",
    )  # fmt: skip

    def __init__(self, machine: Machine, *, recorded: bool) -> None:
        self.recorded = recorded
        """Whether states are kept account of."""
        self.cores, self.gil, self.switch_interval_s = float(machine.cores), machine.gil, machine.switch_interval_s
        self.now = self.virtual = 0.0
        self.running: list[tuple[float, int, Thread]] = []
        """Who computes, by the virtual time of its end; void where the ticket is not the thread's."""
        self.computing = 0
        self.timers: list[tuple[float, int, int, Any, int]] = []
        """By time and ticket: kind, target, and a number."""
        self.tickets = 0
        self.in_system = 0
        self.core_s = self.system_s = 0.0
        self.gil_switches = 0

    @abstractmethod
    def _enter_as(self, thread: Thread, state: int) -> None:
        """Note the state of the request for which a thread computes, if there is one."""

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
        self.tickets = ticket = self.tickets + 1
        heappush(self.timers, (self.now + after_s, ticket, kind, target, number))
        return ticket

    def _compute(self, thread: Thread, seconds: float) -> None:
        if self.gil:
            worker = thread.worker
            holder = worker.holder
            if holder is None:
                worker.holder, worker.gil_since = thread, self.now
            elif holder is not thread:
                thread.left_s = seconds
                self._await_gil(worker, thread)
                self._arm(worker)
                return
        self.tickets = thread.ticket = ticket = self.tickets + 1  # `_to_core`, which is most of it
        thread.finish = finish = self.virtual + seconds
        heappush(self.running, (finish, ticket, thread))
        self.computing += 1
        if self.recorded:
            self._enter_as(thread, RUNNING)

    def _to_core(self, thread: Thread) -> None:
        self.tickets = thread.ticket = ticket = self.tickets + 1
        thread.finish = finish = self.virtual + thread.left_s
        heappush(self.running, (finish, ticket, thread))
        self.computing += 1
        if self.recorded:
            self._enter_as(thread, RUNNING)

    def _off_core(self) -> None:
        self.computing -= 1
        if not self.computing:
            self.virtual = 0.0  # keeps it small, and differences of it exact
            self.running.clear()

    def _await_gil(self, worker: Worker, thread: Thread) -> None:
        worker.gil_queue.append(thread)
        if self.recorded:
            self._enter_as(thread, GIL)

    def _arm(self, worker: Worker) -> None:
        """The interval begins when the first begins to wait."""
        if not worker.switch and worker.gil_queue:
            worker.switch = self._set_timer(self.switch_interval_s, SWITCH, worker)

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
        if len(self.running) > 2 * self.computing + MOST_VOID:
            self.running[:] = [entry for entry in self.running if entry[2].ticket == entry[1]]
            heapify(self.running)
        worker.holder = worker.gil_queue.popleft()
        self._to_core(worker.holder)
        self._await_gil(worker, holder)
        self._arm(worker)
