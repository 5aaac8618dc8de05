"""The report comes first and always; what cannot be stored is one line after it, and takes nothing from what can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_result import made_result
from made_traces import on_loops, on_threads

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import Interrupted, RunFailed
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.commands.save_run import Storage, report_then_store


def outcome() -> Outcome:
    return Outcome(made_result(), [on_threads(4), on_loops(4)])


def storage(*, keep: bool = True, save: Path | None = None) -> Storage:
    return Storage(load_catalog().find("slow-io"), keep=keep, save=str(save) if save else None)


def kept() -> int:
    return len(RunHistory(user_history()).cards()[0])


def blocked_shelf() -> None:
    """Where the folder of the runs should be, there is a file."""
    user_history().parent.mkdir(parents=True)
    user_history().write_text("")


def test_the_report_is_told_before_anything_is_stored(tmp_path):
    seen = []
    file = tmp_path / "run.avw"
    assert report_then_store(lambda: seen.append((file.exists(), kept())), storage(save=file), outcome()) == 0
    assert seen == [(False, 0)]
    assert (read_run(file).result, kept()) == (made_result(), 1)


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), ValueError("ours"), KeyboardInterrupt()])
def test_a_report_that_cannot_be_told_loses_no_run(tmp_path, error):
    def report() -> None:
        raise error

    with pytest.raises(type(error)):
        report_then_store(report, storage(save=tmp_path / "run.avw"), outcome())
    assert (read_run(tmp_path / "run.avw").result, kept()) == (made_result(), 1)


def test_a_file_that_was_asked_for_and_cannot_be_written_is_exit_1_and_the_run_is_kept(tmp_path, capsys):
    file = tmp_path / "gone" / "run.avw"
    assert report_then_store(lambda: print("the report"), storage(save=file), outcome()) == 1
    out, err = capsys.readouterr()
    assert out == "the report\n"
    (line,) = err.splitlines()
    assert line.startswith(f"asgi-vs-wsgi-tui: --save: {file} could not be written: No such file")
    assert kept() == 1


def test_a_run_that_cannot_be_kept_is_exit_0_and_the_file_is_written(tmp_path, capsys):
    blocked_shelf()
    assert report_then_store(lambda: print("the report"), storage(save=tmp_path / "run.avw"), outcome()) == 0
    out, err = capsys.readouterr()
    assert out == "the report\n"
    (line,) = err.splitlines()
    assert "this run was not kept" in line
    assert "--no-keep" in line
    assert read_run(tmp_path / "run.avw").result == made_result()


@pytest.mark.parametrize("keep", [True, False])
def test_without_a_home_a_run_that_is_to_be_kept_says_that_it_is_not(monkeypatch, capsys, keep):
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 123_456_789)
    of_nobody = storage(keep=keep)
    assert report_then_store(lambda: print("the report"), of_nobody, outcome()) == 0
    out, err = capsys.readouterr()
    assert out == "the report\n"
    assert err.count("runs are not kept: there is no home directory (set HOME") == err.count("\n") == keep


@pytest.mark.parametrize("stop", [Interrupted(2), RunFailed("uvicorn died", hint="mend it")])
def test_a_run_that_was_stopped_or_failed_says_where_its_part_is(tmp_path, stop):
    file = tmp_path / "run.avw"
    storing = storage(keep=False, save=file)
    storing.store(outcome())
    storing.tell_of_a_stop(stop)
    assert stop.one_line().endswith(f"what was measured until then is saved in {file})")


def test_a_stopped_run_that_can_be_stored_nowhere_says_so_in_the_same_line(tmp_path):
    blocked_shelf()
    storing, stop = storage(save=tmp_path / "gone" / "run.avw"), Interrupted(2)
    storing.store(outcome())
    storing.tell_of_a_stop(stop)
    assert "could not be written" in stop.one_line()
    assert "was not kept" in stop.one_line()
    assert "\n" not in stop.one_line()


PRINT = """
import sys
from asgi_vs_wsgi.tui.commands.output import print_json, print_lines
from asgi_vs_wsgi.tui.errors import run_command
import click

@click.command()
@click.argument("how")
def command(how):
    print_json({"a": 1}) if how == "json" else print_lines(["a ─ b"] * 10_000)
    return 0

sys.exit(run_command(command))
"""


@pytest.mark.parametrize("how", ["json", "lines"])
def test_a_full_disk_behind_stdout_is_one_line_and_exit_1(how: str):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-c", PRINT, how], stdout=full, stderr=subprocess.PIPE, check=False)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("asgi-vs-wsgi-tui: stdout: No space left on device")
    assert done.returncode == 1


@pytest.mark.parametrize(("arguments", "code"), [(["list"], 0), (["list", "--nonsense"], 2), (["replay", "none"], 2)])
def test_a_full_disk_behind_stderr_changes_no_exit_code(arguments: list[str], code: int):
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "asgi_vs_wsgi", *arguments]
        assert subprocess.run(command, stdout=subprocess.DEVNULL, stderr=full, check=False).returncode == code


def test_progress_that_cannot_be_written_ends_no_run():
    from asgi_vs_wsgi.scenarios.run.observer import Progress
    from asgi_vs_wsgi.tui.commands.output import ProgressLines

    with open("/dev/full", "w", encoding="utf-8") as full, ProgressLines(full) as lines:  # noqa: PTH123
        lines.progress(Progress("starting", "starting"))
        lines.ready("uvicorn", os.getpid())
