"""What a scenario lets happen to its servers, on the servers themselves: done when it says, and no death of a worker.

Everything else that ends a worker is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from busy_machine import slowness
from folder_runs import of_folder, one_by_one, run_quietly

from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Load, PlannedEvent, Target
from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult, WorkerSeen
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.tui.commands.run import exit_code
from asgi_vs_wsgi.tui.report.findings import event_lines, warnings

pytestmark = pytest.mark.live

VIEWS = {"wsgi": "calls_upstream", "asgi": "awaits_upstream"}
FOR_A_WHILE = Load("constant", rate=20, duration_s=2.0, timeout_s=20.0)
MASTERED = ["gunicorn-sync", "gunicorn-gthread", "uvicorn", "gunicorn-asgi", "hypercorn", "granian-wsgi"]
RECYCLED = ["gunicorn-sync", "gunicorn-gthread", "uvicorn", "gunicorn-asgi", "hypercorn"]
MAY_DROP = ["uvicorn", "hypercorn"]
"""Those whose worker, when it ends, has no answer for whom it had accepted and not yet read, on a busy machine."""
PRELOADED = ["gunicorn-sync", "gunicorn-gthread", "gunicorn-asgi", "gunicorn-gevent"]
STOPPED = ["gunicorn-gthread", "uvicorn", "daphne", "waitress"]
PAUSED = ["gunicorn-gthread", "uvicorn", "wsgiref"]
STAYING = ["gunicorn-sync", "gunicorn-gthread", "uvicorn"]
"""Those whose other workers stay when one is told to end ..."""
ENDING = ["granian-wsgi", "hypercorn"]
"""... and those that go down with it."""
RESPAWNING = "granian-asgi"
"""One of them that is set to replace it."""


def for_a_while(duration_s: float) -> Load:
    """Visitors for as long as servers need: workers that are started meanwhile take their time on a busy machine."""
    return msgspec.structs.replace(FOR_A_WHILE, duration_s=duration_s * min(4.0, slowness()))


def experiment(
    *servers: str,
    events: Sequence[PlannedEvent] = (),
    load: Load = FOR_A_WHILE,
    view: str = "",
    workers: int = 2,
    rounds: int = 1,
    options: Mapping[str, bool | float] | None = None,
    of_one: Mapping[str, Mapping[str, bool | float]] | None = None,
    race: bool = False,
) -> Experiment:
    """One target for each server, with these events, options and visitors; `of_one`: options of one server alone."""
    found = of_folder("truth", rounds=rounds, parameters=("ms=50",))
    targets = [
        Target(
            name,
            view or VIEWS[server_spec(name).interface],
            workers=min(workers, server_spec(name).max_workers),
            threads=min(8, server_spec(name).max_threads),
            name=name,
            options={**(options or {}), **(of_one or {}).get(name, {})},
        )
        for name in servers
    ]
    toml = msgspec.structs.replace(found.scenario.toml, events=list(events), targets=targets, load=load)
    scenario = msgspec.structs.replace(found.scenario, toml=toml)
    mode = "race" if race else "measure"
    return msgspec.structs.replace(found, scenario=scenario, targets=tuple(targets), load=load, mode=mode)


def result_of(planned: Experiment) -> tuple[TargetResult, RunResult]:
    result = run_quietly(planned).result
    return result.targets[0], result


def of_each(planned: Experiment) -> dict[str, Outcome]:
    """Of each server, as if it had been run alone."""
    return one_by_one(run_quietly(planned))


def ended(target: TargetResult) -> list[WorkerSeen]:
    return [worker for worker in target.workers_seen if worker.ended is not None]


def assert_nobody_died(target: TargetResult, result: RunResult) -> None:
    assert target.workers_lost == 0
    assert target.crash is None
    assert not [line for line in warnings(result) if "died" in line]


@pytest.fixture(scope="module")
def recycled() -> dict[str, Outcome]:
    return of_each(experiment(*RECYCLED, options={"max_requests": 12}))


@pytest.mark.xdist_group("recycled-workers")
@pytest.mark.parametrize("server", RECYCLED)
def test_a_worker_that_has_had_its_number_of_requests_is_recycled_and_not_lost(server, recycled):
    result = recycled[server].result
    (target,) = result.targets
    assert_nobody_died(target, result)
    assert target.workers_ended >= 1
    dropped = target.requests.planned - target.requests.completed
    assert dropped <= (target.workers_ended if server in MAY_DROP else 0)
    assert dropped == target.requests.errors.get("reset", 0) + target.requests.errors.get("closed", 0)
    for worker in ended(target):
        assert worker.ended == "recycled"
        assert worker.gone_s is not None
        assert worker.told_s is not None
        assert 0 <= worker.told_s <= worker.gone_s
    assert target.options == {"max_requests": 12}


def test_workers_are_recycled_before_anything_is_measured_and_the_run_goes_on():
    """A warm-up and a few lone requests are enough for it."""
    target, result = result_of(experiment("gunicorn-sync", load=Load("burst", requests=4), options={"max_requests": 1}))
    assert_nobody_died(target, result)
    assert target.requests.completed == 4


RELOAD = [PlannedEvent(0.5, "reload")]


@pytest.fixture(scope="module")
def reloaded_together() -> Outcome:
    options: dict[str, dict[str, bool | float]] = {
        "granian-wsgi": {"respawn_interval_s": 0.3},
        "gunicorn-sync": {"max_requests": 1000},
    }
    others = [server for server in MASTERED if server != "uvicorn"]
    return run_quietly(experiment(*others, events=RELOAD, load=for_a_while(4.0), of_one=options))


@pytest.fixture(scope="module")
def reloaded(reloaded_together) -> dict[str, Outcome]:
    one_after_the_other = of_each(experiment("uvicorn", events=RELOAD, load=for_a_while(8.0)))  # its workers, that is
    return {**one_by_one(reloaded_together), **one_after_the_other}


@pytest.mark.xdist_group("reloaded-servers")
@pytest.mark.parametrize("server", MASTERED)
def test_a_reload_replaces_every_worker_and_none_of_them_is_lost(server, reloaded):
    outcome = reloaded[server]
    (target,) = outcome.result.targets
    assert_nobody_died(target, outcome.result)
    before = list(outcome.traces[0].workers.values())[:2]
    assert [worker.fate.ended for worker in before] == ["reloaded", "reloaded"]
    assert target.workers_ended == 2
    assert len(target.workers_seen) == 4
    (event,) = outcome.result.events
    assert (event.do, event.target, event.at_s, event.worker) == ("reload", server, 0.5, None)
    assert event.done_at_s is not None
    assert event.done_at_s >= 0.5
    assert all(worker.told_s >= 0.5 for worker in ended(target))
    assert all(worker.replaced_s is not None for worker in ended(target))
    assert exit_code(experiment(server), outcome.result) == 0


@pytest.fixture(scope="module")
def stopped() -> dict[str, Outcome]:
    return of_each(experiment(*STOPPED, events=[PlannedEvent(1.0, "stop")], load=for_a_while(2.0), race=True))


@pytest.mark.xdist_group("stopped-servers")
@pytest.mark.parametrize("server", STOPPED)
def test_a_server_that_is_stopped_refuses_who_comes_later_and_has_lost_no_worker(server, stopped):
    result = stopped[server].result
    (target,) = result.targets
    assert_nobody_died(target, result)
    assert {worker.ended for worker in target.workers_seen} == {"stopped"}
    assert target.requests.completed >= 15
    assert target.requests.failed >= 5
    assert set(target.requests.errors) - {"timeout"} <= {"refused", "reset", "closed"}
    assert target.requests.errors["timeout"] == 0  # nobody is left in the line of a server that is gone
    assert result.events[0].done_at_s is not None


def test_a_stopped_server_is_started_anew_for_the_next_round():
    outcome = run_quietly(experiment("gunicorn-sync", events=[PlannedEvent(1.0, "stop")], rounds=2))
    first, second = outcome.result.rounds
    assert first.completed >= 15
    assert second.completed >= 15
    assert outcome.result.targets[0].left_processes == []


@pytest.fixture(scope="module")
def one_told() -> dict[str, Outcome]:
    """One worker of each server is told to end."""
    servers, respawns = (*STAYING, *ENDING, RESPAWNING), {RESPAWNING: {"respawn_failed_workers": True}}
    events = [PlannedEvent(0.5, "worker-stop")]
    return of_each(experiment(*servers, events=events, load=for_a_while(6.0), of_one=respawns, race=True))


@pytest.mark.xdist_group("ended-workers")
@pytest.mark.parametrize("server", STAYING)
def test_one_worker_that_is_told_to_end_is_replaced_and_the_others_stay(server, one_told):
    result = one_told[server].result
    (target,) = result.targets
    assert_nobody_died(target, result)
    (worker,) = ended(target)
    assert worker.ended == "stopped"
    assert result.events[0].worker == 1
    unread = 1 if server == "uvicorn" else 0  # on a busy machine: whose connection it had taken and not read yet
    assert target.requests.failed <= unread
    assert target.requests.completed + target.requests.failed == target.requests.planned


@pytest.mark.xdist_group("ended-workers")
def test_granian_replaces_a_worker_that_was_told_to_end_where_it_is_set_to(one_told):
    result = one_told[RESPAWNING].result
    (target,) = result.targets
    assert_nobody_died(target, result)
    assert [worker.ended for worker in ended(target)] == ["stopped"]
    assert ended(target)[0].replaced_s is not None


@pytest.mark.xdist_group("ended-workers")
@pytest.mark.parametrize("server", ENDING)
def test_a_server_that_goes_down_with_one_worker_has_lost_the_other(server, one_told):
    """Nobody told that one to end, nor the server."""
    (target,) = one_told[server].result.targets
    assert sorted(worker.ended for worker in ended(target)) == ["died", "stopped"]
    assert target.workers_lost == 1
    assert target.requests.failed > 0


@pytest.fixture(scope="module")
def paused() -> dict[str, Outcome]:
    events = [PlannedEvent(0.5, "pause"), PlannedEvent(1.5, "resume")]
    return of_each(experiment(*PAUSED, events=events, workers=1, race=True))


@pytest.mark.xdist_group("paused-workers")
@pytest.mark.parametrize("server", PAUSED)
def test_visitors_of_a_paused_worker_wait_and_are_served_when_it_goes_on(server, paused):
    result = paused[server].result
    (target,) = result.targets
    assert_nobody_died(target, result)
    assert target.workers_ended == 0
    assert target.requests.completed == target.requests.planned
    pause, resume = result.events
    assert pause.worker == resume.worker == 1
    between_s = resume.done_at_s - pause.done_at_s
    assert target.latency_ms.max >= 0.8 * between_s * 1000  # who came right after the pause waited for all of it


def test_what_is_paused_goes_on_when_the_last_visitor_has_gone():
    events = [PlannedEvent(0.2, "pause")]
    load = Load("constant", rate=20, duration_s=1.0, timeout_s=2.0)
    planned = experiment("gunicorn-gthread", events=events, load=load, rounds=2)
    outcome = run_quietly(planned)
    assert all(each.completed >= 3 for each in outcome.result.rounds)  # in the second round as many as in the first
    assert outcome.result.targets[0].workers_lost == 0


def test_what_a_server_cannot_do_and_what_comes_too_late_is_told_at_the_target():
    events = [PlannedEvent(0.2, "reload"), PlannedEvent(9.0, "pause")]
    planned = experiment("wsgiref", events=events, load=Load("burst", requests=3))
    target, result = result_of(planned)
    assert [event.done_at_s for event in result.events] == [None, None]
    reload, pause = result.events
    assert "one process" in reload.reason
    assert "over before" in pause.reason
    (words,) = [line for line in event_lines(result) if line.startswith("wsgiref")]
    assert "no reload" in words
    assert "no pause" in words
    assert target.requests.completed == 3


def test_a_worker_that_crashes_after_a_reload_is_lost_all_the_same():
    """Its place was taken by that of another generation, which nobody told to end."""
    events = [PlannedEvent(0.2, "reload")]
    load = Load("constant", rate=20, duration_s=4.0, timeout_s=5.0)
    planned = experiment("gunicorn-sync", events=events, load=load, view="crashes_late")
    target, result = result_of(planned)
    assert {worker.ended for worker in ended(target)} == {"reloaded", "died"}
    assert target.workers_lost >= 1
    assert exit_code(planned, result) == 1


@pytest.mark.xdist_group("reloaded-servers")
def test_events_and_ends_are_kept_with_a_run_and_open_as_they_were(tmp_path, reloaded_together):
    outcome = reloaded_together
    file = tmp_path / "run.avw"
    write_run(file, experiment("gunicorn-sync").scenario, outcome)
    saved = read_run(file)
    assert [trace.facts.options for trace in saved.traces()] == [trace.facts.options for trace in outcome.traces]
    assert {"max_requests": 1000} in [trace.facts.options for trace in outcome.traces]
    for trace, before in zip(saved.traces(), outcome.traces, strict=True):
        assert trace.events == before.events
        assert [w.fate for w in trace.workers.values()] == [w.fate for w in before.workers.values()]
        assert {w.fate.ended for w in before.workers.values()} >= {"reloaded"}
    assert saved.result.events == outcome.result.events
    assert len(outcome.result.events) == len(outcome.traces)


def test_ends_that_a_server_was_asked_for_by_others_are_told_by_its_own_words():
    """A view sends the signal: nobody told the lab. That a number of requests is reached is told with the recycled."""
    load = msgspec.structs.replace(FOR_A_WHILE, duration_s=3.0)
    target, result = result_of(experiment("gunicorn-gthread", view="reloads_its_server_once", load=load))
    assert_nobody_died(target, result)
    assert {worker.ended for worker in ended(target)} == {"reloaded"}
    assert target.requests.failed == 0


@pytest.fixture(scope="module")
def preloaded() -> dict[str, Outcome]:
    load, events = for_a_while(3.0), [PlannedEvent(0.5, "reload")]
    return of_each(experiment(*PRELOADED, events=events, load=load, options={"preload": True}))


@pytest.mark.xdist_group("preloaded-workers")
@pytest.mark.parametrize("server", PRELOADED)
def test_workers_that_are_forked_from_a_loaded_project_are_looked_into_like_others(server, preloaded):
    outcome = preloaded[server]
    (target,) = outcome.result.targets
    assert_nobody_died(target, outcome.result)
    assert target.requests.completed == target.requests.planned
    assert target.telemetry.joined
    assert target.telemetry.lost == 0
    assert sum(worker.requests for worker in target.workers_seen) == target.requests.planned
    waited_ms = target.states_ms["blocked"] + target.states_ms["awaiting"] + target.states_ms["stalled"]
    assert waited_ms >= 0.8 * 50
    assert [worker.ended for worker in ended(target)] == ["reloaded", "reloaded"]
