"""Small models whose every moment is known by hand, through both engines."""

from __future__ import annotations

from array import array

import pytest
from random_systems import difference
from small_models import QUIET, at, near, table, through

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.engine_state import RequestColumns
from asgi_vs_wsgi.scenarios.simulation.event_engine import EventEngine
from asgi_vs_wsgi.scenarios.simulation.request_scripts import (
    BEGIN,
    DONE,
    FIRST,
    LOOP,
    THREAD,
    RequestClass,
    ScriptTable,
    acquire,
    cpu,
    hold,
    release,
    wait,
)
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import NEVER, Detail, Outcome, State
from asgi_vs_wsgi.scenarios.simulation.system_model import (
    ClosedVisitors,
    Load,
    Machine,
    Pick,
    PoissonArrivals,
    Station,
    SystemModel,
    WorkerKind,
    Workers,
    burst,
)


def test_a_burst_goes_through_sync_workers_in_rounds():
    found = through(Workers(WorkerKind.POOL, 4), Load(table((BEGIN, wait(0.2))), burst(32)))
    assert sorted(found.done_s) == near(*(0.2 * (k // 4 + 1) for k in range(32)))
    assert [list(found.worker).count(number) for number in range(4)] == [8] * 4
    assert found.totals.slot_s.tolist() == near(1.6, 1.6, 1.6, 1.6)


def test_a_loop_awaits_all_at_once_and_a_blocking_call_holds_it():
    awaiting = through(Workers(WorkerKind.LOOP), Load(table((wait(0.2),)), burst(32)))
    assert awaiting.done_s.tolist() == near(*[0.2] * 32)
    holding = through(Workers(WorkerKind.LOOP), Load(table((hold(0.2),)), burst(3)))
    assert holding.done_s.tolist() == near(0.2, 0.4, 0.6)
    assert holding.spent_s[State.KERNEL_QUEUE].tolist() == near(0, 0.2, 0.2)  # at the first poll there was one
    assert holding.spent_s[State.STALLED].tolist() == near(0, 0, 0.2)


def test_threads_of_a_process_compute_in_turn_with_a_gil_and_together_without():
    two = Load(table((cpu(0.05),)), burst(2))
    assert max(through(Workers(WorkerKind.POOL, 1, 2), two).done_s) == pytest.approx(0.1)
    assert max(through(Workers(WorkerKind.POOL, 2, 1), two).done_s) == pytest.approx(0.05)
    assert max(through(Workers(WorkerKind.POOL, 1, 2), two, machine=Machine(8, gil=False)).done_s) == pytest.approx(
        0.05
    )
    assert max(through(Workers(WorkerKind.POOL, 2, 1), two, machine=Machine(1)).done_s) == pytest.approx(0.1)


def test_all_that_compute_share_the_cores_evenly():
    load = Load(table((cpu(0.05),), (cpu(0.1),)), burst(2), script_of=array("i", [0, 1]))
    found = through(Workers(WorkerKind.POOL, 2), load, machine=Machine(1))
    assert found.done_s.tolist() == near(0.1, 0.15)
    assert found.cpu_s.tolist() == near(0.05, 0.1)
    half = through(Workers(WorkerKind.POOL, 2), load, machine=Machine(1.5))
    assert half.done_s.tolist() == near(0.05 / 0.75, 0.05 / 0.75 + 0.05)


def test_who_waits_for_the_gil_gets_it_after_the_switch_interval_counted_from_the_first():
    load = Load(table((cpu(1),), (cpu(0.001),)), at(0, 0.001, 0.002, 0.003), script_of=array("i", [0, 1, 1, 1]))
    found = through(Workers(WorkerKind.POOL, 1, 4), load)
    assert found.done_s.tolist() == near(1.003, 0.007, 0.008, 0.009)
    assert found.totals.gil_switches == 1
    assert found.spent_s[State.GIL].tolist() == near(0.003, 0.005, 0.005, 0.005)


def test_a_long_piece_that_is_switched_for_each_of_many_short_ones_leaves_nothing_behind():
    short = [0.002 * k for k in range(1, 501)]
    load = Load(
        table((cpu(10),), (cpu(0.0001),)),
        at(0, 0, *short),
        script_of=array("i", [0, 0] + [1] * 500),
        worker_of=array("i", [1] + [0] * 501),
    )
    machine, workers = Machine(8, switch_interval_s=0.001), Workers(WorkerKind.POOL, 2, 9)
    found = through(workers, load, machine=machine)
    assert found.totals.gil_switches == 500
    assert found.done_s.tolist() == near(10, 10.05, *(at_s + 0.0011 for at_s in short))
    engine = EventEngine(SystemModel(machine, workers), load, RequestColumns(load, 1, None, Detail.TIMES), Detail.TIMES)
    engine.advance(1500)
    assert engine.gil_switches > 300
    assert len(engine.running) < 100


def test_a_turn_of_the_loop_lets_others_go_first():
    scripts = table((hold(0.01),), (cpu(0.01), wait(0), cpu(0.01)), (cpu(0.01),))
    load = Load(scripts, at(0, 0.001, 0.002), script_of=array("i", [0, 1, 2]))
    assert through(Workers(WorkerKind.LOOP), load).done_s.tolist() == near(0.01, 0.04, 0.03)


def test_a_view_in_a_thread_leaves_the_loop_free():
    hop = (cpu(0.001), THREAD, wait(0.2), LOOP, cpu(0.001))
    found = through(Workers(WorkerKind.LOOP), Load(table(hop), burst(3)))
    assert max(found.done_s) < 0.21
    assert found.spent_s[State.BLOCKED].tolist() == near(0.2, 0.2, 0.2)
    assert set(found.intervals.on_loop) == {0, 1}


def test_an_acceptor_takes_ahead_of_its_threads_while_another_worker_idles():
    load = Load(table((wait(0.1),)), at(0, 0.001, 0.002))
    worst = through(Workers(WorkerKind.ACCEPTOR, 2, 1, pick=Pick.LOWEST), load)
    assert worst.worker.tolist() == [0, 0, 0]
    assert worst.done_s.tolist() == near(0.1, 0.2, 0.3)
    assert worst.spent_s[State.WORKER_QUEUE].tolist() == near(0, 0.099, 0.198)
    best = through(Workers(WorkerKind.ACCEPTOR, 2, 1, pick=Pick.LONGEST_IDLE), load)
    assert best.worker.tolist() == [0, 1, 0]
    few = through(Workers(WorkerKind.ACCEPTOR, 2, 1, pick=Pick.LOWEST, most_connections=1), load)
    assert few.worker.tolist() == [0, 1, 0]
    assert few.spent_s[State.KERNEL_QUEUE].tolist() == near(0, 0, 0.098)
    given = Load(load.scripts, load.arrivals, worker_of=array("i", [0, 0, 1]))
    own = through(Workers(WorkerKind.ACCEPTOR, 2, 1, most_connections=1), given)
    assert own.spent_s[State.KERNEL_QUEUE].tolist() == near(0, 0.099, 0)


def test_a_hash_deals_to_a_busy_worker_while_another_idles_and_given_workers_are_kept():
    load = Load(table((wait(1),)), burst(40))
    dealt = through(Workers(WorkerKind.POOL, 4, hashed=True), load)
    counts = [list(dealt.worker).count(number) for number in range(4)]
    assert max(dealt.done_s) == pytest.approx(max(counts))
    assert max(counts) > 10
    given = Load(table((wait(1),)), burst(4), worker_of=array("i", [2, 2, 0, 2]))
    assert through(Workers(WorkerKind.POOL, 4), given).done_s.tolist() == near(1, 2, 1, 3)


def test_a_station_is_shared_by_workers_or_each_has_its_own():
    query = Load(table((acquire(), wait(0.1), release())), burst(4))
    for kind in (WorkerKind.POOL, WorkerKind.LOOP):
        shared = through(Workers(kind, 4), query, stations=[Station(1)])
        assert sorted(shared.done_s) == near(0.1, 0.2, 0.3, 0.4)
        assert shared.totals.station_s.tolist() == near(0.4)
    own = through(Workers(WorkerKind.POOL, 4), query, stations=[Station(1, per_worker=True)])
    assert own.done_s.tolist() == near(0.1, 0.1, 0.1, 0.1)


def test_two_stations_taken_in_opposite_orders_hold_each_other_for_ever():
    one, other = (acquire(0), wait(1), acquire(1)), (acquire(1), wait(1), acquire(0))
    load = Load(table(one, other), burst(2), script_of=array("i", [0, 1]))
    found = through(Workers(WorkerKind.LOOP), load, stations=[Station(1), Station(1)])
    assert found.counts()[Outcome.IN_SYSTEM] == 2


def test_a_full_backlog_drops_the_syn_which_comes_again_after_1_3_and_7_s():
    load = Load(table((wait(2.5),)), burst(3))
    found = through(Workers(WorkerKind.POOL), load, backlog=1)
    assert found.done_s.tolist() == near(2.5, 5, 7.5)
    assert found.totals.syn_drops == 2  # at 0 and at 1 s; at 3 s there is room
    never = through(Workers(WorkerKind.POOL), Load(table((wait(100),)), burst(3)), backlog=1)
    assert never.outcome[2] == Outcome.UNCONNECTED
    assert never.done_s[2] == pytest.approx(63)


def test_a_visitor_who_leaves_is_worked_on_for_nobody_by_a_thread_and_cancelled_by_a_loop():
    script = (cpu(0.01), wait(1), cpu(0.01))
    load = Load(table(script), burst(2), patience_s=0.5)
    thread = through(Workers(WorkerKind.POOL), load)
    assert thread.outcome.tolist() == [Outcome.TIMED_OUT] * 2
    assert thread.done_s.tolist() == near(0.5, 0.5)
    assert thread.ended_s.tolist() == near(1.02, 2.04)
    loop = through(Workers(WorkerKind.LOOP, cancels=True), load)
    assert loop.ended_s.tolist() == near(0.5, 0.5)
    assert loop.cpu_s.tolist() == near(0.01, 0.01)
    assert through(Workers(WorkerKind.LOOP), load).ended_s.tolist() == near(1.02, 1.03)


def test_whoever_is_cancelled_gives_a_place_back_and_leaves_the_line():
    query = (acquire(), wait(1), release())
    load = Load(table(query, (wait(0.2), *query)), at(0, 0, 0.35), patience_s=0.5, script_of=array("i", [0, 1, 0]))
    found = through(Workers(WorkerKind.LOOP, cancels=True), load, stations=[Station(1)])
    assert found.outcome.tolist() == [Outcome.TIMED_OUT] * 3
    assert found.totals.station_s.tolist() == near(0.85)


def test_a_limit_refuses_with_a_503_and_counts_the_connection_itself():
    load = Load(table((cpu(0.001), wait(1))), burst(5))
    found = through(Workers(WorkerKind.LOOP, limit_concurrency=3, refusal_cpu_s=0.0005), load)
    assert found.counts()[Outcome.DONE] == 2
    assert found.counts()[Outcome.REFUSED] == 3


@pytest.mark.parametrize("kind", [WorkerKind.LOOP, WorkerKind.POOL])
def test_after_so_many_requests_a_workers_next_step_collects_garbage_and_who_wants_it_waits(kind):
    load = Load(table((cpu(0.001), DONE)), at(0, 0.1, 0.2, 0.205, 0.3))
    found = through(Workers(kind, collect_every=3, collections_s=(0.05,)), load)
    assert [done - came for came, done in zip(found.arrival_s, found.done_s, strict=True)] == near(
        0.001, 0.001, 0.051, 0.047, 0.001
    )
    assert found.totals.core_s == pytest.approx(0.055)


def test_each_collection_takes_as_long_as_one_that_was_seen():
    load = Load(table((cpu(0.001), DONE)), at(*(float(second) for second in range(400))))
    found = through(Workers(WorkerKind.POOL, 2, pick=Pick.LOWEST, collect_every=2, collections_s=(0.02, 0.5)), load)
    took = [round(done - came, 3) for came, done in zip(found.arrival_s, found.done_s, strict=True)]
    assert set(took[0::2]) == {0.001}
    assert set(took[1::2]) == {0.021, 0.501}
    assert 60 < took.count(0.501) < 140, "by chance, each as often"


def test_collections_need_one_that_was_seen():
    with pytest.raises(BadInput, match="number of collections seen"):
        through(Workers(WorkerKind.LOOP, collect_every=3), Load(table((cpu(0.001),)), burst(1)))


def test_closed_visitors_come_again_after_their_answer_and_a_pause():
    load = Load(table((wait(0.1),)), ClosedVisitors(2, 6, think_s=0.4))
    found = through(Workers(WorkerKind.POOL, 8), load)
    assert found.arrival_s.tolist() == near(0, 0, 0.5, 0.5, 1, 1)
    assert found.totals.most_in_system == 2


def test_what_follows_the_answer_holds_the_worker_and_is_no_latency():
    load = Load(table((BEGIN, wait(0.1), FIRST, wait(0.1), DONE, wait(0.8))), burst(2))
    found = through(Workers(WorkerKind.POOL), load)
    assert found.first_answer_s.tolist() == near(0.1, 1.1)
    assert found.latencies() == near(0.2, 1.2)
    assert found.ended_s.tolist() == near(1, 2)


def test_a_stop_leaves_whoever_is_there_and_whoever_has_not_come():
    load = Load(table((wait(1),)), at(0, 0.5, 2), stop_s=1.2)
    found = through(Workers(WorkerKind.POOL, 2), load)
    assert found.outcome.tolist() == [Outcome.DONE, Outcome.IN_SYSTEM, Outcome.ABSENT]
    assert found.done_s[1] == NEVER
    assert found.totals.end_s == pytest.approx(1.2)


def test_models_see_the_same_requests_for_the_same_seed_whoever_accepts():
    classes = [RequestClass("a", [(wait(0.1, exponential=True),), (wait(1),)]), RequestClass("b", [(cpu(0.01),)], 0.5)]
    load = Load(ScriptTable.of(classes), PoissonArrivals(50, 500))
    one = through(Workers(WorkerKind.POOL, 200), load)
    other = through(Workers(WorkerKind.LOOP, 3), load)
    assert one.arrival_s == other.arrival_s
    assert one.script == other.script
    slept = [
        sum(column[row] for column in found.spent_s[State.BLOCKED :]) for found in (one, other) for row in range(500)
    ]
    assert slept[:500] == pytest.approx(slept[500:])
    assert 0.2 < list(one.request_class).count(1) / 500 < 0.47
    model = SystemModel(QUIET, Workers(WorkerKind.ACCEPTOR, 4))
    tries = [simulate(model, load, seed=1, accept_seed=seed) for seed in (1, 2)]
    assert tries[0].script == tries[1].script
    assert tries[0].worker != tries[1].worker
    assert difference(tries[0], simulate(model, load, seed=1)) == ""


def test_progress_is_told_and_may_end_it(monkeypatch):
    told = []
    monkeypatch.setattr(engines, "EVENTS_AT_A_TIME", 1000)
    load = Load(table((wait(1, exponential=True),)), PoissonArrivals(1, 5000))
    simulate(SystemModel(QUIET, Workers(WorkerKind.POOL, 3)), load, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1

    def stop(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(SystemModel(QUIET, Workers(WorkerKind.POOL, 3)), load, progress=stop)


def test_the_engine_is_the_compiled_one_unless_python_is_asked_for(monkeypatch):
    model, load = SystemModel(QUIET, Workers(WorkerKind.POOL)), Load(table((cpu(1),)), burst(1))
    monkeypatch.delenv(engines.ENGINE_VARIABLE, raising=False)
    assert simulate(model, load).engine == ("python" if engines.native is None else "native")
    monkeypatch.setenv(engines.ENGINE_VARIABLE, "python")
    assert simulate(model, load).engine == "python"
    with pytest.raises(BadInput, match="no engine “fortran”"):
        simulate(model, load, engine="fortran")
