"""A calibration finds what requests cost, reproduces the run that it is of, and refuses what it cannot know."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from simulated_runs import IN_THREAD, MS, ON_LOOP, SOURCE, Known, known_run, measured_run

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
from asgi_vs_wsgi.scenarios.results import Telemetry
from asgi_vs_wsgi.scenarios.results.simulation import GarbageResult
from asgi_vs_wsgi.scenarios.simulation import measured_scripts
from asgi_vs_wsgi.scenarios.simulation.calibration import calibrate
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import (
    Script,
    Sums,
    cpu_of,
    longer,
    merged,
    scaled,
    with_parameter,
    with_pool,
    without_collections,
)
from asgi_vs_wsgi.scenarios.simulation.replications import coming
from asgi_vs_wsgi.scenarios.simulation.service_model import TAILS_FROM_COLLECTIONS, TAILS_TOO_SHORT, Setup
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation, simulate_one
from asgi_vs_wsgi.scenarios.simulation.system_model import NO_GARBAGE, Garbage
from asgi_vs_wsgi.scenarios.storage.run_file import saved_target
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital

KNOWN = {
    "a pool": ("gunicorn-sync", IN_THREAD, 2, 1),
    "threads": ("gunicorn-gthread", IN_THREAD, 1, 4),
    "loops": ("uvicorn", ON_LOOP, 2, 1),
}
LOADS = {
    "a burst": {"arrivals": "burst", "requests": 40},
    "by chance": {"arrivals": "poisson", "rate": 30.0, "requests": 150},
    "each after another's answer": {"arrivals": "closed", "concurrency": 6, "requests": 120},
}


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_what_requests_of_a_known_script_cost_is_found_in_their_slices(known, load):
    server, script, workers, threads = known
    run, trace, _ = known_run(server, (script,), workers, threads, **load)
    found = calibrate(trace, run, SOURCE)
    for each in found.scripts["all"]:
        assert Sums(each).wait_s == pytest.approx(50 * MS, abs=3 * MS)
    assert cpu_of(found.scripts) == pytest.approx(Sums(script).cpu_s, abs=0.9 * MS)
    assert abs(found.told.reproduces_p95_error) < 0.05


def collected(monkeypatch, known: Known, rows: Sequence[int], cpu_ms: int) -> None:
    """As if its worker had collected all its garbage before these began."""
    (worker,) = known.trace.workers.values()
    begun = sorted(each.begin_ns for each in worker.handlings.values())
    monkeypatch.setitem(worker.vitals, Vital.FULL_COLLECTION_US, [(begun[row] - 1, cpu_ms * 1000) for row in rows])


def test_what_collections_of_all_garbage_cost_is_known_from_two_and_simulated(monkeypatch):
    """From the second on: the first finds little, and when the one before was is not known."""
    known = known_run("uvicorn", (ON_LOOP,), 1, arrivals="poisson", rate=60.0, requests=320)
    collected(monkeypatch, known, (20,), 5)
    once = calibrate(known.trace, known.run, SOURCE)
    assert (once.garbage, once.told.garbage) == (NO_GARBAGE, None)
    collected(monkeypatch, known, (20, 120, 220), 30)
    found = calibrate(known.trace, known.run, SOURCE)
    assert found.garbage == Garbage(100, (0.03, 0.03))
    assert found.told.garbage == GarbageResult(2, 100, 30.0, [30.0, 30.0])
    p99 = {}
    for each in (once, found):
        setup = Setup("uvicorn", "none", 1, 1, 2.0, garbage=each.garbage)
        target = Target("uvicorn", "page", name="uvicorn")
        load = Load(arrivals="poisson", rate=400.0, duration_s=5.0)
        come = coming(make_plan(arrivals="poisson", rate=400.0, duration_s=5.0, requests=2000), ("all",), 0.001, 0.0)
        result, _ = simulate_one(Simulation(target, each, setup, each.scripts, []), come, load, lambda part: None)
        assert result.latency_ms
        assert result.simulation
        p99[each.garbage.every] = result.latency_ms.p99
        words = " ".join(result.simulation.beyond)
        assert (TAILS_TOO_SHORT in words, TAILS_FROM_COLLECTIONS in words) == (each is once, each is found)
    assert p99[100] > p99[0] + 15


def test_what_a_collection_cost_is_no_part_of_the_request_nor_of_the_wait_that_it_fell_into(monkeypatch):
    known = known_run("uvicorn", (ON_LOOP,), 1, arrivals="constant", rate=10.0, requests=20)
    (worker,) = known.trace.workers.values()
    handling = sorted(worker.handlings.values(), key=lambda each: each.begin_ns)[7]
    step = handling.slices[0]
    over_ns = (step.start_ns + step.end_ns) // 2
    monkeypatch.setitem(worker.vitals, Vital.FULL_COLLECTION_US, [(over_ns, 30_000)])
    body = [("cpu", 0.031), ("wait", 0.05), ("cpu", 0.0005)]
    assert without_collections(handling, body) == [("cpu", pytest.approx(0.001)), *body[1:]]
    assert without_collections(handling, body[1:]) == body[1:], "no step of it was so long"
    resumed_ns = max(each.start_ns for each in handling.slices)
    monkeypatch.setitem(worker.vitals, Vital.FULL_COLLECTION_US, [(resumed_ns, 20_000)])
    gap_s, collecting_s = measured_scripts._gaps(handling, sorted(handling.slices, key=lambda each: each.start_ns))[-1]
    assert gap_s == pytest.approx(0.05, abs=0.002)
    assert collecting_s == pytest.approx(0.02)


class Counted(list[tuple[int, int]]):
    """How many of its items were looked at."""

    looked_at = 0

    def __getitem__(self, place):
        self.looked_at += 1
        return super().__getitem__(place)

    def __iter__(self):
        self.looked_at += len(self)
        return super().__iter__()


def test_of_many_collections_those_of_a_requests_own_time_are_found_without_looking_at_all(monkeypatch):
    known = known_run("uvicorn", (ON_LOOP,), 1, arrivals="constant", rate=10.0, requests=20)
    (worker,) = known.trace.workers.values()
    handling = sorted(worker.handlings.values(), key=lambda each: each.begin_ns)[7]
    step = handling.slices[0]
    others = [(step.start_ns - before_ns, 90_000) for before_ns in range(4000, 0, -1)]
    later = [(handling.end_ns + after_ns, 90_000) for after_ns in range(1, 4000)]
    over = Counted([*others, (step.start_ns + 1, 10_000), (step.end_ns, 20_000), *later])
    monkeypatch.setitem(worker.vitals, Vital.FULL_COLLECTION_US, over)
    assert without_collections(handling, [("cpu", 0.031)]) == [("cpu", pytest.approx(0.001))]
    measured_scripts._gaps(handling, handling.slices)
    assert over.looked_at < 30 * 2 * len(handling.slices)


@pytest.mark.parametrize("name", ["gunicorn-sync", "uvicorn"])
def test_a_measured_run_is_reproduced(name: str):
    of = measured_run()
    told = calibrate(of.traces[name], of.run, SOURCE).told
    assert abs(told.reproduces_p50_error) < 0.03
    assert abs(told.reproduces_p95_error) < 0.03
    assert told.measured_p95_ms == pytest.approx(
        next(target.latency_ms.p95 for target in of.run.targets if target.name == name and target.latency_ms)
    )


def test_the_overhead_of_a_busy_worker_is_not_that_of_a_lone_request():
    """A lone request of this run used 1.75 ms of CPU, of which 0.9 ms were the application's."""
    of = measured_run()
    told = calibrate(of.traces["gunicorn-sync"], of.run, SOURCE).told
    assert "busy workers" in told.overhead_from
    assert 0.2 < told.overhead_ms < 0.6


