"""Do the sums come out, for every target of every scenario of the catalog?

    python tests/bench/catalog_sums.py [SCENARIO ...]

One line for a target: by how much a visitor's states miss their latency at most, what a loop's hold is of the union of
its slices, and what is told as running is of the workers' CPU, by this program's own readings in the time of the
visitors. That may be less than all of it, for what a server does before and after the application is no request's;
where it is more, short steps of a loop were set aside by others on the machine, which nobody has seen. Beside it what
the result tells: running and the server's own, together, of the CPU of the round. What is amiss is marked; the exit
code is 1 then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from sums import CpuWatch, held, running_ns, states_off_ns

from asgi_vs_wsgi.scenarios.analysis.intervals import window_of
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

HELD_WITHIN, RUNNING_WITHIN = 0.01, 0.05
STATES_WITHIN_NS = 1_000_000


def main() -> None:
    """Run them and print the sums."""
    names = sys.argv[1:] or [scenario.name for scenario in load_catalog().scenarios]
    amiss = 0
    for name in names:
        with CpuWatch() as watch:
            planned = resolve(Options(name), load_catalog())
            outcome = run_headless(planned, on_progress=lambda _: None, on_ready=watch.begin)
        for trace, result in zip(outcome.traces, outcome.result.targets, strict=True):
            found = [*_sums(trace, watch), *_told(result)]
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
    workers = [worker for worker in trace.workers.values() if not worker.died_ns]
    running = sum(running_ns(trace, worker, window) for worker in workers)
    used = sum(watch.used_ns(worker.pid, window) for worker in workers)
    part = used / (window[1] - window[0]) / max(1, len(workers))
    mark = _mark(running <= (1 + RUNNING_WITHIN) * used)
    yield f"running {running / used:6.1%}{mark} of the CPU, {part:.1%} of a core"


def _told(result: TargetResult) -> Iterator[str]:
    told = [each for each in result.workers_seen if each.cpu_ms]
    cpu_ms = sum(each.cpu_ms or 0.0 for each in told)
    if not cpu_ms:
        return
    running_ms = sum(each.running_ms or 0.0 for each in told)
    own_ms = sum(each.server_own_ms or 0.0 for each in told)
    closes = abs(running_ms + own_ms - cpu_ms) <= RUNNING_WITHIN * cpu_ms
    yield f"told {running_ms / cpu_ms:6.1%} + {own_ms / cpu_ms:5.1%} of {cpu_ms:.0f} ms{_mark(closes)}"


def _mark(right: bool) -> str:
    return " " if right else "!"


if __name__ == "__main__":
    main()
