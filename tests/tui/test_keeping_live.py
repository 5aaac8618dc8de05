"""What the command line measures is kept among the recent runs; where it is not, nothing else differs."""

from __future__ import annotations

import json
import os
import signal

import pytest
from command_line import command, started

from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history

pytestmark = pytest.mark.live
SMALL = ("slow-io", "--requests", "4", "--set", "io_ms=20")
QUICK = (*SMALL, "--target", "gunicorn-sync:1")


def cards():
    return RunHistory(user_history()).cards()[0]


def test_a_run_is_kept_and_is_the_one_that_was_reported():
    told = json.loads(command("run", *QUICK, "--target", "uvicorn:1", "--json").stdout)
    (card,) = cards()
    kept = RunHistory(user_history()).read(card)
    assert (card.scenario, card.mode, card.stopped) == ("slow-io", "measure", None)
    assert [target.latency_ms.p95 for target in kept.result.targets] == [
        target["latency_ms"]["p95"] for target in told["targets"]
    ]


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["run", *QUICK, "--no-keep"], {}),
        (["--no-keep", "run", *QUICK], {}),
        (["run", *QUICK], {"ASGI_VS_WSGI_NO_KEEP": "1"}),
    ],
)
def test_a_user_can_say_that_nothing_is_to_be_kept(arguments, env):
    assert command(*arguments, env=env).returncode == 0
    assert not user_history().exists()


def test_where_nothing_can_be_kept_one_line_says_so_and_the_run_is_a_run(tmp_path):
    (tmp_path / "file").write_text("")
    done = command("run", *QUICK, "--json", env={"XDG_DATA_HOME": str(tmp_path / "file")})
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "asgi-vs-wsgi-tui/run/1"
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("asgi-vs-wsgi-tui: ")]
    assert "this run was not kept" in line
    assert "Not a directory" in line
    assert "--no-keep" in line


def test_an_interrupted_run_is_kept_and_says_how_to_open_it():
    with started("run", "slow-io", "--target", "gunicorn-sync:1", "--set", "io_ms=100", env={}) as process:
        read_until(process, "measuring gunicorn-sync")
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert printed == ""
    last = told.splitlines()[-1]
    assert last.startswith("asgi-vs-wsgi-tui: interrupted")
    kept = cards()
    assert bool(kept) == ("is kept: `asgi-vs-wsgi-tui replay` opens it" in last)
    assert all(card.stopped for card in kept)


def read_until(process, words: str) -> None:
    next(line for line in process.stderr if words in line)


def test_a_tournament_is_kept_with_its_ranking():
    servers = ("--target", "uvicorn:1", "--target", "gunicorn-sync:1")
    told = json.loads(command("tournament", *SMALL, "--rounds", "1", *servers, "--json").stdout)
    (card,) = cards()
    kept = RunHistory(user_history()).read(card)
    assert (card.mode, card.measured, kept.whole) == ("tournament", (2, 2), True)
    assert kept.parameters == {"io_ms": 20}
    assert [each.server for each in kept.tournament.standings] == [each["server"] for each in told["standings"]]


def test_replay_of_nothing_says_so_and_how_to_have_something():
    done = command("replay", env={"XDG_DATA_HOME": os.devnull})
    assert done.returncode == 2
    assert done.stderr == (
        "asgi-vs-wsgi-tui: replay: no recent run: none is kept yet "
        "(run a scenario, or name a file that `run --save` wrote)\n"
    )
