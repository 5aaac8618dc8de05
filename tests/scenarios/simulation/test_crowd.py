"""Two runs of one server, with few and with many in flight, tell what a request costs in between."""

from __future__ import annotations

from array import array
from copy import copy
from typing import Any

import pytest
from simulated_runs import IN_THREAD, MS, ON_LOOP, known_run, with_clocks

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.results import MachineShare
from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration, calibrate
from asgi_vs_wsgi.scenarios.simulation.crowd import MeasuredTarget, Source
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, Sums
from asgi_vs_wsgi.scenarios.simulation.replications import coming
from asgi_vs_wsgi.scenarios.simulation.request_scripts import RequestClass, ScriptTable, cpu, wait
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    Crowd,
    GivenArrivals,
    Load,
    Machine,
    SystemModel,
    WorkerKind,
    Workers,
)

FEW, MANY = Source("few.avw", None), Source("many.avw", None)
LIGHT: dict[str, object] = {"arrivals": "constant", "rate": 4.0, "requests": 20}
BURST: dict[str, object] = {"arrivals": "burst", "requests": 30}


def of_both(server: str, script: Script, times: float, **changes: Any) -> Calibration:
    few = with_clocks(known_run(server, (script,), 1, **LIGHT), script, "few.avw")
    dearer = tuple((word, s * times if word == "cpu" else s) for word, s in script)
    many = with_clocks(known_run(server, (dearer,), 1, **BURST), script, "many.avw", times=times, **changes)
    return calibrate(*few, many)


@pytest.mark.parametrize(
    ("server", "script", "times"),
    [("uvicorn", ON_LOOP, 1.8), ("gunicorn-sync", IN_THREAD, 0.7)],
    ids=["a loop in a crowd", "a worker that is warm"],
)
def test_what_a_request_costs_is_known_at_both_ends_and_both_runs_are_reproduced(server, script, times):
    found = of_both(server, script, times)
    crowd = found.told.crowd
    assert crowd is not None
    assert (found.crowd.times_least, found.crowd.times_most) == (1.0, pytest.approx(times))
    assert [found.crowd.least, found.crowd.most] == crowd.each
    assert crowd.each[0] == 1.0, "nobody met another"
    assert 1.9 < crowd.each[1] <= (2.0 if server == "gunicorn-sync" else 30)
    assert (found.told.run, crowd.run, crowd.visitors) == ("few.avw", "many.avw", 30)
    assert crowd.cpu_ms == pytest.approx(times * found.told.cpu_ms, rel=0.05)
    for each in (found.told, crowd):
        assert abs(each.reproduces_p50_error) < 0.05
        assert abs(each.reproduces_p95_error) < 0.05


def test_what_a_visitor_waits_outside_of_the_server_is_told_of_the_light_run_and_added_to_all():
    few = with_clocks(known_run("gunicorn-sync", (IN_THREAD,), 1, **LIGHT), IN_THREAD, "few.avw")
    many = with_clocks(known_run("gunicorn-sync", (IN_THREAD,), 1, **BURST), IN_THREAD, "many.avw")
    slower = copy(few.trace)
    slower.visits = copy(few.trace.visits)
    slower.visits.done_ns = array("q", [at_ns + 800_000 for at_ns in few.trace.visits.done_ns])
    found = [calibrate(trace, few.run, FEW, many) for trace in (few.trace, slower)]
    assert [each.outside_s * 1000 for each in found] == [pytest.approx(0.0, abs=0.1), pytest.approx(0.8, abs=0.1)]
    assert abs(found[1].told.reproduces_p50_error) < 0.005
    plan = make_plan(arrivals="burst", requests=3)
    come = coming(plan, ("all",), 0.001, 0.0, found[1].outside_s)
    assert isinstance(come.arrivals, GivenArrivals)
    assert list(come.arrivals.times_s) == [found[1].outside_s] * 3


def test_two_runs_of_which_one_is_not_reproduced_predict_nothing():
    """In the second all took thrice as long, and no worker's clock knows why."""
    few = with_clocks(known_run("gunicorn-sync", (IN_THREAD,), 1, **LIGHT), IN_THREAD, "few.avw")
    slower = tuple((word, 3 * s) for word, s in IN_THREAD)
    many = with_clocks(known_run("gunicorn-sync", (slower,), 1, **BURST), IN_THREAD, "many.avw")
    with pytest.raises(BadInput, match=r"does not reproduce the (run itself|second run), and so predicts nothing"):
        calibrate(*few, many)


def test_two_runs_with_as_many_in_flight_are_refused():
    few = with_clocks(known_run("gunicorn-sync", (IN_THREAD,), 1, **LIGHT), IN_THREAD, "few.avw")
    with pytest.raises(BadInput, match=r"many\.avw: gunicorn-sync: 1 in flight of a worker, and 1 in the other run"):
        calibrate(*few, few._replace(source=MANY))


def test_a_run_whose_workers_clocks_were_not_read_tells_no_costs():
    few, many = (known_run("gunicorn-sync", (IN_THREAD,), 1, **load) for load in (LIGHT, BURST))
    with pytest.raises(BadInput, match="what its workers computed was not recorded in both runs"):
        calibrate(few.trace, few.run, FEW, MeasuredTarget(many.trace, many.run, MANY))


def test_runs_of_different_servers_are_no_pair():
    few = with_clocks(known_run("gunicorn-sync", (IN_THREAD,), 1, **LIGHT), IN_THREAD, "few.avw")
    other = with_clocks(known_run("gunicorn-gthread", (IN_THREAD,), 1, 4, **BURST), IN_THREAD, "many.avw")
    with pytest.raises(BadInput, match=r"the server is gunicorn-gthread, and gunicorn-sync in few\.avw") as refused:
        calibrate(*few, other)
    assert "\n" not in refused.value.one_line()


def test_how_busy_the_machine_was_is_told_of_both():
    found = of_both("gunicorn-sync", IN_THREAD, 1.0, machine=MachineShare(0.1, 0.02))
    assert found.told.crowd is not None
    assert (found.told.taken_share, found.told.crowd.taken_share) == (0.0, pytest.approx(0.12))
    assert Sums(found.scripts["all"][0]).wait_s == pytest.approx(50 * MS, abs=MS)


@pytest.mark.parametrize("engine", engines.ENGINES)
@pytest.mark.parametrize("kind", [WorkerKind.LOOP, WorkerKind.POOL])
def test_cpu_in_a_crowd_is_on_a_line_between_its_ends_and_as_at_them_beyond(kind: WorkerKind, engine: str):
    """Who comes to a server that has 1, 2, 3 or 4 of them already needs 10, 15, 20 and again 20 ms."""
    workers = Workers(kind, 1, 4, crowd=Crowd(1, 3, 1.0, 2.0))
    arrivals = GivenArrivals(array("d", [0.0, 0.1, 0.2, 0.3]))
    load = Load(ScriptTable.of([RequestClass("page", [(cpu(0.01), wait(1.0))])]), arrivals)
    found = simulate(SystemModel(Machine(8), workers), load, engine=engine)
    assert list(found.cpu_s) == pytest.approx([0.01, 0.015, 0.02, 0.02])
    assert list(found.done_s) == pytest.approx([1.01, 1.115, 1.22, 1.32])
