"""Runs that are simulated from known scripts, or from the run that comes with the program: made once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.model.scenario import Load, Target
from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions
from asgi_vs_wsgi.scenarios.results import MachineShare, RunResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult
from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
from asgi_vs_wsgi.scenarios.simulation.crowd import MeasuredTarget, Source
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Script, Sums
from asgi_vs_wsgi.scenarios.simulation.replications import coming
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation, simulate_one, simulated_run
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.tui.commands import simulate as command

RECORDED = Path(__file__).parents[2] / "tui" / "recorded" / "slow-io.avw"
"""A burst of 32 on two gunicorn-sync workers and two of uvicorn, on a quiet machine."""
MS = 1e-3


@cache
def measured_run(file: Path = RECORDED) -> command.Measured:
    return command.measured(str(file), SimulationOptions(), keep=False)()


@cache
def from_the_recorded_run(
    *, workers: int | None = None, targets: tuple[str, ...] = (), parameters: tuple[str, ...] = (), **load: object
) -> tuple[Experiment, Outcome]:
    """As `simulate` answers."""
    options = Options("", targets=targets, parameters=parameters, **load)  # type: ignore[arg-type]
    return command._simulated(measured_run(), SimulationOptions(options, workers=workers))


IN_THREAD: Script = (
    *(("cpu", 0.2 * MS), ("begin", 0.0), ("cpu", 0.5 * MS), ("wait", 50 * MS), ("cpu", 0.3 * MS)),
    *(("cpu", 0.1 * MS), ("done", 0.0), ("cpu", 0.2 * MS)),
)
ON_LOOP: Script = (
    *(("cpu", 0.3 * MS), ("wait", 0.0), ("begin", 0.0), ("cpu", 0.6 * MS), ("wait", 50 * MS), ("cpu", 0.5 * MS)),
    *(("done", 0.0), ("cpu", 0.4 * MS)),
)


class Known(NamedTuple):
    """A run of a known script, as if it had been measured."""

    run: RunResult
    trace: TargetTrace
    calibration: Calibration


def told(server: str, **changes: object) -> CalibrationResult:
    """What stands there of a calibration that nobody made."""
    plain = CalibrationResult(
        *("by hand", None, server, server, "1", "3.11.7", True, "5.2", 2, 0.0, "burst", 32, 32, 2, 1),
        *(1.0, 0.3, "nothing", 0.0, "CPU", "nothing", 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 40.0),
    )
    return replace(plain, **changes)


def known_calibration(server: str, scripts: list[Script]) -> Calibration:
    spec = server_spec(server)
    return Calibration(
        *(server, server, "page", spec.interface, spec.slot, {"all": scripts}, {"all": 1.0}, told(server), 0.1 * MS)
    )


@cache
def known_run(server: str, scripts: tuple[Script, ...], workers: int, threads: int = 1, **load: object) -> Known:
    """`load` as make_plan takes it."""
    calibration, spec = known_calibration(server, list(scripts)), server_spec(server)
    target = Target(server, "page", workers, threads, name=server)
    setup = Setup(server, spec.slot, workers, threads, 2.0)
    as_load = Load(**load)  # type: ignore[arg-type]
    come = coming(make_plan(**load), ("all",), 0.001, calibration.spacing_s)  # type: ignore[arg-type]
    result, trace = simulate_one(
        Simulation(target, calibration, setup, calibration.scripts, []), come, as_load, lambda part: None
    )
    experiment = Experiment(load_catalog().find("slow-io"), (target,), as_load, {"io_ms": 50})
    run = simulated_run(experiment, [(result, trace)], {"python": "3.11.7", "cores": 2, "gil": True}).result
    quiet = replace(run.targets[0], machine=MachineShare(0.0, 0.0))
    return Known(replace(run, targets=[quiet]), trace, calibration)


def with_clocks(known: Known, script: Script, name: str, *, times: float = 1.0, **changes: Any) -> MeasuredTarget:
    """As if it had been measured, and the clocks of its workers read: `times` as much CPU as the script says."""
    (target,) = known.run.targets
    cpu_ms = Sums(script).cpu_s * 1000 * times
    seen = [replace(worker, cpu_ms=cpu_ms * worker.requests) for worker in target.workers_seen]
    target = replace(target, workers_seen=seen, **changes)
    return MeasuredTarget(known.trace, replace(known.run, targets=[target]), Source(name, None))


SOURCE = Source("a known run", None)
