"""Recent runs are kept, told of, bounded and thrown away; what is damaged is passed over."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))
from made_result import made_result
from made_traces import on_loops, on_threads

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.history import RunHistory
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

SCENARIO = load_catalog().find("slow-io")


def keep(shelf: RunHistory, *times: int) -> None:
    for at_ns in times:
        shelf.keep(SCENARIO, Outcome(made_result(), [on_threads(4), on_loops(4)]), at_ns)


def test_a_kept_run_is_told_of_and_read_back(tmp_path: Path):
    shelf = RunHistory(tmp_path / "deep" / "runs")
    assert shelf.cards() == ([], 0)
    keep(shelf, 5_000_000_000)
    (card,), damaged = shelf.cards()
    assert (card.scenario, card.title, card.mode, card.kept_s, damaged) == ("slow-io", "Slow I/O", "measure", 5.0, 0)
    assert [target.p95_ms for target in card.targets] == [3230.0, 230.0]
    assert read_run(shelf.file(card)).result == made_result()


def test_a_card_tells_of_the_project_in_its_own_folder_and_not_of_another_of_that_name(tmp_path: Path):
    mine, other = (replace(SCENARIO, folder=tmp_path / place / "shop", name="shop") for place in ("a", "b"))
    mine.folder.mkdir(parents=True)
    tmp_path.joinpath("link").symlink_to(mine.folder)
    shelf = RunHistory(tmp_path / "runs")
    shelf.keep(mine, Outcome(made_result(), [on_threads(4), on_loops(4)]), 5)
    (card,) = shelf.cards()[0]
    assert card.is_of(mine)
    assert card.is_of(replace(mine, folder=tmp_path / "link"))
    assert not card.is_of(other)
    assert replace(card, folder="").is_of(other), "a card of before that was kept"
    assert str(tmp_path) not in repr(card)


def test_a_scenario_of_ours_is_known_by_its_name_wherever_it_is_installed(tmp_path: Path):
    shelf = RunHistory(tmp_path)
    keep(shelf, 5)
    (card,) = shelf.cards()[0]
    assert card.is_of(replace(SCENARIO, folder=tmp_path / "elsewhere"))


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e400"])
def test_a_card_with_a_number_beyond_all_is_passed_over_and_the_others_are_told_of(tmp_path: Path, number: str):
    shelf = RunHistory(tmp_path)
    keep(shelf, 5_000_000_000, 6_000_000_000)
    file = max(tmp_path.glob("*.json"))
    card = msgspec.json.decode(file.read_bytes())
    card["parameters"] = {"io_ms": "HERE"}
    file.write_text(msgspec.json.encode(card).decode().replace('"HERE"', number))
    cards, damaged = shelf.cards()
    assert ([each.kept_s for each in cards], damaged) == ([5.0], 1)


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path):
    shelf = RunHistory(tmp_path, most_runs=3)
    keep(shelf, 1, 2, 3, 4, 5)
    assert [int(card.name[:19]) for card in shelf.cards()[0]] == [5, 4, 3]
    assert len(list(tmp_path.iterdir())) == 6


def test_the_oldest_go_when_they_are_too_large_and_the_newest_stays(tmp_path: Path):
    keep(RunHistory(tmp_path), 1, 2)
    keep(RunHistory(tmp_path, most_bytes=1), 3)
    assert [int(card.name[:19]) for card in RunHistory(tmp_path).cards()[0]] == [3]


def test_one_is_thrown_away(tmp_path: Path):
    shelf = RunHistory(tmp_path)
    keep(shelf, 1, 2)
    shelf.delete(shelf.cards()[0][0])
    assert [int(card.name[:19]) for card in shelf.cards()[0]] == [1]


@pytest.mark.parametrize("content", [b"", b"no json", b"{}", b"\xff"])
def test_a_damaged_card_is_counted_and_passed_over(tmp_path: Path, content: bytes):
    shelf = RunHistory(tmp_path)
    keep(shelf, 1, 2)
    (tmp_path / f"{shelf.cards()[0][0].name}.json").write_bytes(content)
    cards, damaged = shelf.cards()
    assert [int(card.name[:19]) for card in cards] == [1]
    assert damaged == 1


def test_a_run_without_its_file_is_not_told_of(tmp_path: Path):
    shelf = RunHistory(tmp_path)
    keep(shelf, 1)
    shelf.file(shelf.cards()[0][0]).unlink()
    assert shelf.cards() == ([], 1)


OF_OURS = (".asgi-vs-wsgi-0123456789abcdef.part", ".1764000000000000000-slow-io.avw.x7_k2m9a")
"""What a killed write leaves now, and what one of an earlier version left."""


@pytest.mark.parametrize("name", OF_OURS)
@pytest.mark.parametrize("when_s", [1, 4_000_000_000], ids=["long ago", "before the clock went back"])
def test_what_a_killed_write_has_left_is_swept(tmp_path: Path, name: str, when_s: int):
    leftover = tmp_path / name
    leftover.write_bytes(b"half")
    os.utime(leftover, (when_s, when_s))
    keep(RunHistory(tmp_path), 1)
    assert not leftover.exists()


def test_what_another_program_is_writing_now_is_left_alone(tmp_path: Path):
    (tmp_path / OF_OURS[0]).write_bytes(b"half")
    keep(RunHistory(tmp_path), 1)
    assert (tmp_path / OF_OURS[0]).exists()


THEIRS = (
    ".git/config",
    ".stfolder/",
    ".stversions/1764000000000000000-slow-io.avw",
    ".DS_Store",
    ".hidden.avw",
    ".1764000000000000000-slow-io.avw",
    ".asgi-vs-wsgi-notes",
    ".asgi-vs-wsgi-0123456789abcdef.part.bak",
    "notes.json",
    "README.md",
    "1-slow-io.avw",
    "1764000000000000000-slow-io.avw.bak",
    "1764000000000000000-slow-io (conflicted copy).avw",
    "1764000000000000000-.avw",
    "mine.ranking",
    "1764000000000000000-folder.avw/inside",
    "1764000000000000000-folder.json/inside",
)


def test_nothing_is_read_counted_or_removed_that_has_not_exactly_our_own_name(tmp_path: Path):
    for name in THEIRS:
        place = tmp_path / name
        (place if name.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            place.write_text("theirs")
            os.utime(place, (1, 1))
    before = there(tmp_path)
    shelf = RunHistory(tmp_path, most_runs=2, most_bytes=10**9)
    keep(shelf, *(1_764_000_000_000_000_001 + at_ns for at_ns in range(4)))
    cards, damaged = shelf.cards()
    assert ([card.kept_s for card in cards], damaged) == ([1_764_000_000.000_000_004, 1_764_000_000.000_000_003], 0)
    for card in cards:
        shelf.delete(card)
    assert there(tmp_path) == before


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_file_that_may_not_be_removed_is_no_reason_to_say_that_nothing_was_kept(tmp_path: Path, monkeypatch):
    keep(RunHistory(tmp_path), 1, 2)

    def forbidden(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", forbidden)
    keep(RunHistory(tmp_path, most_runs=1), 3)
    assert len(RunHistory(tmp_path).cards()[0]) == 3


@pytest.mark.parametrize("times", [(5, 1), (5, 5), (5, 1, 3), (9, 8, 7, 6), (9, 1, 9, 10)])
def test_the_order_is_that_of_keeping_whatever_the_clock_says(tmp_path: Path, times: tuple[int, ...]):
    shelf = RunHistory(tmp_path)
    for number, at_ns in enumerate(times, 1):
        outcome = Outcome(replace(made_result(), parameters={"io_ms": number}), [on_threads(4), on_loops(4)])
        shelf.keep(SCENARIO, outcome, at_ns)
    cards = shelf.cards()[0]
    assert [card.parameters["io_ms"] for card in cards] == list(range(len(times), 0, -1))
    assert [round(card.kept_s * 1e9) for card in cards] == list(reversed(times))


def test_the_newest_stays_and_is_what_replay_opens_after_the_clock_went_back(tmp_path: Path):
    shelf = RunHistory(tmp_path, most_runs=3)
    keep(shelf, 101, 102, 103)
    keep(shelf, 7)
    newest = shelf.cards()[0][0]
    assert newest.kept_s == 7e-9
    assert [int(card.name[:19]) for card in shelf.cards()[0]] == [104, 103, 102]


def test_programs_that_keep_at_one_time_take_turns(tmp_path: Path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: keep(RunHistory(tmp_path), 5), range(8)))
    assert [int(card.name[:19]) for card in RunHistory(tmp_path).cards()[0]] == list(range(12, 4, -1))


def test_a_run_of_a_scenario_with_a_very_long_name_is_kept(tmp_path: Path):
    long = replace(SCENARIO, name="a" * 255)
    RunHistory(tmp_path).keep(long, Outcome(made_result(), [on_threads(4), on_loops(4)]), 1)
    (card,) = RunHistory(tmp_path).cards()[0]
    assert card.scenario == "a" * 255
    assert read_run(RunHistory(tmp_path).file(card)).scenario.name == "a" * 255


def test_a_folder_that_was_there_before_and_what_is_in_it_become_their_owners_alone(tmp_path: Path):
    folder = tmp_path / "runs"
    keep(RunHistory(folder), 1)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    theirs = folder / "notes.txt"
    theirs.write_text("theirs")
    theirs.chmod(0o644)
    keep(RunHistory(folder), 2)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir() if file != theirs} == {0o600}
    assert theirs.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_kept_files_are_private_under_any_mask(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        keep(RunHistory(tmp_path / "runs"), 1)
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "runs").iterdir()} == {0o600}


CHANGED = {
    "a figure below zero": ("load", {"requests": -1}),
    "a time before all": ("at_ns", -5),
    "a time of no year": ("at_ns", 10**21),
    "an absurd figure": ("beside", 2**62),
    "another name": ("name", "1764000000000000000-other"),
    "a name that leads away": ("name", "../../1764000000000000000-a"),
}


@pytest.mark.parametrize("changed", CHANGED)
def test_a_card_that_is_wrong_inside_is_damaged(tmp_path: Path, changed: str):
    shelf = RunHistory(tmp_path)
    keep(shelf, 1)
    (file,) = tmp_path.glob("*.json")
    card, (key, value) = msgspec.json.decode(file.read_bytes()), CHANGED[changed]
    card[key] = card[key] | value if isinstance(value, dict) else value
    file.write_bytes(msgspec.json.encode(card))
    assert shelf.cards() == ([], 1)


def test_runs_are_for_their_owner_alone(tmp_path: Path):
    keep(RunHistory(tmp_path / "runs"), 1)
    assert (tmp_path / "runs").stat().st_mode & 0o077 == 0
