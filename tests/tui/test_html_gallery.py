"""All kept runs as pages with an index: whole or not at all, and never among files that are not ours."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from command_line import command
from made_result import made_result
from made_traces import on_loops, on_threads
from opened_page import Page
from test_html_is_harmless import ATTACK
from test_mutants import ranking

from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput, Interrupted
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.tui.html_report import gallery
from asgi_vs_wsgi.tui.html_report.gallery import INDEX, check_gallery, write_gallery
from asgi_vs_wsgi.tui.html_report.page import report_page


def keep(history: RunHistory, name: str = "slow-io") -> None:
    outcome = Outcome(made_result(), [on_threads(4), on_loops(4)])
    history.keep(load_catalog().find(name), outcome, time.time_ns())


@pytest.fixture
def history(tmp_path: Path) -> RunHistory:
    found = RunHistory(tmp_path / "runs")
    for name in ("slow-io", "cpu-bound", "slow-io"):
        keep(found, name)
    return found


def quietly(number: int, total: int, name: str) -> None:
    """Nobody listens."""


def test_every_run_has_a_page_that_the_index_leads_to(tmp_path: Path, history: RunHistory):
    told = []
    folder = tmp_path / "gallery"
    check_gallery(folder)
    assert write_gallery(folder, history, lambda *each: told.append(each)).pages == 3
    index = Page((folder / INDEX).read_text("utf-8"))
    links = [each["href"] for tag, each in index.elements if tag == "a"]
    assert sorted([*links, INDEX]) == sorted(file.name for file in folder.iterdir())
    assert all("/" not in link and ":" not in link for link in links)
    assert all(Page((folder / link).read_text("utf-8")).tables["Figures"] for link in links)
    assert [number for number, _, _ in told] == [1, 2, 3]
    assert index.words.count("14 times better") == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["gallery", "runs"]


def test_a_tournament_stands_in_the_index_with_its_ranking(tmp_path: Path, history: RunHistory):
    kept = msgspec.json.decode(ranking(), type=KeptTournament)
    history.keep_tournament(load_catalog().find("slow-io"), kept, time.time_ns())
    folder = tmp_path / "gallery"
    assert write_gallery(folder, history, quietly) == (3, [])
    index = Page((folder / INDEX).read_text("utf-8"))
    assert "Slow I/O: a tournament" in index.words
    assert "uvicorn is first." in index.words
    assert "daphne: not installed" in index.words


@pytest.mark.usefixtures("pauses_set_aside")
def test_no_run_is_kept_in_memory_while_the_next_one_is_drawn(tmp_path: Path, history: RunHistory, monkeypatch):
    """What a pause of the garbage collector has set aside is let go again; 40 runs were 60 MB."""
    set_aside = []

    def drawn(*arguments: Any, **named: Any) -> str:
        set_aside.append(gc.get_freeze_count())
        return report_page(*arguments, **named)

    monkeypatch.setattr(gallery, "report_page", drawn)
    write_gallery(tmp_path / "gallery", history, quietly)
    assert set_aside == [0, 0, 0]


def test_the_end_of_an_inner_pause_is_not_that_of_the_outer_one():
    with gc_paused():
        with gc_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_gallery_is_made_anew_in_its_own_folder(tmp_path: Path, history: RunHistory):
    folder = tmp_path / "gallery"
    folder.mkdir()
    for runs in (3, 4):
        check_gallery(folder)
        assert write_gallery(folder, history, quietly).pages == runs
        keep(history, "blocked-loop")
    assert "Blocked loop" in (folder / INDEX).read_text("utf-8")


def test_pages_of_runs_that_are_no_longer_kept_go_and_nothing_else_does(tmp_path: Path, history: RunHistory):
    folder = tmp_path / "gallery"
    write_gallery(folder, history, quietly)
    page = next(folder.glob("cpu-bound-*.html"))
    mine = {"my-own.html": page.read_bytes(), "notes-2026-11-28-0012.html": b"<p>mine</p>", "a.css": b"x"}
    for name, data in mine.items():
        (folder / name).write_bytes(data)
    history.delete(next(card for card in history.cards()[0] if card.scenario == "cpu-bound"))
    assert write_gallery(folder, history, quietly).pages == 2
    assert not page.exists()
    assert {name: (folder / name).read_bytes() for name in mine} == mine
    assert len(list(folder.glob("slow-io-*.html"))) == 2


def test_what_is_stopped_in_its_middle_leaves_what_was_there(tmp_path: Path, history: RunHistory):
    def stop(number: int, total: int, name: str) -> None:
        if number == 3:
            raise Interrupted(2)

    folder = tmp_path / "gallery"
    with pytest.raises(Interrupted):
        write_gallery(folder, history, stop)
    assert [file.name for file in tmp_path.iterdir()] == ["runs"]
    write_gallery(folder, history, quietly)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    keep(history, "blocked-loop")
    with pytest.raises(Interrupted):
        write_gallery(folder, history, stop)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_with_anything_else_is_refused(tmp_path: Path):
    (tmp_path / INDEX).write_text("<p>somebody's page</p>")
    with pytest.raises(BadInput, match="something else"):
        check_gallery(tmp_path)
    with pytest.raises(BadInput, match="no folder"):
        check_gallery(tmp_path / INDEX)
    with pytest.raises(BadInput, match="no folder"):
        check_gallery(tmp_path / "a" / "b")


def test_a_run_that_cannot_be_read_is_said_to_be_left_out(tmp_path: Path, history: RunHistory):
    newest = history.cards()[0][0]
    history.file(newest).write_bytes(b"no run")
    written = write_gallery(tmp_path / "gallery", history, quietly)
    assert written == (2, ["1 run could not be read and is left out"])


def test_the_title_of_a_run_is_text_in_the_index(tmp_path: Path, history: RunHistory):
    card = sorted((tmp_path / "runs").glob("*.json"))[-1]
    text = card.read_text("utf-8").replace('"Slow I/O"', f'"{ATTACK.replace(chr(34), chr(39))}"')
    card.write_text(text, "utf-8")
    write_gallery(tmp_path / "gallery", history, quietly)
    html = (tmp_path / "gallery" / INDEX).read_text("utf-8")
    told = Page(html)
    assert "onerror=alert(2)" in told.words
    assert not {"img", "svg", "script"} & {tag for tag, _ in told.elements}


def test_the_command_says_where_to_look_and_what_is_wrong(tmp_path: Path):
    done = command("export", "--all", str(tmp_path / "gallery"))
    assert (done.returncode, "no run is kept yet" in done.stderr) == (2, True)
    keep(RunHistory(user_history()))
    done = command("export", "--all", str(tmp_path / "gallery"))
    assert (done.returncode, done.stdout) == (0, "")
    assert f"open {tmp_path / 'gallery' / INDEX}" in done.stderr
    done = command("export", "slow-io", "--all", str(tmp_path / "gallery"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
