"""Another Python for a target: what may be one, what it must have, and how our own code is found there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import asgi_vs_wsgi.server_targets
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Target
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.planning.targets import refuse_missing_parts, target_of, with_pythons
from asgi_vs_wsgi.scenarios.tournament.tournament import entrants
from asgi_vs_wsgi.server_targets.processes.interpreter import (
    GIL,
    NoInterpreter,
    ask_python,
    environment_for,
    find_python,
)
from asgi_vs_wsgi.tui.report.run_report import _left_out

CATALOG = load_catalog()
SCENARIO = CATALOG.find("slow-io")
TARGETS = [Target("gunicorn-sync", "page", name="one"), Target("uvicorn-h11", "page", name="two")]


def program(place: Path, text: str) -> str:
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return str(place)


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """A Python of our version with nothing installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    return str(tmp_path / "bare" / "bin" / "python")


# ---- which is meant


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("venv/bin/python", "/folder/venv/bin/python"),
        ("./python", "/folder/python"),
        ("../other/python", "/other/python"),
        ("/usr/bin/python3", "/usr/bin/python3"),
        ("~/venv/bin/python", "/home/me/venv/bin/python"),
        ("no-such-program", "no-such-program"),
    ],
)
def test_a_path_is_of_the_folder_and_a_name_of_the_path(words, found, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert find_python(words, Path("/folder")) == found


def test_a_name_is_looked_up_and_a_link_stays_a_link(tmp_path, monkeypatch):
    """Following it would lead out of a virtual environment."""
    (tmp_path / "my-python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python("my-python", Path("/folder")) == str(tmp_path / "my-python")
    assert find_python("./my-python", tmp_path) == str(tmp_path / "my-python")


@pytest.mark.parametrize(
    ("words", "pythons"),
    [
        ([], ["/own/python", ""]),
        (["/a"], ["/a", "/a"]),
        (["two=/b"], ["/own/python", "/b"]),
        (["/a", "two=/b"], ["/a", "/b"]),
        (["one=/a", "two=/b", "one=/c"], ["/c", "/b"]),
        (["/a=b/python"], ["/a=b/python", "/a=b/python"]),
    ],
)
def test_the_command_line_names_one_for_all_or_for_each(words, pythons):
    targets = [replace(TARGETS[0], python="/own/python"), TARGETS[1]]
    assert [target.python for target in with_pythons(SCENARIO, targets, words)] == pythons


@pytest.mark.parametrize(
    ("word", "told"), [("tow=/a", "did you mean `two`"), ("one=", "no path"), ("=/a", "no target ``")]
)
def test_a_word_that_names_nothing_is_told(word, told):
    with pytest.raises(BadInput) as refused:
        with_pythons(SCENARIO, TARGETS, [word])
    assert f"--python {word}" in refused.value.one_line()
    assert told in refused.value.one_line()


# ---- what it must be


def test_one_that_can_is_known_by_what_it_has():
    found = ask_python(sys.executable, ["json", "django", "no_such_module"])
    assert (found.version, found.missing) == (sys.version.split()[0], ("no_such_module",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 0", "does not answer as Python does"),
        ("echo hello", "does not answer as Python does"),
        ('echo "[[3, 10], \\"3.10.2\\", [], false]"', "is Python 3.10.2"),
        ('echo "[[2, 7], \\"2.7.18\\", [], false]"', "is Python 2.7.18"),
    ],
)
def test_what_is_no_python_or_too_old_is_told(tmp_path, text, why):
    with pytest.raises(NoInterpreter, match=why) as refused:
        ask_python(program(tmp_path / "python", text), ["django"])
    assert "3.11 or newer" in refused.value.right


@pytest.mark.parametrize("path", ["/no/such/python", "/tmp", "no-such-program", "/dev/null"])
def test_what_cannot_be_run_is_told(path):
    with pytest.raises(NoInterpreter, match=path):
        ask_python(path, [])


def test_what_is_missing_there_is_one_line_with_the_command_that_brings_it(bare_python):
    targets = [replace(target, python=bare_python) for target in TARGETS]
    with pytest.raises(BadInput) as refused:
        refuse_missing_parts(targets, "sqlite")
    line = refused.value.one_line()
    assert "\n" not in line
    assert f"python of one: {bare_python} (Python {sys.version.split()[0]}) has no django, asgiref or gunicorn" in line
    assert f"{bare_python} -m pip install django asgiref gunicorn" in line


@pytest.mark.parametrize(
    ("server", "bare", "vendor", "missing"),
    [
        ("uvicorn", False, "sqlite", "django, asgiref, uvicorn, uvloop or httptools"),
        ("uvicorn-h11", True, "sqlite", "uvicorn or h11"),
        ("waitress", False, "postgresql", "django, asgiref, waitress or psycopg"),
        ("runserver", False, "sqlite", "django or asgiref"),
        ("granian-asgi", True, "postgresql", "granian or uvloop"),
    ],
)
def test_each_server_needs_its_own_parts(bare_python, server, bare, vendor, missing):
    target = Target(server, "page", name="one", bare=bare, python=bare_python)
    with pytest.raises(BadInput) as refused:
        refuse_missing_parts([target], vendor)
    assert f"has no {missing} (" in refused.value.one_line()


def test_the_server_of_pythons_own_needs_nothing(bare_python):
    refuse_missing_parts([Target("wsgiref", "page", name="one", bare=True, python=bare_python)], "sqlite")


def test_it_is_asked_before_anything_is_started(bare_python):
    with pytest.raises(BadInput, match="python of uvicorn"):
        resolve(Options("slow-io", pythons=(f"uvicorn={bare_python}",)), CATALOG)
    experiment = resolve(Options("slow-io", pythons=(sys.executable,)), CATALOG)
    assert {target.python for target in experiment.targets} == {sys.executable}


# ---- with or without a GIL

SAYS = 'echo "[[3, 14], \\"3.14.1\\", [\\"django\\", \\"asgiref\\", \\"gunicorn\\"], {}]"'
GILS = CATALOG.find("free-threaded")


@pytest.mark.parametrize(("free", "threads"), [("true", ["with-a-gil", "without-a-gil"]), ("false", ["with-a-gil"])])
def test_a_target_without_a_gil_takes_part_where_its_python_can_be_without(tmp_path, free, threads):
    path = program(tmp_path / "python", SAYS.format(free))
    experiment = resolve(Options("free-threaded", pythons=(path,)), CATALOG)
    assert [target.name for target in experiment.targets] == [*threads, "two-processes"]
    assert ("without-a-gil" in " ".join(_left_out(experiment))) is (free == "false")


def test_only_the_python_of_that_target_is_asked(tmp_path):
    path = program(tmp_path / "python", SAYS.format("true"))
    experiment = resolve(Options("free-threaded", pythons=(f"without-a-gil={path}",)), CATALOG)
    assert [target.python for target in experiment.targets] == ["", path, ""]


@pytest.mark.parametrize("told", ["exit 1", SAYS.format("false")])
def test_who_names_a_target_that_cannot_run_there_is_told_what_it_needs(tmp_path, told):
    path = program(tmp_path / "python", told)
    with pytest.raises(BadInput) as refused:
        resolve(Options("free-threaded", targets=("without-a-gil",), pythons=(path,)), CATALOG)
    assert "without-a-gil: it needs a Python that can be without a GIL" in refused.value.one_line()
    assert "--python" in refused.value.one_line()


def test_a_gil_is_asked_for_by_the_targets_alone_that_say_so():
    """What is imported does not turn it on again, and on another server the Python has it as it has it."""
    assert [GIL[target.gil] for target in GILS.toml.targets] == [{"PYTHON_GIL": flag} for flag in "101"]
    assert {target.gil for target in SCENARIO.toml.targets} == {""}
    assert GIL[""] == {}
    assert target_of(GILS, "waitress").gil == ""


# ---- how it finds us


WORKERS_SIDE = """
import json, sys
before = set(sys.modules)
import asgi_vs_wsgi.server_targets.processes.launch
import asgi_vs_wsgi.server_targets.launchers
import asgi_vs_wsgi.server_targets.probe.entry
import asgi_vs_wsgi.server_targets.site.refused_settings
import asgi_vs_wsgi.views
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles
files = UserFiles("/the/scenario")
ours = [module.__file__ for name, module in sys.modules.items() if name.startswith("asgi_vs_wsgi.")]
users = [file for file in [*ours, "/the/scenario/views.py", "/elsewhere/views.py"] if files[file]]
roots = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([sorted(roots - set(sys.stdlib_module_names)), ours, users]))
"""


def test_what_runs_in_a_worker_needs_none_of_our_dependencies(bare_python, tmp_path):
    """In an interpreter that has none of them, and no word of where we are installed."""
    environment = os.environ | environment_for(tmp_path / "links")
    done = subprocess.run(
        [bare_python, "-P", "-c", WORKERS_SIDE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    foreign, ours, users = json.loads(done.stdout)
    assert [name for name in foreign if not name.startswith("_sysconfigdata")] == ["asgi_vs_wsgi"]
    assert all(file.startswith(str(tmp_path / "links")) for file in ours)
    assert users == ["/the/scenario/views.py", "/elsewhere/views.py"]  # no line of ours is blamed


@pytest.mark.parametrize("users", [None, "/a", "/a:/b"])
def test_the_users_own_path_stays_and_ours_comes_first(tmp_path, monkeypatch, users):
    if users is None:
        monkeypatch.delenv("PYTHONPATH", raising=False)
    else:
        monkeypatch.setenv("PYTHONPATH", users)
    for _ in range(2):  # a second target finds the links made
        said = environment_for(tmp_path / "links")
    assert said == {"PYTHONPATH": ":".join([str(tmp_path / "links"), *([users] if users else [])]), "PYTHONHOME": ""}
    assert [each.name for each in (tmp_path / "links").iterdir()] == ["asgi_vs_wsgi"]


# ---- in a tournament, where each server runs by itself


@pytest.mark.parametrize("word", ["{}", "gunicorn-sync={}"])
def test_in_a_tournament_it_is_for_all_or_for_one_server(bare_python, word):
    experiments, missing = entrants(Options("slow-io", pythons=(word.format(bare_python),)), CATALOG)
    told = {each.server: each.reason for each in missing}
    assert "has no django, asgiref or gunicorn" in told["gunicorn-sync"]
    taking_part = {experiment.targets[0].server for experiment in experiments}
    assert ("uvicorn" in taking_part) is ("=" in word)
    assert {experiment.targets[0].python for experiment in experiments} <= {""}


def test_a_server_that_nobody_knows_is_told_at_once(bare_python):
    with pytest.raises(BadInput, match="no server `unicorn`"):
        entrants(Options("slow-io", pythons=(f"unicorn={bare_python}",)), CATALOG)


# ---- what runs in a stranger's interpreter


OTHERS = [
    each
    for each in sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    if int(each.parents[1].name.split(".")[1].rstrip("t")) >= 9
]
IMPORTED = """
import importlib, json, sys
said = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import stacks_of
from asgi_vs_wsgi.server_targets.probe.sampling.own_threads import idents_of_threads
import threading
(stack,) = stacks_of([threading.get_ident()])
said["own line"] = "<module>" in [code.co_name for code, _ in stack]
said["own ident"] = threading.get_ident() in idents_of_threads().values()
print(json.dumps(said))
"""


def theirs() -> list[str]:
    """Modules that are imported in other interpreters, but those that begin a worker or need what is not there."""
    rooms = Path(asgi_vs_wsgi.server_targets.__path__[0])
    files = [*rooms.glob("probe/**/*.py"), *rooms.glob("project/*.py"), rooms / "worker_config.py"]
    files += [rooms / "launchers.py", *(rooms / "processes" / f"{name}.py" for name in ("launch", "reaper"))]
    names = [".".join(file.relative_to(rooms).with_suffix("").parts) for file in files]
    begins_worker = ("_entry", "gunicorn_hooks")
    return [
        f"asgi_vs_wsgi.server_targets.{name.removesuffix('.__init__')}"
        for name in names
        if not name.endswith(begins_worker)
    ]


@pytest.mark.parametrize("python", OTHERS, ids=lambda path: path.parents[1].name)
def test_what_runs_inside_a_strangers_worker_can_be_imported_by_every_python_from_3_9_on(python, tmp_path):
    done = subprocess.run(
        [python, "-c", IMPORTED, json.dumps(theirs())],
        env={**environment_for(tmp_path / "links"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout) == {"own line": True, "own ident": True}
