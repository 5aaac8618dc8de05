"""What suspended requests waited for, on live servers: each page by its own line, and for about as long. Ratios alone.

One run of two servers. Every page needs the same time of something, and three visitors come to each at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.visitor_story import story

pytestmark = pytest.mark.live
FOLDERS = Path(__file__).parent / "folders"
HOLD_MS = 300
SERVERS = ("uvicorn", "hypercorn")
FREE, OWN = "a free thread of the executor", "its own call in a thread"
TOLD = {
    "semaphore": {("a semaphore", "semaphore"), ("a timer", "semaphore")},
    "lock": {("a lock", "lock"), ("a timer", "lock")},
    "a_socket": {("a socket", "a_socket")},
    "timer": {("a timer", "timer")},
    "task": {("another task", "task")},
    "executor": {(FREE, "executor")},
    "through_asgiref": {(FREE, "through_asgiref")},
    "event_with_a_limit": {("an event", "event_with_a_limit")},
    "queue_of_a_stream": {("a queue", "_parts")},
    "raw_socket": {("a socket", "raw_socket")},
    "thread_of_anyio": {(FREE, "thread_of_anyio"), (OWN, "thread_of_anyio")},
    "others_together": {("another task", "__await__")},
}
"""Page to what is awaited, and the function whose line it is."""


@pytest.fixture(scope="module")
def outcome():
    asked = Options("awaits", scenario_dirs=(str(FOLDERS),), parameters=(f"hold_ms={HOLD_MS}",))
    experiment = resolve(asked, load_catalog(asked.scenario_dirs))
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


@pytest.fixture(params=SERVERS)
def target(request, outcome):
    """(figures, trace) of one server."""
    at = next(at for at, each in enumerate(outcome.result.targets) if each.server == request.param)
    return outcome.result.targets[at], outcome.traces[at]


def told_of(page: str, result) -> dict[tuple[str, str], float]:
    """(what, function) of the page's lines, and the time there."""
    functions = {function for _, function in TOLD[page]}
    lines = {(line.what, line.where.split(" ")[1]): line.ms for line in result.awaiting_for if line.where}
    return {at: ms for at, ms in lines.items() if at[1] in functions}


@pytest.mark.parametrize("page", TOLD)
def test_a_page_is_told_by_what_it_waits_for_at_its_own_line(page, target):
    result, _ = target
    told = told_of(page, result)
    assert TOLD[page] <= set(told)
    assert sum(ms for at, ms in told.items() if at not in TOLD[page]) < 0.2 * sum(told.values()), told


@pytest.mark.parametrize("page", TOLD)
def test_what_is_told_of_a_page_is_of_the_time_for_which_its_visitors_were_suspended(page, target):
    """Not all of it: a loop that others keep at work, or a machine, is looked into more rarely."""
    result, trace = target
    awaited_ns = sum(trace.state_totals_ns(row)[State.AWAITING] for row in trace.rows_of(page))
    assert 0.1 * awaited_ns < sum(told_of(page, result).values()) * 1e6 < 1.001 * awaited_ns


def test_no_more_is_told_than_was_awaited_and_most_of_it_is(target):
    result, _ = target
    assert result.requests.completed == result.requests.planned == 3 * len(TOLD) + 1
    awaited_ms = result.states_ms["awaiting"] * result.requests.completed
    told_ms = sum(line.ms for line in result.awaiting_for)
    assert 0.5 * awaited_ms < told_ms < 1.001 * awaited_ms
    assert [line.ms for line in result.awaiting_for] == sorted((line.ms for line in result.awaiting_for), reverse=True)


def test_a_visitors_story_says_for_what(target):
    _, trace = target
    last_ns = max(trace.visits.done_ns)
    stories = [story(trace, row, last_ns) for row in trace.rows_of("executor")]
    assert any(f"({FREE}, views.py:" in words and " executor, " in words for words in stories), stories
