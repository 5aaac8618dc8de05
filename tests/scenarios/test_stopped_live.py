"""A run that is stopped loses nothing that was measured, and says how far it had come."""

from __future__ import annotations

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.load.visits import DONE, PENDING
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.observer import Callbacks, Progress
from asgi_vs_wsgi.scenarios.run.orchestrator import run_experiment
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, autosave_run

pytestmark = [pytest.mark.live, pytest.mark.anyio]


async def stopped_run(options: Options, when) -> Outcome | None:
    """Run it until `when(progress, traces)` is so."""
    found: list[Outcome] = []
    traces: list = []
    progress: list[Progress] = []
    watcher = Callbacks(progress.append, lambda target, pid: None, found.append)
    watcher.recording = lambda new, number: traces.__setitem__(slice(None), new)  # type: ignore[assignment]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_experiment, resolve(options, load_catalog()), watcher)
        with anyio.fail_after(30):
            while not (progress and when(progress[-1], traces)):
                await anyio.sleep(0.005)
        tasks.cancel_scope.cancel()
    return found[0] if found else None


def done(traces) -> int:
    return sum(trace.visits.outcome.count(DONE) for trace in traces)


async def test_one_stopped_in_its_first_round_is_kept_as_far_as_it_came_and_has_no_figures(tmp_path):
    outcome = await stopped_run(Options("slow-io", rounds=2), lambda progress, traces: done(traces) >= 4)
    assert outcome.result.targets == []
    assert outcome.result.verdict.winner is None
    stopped = outcome.stopped
    assert (stopped.rounds, stopped.of_rounds) == (0, 2)
    assert [(each.target, each.planned) for each in stopped.visitors] == [("gunicorn-sync", 32), ("uvicorn", 32)]
    assert 4 <= stopped.visitors[0].served < 32
    autosave_run(tmp_path, load_catalog().find("slow-io"), outcome)
    shelf = RunHistory(tmp_path)
    (card,), _ = shelf.cards()
    assert card.stopped == stopped
    sync, asynchronous = shelf.read(card).traces()
    assert sync.visits.outcome.count(DONE) == stopped.visitors[0].served
    assert sync.visits.outcome.count(DONE) + sync.visits.outcome.count(PENDING) == 32
    served = [row for row, outcome in enumerate(sync.visits.outcome) if outcome == DONE]
    assert all(sync.handling(row).end_ns for row in served)
    assert not any(asynchronous.visits.intended_ns)


async def test_one_stopped_later_has_the_figures_of_its_whole_rounds():
    options = Options("slow-io", rounds=2, parameters=("io_ms=20",))
    outcome = await stopped_run(options, lambda progress, traces: progress.done == 2)
    assert (outcome.stopped.rounds, outcome.stopped.of_rounds, outcome.stopped.visitors) == (1, 2, [])
    assert [target.requests.completed for target in outcome.result.targets] == [32, 32]
    assert {each.round for each in outcome.result.rounds} == {1}
    assert [len(trace.visits.finished) for trace in outcome.traces] == [32, 32]


async def test_one_stopped_on_its_ladder_has_the_points_that_were_reached():
    options = Options("slow-io", ladder=(1, 2, 32), parameters=("io_ms=20",))
    outcome = await stopped_run(options, lambda progress, traces: progress.words.startswith("ladder: 32"))
    assert [target.requests.completed for target in outcome.result.targets] == [32, 32]
    assert (outcome.stopped.steps, outcome.stopped.of_steps) == (4, 6)
    assert [point.visitors for point in outcome.result.ladder] == [1, 1, 2, 2]


async def test_one_stopped_before_anybody_had_come_leaves_nothing():
    assert await stopped_run(Options("slow-io"), lambda progress, traces: progress.phase == "starting") is None
