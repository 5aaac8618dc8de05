"""Pages that lose their time at one known line: it is named, with its state and with who was held. Live servers.

And the sums of the same runs come out.

`tests/bench/truth.py` does the same for all forty places on ten servers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from planted import IN_CALLS, IN_DJANGO, Finding, experiment, findings
from sums import CpuWatch, held, states_off_ns

from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.states import State

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("planted")]

ON_A_LOOP_IN_DJANGO = (
    "decorator",
    "middleware_request",
    "async_middleware",
    "template_tag",
    "model_property",
    "closing",
)
ON_A_LOOP = (
    *("lock", "hashing", "thread_pool", "async_view", "awaiting", "async_to_sync_call", "to_thread"),
    *("callback", "background_task", "neighbour_holds", "call_of_c_with_gil"),
)
IN_THREADS = (
    *("subprocess_run", "sqlite", "thread_pool", "async_computing", "async_generator", "callback"),
    *("neighbour_computes", "call_of_c_with_gil"),
)
RUNS = {
    ("uvicorn", IN_DJANGO): ON_A_LOOP_IN_DJANGO,
    ("uvicorn", IN_CALLS): ON_A_LOOP,
    ("gunicorn-gthread", IN_CALLS): IN_THREADS,
}
EACH = [(server, folder, name) for (server, folder), names in RUNS.items() for name in names]
MS, APART_S = 60, 0.2
TRIES = 4
"""A worker that is kept from the CPU for longer than a page takes is held up where no page loses its time."""


@dataclass
class Told:
    """What was said of each cause in its latest try, and the whole of all tries."""

    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)


def _tell(told: Told, server: str, folder: str, names: tuple[str, ...]) -> None:
    for _ in range(TRIES):
        planned = experiment(folder, server, names, MS, APART_S)
        outcome = run_headless(planned, on_progress=lambda progress: None, on_ready=lambda target, pid: None)
        told.outcomes.append(outcome)
        told.findings |= {(server, folder, finding.cause): finding for finding in findings(outcome, folder)}
        names = tuple(name for name in names if told.findings[server, folder, name].faults)
        if not names:
            return


@pytest.fixture(scope="module")
def told() -> Told:
    """One run for each server and folder; what is wrong in it is tried again."""
    told = Told()
    for (server, folder), names in RUNS.items():
        _tell(told, server, folder, names)
    return told


@pytest.mark.parametrize(("server", "folder", "name"), EACH)
def test_a_planted_cause_is_told_by_its_line_its_state_and_who_is_held(server, folder, name, told):
    assert told.findings[server, folder, name].faults == []


def test_the_states_of_every_visitor_add_up_to_their_latency(told):
    assert [states_off_ns(trace) for outcome in told.outcomes for trace in outcome.traces] == [0] * len(told.outcomes)


def test_a_loop_was_held_for_as_long_as_the_union_of_its_slices(told):
    loops = [each for outcome in told.outcomes for trace in outcome.traces for each in held(trace) if each.union_ns]
    assert len(loops) >= len(RUNS)
    for each in loops:
        assert each.told_ns == pytest.approx(each.union_ns, rel=0.01)


COMPUTE = ("view_computes", "model_property")


@pytest.mark.alone
@pytest.mark.parametrize("server", ["uvicorn", "gunicorn-gthread"])
def test_what_is_told_as_running_is_the_cpu_that_the_kernel_counts(server):
    """Of pages that do little but compute: what a server does beside them, or for its first visitor, is no page's."""
    with CpuWatch() as watch:
        planned = experiment(IN_DJANGO, server, ("view_waits", *COMPUTE), ms=300, apart_s=0.33)
        outcome = run_headless(planned, on_progress=lambda progress: None, on_ready=watch.begin)
    (trace,) = outcome.traces
    (worker,) = trace.workers.values()
    rows = [row for name in COMPUTE for row in trace.rows_of(name)]
    window = (min(trace.visits.intended_ns[row] for row in rows), max(trace.visits.done_ns))
    used_ns = watch.used_ns(worker.pid, window)
    told_ns = sum(trace.state_totals_ns(row)[State.RUNNING] for row in rows)
    assert told_ns == pytest.approx(used_ns, rel=0.05)
