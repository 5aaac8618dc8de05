"""How true the probe's intervals are: applications that know how long they lasted, and what was recorded.

They are bare callables, for with Django around a view the time that Django takes would be counted as the probe's error.
Each notes by its own clock how long it took: it lasts longer than asked for where the machine sets it aside at its end,
and that is no error of the probe's.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
from figures import Figure

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord

FOLDERS = str(Path(__file__).parents[1] / "scenarios" / "folders")
VIEWS = {"gunicorn-sync": "lasts", "uvicorn": "lasts_too"}
REQUESTS = 300
LAST_MS = 10


def measure() -> list[Figure]:
    """p99 of how much longer than the application an interval is, in ms, on both servers."""
    return [Figure(f"interval on {server}", _p99_ms(server), 1.0, "ms off at p99", at_most=True) for server in VIEWS]


def _experiment(server: str) -> Experiment:
    options = Options(
        *("truth", (f"{server}:1",)),
        arrivals="closed",
        concurrency=1,
        requests=REQUESTS,
        parameters=(f"ms={LAST_MS}",),
        scenario_dirs=(FOLDERS,),
    )
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    (target,) = experiment.targets
    return msgspec.structs.replace(
        experiment, targets=(msgspec.structs.replace(target, view=VIEWS[server], bare=True),)
    )


def _p99_ms(server: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRUTH_LOG"] = f"{folder}/took"
        outcome = run_headless(_experiment(server), on_progress=lambda _: None, on_ready=lambda target, pid: None)
        lines = Path(folder, "took").read_text().splitlines()
    (trace,) = outcome.traces
    took_ns = dict(map(int, line.split()) for line in lines)  # type: ignore[arg-type]
    first = trace.visits.first_id
    handlings = [(first + row, trace.handling(row)) for row in range(REQUESTS)]
    off_ms = sorted(abs(_longest_ns(h) - took_ns[request]) / NS_PER_MS for request, h in handlings if h)
    assert len(off_ms) == REQUESTS
    return off_ms[int(0.99 * REQUESTS)]


def _longest_ns(handling: RequestRecord) -> int:
    """The slice that the application runs in: the whole request under WSGI, one step of its coroutine under ASGI."""
    return max(slice_.end_ns - slice_.start_ns for slice_ in handling.slices)
