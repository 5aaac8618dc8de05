"""What the README shows is true: its example of a scenario is one, and `make run` says what it does first."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from asgi_vs_wsgi.scenarios.scenario_files.reader import read_folder
from asgi_vs_wsgi.server_targets.servers import server_specs

README = Path(__file__).parents[1] / "README.md"


def test_the_example_of_a_scenario_is_a_scenario(tmp_path):
    blocks = re.findall(r"```(toml|python)\n# my-page/\S+\n(.*?)```", README.read_text(), re.DOTALL)
    files = {"toml": "scenario.toml", "python": "views.py"}
    folder = tmp_path / "my-page"
    folder.mkdir()
    for language, text in blocks:
        (folder / files[language]).write_text(text)
    (folder / "lesson.md").write_text("# A lesson\n")
    scenario = read_folder(folder, {product.name: product for product in server_specs()})
    assert [target.server for target in scenario.toml.targets] == ["gunicorn-sync", "gunicorn-gthread"]


def test_its_pictures_are_there_and_none_is_left_over():
    named = set(re.findall(r"\((tests/pictures/\S+)\)", README.read_text()))
    folder = README.parent / "tests" / "pictures"
    assert named == {f"tests/pictures/{path.name}" for ending in ("svg", "png") for path in folder.glob(f"*.{ending}")}
    assert "tests/pictures/slow-io.svg" in named


def test_make_run_says_what_it_does_and_how_long_before_each_step_that_takes_long(tmp_path):
    venv = tmp_path / "none"
    made = ["make", "--dry-run", "run", f"VENV={venv}"]
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(made, cwd=README.parent, capture_output=True, text=True, check=True, env=alone)
    steps = done.stdout.splitlines()
    slow = [at for at, step in enumerate(steps) if step.endswith(f"-m venv {venv}") or "-m pip install" in step]
    assert len(slow) == 2
    for at in slow:
        assert re.match(rf"echo .*{venv}.*minute", steps[at - 1])
    assert steps[-1] == f"{venv}/bin/asgi-vs-wsgi-tui"
