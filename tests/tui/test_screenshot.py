"""`screenshot`: a saved run or a scenario as SVG and PNG, the same bytes twice, and nothing half-written."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import command
from made_runs import made_run

from asgi_vs_wsgi.tui.capture.png import FOLDERS_VARIABLE

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run(tmp_path) -> Path:
    return made_run(tmp_path)


def words(picture: Path) -> str:
    return " ".join(each.text or "" for each in ElementTree.parse(picture).iter(f"{SVG}text"))


def taken(run: Path, out: str, *options: str) -> Path:
    file = run.parent / out
    done = command("screenshot", str(run), "-o", str(file), *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"saved {file}\n")
    return file


@pytest.fixture(scope="module")
def same_run(tmp_path_factory) -> Path:
    return made_run(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def plain(same_run) -> Path:
    """Taken with no option."""
    return taken(same_run, "plain.svg")


@pytest.fixture(scope="module")
def early(same_run) -> dict[str, Path]:
    """Of an early moment, by how the file ends."""
    return {ending: taken(same_run, f"early.{ending}", "--at", "0.1") for ending in ("svg", "png")}


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_same_command_gives_the_same_bytes_and_replaces_a_picture_that_is_there(run, early, ending):
    (run.parent / f"a.{ending}").write_text("old")
    assert taken(run, f"a.{ending}", "--at", "0.1").read_bytes() == early[ending].read_bytes()
    assert sorted(each.name for each in run.parent.iterdir()) == [f"a.{ending}", "run.avw"]


def test_it_shows_the_end_of_the_run_in_watch_unless_told_otherwise(plain):
    picture = plain
    assert "shown to its end" in words(picture)
    assert "8/8 done" in words(picture)
    root = ElementTree.parse(picture).getroot()
    assert (root.get("width"), root.get("height")) == (str(120 * 12 + 24), str(36 * 24 + 24))


def test_it_shows_the_moment_that_was_asked_for(run):
    early, late = (words(taken(run, "a.svg", "--at", at)) for at in ("0.05", "0.15"))
    assert " · 50 ms" in early
    assert " · 0.15 s" in late
    assert "8/8 done" not in early


def test_another_mode_or_theme_is_another_picture(run, plain):
    options = [("--mode", "compare"), ("--theme", "lab-light")]
    pictures = {taken(run, "a.svg", *each).read_bytes() for each in options} | {plain.read_bytes()}
    assert len(pictures) == len(options) + 1


def test_a_moment_after_the_end_is_the_end_and_says_so(run, plain):
    done = command("screenshot", str(run), "-o", str(run.parent / "a.svg"), "--at", "99", "--mode", "watch")
    assert done.returncode == 0
    assert re.fullmatch(
        r"asgi-vs-wsgi-tui: the run ends at \d\.\d\d s: shown at its end\nsaved .*/a\.svg\n", done.stderr
    )
    assert (run.parent / "a.svg").read_bytes() == plain.read_bytes()


WRONG = {
    "a kind of file that we do not write": (["-o", "a.gif"], "-o a.gif: a picture ends in .svg or .png"),
    "no kind at all": (["-o", "svg"], "a picture ends in .svg or .png"),
    "a folder": (["-o", "folder.svg"], "-o folder.svg: this is a folder"),
    "a folder that is not there": (["-o", "none/a.svg"], "there is no folder none"),
    "a size that is none": (["-o", "a.svg", "--size", "big"], "--size: `big` is no size (columns x rows"),
    "a size without rows": (["-o", "a.svg", "--size", "80x"], "`80x` is no size"),
    "a size that is too small": (["-o", "a.svg", "--size", "10x24"], "--size: columns: 10 is out of bounds"),
    "a size that is too large": (["-o", "a.svg", "--size", "80x9999"], "--size: rows: 9999 is out of bounds"),
    "a size too long to be one": (["-o", "a.svg", "--size", "9" * 5000 + "x24"], "is no size"),
    "an unknown mode": (["-o", "a.svg", "--mode", "compre"], "--mode: there is no `compre` (did you mean `compare`?)"),
    "an unknown theme": (["-o", "a.svg", "--theme", "pink"], "--theme: there is no `pink`"),
    "a moment before the start": (["-o", "a.svg", "--at", "-1"], "--at: -1 is no moment of a run"),
    "a moment that is no number": (["-o", "a.svg", "--at", "nan"], "--at: nan is no moment of a run"),
    "an endless moment": (["-o", "a.svg", "--at", "inf"], "--at: inf is no moment of a run"),
    "a moment in words": (["-o", "a.svg", "--at", "noon"], "'noon' is not a valid float"),
    "no such directory": (["-o", "a.svg", "--scenarios", "/nowhere"], "--scenarios /nowhere: no such directory"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG.keys())
def test_bad_options_are_one_clear_line_exit_2_and_no_file(tmp_path, options, said):
    (tmp_path / "folder.svg").mkdir()
    done = command("screenshot", "slow-io", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.svg"]


BAD_SOURCES = {
    "neither": ("slow-oi", "no scenario `slow-oi`, and no saved run of that name (did you mean `slow-io`?)"),
    "a run that is not there": ("none.avw", "none.avw cannot be read: No such file or directory"),
    "a file of another kind": ("words.txt", "words.txt is no saved run"),
    "a run that was cut off": ("cut.avw", "cut.avw is cut off"),
    "a run that was changed": ("changed.avw", "changed.avw is corrupted"),
    "a folder": ("./folder", "folder cannot be read: Is a directory"),
}


@pytest.mark.parametrize(("words", "said"), BAD_SOURCES.values(), ids=BAD_SOURCES.keys())
def test_a_bad_source_is_one_clear_line_exit_2_and_no_file(run, words, said):
    folder, data = run.parent, run.read_bytes()
    (folder / "folder").mkdir()
    (folder / "words.txt").write_text("words")
    (folder / "cut.avw").write_bytes(data[:-20])
    (folder / "changed.avw").write_bytes(data[:-20] + bytes(20))
    before = set(folder.iterdir())
    done = command("screenshot", words, "-o", "a.svg", cwd=folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert set(folder.iterdir()) == before


def test_a_png_is_the_same_on_a_machine_without_fonts(run, early, tmp_path):
    file, bare = early["png"], tmp_path / "bare.png"
    done = command(
        "screenshot", str(run), "-o", str(bare), "--at", "0.1", env={FOLDERS_VARIABLE: str(tmp_path / "none")}
    )
    assert (done.returncode, done.stderr) == (0, f"saved {bare}\n")
    assert bare.read_bytes() == file.read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_refused():
    done = command("screenshot", "slow-io", "-o", "/a.svg")
    assert done.returncode == 2
    assert "nothing can be written in /" in done.stderr


@pytest.mark.live
def test_a_scenario_is_measured_and_drawn(tmp_path):
    done = command("screenshot", "slow-io", "-o", str(tmp_path / "a.svg"), "--mode", "compare")
    assert done.returncode == 0
    assert len(re.findall(r"^ready (gunicorn-sync|uvicorn) \d+$", done.stderr, re.MULTILINE)) == 4
    assert done.stdout == ""
    assert "uvicorn" in words(tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.svg"]


def test_nothing_of_the_user_is_read_or_written(run, tmp_path):
    own = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
    (tmp_path / "DATA" / "asgi-vs-wsgi-tui").mkdir(parents=True)
    quiz = tmp_path / "DATA" / "asgi-vs-wsgi-tui" / "quiz.json"
    quiz.write_text('{"slow-io": [0, 1, 2]}')
    before = sorted(tmp_path.rglob("*"))
    done = command("screenshot", str(run), "-o", str(tmp_path / "a.svg"), "--mode", "quiz", env=own)
    assert done.returncode == 0
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "a.svg"])
    assert (tmp_path / "a.svg").read_bytes() == taken(run, "b.svg", "--mode", "quiz").read_bytes()
