"""A page that blocks for 300 ms, behind WSGI and ASGI, in a real Chromium: a bad INP on both, and a performance trace
with the workers in it: on one clock, and without what is private."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from browser_pipe import browser_path
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.browser import browse as browsing
from asgi_vs_wsgi.scenarios.browser.browse import browse
from asgi_vs_wsgi.scenarios.browser.chromium import find_browser
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.exports.formats import Source, format_named
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.load import beside_load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run

pytestmark = [
    pytest.mark.live,
    pytest.mark.xdist_group("page trace"),
    pytest.mark.skipif(browser_path() is None, reason="there is no Chromium here (apt install chromium)"),
]
FOLDERS = (str(Path(__file__).parents[1] / "folders"),)
IO_MS = 50
TARGETS = ("gunicorn-sync", "uvicorn")
SENT = "ResourceSendRequest"


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """Saved, and read again."""
    experiment = resolve(Options("blocking-page", rounds=1, scenario_dirs=FOLDERS), load_catalog(FOLDERS))
    experiment = replace(experiment, load=beside_load(experiment.load, None))
    watcher = Callbacks(lambda told: None, lambda target, pid: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_THE_SHELL", "planted-environment")
        patch.setattr(browsing, "CLICKS", {"compute": "a click that computes"})  # the others are no news here
        measured = partial(browse, experiment, find_browser(), watcher)
        outcome = anyio.run(measured, backend_options={"use_uvloop": True})
    file = tmp_path_factory.mktemp("run") / "page.avw"
    write_run(file, experiment.scenario, outcome)
    return read_run(file)


def exported(run: SavedRun, name: str, *targets: str) -> bytes:
    traces = [trace for trace in run.traces() if trace.facts.name in targets or not targets]
    return b"".join(format_named(name).parts(Source(run, traces, 0, "", lambda done, total: None)))


def events_of(run: SavedRun, target: str) -> list[dict[str, Any]]:
    return json.loads(exported(run, "page.trace.json", target))["traceEvents"]


def test_inp_sees_a_script_that_blocks_whatever_the_server(browsed: SavedRun):
    for result in browsed.result.targets:
        assert result.vitals
        (inp_ms,) = result.vitals.inp_ms["compute"].samples
        assert inp_ms >= 300, result.name


@pytest.mark.parametrize("target", TARGETS)
def test_a_worker_serves_a_request_while_the_browser_waits_for_it(browsed: SavedRun, target: str):
    events = events_of(browsed, target)
    paths = {e["args"]["data"]["requestId"]: e["args"]["data"]["url"] for e in events if e["name"] == SENT}
    begun: dict[str, float] = {}
    for event in sorted((each for each in events if each["ph"] == "X"), key=lambda each: each["ts"]):
        if event["name"].endswith("(the browser)"):
            begun.setdefault(event["name"].partition(" ")[0], event["ts"])
    answered = [each["args"]["data"] for each in events if each["name"] == "ResourceReceiveResponse"]
    assert len(answered) == len(begun) == 2, "the page, and what its button fetches"
    for each in answered:
        begun_us = next(at for path, at in begun.items() if paths[each["requestId"]].endswith(path))
        timing = each["timing"]
        sent_us, first_byte_us = (
            timing["requestTime"] * 1e6 + timing[name] * 1000 for name in ("sendStart", "receiveHeadersEnd")
        )
        assert sent_us <= begun_us <= begun_us + IO_MS * 1000 <= first_byte_us


@pytest.mark.parametrize("target", TARGETS)
def test_devtools_and_perfetto_are_told_of_the_same_work(browsed: SavedRun, target: str):
    events = events_of(browsed, target)
    workers = {each["pid"]: each["args"]["name"] for each in events if each["name"] == "process_name"}
    pids = {pid for pid, name in workers.items() if "worker " in name}
    assert pids == {worker.pid for worker in next(p for p in browsed.pages if p.name == target).target.workers}
    drawn = [(e["ts"], e["ts"] + e["dur"]) for e in events if e["ph"] == "X" and e["pid"] in pids]
    told = [each["args"]["data"] for each in events if each["name"] == "TimeStamp"]
    assert [each["start"] for each in told] == pytest.approx([start for start, _ in drawn])
    assert [each["end"] for each in told] == pytest.approx([end for _, end in drawn])
    assert len({each["trackGroup"] for each in told}) == 1
    assert sum(each["color"] == "primary-dark" for each in told) >= 2, "what is the browser's own stands out"
    own = [each for each in events if each["pid"] not in pids and each["ph"] != "M" and each["name"] != "TimeStamp"]
    first_us, last_us = min(each["ts"] for each in own), max(each["ts"] + each.get("dur", 0) for each in own)
    whole = [each for each in events if each["ph"] == "X" and each["name"].startswith(("visitor ", "/"))]
    assert all(each["ts"] < last_us and each["ts"] + each["dur"] > first_us for each in whole)
    assert {"EventTiming", "firstContentfulPaint", "RunTask", "TracingStartedInBrowser"} <= {e["name"] for e in own}
    assert not [each for each in own if each["ph"] in "BE"]


def test_nothing_private_is_in_what_is_handed_on(browsed: SavedRun):
    for target in TARGETS:
        data = exported(browsed, "page.trace.json", target)
        assert b"planted" not in data.lower()
        assert b"token=not-saved" in data, "it is there, without its value"
    assert b"planted" not in exported(browsed, "har").lower()
    assert not [page for page in browsed.pages if b"planted" in page.events]
    assert all(page.whole and len(page.events) < 3_000_000 for page in browsed.pages)
