"""A saved run that is well packed and wrong inside is refused in one line, within a bound of memory."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from made_mutants import packed, unpacked
from made_runs import made_run
from peak_memory import TOLD

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_file import CODES, COLUMNS, HEAD, MAGIC, MOST_UNPACKED, VERSION, body_limit
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, RECORD_BYTES, Kind

HOUSE = Path(__file__).parents[2]
TODAY = [HOUSE / "tui/recorded/slow-io.avw", HOUSE / "tests/pictures/blocked-loop.avw"]
TODAY += sorted((HOUSE / "tests/tui/recordings").glob("*.avw"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made_run(tmp_path_factory.mktemp("made")).read_bytes()


def refusal(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "run.avw").write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read_run(tmp_path / "run.avw")
    words = caught.value.one_line()
    assert str(tmp_path / "run.avw") in words
    assert words.isprintable()
    return words


@pytest.mark.parametrize("file", TODAY, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_files_of_today_open_with_the_figures_that_they_hold(file: Path):
    run, plain = read_run(file), unpacked(file.read_bytes())
    assert msgspec.to_builtins(run.result) == plain["result"] | msgspec.to_builtins(run.result)
    for target, saved in zip(run.traces(), plain["targets"], strict=True):
        assert {name: getattr(target.visits, name).tobytes() for name in COLUMNS} == {
            name: saved["columns"][name] for name in COLUMNS
        }


def column(name: str, change):
    def changed(document) -> None:
        columns = document["targets"][0]["columns"]
        columns[name] = change(columns[name])

    return changed


def without(name: str):
    return lambda document: document["targets"][1]["columns"].pop(name)


def with_event(**changes):
    event = {"do": "reload", "at_s": 1.0, "done_ns": 5, "worker": 0, "reason": ""} | changes
    return lambda document: document["targets"][0].update(events=[event])


def with_fate(**changes):
    fate = {"hello_ns": 0, "told_ns": 0, "ended": ""} | changes
    return lambda document: document["targets"][0]["workers"][0].update(fate=fate)


def first_record(**changes: int):
    """Of the first worker, one field changed."""

    def changed(document) -> None:
        worker = document["targets"][0]["workers"][0]
        names = ("t", "value", "request", "lane", "kind", "flag", "seq")
        fields = dict(zip(names, RECORD.unpack_from(worker["records"]), strict=True))
        worker["records"] = RECORD.pack(*(fields | changes).values()) + worker["records"][RECORD_BYTES:]

    return changed


def figure(path: str, value: object):
    def changed(document) -> None:
        *way, last = path.split(".")
        place = document["result"]["targets"][0]
        for key in way:
            place = place[key]
        place[last] = value

    return changed


def everywhere(key: str, value: object):
    def changed(document) -> None:
        document["targets"][0][key] = value

    return changed


def result(**changes: object):
    return lambda document: document["result"].update(changes)


def with_pages(of: str, many: int):
    """Of 8 visitors."""
    pages = [{"name": str(place), "view": "page"} for place in range(many)]
    return lambda document: document["targets"][0]["facts"].update(pages={of: pages})


VITALS = {"page": "/x", "own_page": True, "ttfb_ms": None, "fcp_ms": None, "lcp_ms": None, "inp_ms": {}}
_OF_NO_VISIT = {"p75": 1.0, "min": 1.0, "max": 1.0, "samples": []}
ODD_VITALS: dict[str, dict[str, object]] = {
    "a paint of no visit": {"lcp_ms": _OF_NO_VISIT},
    "a click of no visit": {"inp_ms": {"fetch": _OF_NO_VISIT}},
    "an answer of no visit": {"answer_ms": {"fetch": _OF_NO_VISIT}},
    "no figures of its": {},
}


def browsed(**measured: object):
    def changed(document) -> None:
        document["result"]["browser"] = {"product": "Chrome/150", "path": "/chromium", "beside": 16}
        for target in document["result"]["targets"]:
            target["vitals"] = VITALS | measured if measured else None

    return changed


WRONG = {
    **{f"no {name}": without(name) for name in (*COLUMNS, *CODES)},
    **{f"{name} a row short": column(name, lambda data: data[:-8]) for name in ("done_ns", "status", "outcome")},
    "a later column a row short": column("send_start_ns", lambda data: data[:-8]),
    "a later column of no times": column("send_start_ns", lambda data: b"\xff" * len(data)),
    "a row more": column("error", lambda data: data + b"\0"),
    "half a number": column("sent_ns", lambda data: data[:-3]),
    "an unknown outcome": column("outcome", lambda data: b"\x09" + data[1:]),
    "an unknown error": column("error", lambda data: b"\xff" + data[1:]),
    "a time before the clock": column("intended_ns", lambda data: b"\xff" * 8 + data[8:]),
    "a time beyond it": column("done_ns", lambda data: b"\xff" * 7 + b"\x7f" + data[8:]),
    "an end before the beginning": column("done_ns", lambda data: (1).to_bytes(8, "little") + data[8:]),
    "a negative status": column("status", lambda data: b"\xff" * 4 + data[4:]),
    "cut records": lambda document: document["targets"][0]["workers"][0].update(
        records=document["targets"][0]["workers"][0]["records"][:-5]
    ),
    "an unknown kind": first_record(kind=200),
    "an unknown ending": first_record(kind=int(Kind.END), flag=77),
    "an unknown look": first_record(kind=int(Kind.SAMPLE), flag=0),
    "an unknown thing that is awaited": first_record(kind=int(Kind.AWAITS), flag=0),
    "a result that awaits what nobody knows": figure("awaiting_for", [{"what": "rain", "where": "", "ms": 1.0}]),
    "an unknown vital": first_record(kind=int(Kind.VITAL), flag=99),
    "a step that ends first": first_record(kind=int(Kind.STEP), value=1),
    "a record of no time": first_record(t=2**64 - 1),
    "a negative number of lost records": lambda document: document["targets"][0]["workers"][0].update(lost=-1),
    "an event that nobody knows": with_event(do="dance"),
    "an event at no time": with_event(done_ns=-1),
    "an event of nobody": with_event(worker=999_999),
    "an end that nobody knows": with_fate(ended="vanished"),
    "an end of one that lives": with_fate(ended="recycled"),
    "an order at no time": with_fate(told_ns=-5),
    "one pid for two": lambda document: document["targets"][0]["workers"].append(document["targets"][0]["workers"][0]),
    "no target": lambda document: document.update(targets=[]),
    "one name for two": lambda document: document["targets"].append(document["targets"][0]),
    "a class that nobody knows": everywhere("class_of", b"\x05\x00" * 8),
    "classes of some only": everywhere("class_of", b"\x00\x00" * 3),
    "pages of a class that is not there": with_pages("nobody", 1),
    "pages of nothing": with_pages("all", 0),
    "visitors who came to half of their pages": with_pages("all", 3),
    "no class": everywhere("classes", []),
    "a negative first number": everywhere("first_id", -5),
    "a negative service time": everywhere("service_ns", -1),
    "billions of workers": lambda document: document["targets"][0]["facts"].update(workers=2**31),
    "no such port": lambda document: document["targets"][0]["facts"].update(port=70_000),
    "a port below zero": lambda document: document["targets"][0]["facts"].update(port=-1),
    "visitors who ask for nothing": lambda document: document["targets"][0]["facts"].update(
        requests={"all": {"method": "GET", "paths": [], "body_bytes": 0}}
    ),
    "a clock before 1970": lambda document: document["clock"].update(wall_ns=-1),
    "no such law": lambda document: document["targets"][0]["facts"].update(law="ohm"),
    "no such interface": lambda document: document["targets"][0]["facts"].update(interface="rsgi"),
    "nan": figure("latency_ms.p95", float("nan")),
    "infinite": figure("makespan_s", float("inf")),
    "minus": figure("throughput_rps", -1.0),
    "a negative count": figure("requests.completed", -3),
    "a count of all": figure("requests.planned", 2**62),
    "states of others": figure("states_ms", {"queued": 1.0}),
    "an own thread in no known state": figure(
        "own_threads", {"count": 1, "cpu_ms": 1.0, "lines": [{"where": "views.py:1 f", "state": "lost", "ms": 1.0}]}
    ),
    "child processes of less than no memory": figure(
        "child_processes", {"count": 1, "cpu_ms": 1.0, "rss_peak_mb": -1.0}
    ),
    "a result of others": figure("name", "another"),
    "a winner from nowhere": lambda document: document["result"]["verdict"].update(winner="nobody"),
    "a verdict on nothing": lambda document: document["result"]["verdict"].update(on="happiness"),
    "rounds of others": result(rounds=[{"target": "x", "round": 1, "makespan_s": 1.0, "p95_ms": 1.0, "completed": 1}]),
    "no cores": result(environment={"cores": 0}),
    "cores in words": result(environment={"cores": "two"}),
    "a status in words": figure("requests.statuses", {"200x": 32}),
    "a law without cores": figure("law.cores", 0.0),
    "rounds of no target": result(targets=[]),
    "a check of no figure": figure(
        "checks", [{"name": "a", "quantity": "latency_ms.minx", "expected": "> 1", "measured": None, "holds": None}]
    ),
    "a check against no figure": figure(
        "checks",
        [{"name": "a", "quantity": "service_s", "expected": "> 2 * uvicorn/x.y", "measured": None, "holds": None}],
    ),
    "no such mode": result(mode="dream"),
    "a name that leads away": lambda document: document["scenario"].update(name="../../etc"),
    "too deep": lambda document: document["result"].update(environment=deep(10_000)),
    **{f"a browser and {what}": browsed(**measured) for what, measured in ODD_VITALS.items()},
    "a browser's figures and no browser": figure("vitals", VITALS),
    "of another type": lambda document: document["result"].update(targets={"a": 1}),
}


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_hold_together_is_told_in_one_line(tmp_path: Path, whole: bytes, wrong: str):
    document = unpacked(whole)
    (tmp_path / "run.avw").write_bytes(packed(document))
    read_run(tmp_path / "run.avw")
    WRONG[wrong](document)
    try:
        data = packed(document)
    except RecursionError:
        data = packed_deep(document)
    refusal(tmp_path, data)


def packed_deep(document) -> bytes:
    """msgspec itself does not write what is so deep: an array in an array in an array."""
    document["result"]["environment"] = {"x": 1}
    body = msgspec.msgpack.encode(document).replace(b"\xa1x\x01", b"\xa1x" + b"\x91" * 10_000 + b"\x01")
    packed_body = zlib.compress(body)
    return HEAD.pack(MAGIC, VERSION, len(packed_body), zlib.crc32(packed_body)) + packed_body


# ---- bounds


def bomb(unpacks_to: int) -> bytes:
    """A stream that unpacks to that many zeros, made at once: one block again and again."""
    million, squeeze = bytes(1_000_000), zlib.compressobj(9)
    head = squeeze.compress(million) + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(million) + squeeze.flush(zlib.Z_FULL_FLUSH)
    body = head + block * (unpacks_to // 1_000_000 - 1) + squeeze.flush()
    return HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body


CLAIMS = {
    "2 GB": bomb(2_000_000_000),
    "bytes that are not there": b"\xc6\xff\xff\xff\xff",
    "an array that is not there": b"\xdd\xff\xff\xff\xff",
    "a map that is not there": b"\xdf\xff\xff\xff\xff",
    "targets that are not there": msgspec.msgpack.encode({"targets": 0})[:-1] + b"\xdd\xff\xff\xff\xff",
}
READ = f"""{TOLD}
from pathlib import Path
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
used = peak_kb()
for file in sys.argv[1:]:
    try:
        read_run(Path(file))
    except BadInput as error:
        print(error.one_line())
