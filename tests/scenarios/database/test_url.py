from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.database.url import DatabaseUrl, read_database_url
from asgi_vs_wsgi.scenarios.errors import BadInput


def test_every_part_is_read_and_unquoted():
    url = read_database_url("postgresql://me:p%40ss%20word@127.0.0.1:5433/some%2Dname")
    assert url == DatabaseUrl("127.0.0.1", 5433, "me", "p@ss word", "some-name")


def test_port_password_and_name_may_be_left_out():
    assert read_database_url("postgres://me@localhost") == DatabaseUrl("localhost", 5432, "me", "", "postgres")


def test_the_password_is_not_shown():
    assert "secret" not in repr(read_database_url("postgresql://me:secret@localhost/x"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not the URL"),
        ("mysql://a:secret@b/c", "not the URL"),
        ("postgresql://:secret@host/x", "names no user"),
        ("postgresql:///x", "names no host"),
        ("postgresql://a:secret@host:port/x", "(?i)port"),
        ("postgresql://a:secret@host:99999/x", "(?i)port"),
        ("postgresql://a:secret@host/x?sslmode=require", "not read"),
        ("postgresql://a:secret/more@host/x", "(?i)port"),
        ("postgresql://a:99/secret@host/x", "names no user"),
        ("postgresql://a:9#secret@host/x", "."),
        ("postgresql://a:secret?more@host/x", "."),
        ("postgresql://[a:secret@host/x", "not the URL"),
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
    assert read_database_url(f"@{file}").password == "secret"


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
