"""Threads and processes that views start, and threads that Python did not: what they do is told as what it is. Live.

One race of all, looked at by each test. CPU is by the clocks of threads and processes, so that the machine may be busy.
"""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.analysis import gc_pause
from asgi_vs_wsgi.scenarios.analysis.intervals import handlings_of, window_of
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital
from asgi_vs_wsgi.tui.drawing.glyphs import CHILD_PROCESS, OWN_THREAD
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.time_axis import Window

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("beside")]
FOLDERS = Path(__file__).parent / "folders"
EACH_MS, VISITORS = 150, 3
ALL_MS = EACH_MS * VISITORS
KNOWN, UNKNOWN = ("own-pool", "own-thread"), ("nobodys-thread", "c-thread", "no-python")
"""Threads that `threading` has started, and that it does not know."""
OWN = (*KNOWN, *UNKNOWN)
CHILDREN = ("program", "process-pool")


set_aside: dict[str, int] = {}
"""Phase of the run to how many objects no collection of garbage looked through then."""


@pytest.fixture(scope="module")
def outcome():
    def look(progress):
        set_aside[progress.phase] = gc.get_freeze_count()

    asked = Options("beside", scenario_dirs=(str(FOLDERS),), race=True)
    experiment = resolve(asked, load_catalog(asked.scenario_dirs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc_pause, "gc", gc)  # as for users: elsewhere tests set nothing aside
        gc.unfreeze()
        measured = run_headless(experiment, on_progress=look, on_ready=lambda target, pid: None)
        set_aside["over"] = gc.get_freeze_count()
        gc.freeze()
    return measured


@pytest.fixture
def of(outcome):
    """A target's result and its trace, by its name."""
    names = [target.name for target in outcome.result.targets]
    return lambda name: (outcome.result.targets[names.index(name)], outcome.traces[names.index(name)])


def test_visitors_of_a_race_set_out_at_one_instant_and_while_nobody_is_got_ready(outcome):
    """What is read of a target before its visitors come takes milliseconds in the loop that sends those of the others.

    The first of a race used to be late by what its neighbours took.
    """
    (start_ns,) = {trace.visits.start_ns for trace in outcome.traces}
    for trace in outcome.traces:
        assert min(trace.visits.intended_ns) == start_ns
        assert all(worker.vitals[Vital.CPU_US][0][0] < start_ns for worker in trace.workers.values())


def test_no_collection_of_garbage_looks_through_the_program_while_visitors_are_sent(outcome):
    assert set_aside["running"] > 10_000
    assert set_aside["over"] == 0


def inside_ms(result):
    return {name: result.states_ms[name] for name in ("running", "blocked", "stalled", "awaiting")}


@pytest.mark.parametrize("name", OWN)
def test_the_cpu_of_own_threads_is_told_with_its_line_and_is_no_requests(name, of):
    result, _ = of(name)
    assert result.requests.completed == VISITORS
    own = result.own_threads
    # What a thread of nobody does before it is found is not known, nor what any does before its first reading.
    missed = 0.02 if name in KNOWN else 0.5
    assert (1 - missed) * ALL_MS <= own.cpu_ms < 1.05 * ALL_MS
    assert 1 <= own.count <= VISITORS
    if name == "no-python":
        assert own.lines == []
    else:
        running = next(line for line in own.lines if line.state == "running")
        assert running.where.endswith(" _spends")
        assert running in result.blame
    states = inside_ms(result)
    assert states["running"] < 0.2 * EACH_MS
    waits = states["awaiting" if name in UNKNOWN else "blocked"]
    assert waits > 0.5 * sum(states.values())
    assert sum(result.states_ms.values()) == pytest.approx(result.latency_ms.mean, rel=1e-6)


@pytest.mark.parametrize(("name", "line"), [("own-pool", "waits_for_its_pool"), ("own-thread", "waits_for_its_thread")])
def test_who_waits_for_its_own_thread_is_blocked_at_that_line(name, line, of):
    result, _ = of(name)
    held = [each for each in result.blame if not each.own_thread]
    assert held[0].where.endswith(f" {line}")
    assert held[0].state == "blocked"


@pytest.mark.parametrize("name", CHILDREN)
def test_the_cpu_and_memory_of_child_processes_are_their_targets(name, of):
    result, _ = of(name)
    assert result.requests.completed == VISITORS
    children = result.child_processes
    assert children.cpu_ms >= ALL_MS - 10 * VISITORS  # of what has ended a tick each is not known
    assert 1 <= children.count <= 2 + VISITORS
    assert children.rss_peak_mb > 1
    states = inside_ms(result)
    assert states["running"] < 0.2 * EACH_MS
    assert states["blocked"] > 0.5 * sum(states.values())


def test_a_process_that_sleeps_is_there_and_takes_no_cpu(of):
    result, _ = of("sleeper")
    assert result.child_processes.count == 1
    assert result.child_processes.cpu_ms < 0.1 * EACH_MS
    assert result.child_processes.rss_peak_mb > 1
    assert inside_ms(result)["running"] == pytest.approx(EACH_MS, rel=0.15)
    assert [left.count for left in result.left_processes] == [1]


@pytest.mark.parametrize("name", ["computes", "sleeps"])
def test_requests_on_threads_that_python_did_not_start_have_lines_and_states(name, of):
    """granian's: computing they run, or wait for the GIL; sleeping they are blocked."""
    result, trace = of(name)
    states = inside_ms(result)
    if name == "computes":
        assert states["running"] == pytest.approx(EACH_MS, rel=0.15)
        assert states["blocked"] < 0.1 * states["running"]
        assert states["stalled"] > states["running"]  # three share one GIL
    else:
        assert states["blocked"] > 0.8 * EACH_MS
    assert result.blame[0].where.endswith(" _spends" if name == "computes" else " sleeps")
    assert result.own_threads.cpu_ms == 0
    (worker,) = trace.workers.values()
    assert all(slice_.samples for handling in handlings_of(trace, worker) for slice_ in handling.slices)


@pytest.mark.parametrize(
    ("name", "threads", "children"),
    [
        *((name, True, False) for name in OWN),
        *((name, False, True) for name in (*CHILDREN, "sleeper")),
        *((name, False, False) for name in ("computes", "sleeps")),
    ],
)
def test_each_kind_has_a_lane_below_its_worker_where_there_is_any(name, threads, children, of):
    trace = of(name)[1]
    book = LaneLayout(trace)
    book.update_rows(range(len(trace.visits)))
    lines = Pane(book).frame(Window(*window_of(trace.visits), 100), window_of(trace.visits)[1], 40)
    labels = [line.label for line in lines]
    drawn = frozenset[int]().union(*(line.row.drawn for line in lines))
    assert any(label.startswith("own th") for label in labels) is threads
    assert any(label.startswith("child") for label in labels) is children
    assert (OWN_THREAD in drawn) is threads
    assert (CHILD_PROCESS in drawn) is (children and name != "sleeper")
