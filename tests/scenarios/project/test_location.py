"""Where a project is, and whose Python it runs on: by what was said, then by what the folder shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.location import find_project


def project(folder, *environments):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manage.py").touch()
    for each in environments:
        program(folder / each)
    return folder


def program(environment):
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").touch()
    return str(environment / "bin/python")


@pytest.mark.parametrize("below", ["", "src", "backend/app"])
def test_the_one_manage_py_is_found_some_folders_below(below, tmp_path):
    folder = project(tmp_path / below)
    found = find_project(str(tmp_path), environment={})
    assert (found.folder, found.manage_py) == (folder, folder / "manage.py")


def test_a_folder_that_is_named_from_another_is_the_one_that_its_files_are_in(tmp_path):
    folder = project(tmp_path / "shop")
    (tmp_path / "elsewhere").mkdir()
    assert find_project(f"{tmp_path}/elsewhere/../shop", environment={}).folder == folder


def test_a_manage_py_may_be_named_itself(tmp_path):
    assert find_project(str(project(tmp_path) / "manage.py"), environment={}).folder == tmp_path


def test_the_folders_own_manage_py_counts_whatever_lies_below(tmp_path):
    project(tmp_path)
    project(tmp_path / "example")
    assert find_project(str(tmp_path), environment={}).folder == tmp_path


@pytest.mark.parametrize("skipped", [".hidden", "node_modules", "venv", "tests", "a/b/c"])
def test_a_manage_py_of_somebody_elses_is_not_looked_for(skipped, tmp_path):
    project(tmp_path / skipped)
    with pytest.raises(BadInput, match=r"no manage.py, and no settings are named"):
        find_project(str(tmp_path), environment={})


def test_several_projects_are_named_for_the_user_to_choose(tmp_path):
    for name in ("shop", "blog"):
        project(tmp_path / name)
    with pytest.raises(BadInput, match="several projects: blog and shop"):
        find_project(str(tmp_path), environment={})


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name, words in (("not-there", "no such folder"), ("file", "is no folder and no manage.py")):
        with pytest.raises(BadInput, match=words):
            find_project(str(tmp_path / name), environment={})


def test_without_manage_py_named_settings_will_do(tmp_path):
    assert find_project(str(tmp_path), "shop.settings", environment={}).manage_py is None
    assert find_project(str(tmp_path), environment={"DJANGO_SETTINGS_MODULE": "shop.settings"}).manage_py is None


def test_the_python_is_what_was_said_then_the_active_environment_then_one_beside_then_ours(tmp_path):
    folder = project(tmp_path / "repository/backend", ".venv")
    active = program(tmp_path / "active")
    said = program(tmp_path / "said")
    activated = {"VIRTUAL_ENV": str(tmp_path / "active")}

    def found(**options):
        location = find_project(str(folder), **options)
        return location.python, location.python_from

    assert found(python=said, environment=activated) == (said, "--python")
    assert found(python=str(tmp_path / "said"), environment=activated) == (said, "--python")  # its folder will do
    assert found(environment=activated) == (active, "VIRTUAL_ENV")
    assert found(environment={"CONDA_PREFIX": str(tmp_path / "active")}) == (active, "CONDA_PREFIX")
    beside = str(folder / ".venv/bin/python")
    assert found(environment={"VIRTUAL_ENV": sys.prefix}) == (beside, ".venv beside manage.py")
    assert found(environment={"VIRTUAL_ENV": str(tmp_path / "gone")}) == (beside, ".venv beside manage.py")


def test_an_environment_above_counts_up_to_the_repositorys_root(tmp_path):
    above = program(tmp_path / "repository/venv")
    program(tmp_path / ".venv")
    folder = project(tmp_path / "repository/backend/app")
    (tmp_path / "repository/.git").mkdir()
    found = find_project(str(folder), environment={})
    assert (found.python, found.python_from) == (above, f"venv in {tmp_path / 'repository'}")
    Path(above).unlink()
    assert find_project(str(folder), environment={}).python == sys.executable


def test_an_environment_that_is_named_from_here_on_is_its_whole_path(tmp_path, monkeypatch):
    mine = program(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    for said in ("mine", "./mine", "mine/"):
        assert find_project(str(project(tmp_path / "shop")), None, said, {}).python == mine
