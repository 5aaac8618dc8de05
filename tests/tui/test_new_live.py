"""`new` writes a folder that is listed and runs as it is, and one whose views do not import says so at the run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "asgi_vs_wsgi", *words], capture_output=True, text=True, cwd=folder
    )


@pytest.fixture
def made(tmp_path) -> Path:
    assert command(tmp_path, "new", "my-page").returncode == 0
    return tmp_path / "my-page"


def test_it_is_listed_beside_ours(made):
    names = [each["name"] for each in json.loads(command(made.parent, "list", "--json", "--scenarios", ".").stdout)]
    assert "my-page" in names
    assert "slow-io" in names


def test_it_is_not_written_over_what_is_there(made):
    (made / "views.py").write_text("mine\n")
    again = command(made.parent, "new", "my-page")
    assert again.returncode == 2
    assert len(again.stderr.splitlines()) == 1
    assert (made / "views.py").read_text() == "mine\n"
    assert [path.name for path in made.parent.iterdir()] == ["my-page"]


@pytest.mark.parametrize("name", ["", "a b", "../up", "-x", ".hidden"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    refused = command(tmp_path, "new", "--", name)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.live
def test_it_runs_as_it_is_and_its_laws_and_check_hold(made):
    done = command(made.parent, "run", "my-page", "--scenarios", ".", "--json")
    assert done.returncode == 0, done.stderr
    targets = json.loads(done.stdout)["targets"]
    assert all(target["law"]["holds"] for target in targets)
    assert all(check["holds"] for target in targets for check in target["checks"])


@pytest.mark.live
@pytest.mark.parametrize("server", ["gunicorn-sync", "uvicorn", "gunicorn-asgi"])
def test_views_that_do_not_import_are_told_with_their_own_last_words(made, server):
    (made / "views.py").write_text("import nothing_of_that_name\n\ndef sync_page(r): ...\ndef async_page(r): ...\n")
    done = command(made.parent, "run", "my-page", "--scenarios", ".", "--target", server)
    assert done.returncode == 1
    assert "nothing_of_that_name" in done.stderr
    assert "did not start" in done.stderr
