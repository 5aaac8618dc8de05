"""How many threads one worker of gunicorn-gthread can use for the pages of a project of the user's own: 1, 2, 4, 8, 16.

Each number has a server of its own, and two visitors for each thread, who ask for the same mix as those of the run.
Where more threads bring less than a tenth more, no more are tried.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.targets import chosen_targets
from asgi_vs_wsgi.scenarios.results.project_answer import ThreadStep, ThreadSweep
from asgi_vs_wsgi.scenarios.run.observer import Callbacks, Progress
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.run.round import Numbers, new_trace, record
from asgi_vs_wsgi.scenarios.run.round_steps import analysed, collecting, make_ready, warm_all
from asgi_vs_wsgi.scenarios.run.server_group import running_servers
from asgi_vs_wsgi.scenarios.run.visit_plan import requests_for, visiting
from asgi_vs_wsgi.scenarios.wording import count, listed, per_second

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.run.observer import Watcher

SERVER = "gunicorn-gthread"
THREADS = (1, 2, 4, 8, 16)
GROWS = 1.1
"""So many times the throughput, or more threads are not worth while."""
VISITORS_A_THREAD = 2
ROUND_S = 1.5
MOST_ROUNDS = 3
LEAST_REQUESTS, MOST_REQUESTS = 8, 5_000
"""For each visitor, and in all."""


async def run_and_sweep(experiment: Experiment, watcher: Watcher) -> Outcome:
    """A run, then the sweep, whose result stands in its answer; a run that is stopped meanwhile is told as it is."""
    outcome = await run_experiment(experiment, watcher)
    try:
        sweep = await sweep_threads(experiment, watcher, _rate(outcome.result))
    except anyio.get_cancelled_exc_class():
        watcher.cut_off(outcome)
        raise
    answer = outcome.result.answer
    if answer is None:
        return outcome
    words = [*answer.words, *sweep_words(sweep)]
    told = msgspec.structs.replace(answer, thread_sweep=sweep, words=words)
    return replace(outcome, result=msgspec.structs.replace(outcome.result, answer=told))


def _rate(result: RunResult) -> float:
    """Pages in a second that one worker serves at least, as the run tells; a guess where it does not."""
    rates = [target.throughput_rps / target.workers for target in result.targets if target.throughput_rps]
    return min(rates, default=10.0)


async def sweep_threads(experiment: Experiment, watcher: Watcher, rate: float) -> ThreadSweep:
    """Until more threads bring less than a tenth; what fails on the way ends it, and is told.

    `rate`: pages in a second that are to be expected of one thread.
    """
    steps: list[ThreadStep] = []
    for threads in THREADS:
        try:
            step = await _step(experiment, watcher, threads, rate)
        except LabError as error:
            return ThreadSweep(SERVER, steps, None, error.what)
        if not step.throughput_rps:
            return ThreadSweep(SERVER, steps, None, f"nobody was served with {count(threads, 'thread')}")
        steps.append(step)
        before = steps[-2].throughput_rps if len(steps) > 1 else None
        if before and step.throughput_rps < GROWS * before:
            return ThreadSweep(SERVER, steps, steps[-2].threads)
        rate = 2 * step.throughput_rps  # of twice the threads, if they can be used
    return ThreadSweep(SERVER, steps, None)


async def _step(experiment: Experiment, watcher: Watcher, threads: int, rate: float) -> ThreadStep:
    visitors = VISITORS_A_THREAD * threads
    requests = min(max(round(ROUND_S * rate), LEAST_REQUESTS * visitors), MOST_REQUESTS)
    load = Load("closed", requests, visitors, seed=experiment.load.seed, timeout_s=experiment.load.timeout_s)
    word = f"{SERVER}:1x{threads}"
    targets = chosen_targets(experiment.scenario, (word,), vendor="sqlite", elsewhere=True)
    one = msgspec.structs.replace(experiment, targets=targets, load=load, lines=False, rounds=1, ladder=())
    rounds = min(experiment.rounds, MOST_ROUNDS)
    of_threads = f"{count(threads, 'thread')} in one worker"
    quiet = Callbacks(lambda progress: None, watcher.ready)
    watcher.progress(Progress("starting", f"sweep: starting {SERVER} with {of_threads}"))
    results: list[TargetResult] = []
    async with collecting(one, quiet) as (folder, collector), running_servers(one, folder, collector) as fleet:
        numbers, running = Numbers(), fleet.targets[0]
        await warm_all(fleet, quiet, numbers)
        for number in range(1, rounds + 1):
            watcher.progress(Progress("running", f"sweep: {of_threads}, round {number} of {rounds}", number, rounds))
            await make_ready(fleet, running, numbers)
            coming = visiting(fleet.experiment.scenario, running.target, load)
            trace = new_trace(running, coming, numbers.next_first_id(0, coming.plan.requests), fleet.collector)
            recorded = await record(fleet, running, coming, trace)
            asked = requests_for(fleet.experiment.scenario, running.target)
            results.append(analysed(fleet.experiment, running, recorded, load, asked)[0])
    return _told(threads, visitors, results)


def _told(threads: int, visitors: int, results: list[TargetResult]) -> ThreadStep:
    rates = [each.throughput_rps for each in results if each.throughput_rps is not None]
    p95s = [each.latency_ms.p95 for each in results if each.latency_ms]
    memory = [worker.rss_peak_mb for each in results for worker in each.workers_seen if worker.rss_peak_mb is not None]
    return ThreadStep(
        threads,
        visitors,
        median(rates) if rates else None,
        min(rates, default=None),
        max(rates, default=None),
        median(p95s) if p95s else None,
        max(memory, default=None),
        any(each.machine is not None and each.machine.busy for each in results),
    )


def sweep_words(sweep: ThreadSweep) -> Iterator[str]:
    """What each number of threads served, and how many are enough."""
    steps = [each for each in sweep.steps if each.throughput_rps is not None]
    told = listed(f"{each.threads} served {per_second(each.throughput_rps or 0)}" for each in steps)
    measured = f"Threads in one worker of {sweep.server}, two visitors for each: {told}. " if steps else ""
    if sweep.stopped:
        what = f"{measured}Then it" if steps else f"The sweep of threads in one worker of {sweep.server}"
        yield f"{what} was given up: {sweep.stopped}."
    elif sweep.enough is not None:
        threads = count(sweep.enough, "thread")
        yield f"{measured}{threads} {'is' if sweep.enough == 1 else 'are'} enough: more brought less than a tenth more."
    elif steps:
        yield f"{measured}Each brought a tenth more or better, so more than {steps[-1].threads} may too: not tried."
    if any(each.busy for each in steps):
        yield "Other programs took much of the machine during the sweep of threads: its figures may tell of that."
