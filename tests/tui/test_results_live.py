"""A result that was measured is told and kept, whatever becomes of folders, disks, locales and signals meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import started

from asgi_vs_wsgi.scenarios.catalog import OURS
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

pytestmark = pytest.mark.live
QUICK = ("--requests", "4", "--set", "io_ms=30", "--target", "gunicorn-sync:1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """slow-io, its views in Latin-1, and a module beside them."""
    copy = Path(shutil.copytree(OURS / "slow-io", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")))
    views = (copy / "views.py").read_text(encoding="utf-8")
    views += "\nimport sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))\nimport beside\n"
    (copy / "views.py").write_bytes(b"# coding: latin-1\n# caf\xe9\n" + views.encode("latin-1"))
    (copy / "beside.py").write_text("VALUE = 1\n", encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def latin_1(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A German terminal of 1999, made of the system's own sources where it is not installed."""
    place = tmp_path_factory.mktemp("locales")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(place / "de_DE.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("needs localedef and the sources of locales")
    return {"LOCPATH": str(place), "LC_ALL": "de_DE.ISO-8859-1", "LANG": "de_DE.ISO-8859-1"}


def kept():
    return [RunHistory(user_history()).read(card) for card in RunHistory(user_history()).cards()[0]]


def until(process, words: str) -> None:
    next(line for line in process.stderr if words in line)


def test_a_folder_that_is_removed_meanwhile_under_a_locale_of_its_own_loses_nothing(folder: Path, latin_1):
    """Latin-1 source, a terminal in Latin-1, the folder gone once its servers run."""
    command = [sys.executable, "-m", "asgi_vs_wsgi", "run", "mine", *QUICK, "--scenarios", str(folder.parent)]
    environment = os.environ | {"XDG_CONFIG_HOME": "/nonexistent"} | latin_1
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        next(line for line in process.stderr if line.startswith(b"ready"))
        shutil.rmtree(folder)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err.count(b"not kept")) == (0, 0)
    report = out.decode("iso8859-1")
    assert report.startswith("Slow I/O\n")
    assert "law one-per-worker predicts" in report
    assert "?" not in report
    (run,) = kept()
    assert "# café\n" in run.scenario.views
    assert run.result.targets[0].requests.completed == 4


def test_what_is_kept_of_an_edited_folder_is_what_ran_and_blame_names_it_as_before(folder: Path, tmp_path: Path):
    """Stopped by Ctrl+C, and saved in the file that was asked for although nothing is to be kept."""
    file = tmp_path / "part.avw"
    arguments = ("run", "mine", "--scenarios", str(folder.parent), "--rounds", "9", *QUICK, "--no-keep")
    with started(*arguments, "--save", str(file), env={}) as process:
        until(process, "ready")
        for name in ("views.py", "beside.py", "scenario.toml"):
            (folder / name).write_text("raise SystemExit", encoding="utf-8")
        until(process, "round 3 of 9")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].endswith(f"what was measured until then is saved in {file})")
    run = read_run(file)
    assert run.stopped is not None
    assert "SystemExit" not in run.scenario.views + run.scenario.toml
    held = run.result.targets[0].blame[0].where
    assert held.startswith("views.py:")
    line = int(held.split(":")[1].split()[0])
    assert "upstream.get" in run.scenario.views.split("\n")[line - 1]
    assert kept() == []


def test_a_disk_that_fills_up_takes_the_file_and_not_the_report(tmp_path: Path):
    """The disk of `--save` and of the recent runs: 12 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f'mount -t tmpfs -o size=4k tmpfs {disk} && "$@" && exit 7; code=$?; ls -A {disk} {disk}/data/*/*; exit $code'
    )
    command = [
        "unshare",
        "-m",
        "sh",
        "-c",
        script,
        "sh",
        sys.executable,
        "-m",
        "asgi_vs_wsgi",
        "run",
        "slow-io",
        *QUICK,
    ]
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace of its own")
    done = subprocess.run(
        [*command, "--json", "--save", str(disk / "run.avw")],
        env=os.environ | {"XDG_CONFIG_HOME": "/nonexistent", "XDG_DATA_HOME": str(disk / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    document, _, listed = done.stdout.rpartition("}\n")
    assert json.loads(document + "}")["schema"] == "asgi-vs-wsgi-tui/run/1"
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("asgi-vs-wsgi-tui: ")]
    assert "this run was not kept" in told[0]
    assert "No space left on device" in told[0]
    assert told[1].startswith(f"asgi-vs-wsgi-tui: --save: {disk / 'run.avw'} could not be written: No space left")
    assert ".avw" not in listed
    assert ".part" not in listed


def test_a_run_whose_words_nobody_can_hear_is_kept():
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "asgi_vs_wsgi", "run", "slow-io", *QUICK]
        assert subprocess.run(command, stdout=full, stderr=full, check=False).returncode == 1
    assert len(kept()) == 1


def test_a_view_that_does_not_load_is_told_by_the_path_that_its_user_knows(folder: Path):
    (folder / "views.py").write_text(
        "import nowhere\n\ndef sync_page(request): ...\nasync_page = 1\n", encoding="utf-8"
    )
    with started("run", "mine", "--scenarios", str(folder.parent), *QUICK, env={}) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f'File "{folder / "views.py"}", line 1' in err
    assert "No module named 'nowhere'" in err
    assert "/dev/shm" not in err
