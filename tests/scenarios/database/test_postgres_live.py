"""On a real PostgreSQL: its own count of connections, our own database only, and nothing left of it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import anyio
import postgres_server
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.database.postgres import PREFIX, postgres_database
from asgi_vs_wsgi.scenarios.database.url import VARIABLE, read_database_url
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.database_copy import DatabaseCopies, database_copies
from asgi_vs_wsgi.scenarios.project.look_result import DatabaseLogin, ProjectDatabase, ProjectLook
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("postgres")]


def run(scenario: str, url: str, **changes):
    experiment = resolve(Options(scenario, database_url=url, **changes), load_catalog())
    outcome = run_headless(experiment, on_progress=lambda _: None, on_ready=lambda *_: None)
    return {target.name: target for target in outcome.result.targets}


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


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


def test_async_orm_says_the_same_on_postgresql(postgres):
    targets = run("async-orm", postgres, requests=2, parameters=("query_ms=300",))
    assert all(check.holds for target in targets.values() for check in target.checks), targets


def test_the_count_is_the_servers_own_and_of_workers_alone(postgres):
    async def main():
        async with postgres_database(read_database_url(postgres)) as database:
            known = {**database.settings["OPTIONS"], "dbname": database.settings["NAME"]}
            counts = [await database.open_connections([41, 42])]
            names = ["asgi-vs-wsgi 42"] * 3 + ["asgi-vs-wsgi lab", "asgi-vs-wsgi 42 of somebody else"]
            opened = [psycopg.connect(**known, application_name=name) for name in names]
            counts.append(await database.open_connections([41, 42]))
            for connection in opened:
                connection.close()
            with anyio.fail_after(5):
                while await database.open_connections([42]) != {42: 0}:
                    await anyio.sleep(0.01)
            return counts

    assert anyio.run(main) == [{41: 0, 42: 0}, {41: 0, 42: 3}]


@pytest.fixture
def server(postgres):
    """Where the server listens, by libpq's keywords."""
    return conninfo_to_dict(postgres)


