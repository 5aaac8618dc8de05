"""Traces as Perfetto's own classes and as Chrome's rules read them: states add up, flows join, nothing ends before it
begins."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import pytest
from exported import FILES, exported, kept, source, stopped, without_probe
from msgspec.structs import replace
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb

from asgi_vs_wsgi.scenarios.exports import run_timeline
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair
from asgi_vs_wsgi.scenarios.storage.run_file import SavedPage, SavedRun
from asgi_vs_wsgi.scenarios.storage.run_validation import fault_of_run
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES


class Drawn(NamedTuple):
    """A slice as a reader of the file puts it together."""

    track: int
    path: tuple[str, ...]
    """Names of its tracks, the innermost last."""
    name: str
    start_ns: int
    end_ns: int
    depth: int
    flows_out: tuple[int, ...]
    flows_in: tuple[int, ...]
    args: dict[str, Any]


class Read(NamedTuple):
    """A whole trace."""

    slices: list[Drawn]
    counters: dict[tuple[str, ...], list[float]]
    instants: list[tuple[tuple[str, ...], str]]


def read_perfetto(data: bytes) -> Read:
    """As the trace processor does: by time, and at the same time by place; an end ends what began last on its track."""
    trace = pb.Trace.FromString(data)
    tracks = {p.track_descriptor.uuid: p.track_descriptor for p in trace.packet if p.HasField("track_descriptor")}
    names: dict[str, dict[int, str]] = {"event_names": {}, "debug_annotation_names": {}}
    open_: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    read = Read([], defaultdict(list), [])

    def path(uuid: int) -> tuple[str, ...]:
        track = tracks[uuid]
        return (*(path(track.parent_uuid) if track.parent_uuid else ()), track.name)

    for packet in trace.packet:
        for kind, known in names.items():
            known.update({each.iid: each.name for each in getattr(packet.interned_data, kind)})
    events = [packet for packet in trace.packet if packet.HasField("track_event")]
    for packet in sorted(events, key=lambda each: each.timestamp):
        event, stack = packet.track_event, open_[packet.track_event.track_uuid]
        where = path(event.track_uuid)
        if event.type == event.TYPE_SLICE_BEGIN:
            stack.append((event, packet.timestamp))
        elif event.type == event.TYPE_SLICE_END:
            begun, start_ns = stack.pop()
            args = {
                names["debug_annotation_names"][each.name_iid]: each.string_value or each.int_value
                for each in begun.debug_annotations
            }
            flows = (tuple(begun.flow_ids), tuple(begun.terminating_flow_ids))
            name = names["event_names"][begun.name_iid]
            read.slices.append(
                Drawn(event.track_uuid, where, name, start_ns, packet.timestamp, len(stack), *flows, args)
            )
        elif event.type == event.TYPE_COUNTER:
            read.counters[where].append(event.counter_value or event.double_counter_value)
        else:
            read.instants.append((where, event.name))
    assert not any(open_.values())
    return read


def state_sums_ms(slices: list[Drawn], label: str) -> Counter[str]:
    """Of the requests that were answered."""
    drawn = [each for each in slices if each.path == (label, "requests")]
    answered = {
        (each.track, each.start_ns): each.end_ns for each in drawn if not each.depth and each.args["outcome"] == "done"
    }
    begins: dict[int, list[int]] = defaultdict(list)
    for each in sorted(drawn, key=lambda each: each.start_ns):
        if not each.depth:
            begins[each.track].append(each.start_ns)
    sums: Counter[str] = Counter()
    for each in drawn:
        if each.depth:
            place = bisect_right(begins[each.track], each.start_ns) - 1
            if each.end_ns <= answered.get((each.track, begins[each.track][place]), 0):
                sums[each.name] += each.end_ns - each.start_ns
    return Counter({name: ns / 1e6 for name, ns in sums.items()})


@pytest.mark.parametrize("name", FILES)
def test_states_add_up_to_those_of_the_document_and_flows_join_each_request_to_its_worker(name: str):
    run = kept(name)
    read = read_perfetto(exported(run, "pftrace"))
    assert all(each.end_ns >= each.start_ns for each in read.slices)
    visits = [each for each in read.slices if each.path[-1] == "requests" and each.depth == 0]
    assert len(visits) == sum(target.requests.planned for target in run.result.targets)
    told = [each for each in visits if each.args.get("worker")]
    out = [flow for each in read.slices for flow in each.flows_out]
    arrived = [flow for each in read.slices for flow in each.flows_in]
    assert len(out) == len(set(out)) == len(told)
    assert set(arrived) <= set(out)
    if name not in ("worker-crash", "deploy"):  # whose workers may be gone before they told of a step
        assert sorted(arrived) == sorted(out)
    labels = {target.name: target.label for target in source(run).timeline.targets}
    assert len({*labels.values()}) == len(labels)
    for result in run.result.targets:
        if result.requests.completed and result.states_ms:
            sums = state_sums_ms(read.slices, labels[result.name])
            for state, mean_ms in result.states_ms.items():
                if mean_ms is not None:
                    assert sums[state] == pytest.approx(mean_ms * result.requests.completed, rel=1e-3)


def test_shorter_holds_are_drawn_together_where_there_are_many_and_sums_stay_exact(monkeypatch: pytest.MonkeyPatch):
    run = kept("slow-io")
    fine = read_perfetto(exported(run, "pftrace"))
    monkeypatch.setattr(run_timeline, "MOST_HOLDS", 10)
    coarse = read_perfetto(exported(run, "pftrace"))
    assert len(coarse.slices) < len(fine.slices) / 2
    assert any(
        "held for under 1 ms are drawn together, at the end of each wait (uvicorn)" in each
        for each in source(run).timeline.drawing_notes
    )
    for result in run.result.targets:
        requests = [each for each in coarse.slices if each.path == (result.label, "requests")]
        sums, finely = state_sums_ms(coarse.slices, result.label), state_sums_ms(fine.slices, result.label)
        assert sums == pytest.approx(finely, rel=1e-9)
        for state, mean_ms in (result.states_ms or {}).items():
            carried = [each.args.get(f"{state}_ns", 0) for each in requests]
            assert sum(carried) / 1e6 == pytest.approx((mean_ms or 0) * 32, rel=1e-6)


def test_tracks_stand_below_their_target_and_their_worker():
    read = read_perfetto(exported(kept("slow-io"), "pftrace"))
    paths = {each.path for each in read.slices} | set(read.counters)
    gunicorn, uvicorn = "gunicorn sync · 2 workers", "uvicorn · 2 workers"
    assert {(gunicorn, "requests"), (gunicorn, "in line"), (uvicorn, "in flight")} <= paths
    workers = {path[1] for path in paths if len(path) == 3}
    assert all(each.startswith("worker ") and "pid" in each for each in workers)
    assert {path[2] for path in paths if len(path) == 3 and path[0] == uvicorn} >= {"event loop", "memory", "threads"}
    assert {path[2] for path in paths if len(path) == 3 and path[0] == gunicorn} >= {"thread 1", "memory"}
    assert max(read.counters[uvicorn, "in flight"]) == kept("slow-io").result.targets[1].in_flight.max


def test_database_connections_and_dead_workers_are_seen():
    connections = read_perfetto(exported(kept("connections"), "pftrace"))
    told = {path: values for path, values in connections.counters.items() if path[-1] == "database connections"}
    assert max(max(values) for values in told.values()) > 1
    crashed = read_perfetto(exported(kept("worker-crash"), "pftrace"))
    assert any(words == "worker died" and len(path) == 2 for path, words in crashed.instants)


def test_a_blocked_loop_shows_the_line_that_holds_it():
    read = read_perfetto(exported(kept("blocked-loop"), "pftrace"))
    held = [each for each in read.slices if each.path[-1] == "event loop" and each.name == "blocked"]
    assert held
    assert any("views.py" in str(each.args.get("at")) for each in held)


def test_the_wall_clock_is_told_once_where_the_run_kept_it_and_no_packet_names_another_clock():
    run = kept("slow-io")
    plain = pb.Trace.FromString(exported(run, "pftrace"))
    assert not any(packet.HasField("clock_snapshot") or packet.timestamp_clock_id for packet in plain.packet)
    clock = ClockPair(1_800_000_000_000_000_000, 1)
    first, *others = pb.Trace.FromString(exported(replace(run, clock=clock), "pftrace")).packet
    found = {each.clock_id: each.timestamp for each in first.clock_snapshot.clocks}
    assert found[1] - found[3] == 1_800_000_000_000_000_000 - 1
    assert first.clock_snapshot.primary_trace_clock == 3
    assert not any(packet.HasField("clock_snapshot") for packet in others)


@pytest.mark.parametrize("name", FILES)
def test_chromes_trace_says_the_same_as_perfettos(name: str):
    events = json.loads(exported(kept(name), "trace.json"))["traceEvents"]
    read = read_perfetto(exported(kept(name), "pftrace"))
    slices = [each for each in events if each["ph"] == "X"]
    assert Counter(each["name"] for each in slices) == Counter(each.name for each in read.slices)
    assert sum(each["dur"] for each in slices) == pytest.approx(
        sum(each.end_ns - each.start_ns for each in read.slices) / 1000, rel=1e-9
    )
    assert all(each["dur"] >= 0 for each in slices)
    assert sum(each["ph"] == "s" for each in events) == sum(len(each.flows_out) for each in read.slices)
    threads = [(each["pid"], each["args"]["name"]) for each in events if each["name"] == "thread_name"]
    assert len(set(threads)) == len(threads)
    pids = {worker.pid for target in kept(name).targets for worker in target.workers}
    assert pids <= {each["pid"] for each in events}


def without_worker(run: SavedRun) -> Read:
    return read_perfetto(exported(without_probe(run), "pftrace"))


def test_a_trace_without_probe_has_no_state_that_only_a_worker_tells():
    read = without_worker(kept("slow-io"))
    names = {each.name for each in read.slices if each.depth == 1}
    assert names == {"late", "connecting", "waiting for the answer", "reading the answer"}
    assert not names & ({*STATE_NAMES} - {"late", "connecting"})
    assert {path[-1] for path in read.counters} == {"waiting for an answer"}
    assert not any(each.flows_out for each in read.slices)


def test_what_had_not_ended_when_a_run_was_stopped_ends_there():
    run = stopped(kept("slow-io"), 5)
    read = read_perfetto(exported(run, "pftrace"))
    visits = [each for each in read.slices if each.path[-1] == "requests" and each.depth == 0]
    pending = [each for each in visits if each.args["outcome"] == "pending"]
    assert (len(visits), len(pending)) == (62, 8)  # two had not come
    assert {each.end_ns for each in pending} == {run.stopped.at_ns}
    assert all(each.end_ns >= each.start_ns for each in read.slices)


def with_page(events: Any = None, **changed: Any) -> SavedRun:
    """The recorded run of gunicorn as if a browser had recorded the second half of it, and asked for its visitor 20."""
    run = kept("slow-io")
    target = run.targets[0]
    done_ns = sorted(memoryview(target.columns["done_ns"]).cast("q"))
    if events is None:
        at_us = done_ns[len(done_ns) // 2] / 1000
        task = {"name": "RunTask", "ph": "X", "cat": "x", "pid": 7, "tid": 7, "args": {}, "ts": at_us}
        events = [task | {"dur": (done_ns[-1] / 1000 - at_us)}]
    data = events if isinstance(events, bytes) else json.dumps(events).encode()
    page = SavedPage(target, {target.first_id + 19: "/slow-io/page?x=1"}, data)
    return replace(run, pages=[replace(page, **changed)])


def test_what_a_browser_recorded_has_the_workers_of_that_time_beside_it():
    run = with_page()
    assert fault_of_run(run) == ""
    document = json.loads(exported(run, "page.trace.json", "gunicorn-sync"))
    own, *workers = [each for each in document["traceEvents"] if each["ph"] == "X"]
    assert [own] == json.loads(run.pages[0].events)
    served = [each for each in workers if each["name"].startswith(("visitor", "/"))]
    assert 8 < len(served) < 28, "those of the first half are left out"
    assert [each["name"] for each in served].count("/slow-io/page?x=1 (the browser)") == 1
    told = [each["args"]["data"] for each in document["traceEvents"] if each["name"] == "TimeStamp"]
    assert [each["name"].partition(" · ")[0] for each in told] == [each["name"] for each in workers]
    assert {each["trackGroup"] for each in told} == {"gunicorn sync · 2 workers: the server"}
    assert "cut_off" not in document["otherData"]
    assert "cut_off" in json.loads(exported(with_page(whole=False), "page.trace.json", "gunicorn-sync"))["otherData"]


@pytest.mark.parametrize("events", [b"[]", b" [ ] "])
def test_a_browser_that_recorded_nothing_leaves_the_workers_alone(events: bytes):
    run = with_page(events)
    assert fault_of_run(run) == ""
    document = json.loads(exported(run, "page.trace.json", "gunicorn-sync"))
    assert {each["name"] for each in document["traceEvents"]} >= {"process_name", "thread_name"}


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (b"[1]", "no events"),
        (b"]} evil", "no events"),
        (b'[{"name":"x","ph":"X","pid":1,"tid":1}],"more":[]', "no events"),
        ([{"name": "x", "ph": "X", "pid": 1, "tid": 1, "ts": 1e30}], "at no time"),
        ([{"name": "x", "ph": "X", "pid": 1, "tid": 1, "dur": -1.0}], "at no time"),
    ],
)
def test_a_file_whose_browser_recorded_nonsense_is_refused(events: Any, said: str):
    assert said in fault_of_run(with_page(events))


def test_a_file_whose_browser_recorded_another_target_is_refused():
    page = with_page().pages[0]
    other = replace(page, target=replace(page.target, facts=replace(page.target.facts, name="else")))
    assert "of another target" in fault_of_run(replace(kept("slow-io"), pages=[other]))
    assert "of another target, or one twice" in fault_of_run(replace(kept("slow-io"), pages=[page, page]))
    assert "negative" in fault_of_run(with_page(asked={-1: "/"}))
