from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import OURS, load_catalog, users_folder
from asgi_vs_wsgi.scenarios.errors import BadInput


@pytest.fixture(autouse=True)
def users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration directory without scenarios."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return users_folder()


def copy(name: str, into: Path, *, title: str = "A copy") -> Path:
    folder = shutil.copytree(OURS / "slow-io", into / name)
    toml = folder / "scenario.toml"
    toml.write_text(toml.read_text().replace('title = "Slow I/O"', f'title = "{title}"'))
    return folder


def test_ours_are_listed_in_the_order_of_the_lessons_and_the_default_is_slow_io() -> None:
    catalog = load_catalog()
    assert not catalog.broken
    assert [scenario.name for scenario in catalog.scenarios][:2] == ["slow-io", "threads-to-the-rescue"]
    assert catalog.default.name == "slow-io"


def test_every_scenario_of_ours_asks_first_claims_something_and_has_a_quiz() -> None:
    for scenario in load_catalog().scenarios:
        assert scenario.toml.predict
        assert scenario.toml.quiz
        assert all(target.law or target.checks for target in scenario.toml.targets)
        assert "does not apply" in scenario.lesson_md


def test_folders_are_added_and_the_users_own_are_found(tmp_path: Path, users_own: Path) -> None:
    copy("theirs", users_own)
    copy("given", tmp_path / "more")
    names = [scenario.name for scenario in load_catalog([str(tmp_path / "more")]).scenarios]
    assert names[0] == "slow-io"
    assert {"theirs", "given", "blocked-loop", "cpu-bound"} < set(names)


def test_a_later_folder_replaces_one_of_the_same_name(tmp_path: Path, users_own: Path) -> None:
    copy("slow-io", users_own, title="The user's")
    assert load_catalog().find("slow-io").toml.title == "The user's"
    copy("slow-io", tmp_path / "more", title="The given")
    assert load_catalog([str(tmp_path / "more")]).find("slow-io").toml.title == "The given"


def test_a_broken_folder_is_told_and_all_others_still_load(tmp_path: Path) -> None:
    (copy("bad", tmp_path / "more") / "views.py").unlink()
    copy("good", tmp_path / "more")
    catalog = load_catalog([str(tmp_path / "more")])
    assert list(catalog.broken) == ["bad"]
    assert {"good", "slow-io"} < {scenario.name for scenario in catalog.scenarios}
    with pytest.raises(BadInput, match=r"views\.py: the file is missing"):
        catalog.find("bad")


def test_a_broken_folder_is_never_run_as_the_one_that_it_replaces(tmp_path: Path) -> None:
    (copy("slow-io", tmp_path / "more") / "lesson.md").unlink()
    with pytest.raises(BadInput, match=r"lesson\.md"):
        load_catalog([str(tmp_path / "more")]).find("slow-io")


def test_hidden_folders_and_files_are_no_scenarios(tmp_path: Path) -> None:
    copy("good", tmp_path)
    for name in (".git", "__pycache__"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").write_text("")
    catalog = load_catalog([str(tmp_path)])
    assert not {".git", "__pycache__", "README.md"} & (set(catalog.broken) | {s.name for s in catalog.scenarios})


def test_an_unknown_scenario_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(BadInput) as caught:
        load_catalog().find("slow-oi")
    assert caught.value.one_line() == "no scenario `slow-oi` (did you mean `slow-io`?)"


def test_a_directory_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such directory"):
        load_catalog([str(tmp_path / "nowhere")])
    with pytest.raises(BadInput, match="no such directory"):
        load_catalog([""])


def test_a_scenario_given_in_the_place_of_its_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_catalog([str(copy("good", tmp_path))])
    assert f"--scenarios {tmp_path}" in caught.value.one_line()
