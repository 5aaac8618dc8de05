"""Do the sums come out, for every target of every scenario of the catalog?

    python tests/bench/catalog_sums.py [SCENARIO ...]

One line for a target. What is amiss is marked with `!`; the exit code is 1 then.

    states    by how much the nine states of a visitor miss their latency at most: 1 ms
    held      what a loop's hold is of the union of its slices: 1 %
    running   what is told as running, of the CPU that the kernel counts for the workers' processes meanwhile

Running is the application's, and so never all of the CPU. The rest is the servers' own: accepting, reading and writing,
parsing, polling, threads that serve nobody; and it is a remainder, since no slice carries it. From a third of a Django
page (uvicorn) to two thirds of a bare one (gunicorn). The two threads that look from beside are left out on both sides,
and so is what was before the first visitor and after the last. Collections of garbage are in, at the slice that ran
into them. What holds is that running is not more than the CPU, by 5 %, of what each sum counts:

    by the CPU clock   calls in threads, and steps of loops that were looked at. Before a step is met it is taken to
                       have been on the CPU for as long as its thread was at most since the step or turn before.
    by the wall        steps of loops that were over before anybody looked: reading a CPU clock twice in each would cost
                       more than many of them. On a quiet machine that is the same. Where others have the processors it
                       holds what their threads were ready and had none, which the kernel counts (`ready`, schedstat).

So: `by the CPU clock <= CPU`, and `both together <= CPU + ready`. `told` is what the result says of the whole round, by
the lab's two readings of the clocks: running + the server's own = CPU, beyond which running may go by what was `ready`
(then the server's own is not known, and nothing is told of it).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from sums import CpuWatch, held, running, states_off_ns

from asgi_vs_wsgi.scenarios.analysis.intervals import window_of
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace

HELD_WITHIN, RUNNING_WITHIN = 0.01, 0.05
STATES_WITHIN_NS = 1_000_000


def main() -> None:
    """Run them and print the sums."""
    names = sys.argv[1:] or [scenario.name for scenario in load_catalog().scenarios]
    amiss = 0
    for name in names:
        with CpuWatch(ready=True) as watch:
            planned = resolve(Options(name), load_catalog())
            outcome = run_headless(planned, on_progress=lambda _: None, on_ready=watch.begin)
        for trace, result in zip(outcome.traces, outcome.result.targets, strict=True):
            found = [*_sums(trace, watch), *_told(result, _ready_ns(trace, watch))]
            amiss += any("!" in words for words in found)
            print(f"{name:22} {trace.facts.name:20} {'  '.join(found)}", flush=True)
    sys.exit(amiss > 0)


def _sums(trace: TargetTrace, watch: CpuWatch) -> Iterator[str]:
    window = window_of(trace.visits)
    if window is None:
        return
    off_ns = states_off_ns(trace)
    yield f"states {off_ns / 1e6:5.3f} ms off{_mark(off_ns <= STATES_WITHIN_NS)}"
    loops = list(held(trace))
    told, union = sum(each.told_ns for each in loops), sum(each.union_ns for each in loops)
    if union:
        yield f"held {told / union:6.1%}{_mark(abs(told / union - 1) <= HELD_WITHIN)}"
    else:
        yield "held      – "
    workers = _living(trace)
    told_of = [running(trace, worker, window) for worker in workers]
    by_cpu, by_wall = sum(each.by_cpu_ns for each in told_of), sum(each.by_wall_ns for each in told_of)
    used, ready = sum(watch.used_ns(worker.pid, window) for worker in workers), _ready_ns(trace, watch)
    part = used / (window[1] - window[0]) / max(1, len(workers))
    most = (1 + RUNNING_WITHIN) * used + ready
    right = by_cpu <= (1 + RUNNING_WITHIN) * used and by_cpu + by_wall <= most
    terms = f"{by_cpu / used:6.1%} by the CPU clock + {by_wall / used:6.1%} by the wall"
    yield f"running {terms}{_mark(right)} of the CPU ({part:.1%} of a core, ready {ready / used:.1%})"


def _living(trace: TargetTrace) -> list[WorkerTrace]:
    return [worker for worker in trace.workers.values() if not worker.died_ns]


def _ready_ns(trace: TargetTrace, watch: CpuWatch) -> float:
    window = window_of(trace.visits)
    return sum(watch.ready_ns(worker.pid, window) for worker in _living(trace)) if window else 0.0


def _told(result: TargetResult, ready_ns: float) -> Iterator[str]:
    told = [each for each in result.workers_seen if each.cpu_ms]
    cpu_ms = sum(each.cpu_ms or 0.0 for each in told)
    if not cpu_ms:
        return
    running_ms = sum(each.running_ms or 0.0 for each in told)
    own_ms = sum(each.server_own_ms or 0.0 for each in told)
    beyond_ms = abs(running_ms + own_ms - cpu_ms) - ready_ns / NS_PER_MS
    words = f"told {running_ms / cpu_ms:6.1%} + {own_ms / cpu_ms:5.1%} of {cpu_ms:.0f} ms"
    yield f"{words}{_mark(beyond_ms <= RUNNING_WITHIN * cpu_ms)}"


def _mark(right: bool) -> str:
    return " " if right else "!"


if __name__ == "__main__":
    main()
