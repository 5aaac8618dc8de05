"""Pages that lose their time at one known line: it is named, with its state and with who was held. Live servers.

`tests/bench/truth.py` does the same for all forty places on ten servers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from planted import IN_CALLS, IN_DJANGO, Finding, experiment, findings

from asgi_vs_wsgi.scenarios.run.run_in_foreground import run_headless

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
    *("callback", "background_task", "neighbour_holds"),
)
IN_THREADS = ("subprocess_run", "sqlite", "thread_pool", "async_computing", "async_generator", "neighbour_computes")
RUNS = {
    ("uvicorn", IN_DJANGO): ON_A_LOOP_IN_DJANGO,
    ("uvicorn", IN_CALLS): ON_A_LOOP,
    ("gunicorn-gthread", IN_CALLS): IN_THREADS,
}
EACH = [(server, folder, name) for (server, folder), names in RUNS.items() for name in names]
MS, APART_S = 60, 0.2
TRIES = 4
"""A worker that is kept from the CPU for longer than a page takes is held up where no page loses its time."""


def _found(server: str, folder: str, names: tuple[str, ...]) -> Iterator[Finding]:
    """What was said of each, in its latest try."""
    for number in range(1, TRIES + 1):
        planned = experiment(folder, server, names, MS, APART_S)
        outcome = run_headless(planned, on_progress=lambda progress: None, on_ready=lambda target, pid: None)
        found = list(findings(outcome, folder))
        yield from (finding for finding in found if not finding.faults or number == TRIES)
        names = tuple(finding.cause for finding in found if finding.faults)
        if not names:
            return


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str, str], Finding]:
    """One run for each server and folder; what is wrong in it is tried again."""
    return {
        (server, folder, finding.cause): finding
        for (server, folder), names in RUNS.items()
        for finding in _found(server, folder, names)
    }


@pytest.mark.parametrize(("server", "folder", "name"), EACH)
def test_a_planted_cause_is_told_by_its_line_its_state_and_who_is_held(server, folder, name, found):
    assert found[server, folder, name].faults == []
