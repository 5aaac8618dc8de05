"""`--database-url`: where a PostgreSQL is, read strictly; the password is never shown.

Other users of the machine see a command line. A file (`@FILE`) or the environment keeps the password from them.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from asgi_vs_wsgi.scenarios.errors import BadInput

VARIABLE = "ASGI_VS_WSGI_DATABASE_URL"
OPTION = "--database-url"
SCHEMES = ("postgresql", "postgres")
EXAMPLE = "for example postgresql://user:password@127.0.0.1:5432/postgres"
IN_FILE = "@"
"""Before the name of a file that holds the URL."""
_MOST_BYTES = 4096
_QUOTE = f"{EXAMPLE}; in a password / is %2F, ? is %3F, # is %23 and @ is %40"
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


def read_database_url(text: str, told_as: str = OPTION) -> DatabaseUrl:
    """BadInput for what is no URL of a PostgreSQL, and where psycopg or its pool is not installed.

    `told_as`: where the text comes from. `@FILE` is read from that file.
    """
    if text.startswith(IN_FILE):
        told_as = f"{told_as} {text}"
        text = _from_file(Path(text.removeprefix(IN_FILE)), told_as)
    url = _parts(text, told_as)
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        raise BadInput(f"{told_as}: psycopg and its pool are not installed", hint=INSTALL)
    return url


def _from_file(file: Path, told_as: str) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode().strip()
    except OSError as error:
        raise BadInput(f"{told_as}: {error.strerror}", hint="a file that holds the URL alone") from None
    except ValueError:  # also a name that no file can have
        raise BadInput(f"{told_as}: not a text file", hint="a file that holds the URL alone") from None


def _parts(text: str, told_as: str) -> DatabaseUrl:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise BadInput(f"{told_as}: not the URL of a PostgreSQL", hint=EXAMPLE) from None
    if parts.scheme not in SCHEMES:
        raise BadInput(f"{told_as}: not the URL of a PostgreSQL", hint=EXAMPLE)
    try:
        port = parts.port or 5432
    except ValueError:  # whose words hold what stands there: with a `/` in a password, a part of it
        raise BadInput(f"{told_as}: its port is no number up to 65535", hint=_QUOTE) from None
    if not parts.hostname or not parts.username:
        missing = "host" if not parts.hostname else "user"
        raise BadInput(f"{told_as}: it names no {missing}", hint=EXAMPLE)
    if parts.query or parts.fragment:
        raise BadInput(f"{told_as}: options after `?` or `#` are not read", hint=_QUOTE)
    name = unquote(parts.path.removeprefix("/")) or "postgres"
    return DatabaseUrl(parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), name)