def test_a_loop_that_was_held_by_others_is_no_wait():
    """Each visitor of this burst was set aside while those before it held the loop for 50 ms each."""
    held: Script = (*ON_LOOP[:4], ("hold", 50 * MS), ("cpu", 0.5 * MS), ("done", 0.0), ("cpu", 0.4 * MS))
    run, trace, _ = known_run("uvicorn", (held,), 1, arrivals="burst", requests=10)
    for each in calibrate(trace, run, SOURCE).scripts["all"]:
        assert Sums(each).hold_s == pytest.approx(50 * MS, abs=MS)
        assert Sums(each).wait_s < 2 * MS


# ---- what is refused


def known() -> Known:
    return known_run("gunicorn-sync", (IN_THREAD,), 2, arrivals="burst", requests=40)


def test_a_run_that_is_not_reproduced_predicts_nothing():
    """Who would have the answers of other visitors."""
    run, _, _ = known()
    slower = tuple((word, s * 9 if word == "wait" else s) for word, s in IN_THREAD)
    other = known_run("gunicorn-sync", (slower,), 2, arrivals="burst", requests=40)
    trace = saved_trace(other.trace)
    trace.workers.clear()
    for pid, worker in saved_trace(known().trace).workers.items():
        trace.workers[pid] = worker
    with pytest.raises(BadInput, match="does not reproduce the run itself, and so predicts nothing"):
        calibrate(trace, run, SOURCE)


