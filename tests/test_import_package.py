"""All of ours is imported as `asgi_vs_wsgi`: folders of the same names that are somebody else's change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live
ROOMS = ("tui", "scenarios", "server_targets")
RUN = ["run", "--no-keep", "--json", "--requests", "2", "--target", "gunicorn-sync:1", "--target", "uvicorn:1"]


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder with packages of our folders' names, none of which can be imported."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise ImportError('somebody else is at home here')\n")
    return tmp_path


def command(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asgi_vs_wsgi", *words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def served(done: subprocess.CompletedProcess[str]) -> list[int]:
    assert done.returncode == 0, done.stderr
    return [target["requests"]["completed"] for target in json.loads(done.stdout)["targets"]]


def test_it_runs_in_a_folder_that_holds_packages_of_our_names(theirs: Path):
    assert served(command(*RUN, "slow-io", "--set", "io_ms=10", cwd=theirs)) == [2, 2]


def test_it_runs_with_packages_of_our_names_first_on_the_path(theirs: Path, tmp_path_factory: pytest.TempPathFactory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert served(command(*RUN, "slow-io", "--set", "io_ms=10", cwd=elsewhere, PYTHONPATH=str(theirs))) == [2, 2]


@pytest.fixture
def old_scenario(tmp_path: Path) -> Path:
    """As `new` made them before there was `asgi_vs_wsgi.views`."""
    done = command("new", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    views = tmp_path / "mine" / "views.py"
    ours = "from asgi_vs_wsgi.views import parameter\n"
    assert ours in views.read_text()
    old = "from server_targets.site import upstream\nfrom server_targets.site.parameters import parameter\n"
    views.write_text(views.read_text().replace(ours, old) + "\nassert upstream.get\n")
    return tmp_path


def test_a_scenario_that_imports_by_the_former_names_runs(old_scenario: Path):
    words = [*RUN, "mine", "--set", "wait_ms=10", "--scenarios", str(old_scenario)]
    assert served(command(*words, cwd=old_scenario)) == [2, 2]


def test_the_former_names_are_the_users_where_a_package_of_theirs_has_them(old_scenario: Path, theirs: Path):
    (theirs / "server_targets" / "__init__.py").write_text("")
    words = [*RUN, "mine", "--set", "wait_ms=10", "--scenarios", str(old_scenario)]
    done = command(*words, cwd=old_scenario, PYTHONPATH=str(theirs))
    assert done.returncode == 1
    assert "No module named 'server_targets.site'" in done.stderr
    assert "Traceback" not in done.stderr.splitlines()[-1]
