"""Eight threads of one worker compute side by side where their Python has no GIL, and take turns where it has one.

Live on a free-threaded Python, where there is one with Django and gunicorn: named by ASGI_VS_WSGI_FREE_THREADED, or on
the PATH as `python3.13t` and its like.
"""

from __future__ import annotations

import os
import shutil

import pytest
from folder_runs import run_quietly

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.server_targets.processes.interpreter import NoInterpreter, ask_python

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("free-threaded")]
CORES = len(os.sched_getaffinity(0))


def free_threaded_python() -> str | None:
    """One that can run the scenario."""
    names = [f"python3.{minor}t" for minor in (15, 14, 13)]
    for path in filter(None, [os.environ.get("ASGI_VS_WSGI_FREE_THREADED"), *map(shutil.which, names)]):
        try:
            found = ask_python(path, ["django", "asgiref", "gunicorn"])
        except NoInterpreter:
            continue
        if found.free_threaded and not found.missing:
            return path
    return None


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    path = free_threaded_python()
    if path is None:
        pytest.skip("no free-threaded Python with Django and gunicorn (ASGI_VS_WSGI_FREE_THREADED names none)")
    return run_quietly(resolve(Options("free-threaded", requests=8, pythons=(path,)), load_catalog()))


def test_the_gil_is_as_each_target_says(outcome):
    said = {target.name: target.environment.gil for target in outcome.result.targets}
    assert said == {"with-a-gil": True, "without-a-gil": False, "two-processes": True}


def test_everybody_is_served_and_nothing_that_threads_write_at_once_is_lost(outcome):
    for target in outcome.result.targets:
        assert (target.requests.completed, target.telemetry.lost) == (8, 0), target.name


def test_threads_run_at_once_where_there_is_no_gil_and_in_turn_where_there_is_one(outcome):
    """By shares of the time in threads, which others on the machine make longer for all of them alike."""
    stalled = {
        target.name: target.states_ms["stalled"] / (target.states_ms["stalled"] + target.states_ms["running"])
        for target in outcome.result.targets
    }
    assert stalled["with-a-gil"] > 0.7
    if CORES > 1:
        assert stalled["without-a-gil"] < stalled["with-a-gil"]


def test_no_law_is_refuted_and_lines_are_told_where_a_gil_lets_them_be_read(outcome):
    for target in outcome.result.targets:
        assert target.law.holds is not False, target.name
        assert any("views.py" in line.where for line in target.blame) is (target.name != "without-a-gil")