def saved_trace(trace):
    from asgi_vs_wsgi.scenarios.storage.run_file import _trace

    again = _trace(saved_target(trace))
    again.decode()
    return again


def changed_target(**changes):
    run, trace, _ = known()
    return replace(run, targets=[replace(run.targets[0], **changes)]), trace


REFUSED = {
    "records are missing": ({"telemetry": Telemetry(10, 3)}, "records of its workers are missing"),
    "workers were lost": ({"workers_lost": 1}, "workers ended during the run"),
    "workers were recycled": ({"workers_ended": 2}, "workers ended during the run"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_was_not_seen_whole_is_refused(changes, words):
    run, trace = changed_target(**changes)
    with pytest.raises(BadInput, match=words) as refused:
        calibrate(trace, run, SOURCE)
    assert "\n" not in refused.value.one_line()


def test_a_run_without_slices_is_refused():
    run, trace, _ = known()
    blind = saved_trace(trace)
    blind.workers.clear()
    with pytest.raises(BadInput, match="there are no slices to simulate from") as refused:
        calibrate(blind, run, SOURCE)
    assert "without --no-probe" in refused.value.one_line()


def test_a_class_that_nobody_was_served_of_is_refused():
    run, trace, _ = known()
    thin = saved_trace(trace)
    thin.classes = ("many", "few")
    thin.class_of.extend([0] * 40)
    with pytest.raises(BadInput, match="no visitor of “few” was served"):
        calibrate(thin, run, SOURCE)


# ---- scripts with other numbers


def test_a_look_parts_no_wait():
    assert merged([("cpu", 0.001), ("wait", 0.196), ("cpu", 0.0005), ("wait", 0.004)]) == [
        ("cpu", 0.001),
        ("wait", pytest.approx(0.2)),
        ("cpu", 0.0005),
    ]
    two_waits = [("wait", 0.2), ("cpu", 0.0005), ("wait", 0.2)]
    assert merged(two_waits) == two_waits


def test_a_parameter_changes_the_steps_that_are_as_long_as_it():
    scripts = {"all": [IN_THREAD]}
    after = with_parameter(scripts, 50 * MS, 80 * MS)
    assert after is not None
    assert Sums(after["all"][0]).wait_s == pytest.approx(80 * MS)
    assert Sums(after["all"][0]).cpu_s == Sums(IN_THREAD).cpu_s
    assert with_parameter(scripts, 200 * MS, 80 * MS) is None


def test_waits_and_cpu_are_scaled_apart():
    (scaled_one,) = scaled({"all": [IN_THREAD]}, wait=2.0)["all"]
    assert (Sums(scaled_one).wait_s, Sums(scaled_one).cpu_s) == (2 * Sums(IN_THREAD).wait_s, Sums(IN_THREAD).cpu_s)


def test_known_cpu_is_moved_and_not_taken_away():
    (less,) = longer({"all": [IN_THREAD]}, -0.2 * MS, "hold")["all"]
    assert Sums(less).cpu_s == pytest.approx(Sums(IN_THREAD).cpu_s)
    assert less[-1][1] > IN_THREAD[-1][1]
    (cheaper,) = longer({"all": [IN_THREAD]}, -0.2 * MS)["all"]
    assert Sums(cheaper).cpu_s == pytest.approx(Sums(IN_THREAD).cpu_s - 0.2 * MS)


def test_a_place_of_a_pool_is_held_from_the_first_wait_to_the_last():
    (pooled,) = with_pool({"all": [IN_THREAD]})["all"]
    words = [word for word, _ in pooled]
    assert words[words.index("acq") : words.index("rel") + 1] == ["acq", "wait", "rel"]
