"""On a real PostgreSQL: its own count of connections, our own database only, and nothing left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import anyio
import psycopg
import pytest

from scenarios.catalog import load_catalog
from scenarios.database.postgres import PREFIX, postgres_database
from scenarios.database.url import read_database_url
from scenarios.errors import BadInput
from scenarios.experiment import Options
from scenarios.resolve import resolve
from scenarios.run.headless import run_headless

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("postgres")]


def run(scenario: str, url: str, **changes):
    experiment = resolve(Options(scenario, database_url=url, **changes), load_catalog())
    outcome = run_headless(experiment, on_progress=lambda _: None, on_ready=lambda *_: None)
    return {target.name: target for target in outcome.result.targets}


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.mark.flaky(reruns=2)
def test_kept_connections_outlive_their_threads_under_asgi_and_a_pool_is_a_limit(postgres):
    before = databases(postgres)
    targets = run("connections", postgres, requests=40)
    open_ = {name: target.connections for name, target in targets.items()}
    assert all(each.database == "postgresql" for each in open_.values())
    assert open_["asgi-kept"].peak > 2 * open_["asgi-closed"].peak
    assert open_["asgi-pool"].peak <= 4
    assert open_["threads-kept"].peak <= 4
    assert all(check.holds for target in targets.values() for check in target.checks)
    assert databases(postgres) == before


@pytest.mark.flaky(reruns=2)
def test_async_orm_says_the_same_on_postgresql(postgres):
    targets = run("async-orm", postgres, requests=2, parameters=("query_ms=100",))
    assert all(check.holds for target in targets.values() for check in target.checks), targets


def test_the_count_is_the_servers_own(postgres):
    async def main():
        async with postgres_database(read_database_url(postgres)) as database:
            settings = database.settings
            known = {"host": settings["HOST"], "port": settings["PORT"], "dbname": settings["NAME"]}
            known |= {"user": settings["USER"], "password": settings["PASSWORD"]}
            counts = [await database.open_connections([41, 42])]
            opened = [psycopg.connect(**known, application_name="asgi-vs-wsgi 42") for _ in range(3)]
            counts.append(await database.open_connections([41, 42]))
            for connection in opened:
                connection.close()
            with anyio.fail_after(5):
                while await database.open_connections([42]) != {42: 0}:
                    await anyio.sleep(0.01)
            return counts

    assert anyio.run(main) == [{41: 0, 42: 0}, {41: 0, 42: 3}]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("pa%20ss%40word", "wrong"), "password authentication failed"),
        (("/postgres", "/nobodys"), "does not exist"),
        (("lab:", "stranger:"), "password authentication failed"),
    ],
)
def test_a_server_that_refuses_is_told_in_one_line(postgres, change, why):
    with pytest.raises(BadInput, match=why) as refused:
        run("connections", postgres.replace(*change))
    assert "\n" not in refused.value.one_line()
    assert "pa ss" not in refused.value.one_line()


def test_a_server_that_is_not_there_is_told_in_one_line():
    with pytest.raises(BadInput, match="refused"):
        run("connections", "postgresql://lab:x@127.0.0.1:1/postgres")


def test_what_a_killed_run_left_is_swept_by_the_next_and_no_other_database_is(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE asgi_vs_wsgi_of_somebody_else")
    before = databases(postgres)
    command = [sys.executable, "-m", "tui", "run", "connections", "--database-url", postgres]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def strike():
        with anyio.fail_after(20):
            while not any(name.startswith(f"{PREFIX}{killed.pid}_") for name in databases(postgres)):
                await anyio.sleep(0.05)
        os.kill(killed.pid, signal.SIGKILL)

    anyio.run(strike)
    killed.wait()
    assert len(databases(postgres)) == len(before) + 1
    run("connections", postgres, targets=("asgi-closed",), requests=2)
    assert databases(postgres) == before
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE asgi_vs_wsgi_of_somebody_else")
