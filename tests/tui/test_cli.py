from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from command_line import command

import asgi_vs_wsgi.scenarios.catalog
from asgi_vs_wsgi.server_targets.servers import server_specs

WRONG = {
    "no such command": (["nope"], "No such command 'nope'"),
    "no such option": (["run", "slow-io", "--nope"], "No such option"),
    "no scenario": (["run"], "Missing argument 'SCENARIO' (see asgi-vs-wsgi-tui run --help)"),
    "an unknown scenario": (["run", "slow-oi"], "no scenario `slow-oi` (did you mean `slow-io`?)"),
    "a number that is none": (["run", "slow-io", "--requests", "many"], "'many' is not a valid integer"),
    "an option without its value": (["run", "slow-io", "--rate"], "--rate"),
    "no visitors": (["run", "slow-io", "--requests", "0"], "--requests: 0 is out of bounds"),
    "a rate that is not a number": (
        ["run", "slow-io", "--arrivals", "poisson", "--rate", "nan"],
        "--rate: nan is not above 0 and finite",
    ),
    "workers below one": (["run", "slow-io", "--target", "uvicorn:-1"], "--target uvicorn:-1: workers: -1"),
    "a number too long to be one": (["run", "slow-io", "--requests", "9" * 5000], "--requests"),
    "a name too long to be one": (["run", "slow-io", "--target", "x" * 5000], "no server `xxx"),
    "a product with several servers": (
        ["run", "slow-io", "--target", "gunicorn:2"],
        "did you mean `gunicorn-asgi`, `gunicorn-gevent`, `gunicorn-gthread` or `gunicorn-sync`?",
    ),
    "another": (["run", "slow-io", "--target", "granian"], "did you mean `granian-asgi` or `granian-wsgi`?"),
    "an unknown server": (["run", "slow-io", "--target", "uvicron"], "did you mean `uvicorn`?"),
    "an unknown parameter": (["run", "slow-io", "--set", "x=1"], "--set x: `slow-io` has no such parameter"),
    "a line break in an argument": (["run", "slow\n-io"], "no scenario"),
    "a terminal sequence in an argument": (["run", "\x1b[31m"], "no scenario"),
    "a ladder of words": (["run", "slow-io", "--ladder", "1,two"], "is not a list of whole numbers such as 1,2,4,8"),
    "a race of what may not be raced": (["run", "cpu-bound", "--race"], "may not be raced"),
    "no such directory": (["--scenarios", "/nowhere", "list"], "--scenarios /nowhere: no such directory"),
    "no such directory, said after": (["list", "--scenarios", "/nowhere"], "--scenarios /nowhere: no such directory"),
    "an impossible port": (["serve", "slow-io", "--port", "70000"], "--port: 70000 is out of bounds"),
    "a database that is none": (["run", "slow-io", "--database-url", "mysql://x"], "not the URL of a PostgreSQL"),
    "an unknown target to serve": (["serve", "slow-io", "--target", "nope"], "--target nope: no server `nope`"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG.keys())
def test_bad_input_is_one_clear_line_and_exit_2(arguments: list[str], said: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 1000
    assert done.stderr.startswith("asgi-vs-wsgi-tui: ")
    assert said in done.stderr
    assert "\x1b" not in done.stderr


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A good folder and a broken one."""
    for name in ("good", "bad"):
        shutil.copytree(asgi_vs_wsgi.scenarios.catalog.OURS / "slow-io", tmp_path / name)
    toml = tmp_path / "bad" / "scenario.toml"
    toml.write_text(toml.read_text().replace("workers = 2", "worker = 2", 1))
    return tmp_path


def test_list_tells_every_scenario_in_json() -> None:
    done = command("list", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    listed = json.loads(done.stdout)
    assert listed[0]["name"] == "slow-io"
    assert listed[0]["parameters"]["io_ms"]["default"] == 200
    assert listed[0]["targets"] == [
        {"name": "gunicorn-sync", "server": "gunicorn-sync", "law": "one-per-worker"},
        {"name": "uvicorn", "server": "uvicorn", "law": "all-at-once"},
    ]
    assert all({"name", "title", "summary", "parameters", "targets"} <= set(entry) for entry in listed)


def test_list_tells_people_a_name_and_a_summary() -> None:
    done = command("list")
    assert done.returncode == 0
    assert "slow-io" in done.stdout
    assert "32 visitors at once" in done.stdout


@pytest.mark.parametrize("before", [True, False])
def test_a_broken_folder_is_told_on_stderr_and_the_others_are_listed(folders: Path, before: bool) -> None:
    where = ["--scenarios", str(folders)]
    done = command(*(where if before else []), "list", "--json", *([] if before else where))
    assert done.returncode == 0
    names = {entry["name"] for entry in json.loads(done.stdout)}
    assert {"good", "slow-io"} <= names
    assert "bad" not in names
    (line,) = done.stderr.splitlines()
    assert str(folders / "bad" / "scenario.toml") in line
    assert "targets[0].worker" in line
    assert "did you mean `workers`?" in line


def test_running_a_broken_folder_is_the_same_line_and_exit_2(folders: Path) -> None:
    done = command("run", "bad", "--scenarios", str(folders))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "targets[0].worker" in line


def test_servers_tells_every_product_in_json() -> None:
    done = command("servers", "--json")
    assert done.returncode == 0
    told = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert set(told) == {product.name for product in server_specs()}
    assert told["uvicorn"]["installed"] is True
    assert told["uvicorn"]["interface"] == "asgi"
    assert told["uvicorn"]["install"].startswith("pip install ")
    assert all(
        set(entry) >= {"name", "interface", "product", "installed", "version", "install"} for entry in told.values()
    )


def test_help_tells_the_commands_and_the_options() -> None:
    done = command("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("list", "servers", "run", "serve", "--scenarios"))
    options = command("run", "--help").stdout
    for option in (
        *("--target", "--requests", "--concurrency", "--arrivals", "--rate", "--duration", "--seed", "--set"),
        *("--race", "--rounds", "--ladder", "--timeout", "--no-probe", "--json", "--scenarios"),
    ):
        assert option in options


IMPORTED = """
import sys
from asgi_vs_wsgi.tui.cli import cli
from asgi_vs_wsgi.tui.errors import run_command
code = run_command(cli, sys.argv[1:])
heavy = {"textual", "rich", "anyio", "asyncio", "django", "uvloop", "uvicorn", "gunicorn"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else code)
"""


NO_RUN = (["--help"], ["list"], ["list", "--json"], ["servers"], ["run", "nope"])
NO_PICTURE = (["screenshot", "nope", "-o", "a.svg"], ["record", "nope", "-o", "a.cast"])


@pytest.mark.parametrize("arguments", [*NO_RUN, *NO_PICTURE])
def test_what_needs_no_run_imports_nothing_heavy(arguments: list[str]) -> None:
    done = command(*arguments, code=IMPORTED)
    assert "imported" not in done.stderr
    assert done.returncode in (0, 2)


def test_a_reader_that_has_gone_is_no_error_to_tell() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = command("list", stdout=write_end)
    finally:
        os.close(write_end)
    assert done.returncode == 141
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = command("list", stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("asgi-vs-wsgi-tui: stdout: No space left on device (")
    assert done.stderr.count("\n") == 1


def test_output_without_unicode_is_still_output() -> None:
    done = command("list", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert json.loads(done.stdout)


RAISES = """
import sys, click
from asgi_vs_wsgi.tui.errors import run_command
from asgi_vs_wsgi.scenarios.errors import RunFailed
@click.command()
@click.argument("what")
def fail(what):
    raise {"stop": KeyboardInterrupt(), "bug": ValueError("oh\\nno"), "run": RunFailed("it died", detail="a\\nb")}[what]
sys.exit(run_command(fail))
"""


@pytest.mark.parametrize(
    ("what", "code", "lines"),
    [
        ("stop", 130, ["asgi-vs-wsgi-tui: interrupted"]),
        ("run", 1, ["asgi-vs-wsgi-tui: it died", "  a", "  b"]),
        (
            "bug",
            1,
            ["asgi-vs-wsgi-tui: a fault of ours: ValueError: oh no (set ASGI_VS_WSGI_TRACEBACK=1 to see where)"],
        ),
    ],
)
def test_whatever_is_raised_becomes_words_and_an_exit_code(what: str, code: int, lines: list[str]) -> None:
    done = command(what, code=RAISES)
    assert done.returncode == code
    assert [line for line in done.stderr.splitlines() if line] == lines