print(peak_kb() - used, file=sys.stderr)
"""


def test_a_claim_to_unpack_to_more_than_a_run_can_have_costs_no_more_than_the_bound(tmp_path: Path):
    """2 MB that claim 2 GB; and lengths that msgpack claims for what is not there."""
    files = []
    for name, claim in CLAIMS.items():
        data = claim
        if not claim.startswith(MAGIC):
            body = zlib.compress(claim)
            data = HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body
        files.append(tmp_path / f"{name}.avw")
        files[-1].write_bytes(data)
    done = subprocess.run([sys.executable, "-c", READ, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(CLAIMS)
    assert "unpacks to more than" in done.stdout
    largest = max(file.stat().st_size for file in files)
    assert int(done.stderr) * 1024 < 2.5 * body_limit(largest) + largest


def test_the_bound_grows_with_the_file_and_has_an_end():
    assert body_limit(100) == body_limit(1000) < body_limit(10_000_000) <= body_limit(10**12) == MOST_UNPACKED < 2e9


def test_a_run_that_shrinks_more_than_others_can_be_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Zeros: a burst of which nobody was served. What is written keeps to the bound that readers hold it to."""
    from made_result import made_result
    from made_traces import on_loops

    import asgi_vs_wsgi.scenarios.storage.run_file
    from asgi_vs_wsgi.scenarios.catalog import load_catalog
    from asgi_vs_wsgi.scenarios.load.visits import Visits
    from asgi_vs_wsgi.scenarios.results.outcome import Outcome
    from asgi_vs_wsgi.scenarios.storage.run_reader import write_run
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

    monkeypatch.setattr(asgi_vs_wsgi.scenarios.storage.run_file, "LEAST_LIMIT", 1000)
    one = made_result()
    one = replace(one, targets=[], rounds=[], ladder=[], verdict=replace(one.verdict, winner=None))
    outcome = Outcome(one, [TargetTrace(on_loops(1).facts, Visits(30_000))])
    write_run(tmp_path / "run.avw", load_catalog().find("slow-io"), outcome)
    assert len(read_run(tmp_path / "run.avw").traces()[0].visits) == 30_000


@pytest.mark.parametrize("make", ["folder", "pipe", "device", "name"])
def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path: Path, make: str):
    import os

    file = tmp_path / "run.avw"
    match make:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "device":
            file = Path("/dev/zero")
        case _:
            file = tmp_path / ("a" * 300)
    with pytest.raises(BadInput):
        read_run(file)
