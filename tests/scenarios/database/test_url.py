from __future__ import annotations

import sys

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.database import SqliteDatabase, target_settings
from asgi_vs_wsgi.scenarios.database.url import DatabaseUrl, read_database_url
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch):
    """No database is named by the environment that the tests run in."""
    for name in ("PGDATABASE", "PGSERVICE", "ASGI_VS_WSGI_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def read(text: str) -> dict[str, str]:
    return read_database_url(text).parameters


def test_every_part_is_read_and_unquoted():
    assert read("postgresql://me:p%40ss%20word@127.0.0.1:5433/some%2Dname") == {
        "host": "127.0.0.1",
        "port": "5433",
        "user": "me",
        "password": "p@ss word",
        "dbname": "some-name",
    }


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("postgres://me@localhost", {"host": "localhost", "user": "me", "dbname": "postgres"}),
        ("postgresql:///db?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "db"}),
        ("postgresql://me@%2Frun%2Fpostgresql/db", {"host": "/run/postgresql", "user": "me", "dbname": "db"}),
        ("postgresql://h/db?sslmode=require", {"host": "h", "dbname": "db", "sslmode": "require"}),
        ("postgresql://a:1,b:2/db", {"host": "a,b", "port": "1,2", "dbname": "db"}),
        ("postgresql://:word@h/db", {"host": "h", "password": "word", "dbname": "db"}),
        ("postgresql://", {"dbname": "postgres"}),
        ("postgresql://?service=mine", {"service": "mine"}),
    ],
)
def test_a_url_says_what_it_says_to_psql(text, parameters):
    assert read(text) == parameters


@pytest.mark.parametrize("name", ["PGDATABASE", "PGSERVICE"])
def test_a_database_that_the_environment_names_is_not_replaced_by_a_default(monkeypatch, name):
    monkeypatch.setenv(name, "mine")
    assert read("postgresql://h") == {"host": "h"}


@pytest.mark.parametrize("text", ["postgresql://me:secret@localhost/x", "postgresql:///x?user=me&password=secret"])
def test_the_password_is_not_shown(text):
    url = read_database_url(text)
    assert url.parameters["password"] == "secret"
    assert "secret" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not the URL"),
        ("mysql://a:secret@b/c", "not the URL"),
        ("host=b user=a password=secret", "not the URL"),
        ("postgresql://a:secret@host:port/x", "(?i)port"),
        ("postgresql://a:secret@host:99999/x", "(?i)port"),
        ("postgresql://a:secret@host:1,h:-1/x", "(?i)port"),
        ("postgresql://a:secret@host/x?nonsense=secret", "options"),
        ("postgresql://a:secret%zz@host/x", "options"),
        ("postgresql://a:secret%00@host/x", "options"),
        ("postgresql://a:\ud800secret@host/x", "options"),
        ("postgresql://a:secret/more@host/x", "too many"),
        ("postgresql://a:99/secret@host/x", "too many"),
        ("postgresql://a:pass@secret@host/x", "too many"),
        ("postgresql://a:secret", "(?i)port"),
        ("@/nowhere/url", "No such file"),
    ],
)
def test_what_is_no_url_of_a_postgresql_is_told_in_one_line_without_the_password(text, why):
    with pytest.raises(BadInput, match=why) as refused:
        read_database_url(text)
    assert "secret" not in refused.value.one_line()
    assert "\n" not in refused.value.one_line()


@pytest.mark.parametrize("around", ["{}", "{}\n", "  {}\r\n\n"])
def test_a_file_holds_the_url(tmp_path, around):
    file = tmp_path / "url"
    file.write_text(around.format("postgresql://me:secret@localhost/x"))
    assert read(f"@{file}")["password"] == "secret"


def test_a_file_that_holds_none_is_named_and_not_shown(tmp_path):
    file = tmp_path / "url"
    file.write_text("mysql://me:secret@localhost/x")
    with pytest.raises(BadInput, match=f"--database-url @{file}: not the URL") as refused:
        read_database_url(f"@{file}")
    assert "secret" not in refused.value.one_line()


@pytest.mark.parametrize("content", [b"\xff\xfe", b""])
def test_a_file_that_is_no_text_is_one_line(tmp_path, content):
    file = tmp_path / "url"
    file.write_bytes(content)
    with pytest.raises(BadInput, match="not "):
        read_database_url(f"@{file}")


def test_a_folder_in_the_place_of_the_file_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="directory"):
        read_database_url(f"@{tmp_path}")


@pytest.mark.parametrize("lacking", ["psycopg", "psycopg_pool"])
def test_without_psycopg_a_postgresql_is_one_line_and_sqlite_is_there(monkeypatch, lacking):
    catalog = load_catalog()
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(BadInput, match="psycopg and its pool are not installed") as refused:
        resolve(Options("connections", database_url="postgresql://me:secret@localhost/x"), catalog)
    assert "pip install" in refused.value.one_line()
    assert resolve(Options("connections"), catalog).database is None


class Reached:
    """A database that libpq has been led to."""

    vendor = "postgresql"

    @property
    def settings(self):
        return {"NAME": "ours", "OPTIONS": {"host": "/run/postgresql", "sslmode": "require"}}

    async def open_connections(self, pids):
        return dict.fromkeys(pids, 0)


def test_a_targets_own_options_are_added_to_those_that_lead_to_the_server(tmp_path):
    own = {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"max_size": 4}}}
    assert target_settings(Reached(), own) == {
        "NAME": "ours",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"host": "/run/postgresql", "sslmode": "require", "pool": {"max_size": 4}},
    }
    assert target_settings(SqliteDatabase(tmp_path / "x"), own)["OPTIONS"] == own["OPTIONS"]


def test_two_urls_of_the_same_words_are_equal():
    assert read_database_url("postgresql:///x") == DatabaseUrl({"dbname": "x"})
