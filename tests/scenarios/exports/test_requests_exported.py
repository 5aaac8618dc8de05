"""What exports say of requests, read by readers that are not ours, is what `run --json` says."""

from __future__ import annotations

import csv
import io
import json
import re
from array import array
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from exported import FILES, SAVED_NS, exported, kept, rows_of, source, stopped, without_probe
from jsonschema import Draft6Validator
from msgspec.structs import replace
from opentelemetry.proto_json.collector.trace.v1.trace_service import ExportTraceServiceRequest
from referencing import Registry
from referencing.jsonschema import DRAFT6

from asgi_vs_wsgi.scenarios.exports.load_tools import percentile_table
from asgi_vs_wsgi.scenarios.results.browser import BrowserRequest, Vitals
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair
from asgi_vs_wsgi.scenarios.results.statistics import latency_of
from asgi_vs_wsgi.scenarios.results.target_parts import RequestSent
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES

SCHEMAS = json.loads(Path(__file__).with_name("har_schema.json").read_text("utf-8"))
REGISTRY: Registry[object] = Registry().with_resources(
    [(name, DRAFT6.create_resource(each)) for name, each in SCHEMAS.items() if name.endswith(".json")]
)
HAR = Draft6Validator(SCHEMAS["har.json"], registry=REGISTRY, format_checker=Draft6Validator.FORMAT_CHECKER)


def figures(latencies_ms: list[float]) -> tuple[float, float, float, int]:
    of_all = latency_of(round(each * 1e6) for each in latencies_ms)
    return (of_all.p50, of_all.p95, of_all.max, len(latencies_ms)) if of_all else (0.0, 0.0, 0.0, 0)


def told(name: str) -> dict[str, tuple[float, float, float, int]]:
    """As the document has them."""
    return {
        each.name: (each.latency_ms.p50, each.latency_ms.p95, each.latency_ms.max, each.requests.completed)
        for each in kept(name).result.targets
        if each.latency_ms
    }


@pytest.mark.parametrize("name", FILES)
def test_the_csv_has_the_figures_of_the_document(name: str):
    rows = rows_of(kept(name))
    for target, expected in told(name).items():
        done = [row for row in rows if row["target"] == target and row["outcome"] == "done"]
        assert figures([float(row["latency_ms"]) for row in done]) == expected
    for result in kept(name).result.targets:
        done = [row for row in rows if row["target"] == result.name and row["outcome"] == "done"]
        for state, mean_ms in (result.states_ms or {}).items():
            if mean_ms is not None and done:
                assert sum(float(row[f"{state}_ms"]) for row in done) / len(done) == pytest.approx(mean_ms, 1e-6)


