"""Recent runs are kept, told of, bounded and thrown away; what is damaged is passed over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from made_result import made_result
from made_traces import on_loops, on_threads

from scenarios.catalog import load_catalog
from scenarios.outcome import Outcome
from scenarios.saved.reading import read_run
from scenarios.saved.shelf import Shelf

SCENARIO = load_catalog().find("slow-io")


def keep(shelf: Shelf, *times: int) -> None:
    for at_ns in times:
        shelf.keep(SCENARIO, Outcome(made_result(), [on_threads(4), on_loops(4)]), at_ns)


def test_a_kept_run_is_told_of_and_read_back(tmp_path: Path):
    shelf = Shelf(tmp_path / "deep" / "runs")
    assert shelf.cards() == ([], 0)
    keep(shelf, 5_000_000_000)
    (card,), damaged = shelf.cards()
    assert (card.scenario, card.title, card.mode, card.kept_s, damaged) == ("slow-io", "Slow I/O", "measure", 5.0, 0)
    assert [target.p95_ms for target in card.targets] == [3230.0, 230.0]
    assert read_run(shelf.file(card)).result == made_result()


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path):
    shelf = Shelf(tmp_path, most_runs=3)
    keep(shelf, 1, 2, 3, 4, 5)
    assert [int(card.name[:19]) for card in shelf.cards()[0]] == [5, 4, 3]
    assert len(list(tmp_path.iterdir())) == 6


def test_the_oldest_go_when_they_are_too_large_and_the_newest_stays(tmp_path: Path):
    keep(Shelf(tmp_path), 1, 2)
    keep(Shelf(tmp_path, most_bytes=1), 3)
    assert [int(card.name[:19]) for card in Shelf(tmp_path).cards()[0]] == [3]


def test_one_is_thrown_away(tmp_path: Path):
    shelf = Shelf(tmp_path)
    keep(shelf, 1, 2)
    shelf.delete(shelf.cards()[0][0])
    assert [int(card.name[:19]) for card in shelf.cards()[0]] == [1]


@pytest.mark.parametrize("content", [b"", b"no json", b"{}", b"\xff"])
def test_a_damaged_card_is_counted_and_passed_over(tmp_path: Path, content: bytes):
    shelf = Shelf(tmp_path)
    keep(shelf, 1, 2)
    (tmp_path / f"{shelf.cards()[0][0].name}.json").write_bytes(content)
    cards, damaged = shelf.cards()
    assert [int(card.name[:19]) for card in cards] == [1]
    assert damaged == 1


def test_a_run_without_its_file_is_not_told_of(tmp_path: Path):
    shelf = Shelf(tmp_path)
    keep(shelf, 1)
    shelf.file(shelf.cards()[0][0]).unlink()
    assert shelf.cards() == ([], 1)


def test_what_a_killed_write_has_left_is_swept(tmp_path: Path):
    leftover = tmp_path / ".1-slow-io.avw.x7"
    leftover.write_bytes(b"half")
    os.utime(leftover, (1, 1))
    keep(Shelf(tmp_path), 1)
    assert not leftover.exists()


def test_runs_are_for_their_owner_alone(tmp_path: Path):
    keep(Shelf(tmp_path / "runs"), 1)
    assert (tmp_path / "runs").stat().st_mode & 0o077 == 0
