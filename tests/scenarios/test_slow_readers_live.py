"""While a server itself writes an answer to a slow reader, that is `sending`, and no line is to blame. Live.

One run, of servers that write from the thread (or greenlet) that has called the application, and of one that does not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.analysis.intervals import Covered, clipped, handlings_of, window_of
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.server_targets.servers import server_specs

INSTALLED = {spec.name for spec in server_specs() if spec.installed}
FOLDERS = Path(__file__).parent / "folders"
IO_MS = 300
THREADS = ("gunicorn-sync", "gunicorn-gthread", "wsgiref")
"""Servers whose threads write themselves."""
ALL = (*THREADS, "waitress", "gunicorn-gevent")

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("slow readers"),
    pytest.mark.skipif(not INSTALLED.issuperset(ALL), reason="not all are installed"),
]


@pytest.fixture(scope="module")
def ran():
    """Server to its result and its trace."""
    asked = Options("slow-readers", scenario_dirs=(str(FOLDERS),), parameters=(f"io_ms={IO_MS}",), race=True)
    outcome = run_headless(
        resolve(asked, load_catalog(asked.scenario_dirs)),
        on_progress=lambda progress: None,
        on_ready=lambda target, pid: None,
    )
    return {
        result.server: (result, trace) for result, trace in zip(outcome.result.targets, outcome.traces, strict=True)
    }


def only(trace, name):
    """The one visitor of a class: its row, its worker's half, and how long its answer took to be written."""
    (row,) = trace.rows_of(name)
    handling = trace.handling(row)
    return row, handling, trace.visits.done_ns[row] - handling.response_start_ns


@pytest.mark.parametrize("server", ALL)
def test_an_answer_that_is_whole_is_sent_for_as_long_as_its_client_reads(server, ran):
    _, trace = ran[server]
    row, handling, writing_ns = only(trace, "waits")
    spent = trace.state_totals_ns(row)
    assert spent[State.SENDING] > 0.8 * writing_ns > 0.5 * IO_MS * 1e6
    view_ns = spent[State.AWAITING] if server == "gunicorn-gevent" else spent[State.BLOCKED]
    assert 0.9 * IO_MS * 1e6 < view_ns < 1.5 * IO_MS * 1e6
    sending = [each for each in trace.life(row, trace.visits.done_ns[row]) if each.state is State.SENDING]
    assert all(each.start_ns >= handling.response_start_ns for each in sending)


@pytest.mark.parametrize("server", ALL)
def test_between_the_parts_that_a_view_makes_they_are_sent(server, ran):
    _, trace = ran[server]
    row, _, writing_ns = only(trace, "parts")
    spent = trace.state_totals_ns(row)
    view_ns = spent[State.AWAITING] if server == "gunicorn-gevent" else spent[State.BLOCKED]
    assert 0.8 * IO_MS * 1e6 < view_ns < 1.5 * IO_MS * 1e6
    # On a busy machine the view's pauses last longer, and the reader has less to catch up with.
    assert spent[State.SENDING] > 0.7 * (writing_ns - IO_MS * 1e6) - 0.1 * IO_MS * 1e6
    assert spent[State.SENDING] > 0


@pytest.mark.parametrize("server", ALL)
def test_no_line_of_the_servers_is_blamed(server, ran):
    result, _ = ran[server]
    others_ms = sum(line.ms for line in result.blame if not line.where.startswith("views.py:"))
    assert others_ms < 0.1 * 2 * IO_MS
    if server != "gunicorn-gevent":  # whose sleep is a suspension
        (blocked,) = (line for line in result.blame if line.state == "blocked" and line.ms > 0.5 * IO_MS)
        assert blocked.where.endswith(" _waits")


@pytest.mark.parametrize("server", THREADS)
def test_whoever_sends_holds_its_worker_and_is_not_blocked(server, ran):
    result, trace = ran[server]
    (worker,), (seen,) = trace.workers.values(), result.workers_seen
    window, makespan_ms = window_of(trace.visits), result.makespan_s * 1000
    held = Covered(clipped(((h.begin_ns, h.end_ns) for h in handlings_of(trace, worker)), window))
    assert seen.busy_share * makespan_ms > 0.99 * held.until_ns(window[1]) / 1e6
    assert seen.blocked_share * makespan_ms < 1.5 * 2 * IO_MS
    for row in range(len(trace.visits)):
        latency_ns = trace.visits.done_ns[row] - trace.visits.intended_ns[row]
        assert abs(sum(trace.state_totals_ns(row)) - latency_ns) < 1_000_000
