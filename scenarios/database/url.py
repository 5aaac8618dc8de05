"""`--database-url`: the address of a PostgreSQL, read as PostgreSQL's own programs read it; a password is never shown.

Other users of the machine see a command line. A file (`@FILE`), the environment or `~/.pgpass` keeps the password from
them.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from asgi_vs_wsgi.scenarios.errors import BadInput

VARIABLE = "ASGI_VS_WSGI_DATABASE_URL"
OPTION = "--database-url"
SCHEMES = ("postgresql://", "postgres://")
DEFAULT_NAME = "postgres"
"""A database that every server has."""
_NAMED_BY = ("PGDATABASE", "PGSERVICE")
EXAMPLE = (
    "for example postgresql://user:password@127.0.0.1:5432/postgres, or postgresql:///postgres?host=/run/postgresql"
)
IN_FILE = "@"
"""Before the name of a file that holds the URL."""
_MOST_BYTES = 4096
_QUOTE = "for example postgresql://user:password@127.0.0.1:5432/postgres; in a password / is %2F, @ is %40 and % is %25"
INSTALL = 'pip install "psycopg[binary,pool]"'
_LAST_PORT = 65535


class DatabaseUrl(Struct, frozen=True):
    """A database to connect to when our own is made and dropped; nothing in it is touched."""

    parameters: dict[str, str]
    """By libpq's keywords; what is left out, libpq takes from `PG*` variables and files, or has a default for."""

    def __repr__(self) -> str:
        shown = {key: self.parameters[key] for key in ("user", "host", "port", "dbname") if key in self.parameters}
        return f"DatabaseUrl({shown})"


def read_database_url(text: str, told_as: str = OPTION) -> DatabaseUrl:
    """BadInput for what is no URL of a PostgreSQL, and where psycopg or its pool is not installed.

    `told_as`: where the text comes from. `@FILE` is read from that file.
    """
    if text.startswith(IN_FILE):
        told_as = f"{told_as} {text}"
        text = _from_file(Path(text.removeprefix(IN_FILE)), told_as)
    if not text.startswith(SCHEMES):
        raise BadInput(f"{told_as}: not the URL of a PostgreSQL", hint=EXAMPLE)
    parameters = _parameters(text, told_as)
    if not {"dbname", "service"} & parameters.keys() and not any(map(os.environ.get, _NAMED_BY)):
        parameters["dbname"] = DEFAULT_NAME
    return DatabaseUrl(parameters)


def _from_file(file: Path, told_as: str) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode().strip()
    except OSError as error:
        raise BadInput(f"{told_as}: {error.strerror}", hint="a file that holds the URL alone") from None
    except ValueError:  # also a name that no file can have
        raise BadInput(f"{told_as}: not a text file", hint="a file that holds the URL alone") from None


def _parameters(text: str, told_as: str) -> dict[str, str]:
    """What a URL says. libpq's words on a wrong one are not told: they quote it, and with it the password."""
    try:
        import psycopg  # takes 100 ms, which only a PostgreSQL is worth
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:  # also where psycopg finds no libpq
        raise _not_installed(told_as) from None
    if find_spec("psycopg_pool") is None:
        raise _not_installed(told_as)
    try:
        parameters = {key: str(value) for key, value in conninfo_to_dict(text).items()}
    except (psycopg.Error, UnicodeError):
        words = "its options after `?`, or a % in it, are not PostgreSQL's"
        raise BadInput(f"{told_as}: {words}", hint=_QUOTE) from None
    if text.count("@") > 1 or ("@" in text and not {"user", "password"} & parameters.keys()):
        raise BadInput(f"{told_as}: it has an @ or a / too many", hint=_QUOTE)
    if not all(_is_port(port) for port in parameters.get("port", "").split(",")):
        raise BadInput(f"{told_as}: its port is no number up to {_LAST_PORT}", hint=_QUOTE)
    return parameters


def _is_port(text: str) -> bool:
    """None at all is the default one."""
    return not text or (text.isdecimal() and 0 < int(text) <= _LAST_PORT)


def _not_installed(told_as: str) -> BadInput:
    return BadInput(f"{told_as}: psycopg and its pool are not installed", hint=INSTALL)
