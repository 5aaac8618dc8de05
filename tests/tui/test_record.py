"""`record`: a run being shown as an asciinema recording, the same bytes twice, with markers."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pyte
import pytest
from command_line import command, started, until
from made_runs import made_run


@pytest.fixture
def run(tmp_path) -> Path:
    return made_run(tmp_path)


def recorded(run: Path, out: str, *options: str) -> list[list]:
    done = command("record", str(run), "-o", str(run.parent / out), "--size", "80x24", *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"saved {run.parent / out}\n")
    return lines_of(run.parent / out)


def lines_of(file: Path) -> list[list]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """A run recorded as it is shown unless told otherwise."""
    run = made_run(tmp_path_factory.mktemp("recorded"))
    recorded(run, "once.cast")
    return run.with_name("once.cast")


@pytest.fixture
def once(file) -> list[list]:
    return lines_of(file)


def test_the_same_run_gives_the_same_bytes_and_nothing_else_is_left(run, file):
    recorded(run, "a.cast")
    assert (run.parent / "a.cast").read_bytes() == file.read_bytes()
    assert sorted(each.name for each in run.parent.iterdir()) == ["a.cast", "run.avw"]


def test_it_goes_from_the_start_to_the_figures_and_marks_the_steps(once):
    header, *events = once
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    marked = [what for _at_s, kind, what in events if kind == "m"]
    assert marked[0] == "start"
    assert marked[-1] == "figures"
    assert set(marked[1:-1]) >= {
        f"{name}: the {which} page" for name in ("gunicorn-sync", "uvicorn") for which in ("first", "last")
    }
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed("".join(what for _at_s, kind, what in events if kind == "o"))
    assert "gunicorn-sync 0.81 s" in "\n".join(screen.display)


def test_it_takes_as_long_as_the_run_is_shown_on_the_screen(once):
    events = once[1:]
    marks = {what: at_s for at_s, kind, what in events if kind == "m"}
    assert 1.0 <= marks["figures"] <= 25
    assert len({at_s for at_s, kind, _what in events if kind == "o"}) > 20


def test_it_says_what_the_lesson_says(once):
    screen = pyte.Screen(80, 24)
    stream, seen = pyte.Stream(screen), set()
    for _at_s, kind, what in once[1:]:
        if kind == "o":
            stream.feed(what)
        elif kind == "m":
            seen.add(" ".join(" ".join(screen.display).split()))
    seen.add(" ".join(" ".join(screen.display).split()))
    assert any("32 visitors at once" in words for words in seen)
    assert any("On gunicorn sync the lanes of the two workers are full" in words for words in seen)
    assert any("A sync worker serves a visitor from beginning to end." in words for words in seen)


def test_another_mode_is_another_recording(run, once):
    assert recorded(run, "a.cast", "--mode", "compare") != once


WRONG = {
    "another kind of file": (["-o", "a.svg"], "-o a.svg: a recording ends in .cast"),
    "a folder that is not there": (["-o", "none/a.cast"], "there is no folder none"),
    "a size that is none": (["-o", "a.cast", "--size", "0x0"], "--size: columns: 0 is out of bounds"),
    "an unknown mode": (["-o", "a.cast", "--mode", "10"], "--mode: there is no `10`"),
    "a moment": (["-o", "a.cast", "--at", "1"], "No such option"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG.keys())
def test_bad_options_are_one_clear_line_exit_2_and_no_file(tmp_path, options, said):
    done = command("record", "slow-io", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("source", "said"), [("slow-oi", "did you mean `slow-io`?"), ("a.avw", "No such file")])
def test_a_bad_source_is_one_clear_line_exit_2_and_no_file(tmp_path, source, said):
    done = command("record", source, "-o", "a.cast", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_one_line_and_nothing_is_left(run, number, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    with started("record", str(run), "-o", str(tmp_path / "a.cast"), env={"TMPDIR": str(folder)}) as process:
        until(lambda: list(folder.iterdir()))
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        assert process.stderr.read() == "asgi-vs-wsgi-tui: interrupted\n"
    assert not list(folder.iterdir())
    assert not (tmp_path / "a.cast").exists()