@pytest.mark.parametrize("name", FILES)
def test_the_states_of_a_request_add_up_to_its_latency(name: str):
    for row in rows_of(kept(name)):
        states = [row[f"{state}_ms"] for state in (*STATE_NAMES, "blocked_or_stalled")]
        if any(states):
            assert sum(float(each) for each in states if each) == pytest.approx(float(row["latency_ms"]), abs=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_vegetas_lines_have_the_figures_of_the_document(name: str):
    """As its own decoder wants them: all fields, an RFC 3339 time, whole nanoseconds, and no error for success."""
    hits = [json.loads(line) for line in exported(kept(name), "vegeta.json").splitlines()]
    fields = {"attack", "seq", "code", "timestamp", "latency", "bytes_out", "bytes_in", "error", "body"}
    assert all(set(hit) == fields | {"method", "url", "headers"} for hit in hits)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", hit["timestamp"]) for hit in hits)
    for target, expected in told(name).items():
        good = [hit["latency"] / 1e6 for hit in hits if hit["attack"] == target and not hit["error"]]
        assert figures(good) == expected


@pytest.mark.parametrize("name", FILES)
def test_the_percentile_table_has_the_figures_of_the_document(name: str):
    for target, (p50, p95, most, completed) in told(name).items():
        text = exported(kept(name), "hgrm", target).decode()
        lines = [line.split() for line in text.split("\n")[2:] if line and not line.startswith("#")]
        values = [(float(share), float(value), int(count)) for value, share, count, *_ in lines]
        assert values == sorted(values)
        assert next(value for share, value, _ in values if share >= 0.5) == pytest.approx(p50, abs=1e-6)
        assert next(value for share, value, _ in values if share >= 0.95) == pytest.approx(p95, abs=1e-6)
        assert values[-1][0] == 1.0
        assert values[-2][1:] == values[-1][1:]  # hdr-plot skips the last line, which has no fourth column
        assert (values[-1][1], values[-1][2]) == (pytest.approx(most, abs=1e-6), completed)
        footer = re.search(r"Max     = +([\d.]+), Total count    = +(\d+)]", text)
        assert footer
        assert (float(footer[1]), int(footer[2])) == (pytest.approx(most, abs=1e-6), completed)


@pytest.mark.parametrize("ordered", [[], [1.5], [2.0] * 7, [float(n) for n in range(1, 1001)]])
def test_a_percentile_table_never_goes_back_and_ends_with_all(ordered: list[float]):
    lines = [line.split() for line in percentile_table(ordered).split("\n")[2:] if line and line[0] != "#"]
    assert [float(each[0]) for each in lines] == sorted(float(each[0]) for each in lines)
    assert (lines[-1][1:] == ["1.000000000000", str(len(ordered))]) if ordered else lines == []


@pytest.mark.parametrize("name", FILES)
def test_the_har_is_valid_and_has_the_figures_of_the_document(name: str):
    document = json.loads(exported(kept(name), "har"))
    assert [error.message for error in HAR.iter_errors(document)] == []
    entries = document["log"]["entries"]
    for target, expected in told(name).items():
        done = [each for each in entries if each["pageref"] == target and "_error" not in each["response"]]
        assert figures([each["time"] for each in done]) == expected
    for each in entries:
        phases = [ms for phase, ms in each["timings"].items() if ms > 0 and not phase.startswith("_")]
        assert sum(phases) == pytest.approx(each["time"], abs=1e-5)
    assert [page["id"] for page in document["log"]["pages"]] == [target.facts.name for target in kept(name).targets]


def test_what_a_real_browser_asked_for_has_pages_of_its_own_in_the_har():
    run = kept("slow-io")
    asked = [
        BrowserRequest(
            visit, "/slow-io/x", "Document", 200, "text/html", 99, 10**9, 1.0, None, 0.5, 100.0, 2.0, 2, 60.0
        )
        for visit in (1, 1, 2)
    ]
    vitals = Vitals("/slow-io/x", False, None, None, None, {}, requests=asked)
    first, *others = run.result.targets
    result = msgspec.structs.replace(run.result, targets=[msgspec.structs.replace(first, vitals=vitals), *others])
    log = json.loads(exported(msgspec.structs.replace(run, result=result), "har"))["log"]
    assert [error.message for error in HAR.iter_errors({"log": log})] == []
    browsers = [each for each in log["entries"] if "browser" in each["comment"]]
    assert [each["time"] for each in browsers] == [103.5] * 3
    assert len({each["pageref"] for each in browsers}) == 2
    assert {each["pageref"] for each in browsers} < {page["id"] for page in log["pages"]}
    alone = json.loads(exported(msgspec.structs.replace(run, result=result), "page.har"))["log"]
    assert [error.message for error in HAR.iter_errors({"log": alone})] == []
    assert (alone["entries"], len(alone["pages"])) == (browsers, 2)


def test_a_visit_that_failed_has_no_status_and_says_why_as_chromium_does():
    entries = json.loads(exported(kept("worker-crash"), "har"))["log"]["entries"]
    failed = [each["response"] for each in entries if "_error" in each["response"]]
    assert {(each["status"], each["_error"]) for each in failed} == {(0, "net::ERR_CLOSED")}


def test_a_wrong_har_is_not_valid():
    document = json.loads(exported(kept("slow-io"), "har"))
    del document["log"]["entries"][0]["timings"]["wait"]
    assert [*HAR.iter_errors(document)]


def test_states_in_a_har_say_who_told_of_them():
    entry = json.loads(exported(kept("slow-io"), "har"))["log"]["entries"][5]
    (header,) = entry["response"]["headers"]
    metrics = dict(each.split(";", 1) for each in header["value"].split(", ") if ";dur=" in each)
    assert header["name"] == "Server-Timing"
    assert "not sent by the server" in header["comment"]
    assert re.fullmatch(r'dur=\d+\.\d{3};desc="client told"', metrics["queued"])
    assert re.fullmatch(r'dur=\d+\.\d{3};desc="worker told"', metrics["blocked"])


@pytest.mark.parametrize("name", FILES)
def test_spans_have_the_figures_of_the_document_and_lie_within_their_parents(name: str):
    spans = []
    for line in exported(kept(name), "otlp.jsonl").splitlines():
        for resource in ExportTraceServiceRequest.from_json(line).resource_spans:
            about = {each.key: each.value for each in resource.resource.attributes}
            whose = about.get("server.name") or about["service.name"]
            spans += [(whose.string_value, each) for scope in resource.scope_spans for each in scope.spans]
    known = {each.span_id: each for _, each in spans}
    assert len(known) == len(spans)
    assert all(len(each.trace_id) == 16 and len(each.span_id) == 8 for _, each in spans)
    for target, expected in told(name).items():
        clients = [each for owner, each in spans if owner == target and each.kind == 3]
        good = [each for each in clients if not each.status or not each.status.code]
        lasted = [each.end_time_unix_nano - each.start_time_unix_nano for each in good]
        assert figures([each / 1e6 for each in lasted]) == expected
    for result in kept(name).result.targets:
        if result.states_ms and not result.requests.failed:
            sums: Counter[str] = Counter()
            for owner, each in spans:
                if owner == result.name and each.kind == 1:
                    sums[each.name] += each.end_time_unix_nano - each.start_time_unix_nano
            for state, mean_ms in result.states_ms.items():
                if mean_ms is not None:
                    told_ms = mean_ms * result.requests.completed
                    assert sums[state] / 1e6 == pytest.approx(told_ms, rel=1e-3, abs=0.01)
    for _, each in spans:
        if each.kind == 1:
            parent = known[each.parent_span_id]
            assert parent.start_time_unix_nano <= each.start_time_unix_nano
            assert each.end_time_unix_nano <= parent.end_time_unix_nano


def test_times_of_day_are_those_of_the_clocks_that_the_run_kept():
    run = kept("slow-io")
    first_ns = min(min(filter(None, trace.visits.intended_ns)) for trace in run.traces())
    moment = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    clock = ClockPair(round(moment.timestamp()) * 10**9, first_ns - 5 * 10**9)
    document = json.loads(exported(replace(run, clock=clock), "har"))
    begun = min(each["startedDateTime"] for each in document["log"]["entries"])
    assert datetime.fromisoformat(begun[:26] + "+00:00") == moment + timedelta(seconds=5)
    assert source(replace(run, clock=clock)).timeline.notes == [
        "this run was saved before runs kept ports: addresses have none"
    ]


def test_without_a_clock_the_last_visit_ends_when_the_file_was_written_and_that_is_said():
    run = kept("slow-io")
    timeline = source(run).timeline
    last_ns = max(max(trace.visits.done_ns) for trace in run.traces())
    assert timeline.wall_ns(last_ns) == SAVED_NS
    assert any("times of day are guessed" in note for note in timeline.notes)
    assert "guessed from the file" in exported(run, "har").decode()


def test_ports_and_paths_stand_in_addresses_where_the_run_kept_them():
    run = kept("slow-io")
    sent = RequestSent("POST", ["/a/{n}?x=1", "/b"], 7)
    targets = [replace(t, facts=replace(t.facts, port=8123, requests={"all": sent})) for t in run.targets]
    rows = rows_of(replace(run, targets=targets))
    assert [(row["method"], row["path"]) for row in rows[:3]] == [
        ("POST", "/a/1?x=1"),
        ("POST", "/b"),
        ("POST", "/a/3?x=1"),
    ]
    entry = json.loads(exported(replace(run, targets=targets), "har"))["log"]["entries"][0]
    assert entry["request"]["url"] == "http://127.0.0.1:8123/a/1?x=1"
    assert entry["request"]["queryString"] == [{"name": "x", "value": "1"}]
    assert (entry["request"]["bodySize"], entry["connection"]) == (7, "8123")


@pytest.mark.parametrize("name", ["har", "csv", "vegeta.json", "otlp.jsonl"])
def test_of_a_run_without_probe_there_is_what_the_client_saw_and_it_is_said(name: str):
    run = without_probe(kept("slow-io"))
    text = exported(run, name).decode()
    assert any("no worker was looked into (gunicorn-sync, uvicorn)" in note for note in source(run).timeline.notes)
    assert "Server-Timing" not in text
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert not any(row["queued_ms"] or row["worker"] or row["hops"] for row in rows)
        assert figures([float(row["latency_ms"]) for row in rows[:32]]) == told("slow-io")["gunicorn-sync"]
    else:
        assert "queued" not in text


def test_workers_that_told_of_others_are_not_said_to_have_told_nothing():
    run = kept("slow-io")
    targets = [replace(target, first_id=target.first_id + 10**6) for target in run.targets]
    notes = source(replace(run, targets=targets)).timeline.notes
    assert any("workers told of other requests than these (gunicorn-sync, uvicorn)" in note for note in notes)
    assert not any("no worker was looked into" in note for note in notes)


def test_a_target_to_which_nobody_came_has_a_page_of_the_run_s_day():
    """Its times are those of the others; no page loads for less than no time."""
    run = kept("slow-io")
    first, second = run.targets
    nothing = {name: bytes(len(column)) for name, column in second.columns.items()}
    never = replace(second, columns=nothing, workers=[], start_ns=0)
    log = json.loads(exported(replace(run, targets=[first, never]), "har"))["log"]
    assert [error.message for error in HAR.iter_errors({"log": log})] == []
    came, nobody = log["pages"]
    assert nobody["startedDateTime"] == came["startedDateTime"]
    assert nobody["pageTimings"]["onLoad"] == -1


def test_no_phase_is_shorter_than_nothing_whatever_a_file_says():
    run = kept("slow-io")
    first, *others = run.targets
    sent_ns = array("q", first.columns["sent_ns"])
    sent_ns[3] = array("q", first.columns["done_ns"])[3] + 10**9
    changed = replace(first, columns=first.columns | {"sent_ns": sent_ns.tobytes()})
    log = json.loads(exported(replace(run, targets=[changed, *others]), "har"))["log"]
    assert [error.message for error in HAR.iter_errors({"log": log})] == []
    assert all(min(each["timings"].values()) >= -1 for each in log["entries"])
    assert all(each["timings"]["wait"] >= 0 for each in log["entries"])


@pytest.mark.parametrize("begin", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])
def test_no_name_of_a_run_is_a_formula_to_a_spreadsheet(begin: str):
    run = kept("slow-io")
    targets = [replace(target, facts=replace(target.facts, name=begin)) for target in run.targets[:1]]
    rows = rows_of(replace(run, targets=targets))
    assert {row["target"] for row in rows} == {f"'{begin}"}


def test_of_a_stopped_run_ended_requests_are_exported_and_the_others_are_told_of():
    run = stopped(kept("slow-io"), 5)
    assert any("10 requests did not end before the run was stopped" in note for note in source(run).timeline.notes)
    assert len(json.loads(exported(run, "har"))["log"]["entries"]) == 64 - 10
    assert len(exported(run, "vegeta.json").splitlines()) == 64 - 10
    rows = rows_of(run)
    assert len(rows) == 64
    unfinished = [row for row in rows if row["outcome"] == "pending"]
    assert len(unfinished) == 10
    assert not any(row["done_ms"] or row["latency_ms"] or row["queued_ms"] for row in unfinished)


def test_a_sync_worker_serves_one_after_another_and_a_loop_all_at_once():
    rows = rows_of(kept("slow-io"))
    for target, together in (("gunicorn-sync", False), ("uvicorn", True)):
        for worker in ("1", "2"):
            served = sorted(
                (float(row["begin_ms"]), float(row["end_ms"]))
                for row in rows
                if (row["target"], row["worker"]) == (target, worker)
            )
            assert len(served) > 3
            assert all((later[0] < before[1]) is together for before, later in pairwise(served))
