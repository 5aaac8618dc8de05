"""The laws of DESIGN section 5: how long a burst must take, predicted from one lone request.

S service time of a lone request      N requests      w workers      t threads per worker
c its CPU part                        busiest: the largest measured number of requests on one worker

one-per-worker   ceil(N / w) * S
one-per-thread   ceil(busiest / t) * S
all-at-once      S + N * c / min(w, cores)
loop-held        busiest * S
cpu-shared       max(busiest * S, N * S / min(w, cores))
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from scenarios.result import LawResult

SHARE = 0.15
SLACK_S = 0.020
"""A law holds within 15 % + 20 ms of its prediction, everywhere the same."""


class Premises(Struct, frozen=True):
    """What a law predicts from; `busiest` is None where no probe counted."""

    requests: int
    workers: int
    threads: int
    cores: float
    """That were there for the target: what other programs took is not (scenarios.run.machine)."""
    service_s: float
    cpu_s: float
    busiest: int | None


Prediction = Callable[[Premises], float | None]


def one_per_worker(p: Premises) -> float | None:
    """Each worker takes the next visitor when it is free."""
    return -(-p.requests // p.workers) * p.service_s


def one_per_thread(p: Premises) -> float | None:
    """Visitors are bound to a worker on arrival; each of its threads takes one at a time."""
    return None if p.busiest is None else -(-p.busiest // p.threads) * p.service_s


def all_at_once(p: Premises) -> float | None:
    """All wait together; only their CPU parts take turns."""
    return p.service_s + p.requests * p.cpu_s / min(p.workers, p.cores)


def loop_held(p: Premises) -> float | None:
    """Each visitor holds the whole loop, one after another."""
    return None if p.busiest is None else p.busiest * p.service_s


def cpu_shared(p: Premises) -> float | None:
    """The work is CPU: neither more than one at a time in a process, nor more than the cores can do."""
    if p.busiest is None:
        return None
    return max(p.busiest * p.service_s, p.requests * p.service_s / min(p.workers, p.cores))


LAWS: dict[str, Prediction] = {
    "one-per-worker": one_per_worker,
    "one-per-thread": one_per_thread,
    "all-at-once": all_at_once,
    "loop-held": loop_held,
    "cpu-shared": cpu_shared,
}


def law_result(name: str, premises: Premises, makespan_s: float, *, everybody_served: bool) -> LawResult | None:
    """The law's prediction beside what was measured; None where a premise was not measured.

    A burst that not everybody was served in does not confirm a law, however long it took.
    """
    predicted_s = LAWS[name](premises)
    if predicted_s is None or not premises.service_s:
        return None
    holds = everybody_served and abs(makespan_s - predicted_s) <= SHARE * predicted_s + SLACK_S
    p = premises
    return LawResult(name, predicted_s, makespan_s, p.service_s, p.cpu_s, p.busiest, holds, p.cores)
