"""A law in words: what it says in general, and how it comes to its prediction, with the numbers in place.

one-per-worker   32 visitors / 2 workers = 16 turns of 202 ms
all-at-once      202 ms + 32 × 2.4 ms of CPU / 2 workers
                 202 ms + 32 × 2.4 ms of CPU / 2 cores, fewer than the 4 workers

Why nothing is predicted of a target, as a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.laws import (
    Premises,
    parallel,
    parallel_in_worker,
    turns_of_threads,
    turns_of_workers,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.planning.load import has_ladder
from asgi_vs_wsgi.scenarios.simulation.law_prediction import Unpredicted, Why
from asgi_vs_wsgi.scenarios.wording import cores_words, count, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml
    from asgi_vs_wsgi.scenarios.results import RequestCounts, TargetResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext


MEANINGS = {
    "one-per-worker": "each worker takes the next visitor when it is free",
    "one-per-thread": "each thread of a worker takes one visitor at a time",
    "all-at-once": "all wait together, only their CPU parts take turns",
    "loop-held": "each visitor holds the whole loop, one after another",
    "cpu-shared": "computing takes turns: one visitor at a time for each GIL, no more at once than cores",
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
    """What computes at the same time: workers (threads, where there is no GIL), or cores, where these are fewer."""
    return _bound(p.workers * p.side_by_side, "worker" if p.side_by_side == 1 else "thread", p.cores)


def _bound(many: int, noun: str, cores: float) -> str:
    """`2 workers`; `1 worker, fewer than the 2 cores`; `2 cores, fewer than the 4 workers`: which binds, and why."""
    if many > cores:
        return f"{_cores(cores)}, fewer than the {count(many, noun)}"
    return count(many, noun) + (f", fewer than the {_cores(cores)}" if many < cores else "")


def _cores(cores: float) -> str:
    return cores_words(float(f"{cores:.2g}")) if cores < 10 else cores_words(cores)


def _loop_held(p: Premises) -> str:
    return f"{_busiest(p)}, one after another, {exact(p.service_s)} each"


def _cpu_shared(p: Premises) -> str:
    busiest = p.busiest or p.requests
    together = parallel_in_worker(p)
    if busiest / together >= p.requests / parallel(p):
        sharing = f" / {_bound(p.side_by_side, 'thread', p.cores)}" if p.side_by_side > 1 else ""
        return f"{_busiest(p)} × {exact(p.service_s)}{sharing}"
    return f"{count(p.requests, 'visitor')} × {exact(p.service_s)} / {_sharing(p)}"


_WORDS: dict[str, Callable[[Premises], str]] = {
    "one-per-worker": _one_per_worker,
    "one-per-thread": _one_per_thread,
    "all-at-once": _all_at_once,
    "loop-held": _loop_held,
    "cpu-shared": _cpu_shared,
}


_PLAIN = {
    Why.NO_LAW: "No law is known for a server of its kind.",
    Why.NOT_TIMED: "No lone request has been timed so far; once somebody is served, the shortest stay stands for one.",
    Why.NOT_MEASURED: "Its law lacks a number that was not measured.",
    Why.DRIVER_LIMITED: "The load driver was the limit, so no law can be told from it.",
}


def no_burst_text(why: Why, toml: ScenarioToml) -> str:
    """Why this scenario's visitors obey no law of bursts."""
    if why is Why.SEVERAL_KINDS:
        kinds = ", ".join(each.name.replace("_", " ") for each in toml.visitors)
        return f"Its visitors are of several kinds ({kinds}), and a law knows one kind, with one time of its own."
    ladder = " Other numbers of visitors can be measured: press l." if has_ladder(toml.load) else ""
    return (
        f"Its visitors come {toml.load.concurrency} at a time, the next when one has its page, and the laws are "
        f"about many who come at once.{ladder}"
    )


def no_prediction_text(found: Unpredicted, sight: ModeContext, target: TargetResult | None) -> str:
    """Of a target that has run, or runs."""
    if found.why in (Why.SEVERAL_KINDS, Why.NOT_TOGETHER):
        return no_burst_text(found.why, sight.scenario.toml)
    if found.why in (Why.UNTOLD, Why.DOES_NOT_HOLD):
        return _not_confirmed(found)
    if found.why is Why.NOT_OVER:
        if sight.cut_off:
            return f"The scenario names no law for it, and the run {sight.cut_off}: nothing tells whether one holds."
        holds = f"Whether that of its kind holds here ({found.law}), the end of the run tells."
        return f"The scenario names no law for it. {holds}"
    if target is not None and found.why is Why.UNSERVED:
        return f"{unserved_words(target)}, so no law can be told from it."
    if target is not None and found.why is Why.LEFT:
        return f"{_left(target.requests)} left on purpose, so no law can be told from it."
    return _PLAIN[found.why]


def _left(counts: RequestCounts) -> str:
    return count(counts.planned - counts.completed, "visitor")


def _not_confirmed(found: Unpredicted) -> str:
    says = f"The law of its kind, {found.law}, would say {seconds(found.says_s)}"
    if found.why is Why.UNTOLD:
        return f"{says}: {found.reason}. So nothing is predicted."
    return f"{says}, and {seconds(found.measured_s)} was measured. It does not hold here, so nothing is predicted."
