"""What the README shows is true: its example of a scenario is one."""

from __future__ import annotations

import re
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
