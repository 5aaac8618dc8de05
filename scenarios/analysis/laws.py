"""The laws: how long a burst must take, predicted from one lone request.

S service time of a lone request      N requests      w workers      t threads per worker
c its CPU part                        busiest: the largest measured number of requests on one worker
p threads of a worker that compute at the same time: 1 with a GIL, t without one

one-per-worker   ceil(N / w) * S
one-per-thread   ceil(busiest / t) * S
all-at-once      S + N * c / min(w, cores)
loop-held        busiest * S
cpu-shared       max(busiest * S / min(p, cores), N * S / min(w * p, cores))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import LawResult

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results.target_parts import TargetEnvironment

SHARE = 0.15
SLACK_S = 0.020
"""A law holds within 15 % + 20 ms of its prediction, everywhere the same, where that tells it from other laws."""


class Premises(Struct, frozen=True):
    """What a law predicts from; `busiest` is None where no probe counted."""

    requests: int
    workers: int
    threads: int
    cores: float
    """That were there for the target: what other programs took is not (asgi_vs_wsgi.scenarios.run.machine_load)."""
    service_s: float
    cpu_s: float
    busiest: int | None
    side_by_side: int = 1
    """Threads of one worker that may compute at the same time: one that has the GIL, or all where there is none."""


def side_by_side(threads: int, environment: TargetEnvironment | None) -> int:
    """How many of a worker's threads may compute at the same time, by what its workers have said of their Python."""
    return threads if environment is not None and environment.gil is False else 1


Prediction = Callable[[Premises], float | None]


def turns_of_workers(p: Premises) -> int:
    """Where visitors are shared evenly."""
    return -(-p.requests // p.workers)


def turns_of_threads(p: Premises, busiest: int) -> int:
    """On the busiest worker."""
    return -(-busiest // p.threads)


def parallel(p: Premises) -> float:
    """How much can be computed at the same time."""
    return min(p.workers * p.side_by_side, p.cores)


def parallel_in_worker(p: Premises) -> float:
    """How much one worker can compute at the same time."""
    return min(p.side_by_side, max(1, p.cores))


def one_per_worker(p: Premises) -> float | None:
    """Each worker takes the next visitor when it is free."""
    return turns_of_workers(p) * p.service_s


def one_per_thread(p: Premises) -> float | None:
    """Visitors are bound to a worker on arrival; each of its threads takes one at a time."""
    return None if p.busiest is None else turns_of_threads(p, p.busiest) * p.service_s


def all_at_once(p: Premises) -> float | None:
    """All wait together; only their CPU parts take turns."""
    return p.service_s + p.requests * p.cpu_s / parallel(p)


def loop_held(p: Premises) -> float | None:
    """Each visitor holds the whole loop, one after another."""
    return None if p.busiest is None else p.busiest * p.service_s


def cpu_shared(p: Premises) -> float | None:
    """The work is CPU: neither more at a time in a process than its GIL allows, nor more than the cores can do."""
    if p.busiest is None:
        return None
    return max(p.busiest * p.service_s / parallel_in_worker(p), p.requests * p.service_s / parallel(p))


LAWS: dict[str, Prediction] = {
    "one-per-worker": one_per_worker,
    "one-per-thread": one_per_thread,
    "all-at-once": all_at_once,
    "loop-held": loop_held,
    "cpu-shared": cpu_shared,
}


TELLABLE_S = 0.150
"""A shorter burst is over in what a scheduler's hiccup takes: SLACK_S alone lets 1 ms and 33 ms both pass for 12 ms."""
TOGETHER = "all-at-once"
"""The others say that visitors take turns, and differ only in where; this one says that they do not."""
CROWD, PARTED = 64, 2.0
"""Laws that do not part by a factor of two even with 64 times the visitors say the same of this target: where nearly
all of its work is CPU, who computes together takes turns."""


class Finding(NamedTuple):
    """Whether a law holds; `holds` is None where that cannot be told, and `reason` says why."""

    holds: bool | None
    reason: str | None = None


def agrees(measured_s: float, predicted_s: float) -> bool:
    """Whether they lie as close as a law must."""
    return abs(measured_s - predicted_s) <= SHARE * predicted_s + SLACK_S


def may_be_others_words(taken: float) -> str:
    """Why it cannot be told whether a time is as expected; `taken`: the part of the machine that others had."""
    return f"others took {taken:.0%} of the machine meanwhile, which may be all the difference"


def judge(name: str, premises: Premises, predicted_s: float, makespan_s: float, taken: float = 0.0) -> Finding:
    """Hold the law's prediction against the makespan that was measured while others took so much of the machine."""
    if predicted_s < TELLABLE_S:
        return Finding(None, f"too short to tell: under {TELLABLE_S * 1000:.0f} ms every law may seem to hold")
    if not agrees(makespan_s, predicted_s):
        low, high = sorted((predicted_s, makespan_s))
        if taken and high * (1 - taken) <= low * (1 + SHARE) + SLACK_S:
            return Finding(None, may_be_others_words(taken))
        return Finding(False)
    if rival := _rival(name, premises, predicted_s, makespan_s):
        return Finding(None, f"too short to tell from {rival}: more visitors would part them")
    return Finding(True)


def _rival(name: str, premises: Premises, predicted_s: float, makespan_s: float) -> str:
    """A law of the contrary that would part from this one with more visitors, and agrees as well here."""
    crowd = _crowded(premises)
    own_of_crowd_s = LAWS[name](crowd)
    for other, prediction in LAWS.items():
        says_s, of_crowd_s = prediction(premises), prediction(crowd)
        if (other == TOGETHER) == (name == TOGETHER) or says_s is None or of_crowd_s is None or own_of_crowd_s is None:
            continue
        parted = max(of_crowd_s, own_of_crowd_s) >= PARTED * min(of_crowd_s, own_of_crowd_s)
        if parted and (agrees(makespan_s, says_s) or agrees(says_s, predicted_s)):
            return other
    return ""


def _crowded(premises: Premises) -> Premises:
    busiest = None if premises.busiest is None else premises.busiest * CROWD
    return replace(premises, requests=premises.requests * CROWD, busiest=busiest)


def law_result(
    name: str, premises: Premises, makespan_s: float, *, everybody_served: bool, taken: float = 0.0
) -> LawResult | None:
    """The law's prediction beside what was measured; None where a premise was not measured.

    A burst that not everybody was served in does not confirm a law, however long it took. `taken`: what others took
    of the machine, where that was much: they slow down the burst, or the lone request that the law predicts from.
    """
    predicted_s = LAWS[name](premises)
    if predicted_s is None or not premises.service_s:
        return None
    found = judge(name, premises, predicted_s, makespan_s, taken) if everybody_served else Finding(False)
    p = premises
    return LawResult(name, predicted_s, makespan_s, p.service_s, p.cpu_s, p.busiest, found.holds, p.cores, found.reason)
