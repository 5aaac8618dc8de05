"""What every format of an export holds: nothing private, nothing guessed, and that it is simulated where it is."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_mutants import mutant
from made_runs import made_run
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.exports.formats import Source, format_named
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, BrowserRequest, Measured, Vitals
from asgi_vs_wsgi.scenarios.results.target_parts import RequestSent
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run
from asgi_vs_wsgi.tui.commands.export import TABLE

RECORDINGS = Path(__file__).parent / "recordings"
LEAVES = pytest.mark.parametrize("name", [each.name for each in TABLE if not each.of_browser])
"""Those are of a browser, which none of these runs had (tests/scenarios/browser)."""


def test_a_new_run_keeps_a_pair_of_clocks_so_that_nothing_is_guessed(tmp_path: Path):
    file = made_run(tmp_path)
    clock = read_run(file).clock
    assert clock is not None
    assert clock.wall_ns > 1_700_000_000_000_000_000 > clock.monotonic_ns
    run = read_run(file)
    source = Source(run, run.traces(), 0, "", lambda done, total: None)
    assert not any("time of day" in note for note in source.timeline.notes)


PLANTED = "planted-4711"
LITERALS = f"""
DB_PASS: str = "{PLANTED}"
PASSWORD = '''{PLANTED}
  {PLANTED}'''
TOKEN = (
    "{PLANTED}" "{PLANTED}"
    f"{PLANTED}"
)
SECRETS = {{"me": "{PLANTED}", "you": ["{PLANTED}"]}}
os.environ.setdefault("API_TOKEN", "{PLANTED}")
KEY = os.environ.get("API_KEY", '{PLANTED}') or "{PLANTED}"
send({{"Authorization": "Bearer {PLANTED}", "sessionid": "{PLANTED}", "harmless": "kept-8"}})
call("Authorization: Bearer {PLANTED}", get("/x?page=7&token={PLANTED}&q=kept-9"), "postgres://me:{PLANTED}@db/shop")
password = unwrap("{PLANTED}") if token == "{PLANTED}" else f"{PLANTED}"
behind = "{PLANTED}"
connect(password=behind, pin=\\
    "{PLANTED}")
if "{PLANTED}" == request.headers["Authorization"]:
    user.set_password("{PLANTED}")
"""
SHELL = f"""
Open `/x?token={PLANTED}`, then:

    DJANGO_SECRET_KEY={PLANTED} curl -H "Authorization: Bearer {PLANTED}" postgres://me:{PLANTED}@db/shop
"""


@LEAVES
def test_nothing_private_is_in_any_export(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What was sent as a secret, set in the environment, or told by an exception is nobody else's business."""
    monkeypatch.setenv("DJANGO_SECRET_KEY", PLANTED)
    run = read_run(RECORDINGS / "worker-crash.avw")
    headers = f'{{Cookie = "sessionid={PLANTED}", Authorization = "{PLANTED}"}}'
    toml = run.scenario.toml if name == "html" else f"{run.scenario.toml}\n[secret]\nheaders = {headers}\n"  # no code
    body = LITERALS.replace("\n", "\n    ")
    views = f"{LITERALS}\n\ndef {run.targets[0].facts.view}(request):\n    pass{body}\n"
    scenario = replace(run.scenario, toml=toml, views=views, lesson=f"# X\n{SHELL}\n```python{LITERALS}```\n")
    paths = [f"/page?token={PLANTED}&page=7", f"/page?api_key={PLANTED}&q=1&next=%2Fa%3Fsig%3D{PLANTED}"]
    sent = RequestSent("POST", [*paths, f"/page;sid={PLANTED}?to=https://me:{PLANTED}@db/"], 9)
    words = f"no postgres://me:{PLANTED}@db/shop" if name == "html" else PLANTED  # the page tells why requests failed
    targets = [
        replace(
            target,
            facts=replace(target.facts, requests=dict.fromkeys(target.classes, sent)),
            workers=[replace(each, raised={1: ("ValueError", words, "views.py:1 page")}) for each in target.workers],
        )
        for target in run.targets
    ]
    path = f"/page?token={PLANTED}&page=8"
    asked = BrowserRequest(1, path, "Document", 200, "text/html", 9, 10**9, 0.0, None, 0.1, 1.0, 0.1)
    vitals = Vitals(path, True, Measured(9.0, 9.0, 9.0, [9.0]), None, None, {}, requests=[asked])
    result = replace(
        run.result,
        environment=run.result.environment | {"DATABASE_URL": PLANTED},
        targets=[replace(each, vitals=vitals) for each in run.result.targets],
        browser=BrowserFacts("Chrome", "/chrome", 2),
    )
    planted = replace(run, scenario=scenario, targets=targets, result=result)
    traces = planted.traces()[:1]
    for worker in traces[0].workers.values():
        for handling in worker.handlings.values():
            handling.failure = 1
    source = Source(planted, traces, 0, "", lambda done, total: None)
    data = b"".join(format_named(name, TABLE).parts(source))
    assert not [line for line in data.split(b"\n") if PLANTED.encode() in line]
    if name == "html":
        assert data.count(b"kept-8") == data.count(b"kept-9") == 2, "the view and the lesson"
    if name == "har":
        assert b"/page?token=not-saved&page=8" in data
    if name == "csv":
        assert b"page=7" in data
        assert b"ValueError" in data
        assert b"token=not-saved" in data


@LEAVES
def test_a_simulated_run_says_so_in_every_format_and_came_when_it_was_made(name: str, tmp_path: Path):
    from simulated_runs import from_the_recorded_run

    experiment, outcome = from_the_recorded_run(targets=("uvicorn",), requests=6)
    run = saved_run(experiment.scenario, outcome)
    source = Source(run, run.traces(), 0, "Title", lambda done, total: None)
    data = b"".join(format_named(name, TABLE).parts(source))
    assert b"simulated" in data.lower()
    if name == "csv":
        rows = list(csv.DictReader(data.decode().splitlines()))
        assert {row["kind"] for row in rows} == {"simulated"}
        age_s = time.time() - datetime.fromisoformat(rows[0]["intended_at"][:26]).replace(tzinfo=UTC).timestamp()
        assert 0 <= age_s < 600
    if name in ("vegeta.json", "otlp.jsonl"):
        assert all(b"simulated" in line for line in data.splitlines())
    notes = source.timeline.notes
    assert any(note.startswith("simulated, not measured") for note in notes)
    assert not any("was saved before" in note for note in notes)
    assert b"simulated" not in b"".join(format_named("csv").parts(made_source(tmp_path)))


def made_source(folder: Path) -> Source:
    run = read_run(made_run(folder))
    return Source(run, run.traces(), 0, "", lambda done, total: None)


def test_a_run_that_was_changed_at_random_is_refused_or_exported(tmp_path: Path):
    """A file may come from anywhere: what is opened is written in every format without a fault of ours."""
    data, written = made_run(tmp_path).read_bytes(), 0
    for seed in range(60):
        (tmp_path / "a.avw").write_bytes(mutant(data, seed))
        try:
            run = read_run(tmp_path / "a.avw")
        except BadInput:
            continue
        for each in TABLE:
            if each.of_browser:
                continue
            traces = run.traces()[:1] if each.one_target else run.traces()
            source = Source(run, traces, 0, "", lambda done, total: None)
            written += sum(map(len, each.parts(source))) > 0
    assert written > 10 * (len(TABLE) - 2)
