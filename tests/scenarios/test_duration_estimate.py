"""How long a tournament or a ladder will take: more of anything takes longer, and what is known counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.duration_estimate import (
    AS_BEFORE,
    AS_THEY_COME,
    FROM_LONE,
    FROM_OTHER,
    GUESS,
    LEAST_START_S,
    OTHERWISE,
    UNTOLD,
    Known,
    Otherwise,
    RunEstimate,
    ladder_estimate,
    run_estimate,
    span_s,
    start_of_run_s,
    timing_s,
    tournament_estimate,
)
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, SHORT_S, ladder_steps
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import MachineShare, RunResult
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

BURST = Load(requests=32)
CATALOG = load_catalog()
TIMES = st.floats(0.01, 60)
SAVED = Path(__file__).parents[1] / "tui" / "recordings" / "slow-io.avw"


@given(st.integers(1, 20), TIMES)
def test_a_tournament_takes_at_least_its_rounds_of_all_servers(servers: int, each_s: float):
    names = [f"server-{at}" for at in range(servers)]
    told = tournament_estimate(BURST, names, Known(dict.fromkeys(names, each_s)))
    assert told.rounds >= LEAST_ROUNDS
    assert told.measurements == told.rounds * servers
    assert told.seconds > told.measurements * each_s
    assert (told.measured, told.among) == (servers, servers)


@given(TIMES, TIMES)
def test_a_slower_server_makes_it_longer_and_one_that_is_unknown_is_taken_for_another(quick_s: float, slow_s: float):
    quick, slow = sorted((quick_s, slow_s))
    names = [f"server-{at}" for at in range(30)]  # too many for more than the least number of rounds
    shorter = tournament_estimate(BURST, names, Known({"server-0": quick}))
    longer = tournament_estimate(BURST, names, Known({"server-0": slow}))
    assert shorter.seconds <= longer.seconds
    assert shorter.measured == 1


def test_with_no_server_there_is_nothing_to_wait_for():
    assert tournament_estimate(BURST, [], Known()).seconds == 0


def test_what_the_load_says_itself_comes_before_what_was_measured():
    assert span_s(Load(arrivals="constant", rate=10, duration_s=4), "a", {"a": 99}) == 4
    assert span_s(Load(arrivals="constant", rate=10, requests=50), "a", {"a": 99}) == 5
    assert span_s(BURST, "a", {"a": 3.2}) == 3.2
    assert span_s(BURST, "unknown", {"a": 1, "b": 2, "c": 9}) == 2


@given(st.integers(1, 200), TIMES)
def test_a_ladder_measures_each_step_of_each_target(requests: int, each_s: float):
    load = Load(requests=requests)
    told = ladder_estimate(load, ["a", "b"], Known({"a": each_s, "b": each_s}))
    assert told.measurements == 2 * (1 + len(ladder_steps(load)))
    assert told.seconds > 2 * each_s
    assert told.seconds < ladder_estimate(load, ["a", "b"], Known({"a": 2 * each_s, "b": 2 * each_s})).seconds


# ---- what is known of the machine


@given(st.floats(LEAST_START_S, 60), st.booleans())
def test_what_starting_takes_is_what_a_run_took_beside_its_visitors(start_s: float, busy: bool):
    """Six rounds of two targets and a ladder: whatever is put together comes apart again."""
    result = _on_machine(0.9 if busy else 0.0)
    lone = {target.name: timing_s(target.service_s) for target in result.targets}
    rounds_s = [each.makespan_s + lone[each.target] for each in result.rounds]
    took_s = 2 * start_s + sum(rounds_s) + sum(0.05 + point.p95_ms / 1000 for point in result.ladder)
    assert start_of_run_s(result, took_s + (rounds_s[0] if busy else 0.0)) == pytest.approx(start_s)


def _on_machine(taken: float) -> RunResult:
    result = read_run(SAVED).result
    shared = [replace(target, machine=MachineShare(taken, 0.0)) for target in result.targets]
    return replace(result, targets=shared)


def test_in_a_race_visitors_come_to_all_at_once_and_nothing_is_timed():
    result = _on_machine(0.9)
    race = replace(result, mode="race", rounds=result.rounds[:2], ladder=[])
    longest_s = max(each.makespan_s for each in race.rounds)
    assert start_of_run_s(race, 2 * 1.5 + longest_s) == pytest.approx(1.5)
    assert start_of_run_s(race, longest_s) == LEAST_START_S
    assert start_of_run_s(replace(race, rounds=[]), 1.0) is None


@given(TIMES, TIMES)
def test_where_starting_takes_longer_all_of_it_does(one: float, other: float):
    names = [f"server-{at}" for at in range(30)]
    quick, slow = (Known({"server-0": 1.0}, start_s=each) for each in sorted((one, other)))
    assert tournament_estimate(BURST, names, quick).seconds <= tournament_estimate(BURST, names, slow).seconds
    assert ladder_estimate(BURST, names, quick).seconds <= ladder_estimate(BURST, names, slow).seconds


def test_where_others_take_the_machine_what_is_short_is_measured_twice_and_what_is_long_once():
    def more_s(span_s: float) -> float:
        names = [f"server-{at}" for at in range(30)]
        known = Known({"server-0": span_s}, {"server-0": 0.1}, 1.0)
        quiet, busy = (tournament_estimate(BURST, names, known._replace(busy=busy)) for busy in (False, True))
        return (busy.seconds - quiet.seconds) / busy.measurements

    assert more_s(1.0) == pytest.approx(1.0 + timing_s(0.1))
    assert more_s(SHORT_S) == 0


# ---- beside the clock

SERVERS = ("gunicorn-sync", "gunicorn-gthread", "uvicorn", "hypercorn")
SLOW_IO = Known(
    {"gunicorn-sync": 3.309, "uvicorn": 0.224}, {"gunicorn-sync": 0.203, "uvicorn": 0.226}, start_s=1.03, busy=True
)
CPU_BOUND = Known(
    {"gunicorn-sync": 1.425, "uvicorn": 0.978}, {"gunicorn-sync": 0.053, "uvicorn": 0.053}, start_s=1.53, busy=True
)
STREAMING = Known(
    {"wsgi-sync": 1.005, "wsgi-async": 1.056, "asgi-sync": 1.005, "asgi-async": 1.005},
    {"wsgi-sync": 1.003, "wsgi-async": 1.010, "asgi-sync": 1.045, "asgi-async": 1.005},
    start_s=1.72,
    busy=True,
)


@pytest.mark.parametrize(
    ("name", "told", "known", "servers", "took_s"),
    [
        ("slow-io", ladder_estimate, SLOW_IO, (), 21.8),
        ("slow-io", tournament_estimate, SLOW_IO, SERVERS, 72.8),
        ("cpu-bound", ladder_estimate, CPU_BOUND, (), 11.2),
        ("cpu-bound", tournament_estimate, CPU_BOUND, SERVERS, 76.3),
        ("streaming", ladder_estimate, STREAMING, (), 43.8),
    ],
)
def test_what_was_measured_after_a_run_took_about_as_long_as_was_told(name, told, known, servers, took_s):
    """Timed once, from the command to its end, on two cores with seven to nine programs that wanted them."""
    toml = CATALOG.find(name).toml
    names = servers or [target.name for target in toml.targets]
    assert took_s / 1.5 < told(toml.load, names, known).seconds < took_s * 1.5
    if servers:
        assert told(toml.load, names, known).rounds == 3


# ---- a run, before it begins


def estimated(known: Known, *, race: bool = False, **options) -> RunEstimate:
    asked = Options("slow-io", race=race, **options)
    return run_estimate(resolve(asked, CATALOG), known, 2)


def test_a_race_takes_as_long_as_its_slowest_and_rounds_take_all_of_them():
    known = Known({"gunicorn-sync": 3.0, "uvicorn": 0.5}, start_s=1.0)
    raced, measured = estimated(known, race=True), estimated(known, rounds=3)
    assert raced == RunEstimate(5.0, (AS_BEFORE,))
    assert measured.seconds > 3 * 3.5 + 2
    assert estimated(known, rounds=5).seconds > measured.seconds


def test_who_come_at_a_rate_come_for_as_long_as_the_load_says():
    told = estimated(Known({"uvicorn": 99.0}), race=True, arrivals="poisson", rate=10.0, requests=80)
    assert told.grounds == (AS_THEY_COME,)
    assert 8 < told.seconds < 12


@pytest.mark.parametrize(
    ("known", "ground"),
    [
        (Known(lone_s={"gunicorn-sync": 0.2}), FROM_LONE),
        (Known(others={"gunicorn-sync": Otherwise(3.2, 32, 2, 1)}), FROM_OTHER),
    ],
)
def test_what_was_never_run_so_is_foretold_by_its_law(known: Known, ground: str):
    few, many = (
        estimated(known._replace(start_s=0.3), race=True, targets=(f"gunicorn-sync:{workers}",)) for workers in (2, 8)
    )
    assert few.grounds == many.grounds == (ground,)
    assert few.seconds - 0.3 == pytest.approx(3.2)
    assert many.seconds - 0.3 == pytest.approx(0.8)


def test_what_nothing_tells_of_is_a_guess_and_said_to_be_one():
    assert estimated(Known()).grounds == (UNTOLD,)
    assert estimated(Known(others={"waitress": Otherwise(3.2, 32, 1, 4)})).grounds == (OTHERWISE,)
    assert all(words.startswith(GUESS) for words in (UNTOLD, OTHERWISE))


def test_where_targets_are_foretold_by_different_grounds_each_is_said_with_whose_it_is():
    known = Known({"gunicorn-sync": 3.0}, others={"waitress": Otherwise(3.2, 32, 1, 4)})
    assert estimated(known, race=True).grounds == (f"gunicorn-sync: {AS_BEFORE}", f"uvicorn: {OTHERWISE}")
