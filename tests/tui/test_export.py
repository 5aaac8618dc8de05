"""`export`: files whole or not at all, one clear line for what is wrong, and nothing private in any format."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from command_line import command
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.exports import run_timeline
from asgi_vs_wsgi.scenarios.exports.formats import format_named
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture import picture_files
from asgi_vs_wsgi.tui.cli import cli
from asgi_vs_wsgi.tui.commands import export as command_module
from asgi_vs_wsgi.tui.commands import run_source
from asgi_vs_wsgi.tui.commands.export import TABLE
from asgi_vs_wsgi.tui.commands.save_run import check_files
from asgi_vs_wsgi.tui.errors import say_error
from asgi_vs_wsgi.tui.screens.export_choice import Exportable, stems_for

RECORDINGS = Path(__file__).parent / "recordings"
SLOW_IO = str(RECORDINGS / "slow-io.avw")
LEAVES = pytest.mark.parametrize("name", [each.name for each in TABLE if not each.of_browser])
"""Those are of a browser, which none of these runs had (tests/scenarios/browser)."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exits(*arguments: str) -> int:
    try:
        return cli.main(["export", *arguments], standalone_mode=False)
    except LabError as error:
        return say_error(error)


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


WRONG = {
    "an ending with a typing error": (
        [SLOW_IO, "-o", "a.csw"],
        "a.csw: its ending tells no format (did you mean .csv?",
    ),
    "a part of an ending": ([SLOW_IO, "-o", "a.json"], "did you mean"),
    "an older name of it": ([SLOW_IO, "-o", "a.perfetto"], "its ending tells no format"),
    "no ending": ([SLOW_IO, "-o", "a"], "known are .har, .page.har, .pftrace"),
    "an unknown format": (
        [SLOW_IO, "-o", "a.csv", "--format", "hra"],
        "--format hra: there is no such format (did you",
    ),
    "no file": ([SLOW_IO], "to which file? (-o FILE, which ends in .har"),
    "no such folder": ([SLOW_IO, "-o", "nope/a.csv"], "there is no folder nope"),
    "a folder": ([SLOW_IO, "-o", "folder.csv"], "this is a folder"),
    "a target that is not there": ([SLOW_IO, "-o", "a.csv", "--target", "uvicron"], "did you mean `uvicorn`?"),
    "too many targets": ([SLOW_IO, "-o", "a.hgrm"], "room for one target (add --target gunicorn-sync or uvicorn)"),
    "a file that is no run": ([__file__, "-o", "a.csv"], "is no saved run"),
    "a run that is not there": (["nope.avw", "-o", "a.csv"], "cannot be read: No such file"),
    "neither a scenario nor a run": (
        ["slow-oi", "-o", "a.csv"],
        "no scenario `slow-oi`, and no saved run of that name",
    ),
    "nothing kept": (["-o", "a.csv"], "no run is kept yet"),
    "no browser's requests": ([SLOW_IO, "-o", "a.page.har"], "no browser asked for anything in this run"),
    "no browser": (
        [SLOW_IO, "-o", "a.page.trace.json", "--target", "uvicorn"],
        "no browser recorded a trace in this run",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_line_and_nothing_is_left(
    arguments: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    (here / "folder.csv").mkdir()
    assert exits(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("asgi-vs-wsgi-tui: ")
    assert said in err
    assert files(here) == ["folder.csv"]


def test_the_command_writes_a_run_and_says_where_and_what_it_lacks(here: Path):
    done = command("export", SLOW_IO, "-o", "a.csv", "--target", "uvicorn", cwd=here)
    assert (done.returncode, done.stdout) == (0, "")
    *notes, last = done.stderr.splitlines()
    assert last == "saved a.csv"
    assert [note.partition(": ")[2].partition(":")[0] for note in notes] == [
        "this run was saved before runs kept the time of day",
        "this run was saved before runs kept ports",
    ]
    assert {row["target"] for row in csv.DictReader((here / "a.csv").read_text().split("\n"))} == {"uvicorn"}


def test_the_format_can_be_said_whatever_the_file_is_called(here: Path):
    assert exits(SLOW_IO, "-o", "a.txt", "--format", "har") == 0
    assert json.loads((here / "a.txt").read_text())["log"]["version"] == "1.2"


def test_without_a_source_the_newest_kept_run_is_taken_and_no_other_file_is_overwritten(here: Path):
    run = read_run(Path(SLOW_IO))
    history = RunHistory(user_history())
    for parameter in (100, 300):
        result = replace(run.result, parameters={"io_ms": parameter})
        history.keep(load_catalog().find("slow-io"), Outcome(result, run.traces()), 10**18 + parameter)
    assert exits("--format", "csv") == 0
    assert files(here) == ["slow-io.csv"]
    assert exits(SLOW_IO, "--format", "csv", "--target", "uvicorn") == 0
    assert exits(SLOW_IO, "--format", "csv", "--target", "uvicorn") == 0
    assert files(here) == ["slow-io-2.csv", "slow-io-3.csv", "slow-io.csv"]


@LEAVES
@pytest.mark.parametrize("name_of_run", ["worker-crash", "gevent"])
def test_runs_of_older_versions_are_exported(name: str, name_of_run: str, here: Path):
    file = RECORDINGS / f"{name_of_run}.avw"
    target = read_run(file).targets[0].facts.name
    assert exits(str(file), "-o", "out", "--format", name, "--target", target) == 0
    assert (here / "out").stat().st_size > 500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "a.csv", "--target", "uvicron"], "did you mean `uvicorn`?"),
        (["-o", "a.hgrm"], "room for one target (add --target gunicorn-sync or uvicorn)"),
        (["-o", "nope/a.csv"], "there is no folder nope"),
        (
            ["-o", "a.page.trace.json"],
            "no browser recorded a trace in this run (`asgi-vs-wsgi-tui browse` has one do so)",
        ),
    ],
)
def test_what_is_wrong_with_the_export_of_a_scenario_is_told_before_it_is_measured(
    arguments: list[str], said: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def measure(*_: object, **__: object) -> None:
        raise AssertionError("it was measured")

    monkeypatch.setattr(run_source, "_run", measure)
    assert exits("slow-io", *arguments) == 2
    assert said in capsys.readouterr().err
    assert files(here) == []


def test_a_page_may_end_as_that_of_run_may(here: Path):
    check_files(None, "x.htm")
    assert exits(SLOW_IO, "-o", "x.htm") == 0
    assert (here / "x.htm").read_bytes().startswith(b"<!doctype html>")


def test_a_name_that_was_not_given_is_not_told_as_if_it_had_been(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert exits(SLOW_IO, "--format", "csv") == 2
    err = capsys.readouterr().err
    assert "export: slow-io.csv: nothing can be written" in err
    assert "-o" not in err


def test_a_file_that_came_while_a_run_was_read_is_not_overwritten(here: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    def comes(self: object) -> None:
        (here / "slow-io.csv").write_text("another's")

    monkeypatch.setattr(run_timeline._Progress, "one", comes)
    assert exits(SLOW_IO, "--format", "csv") == 0
    assert (here / "slow-io.csv").read_text() == "another's"
    assert (here / "slow-io-2.csv").stat().st_size > 500
    assert "saved slow-io-2.csv" in capsys.readouterr().err


def test_where_all_names_are_taken_that_is_said(here: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(picture_files, "MOST_PICTURES", 3)
    for name in ("slow-io.csv", "slow-io-2.csv"):
        (here / name).write_text("before")
    assert exits(SLOW_IO, "--format", "csv") == 2
    assert "are taken" in capsys.readouterr().err
    assert {(here / name).read_text() for name in files(here)} == {"before"}


def test_targets_of_one_stem_and_long_names_have_files_of_their_own(here: Path):
    """Of a format for one target, each of them is written after the other."""
    run = Exportable(here / "x.avw", "", "s" * 80, ["uvicorn", "uvicorn_", "u/vicorn", "u vicorn"])
    stems = [stem for stem, _ in stems_for(run, format_named("hgrm"))]
    written = [picture_files.write_free(here, stem, ".hgrm", b"x") for stem in stems]
    assert len({*written}) == 4
    assert "uvicorn" in written[0].name


def test_progress_is_told_when_it_takes_longer(here: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(command_module, "TELL_AFTER_S", 0)
    monkeypatch.setattr(run_timeline, "TELL_EVERY", 16)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert exits(SLOW_IO, "-o", "a.csv") == 0
    told = capsys.readouterr().err
    assert [share for share in ("25%", "50%", "75%", "100%") if f"exporting a.csv: {share}" in told] == [
        "25%",
        "50%",
        "75%",
        "100%",
    ]


def test_a_signal_or_a_full_disk_leaves_the_file_as_it_was(here: Path, monkeypatch: pytest.MonkeyPatch):
    (here / "a.csv").write_text("before")
    handler = signal.getsignal(signal.SIGTERM)

    def ends(self: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(run_timeline._Progress, "one", ends)
    assert exits(SLOW_IO, "-o", "a.csv") == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is handler

    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_timeline._Progress, "one", full)
    assert exits(SLOW_IO, "-o", "a.csv") == 1
    assert files(here) == ["a.csv"]
    assert (here / "a.csv").read_text() == "before"


def test_the_table_of_formats_and_the_help_say_the_same(here: Path, capsys: pytest.CaptureFixture[str]):
    assert exits("--help") == 0
    told = capsys.readouterr().out
    assert all(each.ending in told for each in TABLE)