def socket_folder(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.execute("SHOW unix_socket_directories").fetchone()[0]


def served(url: str, postgres: str) -> None:
    """A run's workers reach the database that was made for them, and it is gone afterwards."""
    before = databases(postgres)
    (target,) = run("connections", url, targets=("asgi-closed",), requests=2).values()
    assert target.requests.completed == 2
    assert target.connections.database == "postgresql"
    assert databases(postgres) == before


def reached(url: str) -> None:
    """The settings that workers are given lead to the database that was made for them."""

    async def main() -> None:
        async with postgres_database(read_database_url(url)) as database:
            name = database.settings["NAME"]
            with psycopg.connect(**database.settings["OPTIONS"], dbname=name) as connection:
                assert connection.execute("SELECT current_database()").fetchone() == (name,)

    anyio.run(main)


def test_a_server_is_reached_by_its_socket(postgres, server):
    password, folder, port = quote(server["password"]), socket_folder(postgres), server["port"]
    reached(f"postgresql://lab:{password}@/postgres?host={folder}&port={port}")


def test_what_the_url_leaves_out_the_variables_say(monkeypatch, postgres, server):
    for name, keyword in (("PGHOST", "host"), ("PGPORT", "port"), ("PGUSER", "user"), ("PGPASSWORD", "password")):
        monkeypatch.setenv(name, server[keyword])
    served("postgresql://", postgres)


def test_a_url_is_stronger_than_the_variables(monkeypatch, postgres):
    for name, value in (("PGHOST", "/nowhere"), ("PGPORT", "1"), ("PGUSER", "nobody"), ("PGPASSWORD", "wrong")):
        monkeypatch.setenv(name, value)
    reached(postgres)


def test_a_service_names_the_server(monkeypatch, tmp_path, postgres, server):
    (tmp_path / "services").write_text("[mine]\n" + "".join(f"{key}={value}\n" for key, value in server.items()))
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    reached("postgresql://?service=mine")


def test_a_password_that_is_kept_for_one_database_serves_for_ours(monkeypatch, tmp_path, postgres, server):
    kept = tmp_path / "pgpass"
    kept.write_text(f"{server['host']}:{server['port']}:postgres:lab:{server['password']}\n")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    served(f"postgresql://lab@{server['host']}:{server['port']}/postgres", postgres)


def test_encryption_that_is_asked_for_is_not_done_without(postgres):
    with pytest.raises(BadInput, match="SSL") as refused:
        run("connections", f"{postgres}?sslmode=require")
    assert "\n" not in refused.value.one_line()


def test_files_of_certificates_are_found_from_the_folder_of_a_run(postgres):
    async def main():
        async with postgres_database(read_database_url(f"{postgres}?sslrootcert=root.crt")) as database:
            return database.settings["OPTIONS"]["sslrootcert"]

    assert anyio.run(main) == str(Path.cwd() / "root.crt")


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


def ours(url: str) -> set[str]:
    return {name for name in databases(url) if re.fullmatch(f"{PREFIX}[0-9a-f]{{8}}", name)}


@contextmanager
def running_elsewhere(url: str, *namespace: str):
    """Another run that has made its database, with a view of the machine's processes of its own if that is said."""
    command = [*namespace, sys.executable, "-m", "asgi_vs_wsgi", "run", "connections", "--set", "query_ms=2000"]
    before = ours(url)
    environment = os.environ | {VARIABLE: url}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        deadline = time.monotonic() + 20
        while not (made := ours(url) - before):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        (name,) = made
        yield process, name
    finally:
        process.kill()
        process.wait()


def test_what_a_killed_run_left_is_swept_by_the_next_and_no_other_database_is(postgres):
    others = ["asgi_vs_wsgi_of_somebody_else", "asgi_vs_wsgi_12345678_backup", "asgi_vs_wsgi_1234567G"]
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in others:
            connection.execute(f'CREATE DATABASE "{name}"')
    before = databases(postgres)
    with running_elsewhere(postgres) as (process, name):
        process.kill()
    until_nobody_is_connected(postgres, name)
    assert databases(postgres) == before | {name}
    run("connections", postgres, targets=("asgi-closed",), requests=2)
    assert databases(postgres) == before
    with psycopg.connect(postgres, autocommit=True) as connection:
        for name in others:
            connection.execute(f'DROP DATABASE "{name}"')


def until_nobody_is_connected(url: str, name: str) -> None:
    """PostgreSQL notices a while after a client was killed."""
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s OR application_name = 'asgi-vs-wsgi lab'"
    deadline = time.monotonic() + 20
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(count, (name,)).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a PID namespace")
def test_a_run_whose_processes_cannot_be_seen_keeps_its_database(postgres):
    with running_elsewhere(postgres, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc") as (process, name):
        run("connections", postgres, targets=("asgi-closed",), requests=2)
        assert name in databases(postgres)
        assert process.poll() is None


def test_a_database_that_somebody_is_connected_to_is_left_alone_until_they_leave(postgres):
    name = f"{PREFIX}0000beef"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(postgres.replace("/postgres", f"/{name}")):
        run("connections", postgres, targets=("asgi-closed",), requests=2)
        assert name in databases(postgres)
    run("connections", postgres, targets=("asgi-closed",), requests=2)
    assert name not in databases(postgres)


def test_what_one_target_keeps_open_is_not_missing_for_the_next(postgres):
    """Three of them would need more connections together than the server has."""
    with psycopg.connect(postgres) as connection:
        most = int(connection.execute("SHOW max_connections").fetchone()[0])
    of_each = 2 * (most // 4)
    word = f"gunicorn-gthread:1x{of_each}"
    load = {"arrivals": "closed", "concurrency": of_each, "requests": 3 * of_each, "rounds": 2}
    targets = run("connections", postgres, targets=(word,) * 3, parameters=("query_ms=60",), **load)
    assert len(targets) == 3
    for target in targets.values():
        assert target.requests.completed == target.requests.planned, target.requests
        assert target.connections.peak <= of_each
        assert target.connections.at_end > most // 4  # it does keep them: all three together would be too many
        assert target.workers_lost == 0
        assert target.left_processes == []


def test_the_tests_own_server_goes_with_them_also_where_they_are_killed(postgres):
    """What no `finally` is left to stop would run, with its port and its folder, for ever."""
    code = """if True:
        from postgres_server import program, running_postgres
        with running_postgres(program("initdb"), program("pg_ctl")) as url:
            print(url, flush=True)
            input()
    """
    ours = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(postgres_server.__file__).parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ours.stdout
    url = ours.stdout.readline().strip()
    assert databases(url)
    ours.kill()
    ours.communicate()
    folder, deadline_s = Path(f"/tmp/asgi-vs-wsgi-postgres-{ours.pid}"), time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    with pytest.raises(psycopg.OperationalError):
        databases(url)


def stranger(url: str) -> tuple[ProjectLook, str]:
    """A look at a project on this server, with a database of its own."""
    known = conninfo_to_dict(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
    database = ProjectDatabase("x", "postgresql", "shop", known["host"], known["port"])
    login = DatabaseLogin(known["user"], known["password"], {"options": "-c lock_timeout=9s"})
    looked = ProjectLook(
        "3.11", True, {}, "s", False, {"default": database}, {}, [], True, [], "", "", logins={"default": login}
    )
    return looked, psycopg.conninfo.make_conninfo(url, dbname="shop")


def test_a_projects_database_is_copied_where_nobody_uses_it_and_read_alone_where_somebody_does(postgres, tmp_path):
    before = databases(postgres)
    looked, theirs = stranger(postgres)

    async def main() -> list[tuple[DatabaseCopies, object]]:
        made: list[tuple[DatabaseCopies, object]] = []
        for busy in (False, True):
            with contextlib.ExitStack() as stack:
                if busy:
                    stack.enter_context(psycopg.connect(theirs))
                async with database_copies(looked, tmp_path, tmp_path) as copies:
                    changes = copies.changes["default"]
                    options = changes.get("OPTIONS", {}).get("options", "")
                    name = changes.get("NAME", "shop")
                    with psycopg.connect(theirs, dbname=name, options=options, autocommit=True) as connection:
                        rows = connection.execute("SELECT count(*) FROM t").fetchone()
                        with contextlib.suppress(psycopg.errors.ReadOnlySqlTransaction):
                            connection.execute("INSERT INTO t VALUES (2)")
                    made.append((copies, rows))
        return made

    try:
        with psycopg.connect(theirs) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS x")
        (copied, rows), (read, rows_again) = anyio.run(main)
        assert rows == rows_again == (1,)
        assert copied.told == {"default": "a copy"}
        assert copied.changes["default"]["NAME"].startswith(PREFIX)
        assert "for reading alone" in read.told["default"]
        assert "other users" in read.told["default"]
        assert read.not_copied == {"default"}
        assert read.changes["default"]["OPTIONS"]["options"].startswith("-c lock_timeout=9s -c ")
        with psycopg.connect(theirs) as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
        assert databases(postgres) == {*before, "shop"}
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP DATABASE shop WITH (FORCE)")
