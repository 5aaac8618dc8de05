"""`--database-url`: where a PostgreSQL is, read strictly; the password is never shown."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from scenarios.errors import BadInput

VARIABLE = "ASGI_VS_WSGI_DATABASE_URL"
OPTION = "--database-url"
SCHEMES = ("postgresql", "postgres")
EXAMPLE = "for example postgresql://user:password@127.0.0.1:5432/postgres"
INSTALL = 'pip install "psycopg[binary,pool]"'


class DatabaseUrl(Struct, frozen=True):
    """A database to connect to when our own is made and dropped; nothing in it is touched."""

    host: str
    port: int
    user: str
    password: str
    name: str

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.user}@{self.host}:{self.port}/{self.name})"


def read_database_url(text: str) -> DatabaseUrl:
    """BadInput for what is no URL of a PostgreSQL, and where psycopg or its pool is not installed."""
    try:
        parts = urlsplit(text)
        port = parts.port or 5432
    except ValueError as error:
        raise BadInput(f"{OPTION}: {error}", hint=EXAMPLE) from None
    if parts.scheme not in SCHEMES:
        raise BadInput(f"{OPTION}: not the URL of a PostgreSQL", hint=EXAMPLE)
    if not parts.hostname or not parts.username:
        missing = "host" if not parts.hostname else "user"
        raise BadInput(f"{OPTION}: it names no {missing}", hint=EXAMPLE)
    if parts.query or parts.fragment:
        raise BadInput(f"{OPTION}: options after `?` or `#` are not read", hint=EXAMPLE)
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        raise BadInput(f"{OPTION}: psycopg and its pool are not installed", hint=INSTALL)
    name = unquote(parts.path.removeprefix("/")) or "postgres"
    return DatabaseUrl(parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), name)
