"""Models, loads and scripts that make no sense are refused before anything is simulated."""

from __future__ import annotations

import math
from array import array

import pytest
from small_models import at, table

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    RequestClass,
    ScriptTable,
    acquire,
    cpu,
    release,
    wait,
)
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    ClosedVisitors,
    Crowd,
    Load,
    Machine,
    PoissonArrivals,
    SystemModel,
    WorkerKind,
    Workers,
    burst,
)

FINE = {"machine": Machine(1), "workers": Workers(WorkerKind.POOL), "scripts": table((cpu(1),)), "arrivals": burst(1)}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"machine": Machine(0)}, "number of cores: 0"),
        ({"machine": Machine(math.nan)}, "number of cores: nan"),
        ({"machine": Machine(1, switch_interval_s=0)}, "switch interval of 0 s"),
        ({"workers": Workers(WorkerKind.POOL, 0)}, "number of workers: 0"),
        ({"workers": Workers(WorkerKind.POOL, 1, 0)}, "number of threads: 0"),
        ({"workers": Workers(WorkerKind.ACCEPTOR, accept_cpu_s=-1)}, "accept_cpu_s: -1"),
        ({"workers": Workers(WorkerKind.LOOP, crowd=Crowd(2, 1))}, "the largest crowd: -1"),
        ({"workers": Workers(WorkerKind.LOOP, crowd=Crowd(1, 2, 1, math.nan))}, "times of CPU in a crowd: nan"),
        ({"arrivals": burst(0)}, "number of requests: 0"),
        ({"arrivals": at(-1, 2)}, "arrivals are not in order"),
        ({"arrivals": at(2, 1)}, "arrivals are not in order"),
        ({"arrivals": PoissonArrivals(0, 5)}, "rate of arrivals: 0"),
        ({"arrivals": ClosedVisitors(0, 5)}, "number of visitors: 0"),
        ({"arrivals": ClosedVisitors(1, 5, -1)}, "think time: -1"),
        ({"patience_s": 0}, "patience: 0"),
        ({"script_of": array("i", [1])}, "script_of is from 1 to 1"),
        ({"worker_of": array("i", [0, 0])}, "worker_of has 2 rows"),
        ({"scripts": table((acquire(1),))}, "scripts use station 1"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(changed, words):
    given = FINE | changed
    with pytest.raises(BadInput) as raised:
        simulate(SystemModel(given.pop("machine"), given.pop("workers")), Load(**given))
    assert words in raised.value.one_line()
    assert "\n" not in raised.value.one_line()


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ([], "no class of requests"),
        ([RequestClass("a", [])], "class “a” has no script"),
        ([RequestClass("a", [()], share=-1)], "share of class “a”: -1"),
        ([RequestClass("a", [()], share=0)], "no class has a share"),
        ([RequestClass("a", [(cpu(-1),)])], "time of step 0 of script 0 of class “a”: -1"),
        ([RequestClass("a", [(wait(math.inf),)])], "time of step 0 of script 0 of class “a”: inf"),
        ([RequestClass("a", [(release(),)])], "is given back and was not taken"),
        ([RequestClass("a", [(acquire(), acquire())])], "is taken twice"),
        ([RequestClass("a", [(acquire(32),)])], "station of step 0"),
    ],
)
def test_scripts_that_make_no_sense_are_one_clear_line(classes, words):
    with pytest.raises(BadInput) as raised:
        ScriptTable.of(classes)
    assert words in raised.value.one_line()
