"""How long a tournament or a ladder will take: more of anything takes longer, and what is known counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.duration_estimate import ladder_estimate, span_s, tournament_estimate
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS, ladder_steps

BURST = Load(requests=32)
TIMES = st.floats(0.01, 60)


@given(st.integers(1, 20), TIMES)
def test_a_tournament_takes_at_least_its_rounds_of_all_servers(servers: int, each_s: float):
    names = [f"server-{at}" for at in range(servers)]
    told = tournament_estimate(BURST, names, dict.fromkeys(names, each_s))
    assert told.rounds >= LEAST_ROUNDS
    assert told.measurements == told.rounds * servers
    assert told.seconds > told.measurements * each_s
    assert (told.measured, told.among) == (servers, servers)


@given(TIMES, TIMES)
def test_a_slower_server_makes_it_longer_and_one_that_is_unknown_is_taken_for_another(quick_s: float, slow_s: float):
    quick, slow = sorted((quick_s, slow_s))
    names = [f"server-{at}" for at in range(30)]  # too many for more than the least number of rounds
    shorter = tournament_estimate(BURST, names, {"server-0": quick})
    longer = tournament_estimate(BURST, names, {"server-0": slow})
    assert shorter.seconds <= longer.seconds
    assert shorter.measured == 1


def test_with_no_server_there_is_nothing_to_wait_for():
    assert tournament_estimate(BURST, [], {}).seconds == 0


def test_what_the_load_says_itself_comes_before_what_was_measured():
    assert span_s(Load(arrivals="constant", rate=10, duration_s=4), "a", {"a": 99}) == 4
    assert span_s(Load(arrivals="constant", rate=10, requests=50), "a", {"a": 99}) == 5
    assert span_s(BURST, "a", {"a": 3.2}) == 3.2
    assert span_s(BURST, "unknown", {"a": 1, "b": 2, "c": 9}) == 2


@given(st.integers(1, 200), TIMES)
def test_a_ladder_measures_each_step_of_each_target(requests: int, each_s: float):
    load = Load(requests=requests)
    told = ladder_estimate(load, ["a", "b"], {"a": each_s, "b": each_s})
    assert told.measurements == 2 * (1 + len(ladder_steps(load)))
    assert told.seconds > 2 * each_s
    assert told.seconds < ladder_estimate(load, ["a", "b"], {"a": 2 * each_s, "b": 2 * each_s}).seconds
