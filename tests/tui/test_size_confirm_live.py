"""`size --confirm`: the best two run live, what was predicted beside what was measured, and nobody left behind."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
from command_line import command, started
from own_project import tree_of, write_project
from process_family import assert_gone
from simulated_runs import RECORDED

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.report.sizing import confirmation_report

pytestmark = pytest.mark.live

ASKED = ("size", str(RECORDED), "--target", "uvicorn", "--rate", "40", "--p95", "30s", "--set", "io_ms=20", "--no-keep")


def test_the_best_two_are_run_live_as_asked_and_no_figure_is_taken_for_another(tmp_path: Path):
    file = tmp_path / "sized.avw"
    done = command(*ASKED, "--confirm", "--requests", "40", "--json", "--save", str(file))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    best = [one["target"] for one in document["configurations"] if one["holds"]][:2]
    assert [one["target"] for one in document["confirmations"]] == best == ["uvicorn:1", "uvicorn:2"]
    for one, workers in zip(document["confirmations"], (1, 2), strict=True):
        predicted, measured = one["predicted"], one["measured"]
        assert (predicted["simulated"], measured["simulated"]) == (True, False)
        assert (measured["planned"], measured["completed"], one["rate"], one["requests"]) == (40, 40, 40.0, 40)
        assert min(measured["p95_ms"], predicted["p95_ms"]) > 19, "the page waits 20 ms, and not 200 as in the run"
        assert predicted["interval"][0] <= predicted["p95_ms"] <= predicted["interval"][1]
        assert measured["memory_mb"] == pytest.approx(predicted["memory_mb"], rel=0.5)
        assert len(re.findall(rf"^ready uvicorn{'-2' * (workers - 1)} \d+$", done.stderr, re.MULTILINE)) == workers
    assert document["simulated"] is True
    saved = read_run(file).result
    assert [one.target for one in saved.confirmations or []] == best
    told = "\n".join(confirmation_report(saved, 160))
    assert "p95 PREDICTED" in told
    assert "p95 MEASURED" in told
    assert_gone(map(int, re.findall(r"^ready \S+ (\d+)$", done.stderr, re.MULTILINE)))


def test_ctrl_c_in_the_live_run_ends_its_servers_and_writes_nothing(tmp_path: Path):
    file = tmp_path / "sized.avw"
    arguments = [*ASKED, "--confirm", "--duration", "60", "--json", "--save", str(file)]
    with started(*arguments, env={}) as process:
        assert process.stderr
        pids: list[int] = []
        while "measuring" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
            pids += map(int, re.findall(r"^ready \S+ (\d+)$", line))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert pids
    assert_gone(pids)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_run_of_a_project_is_simulated_sized_and_its_best_two_run_live(tmp_path: Path):
    """Its pages are asked for as often as in that run; not a file of it is changed."""
    folder, file = write_project(tmp_path / "shop"), tmp_path / "run.avw"
    before = tree_of(folder)
    pages = ("--page", "/books/search/=3", "--page", "/plain/")
    light = ("--target", "uvicorn:1", "--requests", "40", "--concurrency", "2", "--rounds", "1", "--no-keep")
    measured = command("project", str(folder), *pages, *light, "--save", str(file))
    assert measured.returncode == 0, measured.stderr
    simulated = command("simulate", str(file), "--workers", "3", "--no-keep", "--json")
    assert simulated.returncode == 0, simulated.stderr
    (target,) = json.loads(simulated.stdout)["targets"]
    assert (target["workers"], target["simulated"]) == (3, True)
    assert sorted(each["name"] for each in target["classes"]) == ["books_search", "plain"]
    asked = ("--rate", "20", "--p95", "20s", "--class", "plain", "--requests", "40", "--no-keep", "--json")
    done = command("size", str(file), *asked, "--confirm")
    assert done.returncode == 0, done.stderr
    confirmed = json.loads(done.stdout)["confirmations"]
    assert [one["target"] for one in confirmed] == ["uvicorn:1", "uvicorn:2"]
    assert [(one["of"], one["measured"]["completed"], one["measured"]["holds"]) for one in confirmed] == [
        ("plain", 40, True)
    ] * 2
    assert_gone(map(int, re.findall(r"^ready \S+ (\d+)$", done.stderr, re.MULTILINE)))
    assert tree_of(folder) == before
    folder.rename(tmp_path / "elsewhere")
    gone = command("size", str(file), *asked, "--confirm")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "shop: no such folder" in gone.stderr
