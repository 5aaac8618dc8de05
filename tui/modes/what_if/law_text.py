"""A law in words: what it says in general, and how it comes to its prediction, with the numbers in place.

one-per-worker   32 visitors / 2 workers = 16 turns of 202 ms
all-at-once      202 ms + 32 × 2.4 ms of CPU / 2 workers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.laws import Premises, parallel, turns_of_threads, turns_of_workers
from asgi_vs_wsgi.tui.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable

MEANINGS = {
    "one-per-worker": "each worker takes the next visitor when it is free",
    "one-per-thread": "each thread of a worker takes one visitor at a time",
    "all-at-once": "all wait together, only their CPU parts take turns",
    "loop-held": "each visitor holds the whole loop, one after another",
    "cpu-shared": "computing takes turns: one visitor at a time in a worker, no more at once than cores",
}
FORMULAS = {
    "one-per-worker": "ceil(N / w) · S",
    "one-per-thread": "ceil(busiest / t) · S",
    "all-at-once": "S + N · c / min(w, cores)",
    "loop-held": "busiest · S",
    "cpu-shared": "max(busiest · S, N · S / min(w, cores))",
}
SYMBOLS = (
    "N visitors, w workers, t threads, S a lone request, c its CPU part, busiest: the most visitors of one worker."
)


def working_out(law: str, premises: Premises) -> str:
    """How the law comes to its makespan."""
    return _WORDS[law](premises)


def exact(time_s: float) -> str:
    """With three digits, so that the sum can be done again: `202 ms`, `2.41 ms`, `1.03 s`."""
    if time_s >= 0.9995:
        return f"{time_s:.2f} s" if time_s < 9.995 else f"{time_s:.1f} s"
    return f"{time_s * 1000:.3g} ms"


def _turns(number: int, each_s: float) -> str:
    return f"{count(number, 'turn')} of {exact(each_s)}"


def _one_per_worker(p: Premises) -> str:
    turns = _turns(turns_of_workers(p), p.service_s)
    return f"{count(p.requests, 'visitor')} / {count(p.workers, 'worker')} = {turns}"


def _one_per_thread(p: Premises) -> str:
    busiest = p.busiest or p.requests
    return f"{_busiest(p)} / {count(p.threads, 'thread')} = {_turns(turns_of_threads(p, busiest), p.service_s)}"


def _busiest(p: Premises) -> str:
    if p.workers == 1:
        return count(p.requests, "visitor")
    return f"{p.busiest} of {count(p.requests, 'visitor')} on the busiest worker"


def _all_at_once(p: Premises) -> str:
    return f"{exact(p.service_s)} + {p.requests} × {exact(p.cpu_s)} of CPU / {_sharing(p)}"


def _sharing(p: Premises) -> str:
    return count(p.workers, "worker") if p.workers <= p.cores else f"{p.cores:.2g} cores"


def _loop_held(p: Premises) -> str:
    return f"{_busiest(p)}, one after another, {exact(p.service_s)} each"


def _cpu_shared(p: Premises) -> str:
    busiest = p.busiest or p.requests
    if busiest >= p.requests / parallel(p):
        return f"{_busiest(p)} × {exact(p.service_s)}"
    return f"{count(p.requests, 'visitor')} × {exact(p.service_s)} / {_sharing(p)}"


_WORDS: dict[str, Callable[[Premises], str]] = {
    "one-per-worker": _one_per_worker,
    "one-per-thread": _one_per_thread,
    "all-at-once": _all_at_once,
    "loop-held": _loop_held,
    "cpu-shared": _cpu_shared,
}
