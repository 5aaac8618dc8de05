"""A password on the command line is not in the process list; a file and a variable of the environment hold it too."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from command_line import started
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.tui.arguments.process_title import without_passwords


@pytest.fixture
def silent_server():
    """Takes connections and never says a word, so that the command waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def command_lines(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def until_it_comes(server: socket.socket) -> None:
    """It has read where to go."""
    server.settimeout(20)
    connection, _address = server.accept()
    connection.close()


@pytest.mark.parametrize(
    ("given_as", "password"),
    [("--database-url={}", "secret-word"), ("--database-url {}", "s%40cret"), ("--database-url={}", "x")],
)
def test_a_password_is_blanked_and_the_rest_is_there(silent_server, given_as, password):
    port = silent_server.getsockname()[1]
    words = given_as.format(f"postgresql://me:{password}@127.0.0.1:{port}/postgres").split()
    with started("run", "connections", "--no-keep", *words, env={}) as process:
        until_it_comes(silent_server)
        line = command_lines(process.pid)
        process.kill()
    assert f":{password}@".encode() not in line
    assert f"me:{'***'[: len(password)]}".encode() in line
    assert password == "x" or f"***@127.0.0.1:{port}/postgres\0".encode() in line
    assert b"--no-keep" in line


@pytest.mark.parametrize("where", ["file", "variable", "variable that names a file"])
def test_a_url_may_come_from_elsewhere(silent_server, tmp_path, where):
    url = f"postgresql://me:secret-word@127.0.0.1:{silent_server.getsockname()[1]}/postgres"
    (tmp_path / "url").write_text(url)
    words = ["--database-url", f"@{tmp_path}/url"] if where == "file" else []
    variable = {"variable": url, "variable that names a file": f"@{tmp_path}/url"}.get(where)
    env = {"ASGI_VS_WSGI_DATABASE_URL": variable} if variable else {}
    with started("run", "connections", "--no-keep", *words, env=env) as process:
        until_it_comes(silent_server)
        assert b"secret" not in command_lines(process.pid)
        process.kill()


def test_a_variable_that_is_wrong_is_named():
    with started("run", "connections", env={"ASGI_VS_WSGI_DATABASE_URL": "mysql://me:secret@h/x"}) as process:
        told = process.communicate()[1]
    assert process.returncode == 2
    assert "ASGI_VS_WSGI_DATABASE_URL: not the URL" in told
    assert "secret" not in told


WORD = st.binary(max_size=20).map(lambda word: word.replace(b"\0", b""))


@given(before=st.lists(WORD), password=WORD, after=st.lists(WORD))
def test_a_line_keeps_its_length_and_its_other_words(before, password, after):
    before, after = ([word for word in words if b"://" not in word] for words in (before, after))
    secret = b"postgresql://me:" + password + b"@host/x"
    line = b"".join(word + b"\0" for word in (*before, secret, *after))
    blanked = without_passwords(line)
    assert len(blanked) == len(line)
    assert blanked.startswith(b"".join(word + b"\0" for word in before))
    assert blanked.endswith(b"".join(word + b"\0" for word in after))
    if len(password) > 3:
        assert blanked[len(b"".join(word + b"\0" for word in before)) :].startswith(b"postgresql://me:***@host/x\0")


@pytest.mark.parametrize("name", [b"password", b"sslpassword"])
def test_a_password_among_the_options_of_a_url_is_blanked_too(name):
    blanked = without_passwords(b"postgresql:///x?user=me&" + name + b"=secret-word&host=h\0")
    assert blanked.startswith(b"postgresql:///x?user=me&" + name + b"=***&host=h\0")


@pytest.mark.parametrize("line", [b"run\0slow-io\0", b"--page\0http://127.0.0.1:80/a\0", b"a@b:c\0", b""])
def test_what_holds_no_password_is_left_as_it_is(line):
    assert without_passwords(line) == line


def test_commands_that_lead_to_the_option_tell_the_way_to_keep_it_secret():
    from command_line import command

    for name in ("run", "serve", "tournament"):
        told = " ".join(command(name, "--help").stdout.split())
        assert "ASGI_VS_WSGI_DATABASE_URL" in told, name
        assert re.search(r"@FILE", told)
