"""A database of our own on the user's PostgreSQL: made for a run, watched through pg_stat_activity, dropped after it.

Whose a database is, an advisory lock tells: the run that made it holds it in its own session until it ends, however
it ends, on whatever machine, and PostgreSQL shows it to everybody. What nobody holds and nobody is connected to was
left by a killed run, and is swept by the next one. No other database is created, changed or dropped.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from asgi_vs_wsgi.scenarios.database.url import OPTION, DatabaseUrl
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.untrusted_text import split_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CONNECT_TIMEOUT_S = 5
APPLICATION = "asgi-vs-wsgi"
"""Workers are known to the database as `asgi-vs-wsgi PID` (asgi_vs_wsgi.server_targets.site.settings)."""
PREFIX = "asgi_vs_wsgi_"
_OURS = re.compile(re.escape(PREFIX) + r"([0-9a-f]{8})")
_FILES = frozenset({"sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir"})
_NO_FILE = "system"
"""As `sslrootcert`: the certificates that the machine trusts."""
_NOT_HANDED_ON = frozenset({"application_name", "connect_timeout", "client_encoding", "passfile", "service"})
"""What another connection has of its own, and where libpq has already looked."""
_LOCK_CLASS = 0x61767721
"""Of our advisory locks; the number beside it is the one in the database's name."""
_LOCK = "SELECT pg_advisory_lock(%s, %s)"
_LEFT = """
    SELECT datname FROM pg_database WHERE starts_with(datname, %s)
    EXCEPT
    SELECT %s || lpad(to_hex(objid::bigint), 8, '0') FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
"""
"""Locks of the whole server, whichever of its databases they were taken in."""
_OPEN = """
    SELECT application_name, count(*) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend' AND application_name ~ %s
    GROUP BY application_name
"""
"""PostgreSQL lists the lab's own session in it for a moment after that is closed."""
_WAIT = """
    CREATE FUNCTION wait(ms double precision) RETURNS double precision LANGUAGE sql VOLATILE
    AS 'SELECT ms FROM pg_sleep(ms / 1000)'
"""

_RIGHT = "the server must run, and the user may create databases"


class PostgresDatabase:
    """Our database, and a connection to another one that the server's own view of it is read through."""

    vendor = "postgresql"

    def __init__(self, name: str, connection: psycopg.AsyncConnection[Any], parameters: dict[str, str]) -> None:
        self._name, self._connection, self._parameters = name, connection, parameters

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings of the connection; its OPTIONS are what libpq is told."""
        options = {key: value for key, value in self._parameters.items() if key != "dbname"}
        return {"ENGINE": "django.db.backends.postgresql", "NAME": self._name, "OPTIONS": options}

    async def open_connections(self, pids: list[int]) -> dict[int, int]:
        """How many sessions each worker has, by PostgreSQL's own account."""
        cursor = await self._connection.execute(_OPEN, (self._name, f"^{APPLICATION} [0-9]+$"))
        counts = {int(name.rpartition(" ")[2]): number for name, number in await cursor.fetchall()}
        return {pid: counts.get(pid, 0) for pid in pids}


class CannotConnect(BadInput):
    """The server does not answer, or does not let this user in."""


class CannotCreate(BadInput):
    """It answers, and makes no database for this user, or no copy of one that somebody is connected to."""


@asynccontextmanager
async def postgres_database(url: DatabaseUrl) -> AsyncIterator[PostgresDatabase]:
    """Make a database, and drop it whatever happens; BadInput where the server cannot be reached or refuses."""
    async with database_of_ours(url.parameters) as (name, connection):
        parameters = _settled(connection)
        inside = await connect({**parameters, "dbname": name})
        try:
            await inside.execute(_WAIT)
        finally:
            await inside.close()
        yield PostgresDatabase(name, connection, parameters)


@asynccontextmanager
async def database_of_ours(
    parameters: Mapping[str, str], *, told_as: str = OPTION, template: str = "", most_bytes: int = 0
) -> AsyncIterator[tuple[str, psycopg.AsyncConnection[Any]]]:
    """Make a database, a copy of `template` where that is given, and drop it whatever happens.

    Told are its name and a connection to the database that `parameters` name. CannotConnect or CannotCreate, also
    where the template is larger than `most_bytes`.
    """
    connection = await connect(parameters, told_as)
    settled = _settled(connection)
    number = secrets.randbits(32)
    name = f"{PREFIX}{number:08x}"
    try:
        await connection.execute(_LOCK, (_LOCK_CLASS, number - (1 << 32 if number >> 31 else 0)))
        await _sweep(connection)
        await _create(connection, name, told_as, template, most_bytes)
        yield name, connection
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(CONNECT_TIMEOUT_S):
            if connection.closed:  # the server has ended it, or a query was cancelled
                connection = await connect(settled, told_as)
            await _drop(connection, name)
            await connection.close()


async def connect(parameters: Mapping[str, str], told_as: str = OPTION) -> psycopg.AsyncConnection[Any]:
    """By libpq's keywords, in a few seconds or not at all; each statement is a transaction of its own."""
    limit_s = os.environ.get("PGCONNECT_TIMEOUT") or str(CONNECT_TIMEOUT_S)
    wanted = {"connect_timeout": limit_s, **parameters, "application_name": f"{APPLICATION} lab"}
    try:
        return await psycopg.AsyncConnection.connect(make_conninfo(**wanted), autocommit=True)
    except (psycopg.Error, OSError) as error:
        raise CannotConnect(f"{told_as}: {_reason(error)}", hint=_RIGHT) from None


def _settled(connection: psycopg.AsyncConnection[Any]) -> dict[str, str]:
    """What reaches the same server as the same user from another folder, and another database in it.

    A line of the password file may be for this database alone, so its password is handed on.
    """
    known = {each.keyword.decode(): each.val.decode() for each in connection.pgconn.info if each.val}
    files = {key: str(Path(known[key]).absolute()) for key in _FILES & known.keys() if known[key] != _NO_FILE}
    password = {"password": connection.info.password} if connection.info.password else {}
    return {key: value for key, value in {**known, **files, **password}.items() if key not in _NOT_HANDED_ON}


async def _create(
    connection: psycopg.AsyncConnection[Any], name: str, told_as: str, template: str, most_bytes: int
) -> None:
    try:
        if template:
            cursor = await connection.execute("SELECT pg_database_size(%s)", (template,))
            row = await cursor.fetchone()
            if row and row[0] > most_bytes:
                raise CannotCreate(f"{told_as}: it has {row[0] / 1e9:.1f} GB", hint=_RIGHT)
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        await connection.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), copied))
    except psycopg.Error as error:
        raise CannotCreate(f"{told_as}: {_reason(error)}", hint=_RIGHT) from None


def _reason(error: Exception) -> str:
    """psycopg's words are several lines, of which one says why; none holds the password."""
    words = str(error).strip() or type(error).__name__
    return split_lines((words.rpartition("FATAL:")[2] if "FATAL:" in words else words).strip() or words)[0]


async def _sweep(connection: psycopg.AsyncConnection[Any]) -> None:
    """Drop what killed runs left; one that somebody is still connected to, or that another run drops now, stays."""
    cursor = await connection.execute(_LEFT, (PREFIX, PREFIX, _LOCK_CLASS))
    for (name,) in await cursor.fetchall():
        if _OURS.fullmatch(name):
            with contextlib.suppress(psycopg.Error):
                await connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


async def _drop(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    assert _OURS.fullmatch(name)
    await connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
