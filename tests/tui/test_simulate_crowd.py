"""`--crowd FILE`: a second run to calibrate from, refused in one line where it is none, told of in the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulated_runs import ON_LOOP, RECORDED, known_run, measured_run, with_clocks

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital
from asgi_vs_wsgi.tui.commands import measured_source
from asgi_vs_wsgi.tui.commands import simulate as commands
from asgi_vs_wsgi.tui.report.simulation import simulation_report

RECORDINGS, R = Path(__file__).parent / "recordings", str(RECORDED)


def simulate(source: str, crowd: str) -> int:
    return commands.simulate(source, SimulationOptions(), as_json=True, keep=False, crowd=crowd)


CROWDS_REFUSED = {
    "a file that is none": (str(RECORDINGS / "none.avw"), "--crowd: "),
    "a scenario": ("slow-io", "--crowd: "),
    "a run of another scenario": (str(RECORDINGS / "worker-crash.avw"), "its scenario is worker-crash, and that of"),
    "a run with as many in flight": (R, "in flight of a worker, and"),
}


@pytest.mark.parametrize(("crowd", "told"), CROWDS_REFUSED.values(), ids=CROWDS_REFUSED)
def test_a_second_run_that_tells_nothing_of_a_crowd_is_one_clear_line(crowd: str, told: str):
    with pytest.raises(BadInput) as refused:
        simulate(R, crowd)
    line = refused.value.one_line()
    assert told in line
    assert "\n" not in line


def test_a_second_run_of_something_else_is_refused_before_a_scenario_is_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measured_source, "resolve_run_source", lambda words, *_, **__: lambda: pytest.fail(words))
    with pytest.raises(BadInput, match="its scenario is slow-io, and that of streaming streaming"):
        simulate("streaming", R)


def test_a_calibration_from_two_runs_says_so_and_what_lies_beyond_them():
    light = known_run("uvicorn", (ON_LOOP,), 2, arrivals="constant", rate=4.0, requests=40)
    few = with_clocks(light, ON_LOOP, "light.avw")
    many = with_clocks(known_run("uvicorn", (ON_LOOP,), 2, arrivals="burst", requests=30), ON_LOOP, "burst.avw")
    crowd = measured_source.MeasuredRun(many.run, {"uvicorn": many.trace}, many.source)
    scenario = measured_run().scenario
    of = measured_source.Measured(few.run, scenario, {"uvicorn": few.trace}, few.source, lambda: 0, crowd)
    experiment, outcome = commands._simulated(of, SimulationOptions(Options("", arrivals="burst", requests=100)))
    told = outcome.result.calibration
    assert told is not None
    assert told.crowd is not None
    assert (told.run, told.crowd.run, told.crowd.visitors) == ("light.avw", "burst.avw", 30)
    report = " ".join(" ".join(simulation_report(experiment, outcome, 100)).split())
    assert "costs in a crowd are from burst.avw" in report
    assert "burst, 30 visitors" in report
    assert "(1.00 times)" in report
    assert "visitors are in flight of a worker, and what a request costs is known from 1 to" in report


def test_a_second_run_that_saw_garbage_collected_twice_tells_what_that_costs(monkeypatch: pytest.MonkeyPatch):
    light = known_run("uvicorn", (ON_LOOP,), 1, arrivals="constant", rate=4.0, requests=40)
    few = with_clocks(light, ON_LOOP, "light.avw")
    many = with_clocks(known_run("uvicorn", (ON_LOOP,), 1, arrivals="burst", requests=30), ON_LOOP, "burst.avw")
    (worker,) = many.trace.workers.values()
    begun = sorted(each.begin_ns for each in worker.handlings.values())
    seen = [(begun[row], 2_000) for row in (4, 24)]
    monkeypatch.setitem(worker.vitals, Vital.FULL_COLLECTION_US, seen)
    crowd = measured_source.MeasuredRun(many.run, {"uvicorn": many.trace}, many.source)
    of = measured_source.Measured(
        few.run, measured_run().scenario, {"uvicorn": few.trace}, few.source, lambda: 0, crowd
    )
    experiment, outcome = commands._simulated(of, SimulationOptions(Options("", arrivals="burst", requests=30)))
    report = " ".join(" ".join(simulation_report(experiment, outcome, 100)).split())
    assert "all garbage collected every 20 requests, 2.0 ms (mean of 1)" in report
