"""Models that are small enough to be known by hand, through both engines."""

from __future__ import annotations

from array import array

import pytest
from random_systems import difference, faults

from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    RequestClass,
    ScriptTable,
    Step,
)
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    GivenArrivals,
    Machine,
    SystemModel,
)

QUIET = Machine(8, gil=True)


def table(*scripts: tuple[Step, ...]) -> ScriptTable:
    """A class for each script."""
    return ScriptTable.of([RequestClass(f"class {k}", [script]) for k, script in enumerate(scripts)])


def at(*times_s: float) -> GivenArrivals:
    return GivenArrivals(array("d", times_s))


def through(workers, load, *, machine=QUIET, stations=(), backlog=2048, seed=1):
    """Both engines say the same, and nothing is amiss; what they say."""
    model = SystemModel(machine, workers, tuple(stations), backlog)
    found = [simulate(model, load, seed=seed, detail=Detail.INTERVALS, engine=name) for name in engines.ENGINES]
    assert not difference(found[0], found[-1])
    assert not faults(model, load, found[0])
    return found[-1]


def near(*seconds: float):
    return pytest.approx(list(seconds), abs=1e-9)
