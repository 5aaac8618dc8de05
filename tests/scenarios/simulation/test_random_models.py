"""Random models: both engines say the same, nobody is lost, all sums come out; tests/fuzz_simulation.py tries more."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest
from random_systems import difference, faults, random_system

from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.simulate import NativeEngine, simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail, Outcome

MODELS = 400


@pytest.mark.parametrize("part", range(4))
def test_nobody_is_lost_and_both_engines_agree_bit_for_bit(part):
    for number in range(part, MODELS, 4):
        model, load = random_system(number)
        found = [simulate(model, load, seed=number, detail=Detail.INTERVALS, engine=name) for name in engines.ENGINES]
        assert not faults(model, load, found[0]), number
        assert not difference(found[0], found[-1]), number


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_how_much_is_recorded_changes_nothing_else(engine: str):
    for number in range(120):
        model, load = random_system(number)
        full, times = (
            simulate(model, load, seed=number, detail=detail, engine=engine)
            for detail in (Detail.INTERVALS, Detail.TIMES)
        )
        assert times.done_s == full.done_s
        assert (len(times.intervals), len(times.ended_s), len(times.spent_s[0])) == (0, 0, 0)
        assert times.totals == full.totals


def test_what_is_looked_for_is_found():
    model, load = next(each for each in map(random_system, range(50)) if each[1].patience_s < 1)
    found = simulate(model, load, detail=Detail.INTERVALS)
    row = list(found.outcome).index(Outcome.TIMED_OUT) if Outcome.TIMED_OUT in found.outcome else 0
    found.done_s[row] += 1.0
    assert faults(model, load, found)
    assert difference(found, simulate(model, load, detail=Detail.INTERVALS)).startswith("done_s")


@pytest.mark.skipif(engines.native is None, reason="no compiler was there")
@pytest.mark.parametrize(
    ("column", "index", "value", "words"),
    [
        ("op", -1, 1, "without an end"),
        ("op", 0, 40, "no kind"),
        ("start", -1, 99, "starts"),
        ("start", 0, -1, "starts"),
        ("class_start", -1, 7, "classes"),
    ],
)
def test_columns_that_would_lead_outside_of_memory_are_refused_by_what_is_compiled(column, index, value, words):
    model, load = random_system(3)
    given = getattr(load.scripts, column)
    changed: dict[str, Any] = {column: array(given.typecode, given)}
    table = replace(load.scripts, **changed)
    getattr(table, column)[index] = value
    rows = engines.RequestColumns(load, 1, None, Detail.TIMES)
    with pytest.raises(ValueError, match=words):
        NativeEngine(model, replace(load, scripts=table), rows, Detail.TIMES)
