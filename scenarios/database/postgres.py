"""A database of our own on the user's PostgreSQL: made for a run, watched through pg_stat_activity, dropped after it.

Whose a database is, an advisory lock tells: the run that made it holds it in its own session until it ends, however
it ends, on whatever machine, and PostgreSQL shows it to everybody. What nobody holds and nobody is connected to was
left by a killed run, and is swept by the next one. No other database is created, changed or dropped.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import psycopg
from psycopg import sql

from asgi_vs_wsgi.scenarios.database.url import OPTION, DatabaseUrl
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.text.plain_text import split_lines

CONNECT_TIMEOUT_S = 5
APPLICATION = "asgi-vs-wsgi"
"""Workers are known to the database as `asgi-vs-wsgi PID` (asgi_vs_wsgi.server_targets.site.settings)."""
PREFIX = "asgi_vs_wsgi_"
_OURS = re.compile(re.escape(PREFIX) + r"([0-9a-f]{8})")
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
    WHERE datname = %s AND backend_type = 'client backend' AND starts_with(application_name, %s)
    GROUP BY application_name
"""
_WAIT = """
    CREATE FUNCTION wait(ms double precision) RETURNS double precision LANGUAGE sql VOLATILE
    AS 'SELECT ms FROM pg_sleep(ms / 1000)'
"""


class PostgresDatabase:
    """Our database, and a connection to another one that the server's own view of it is read through."""

    vendor = "postgresql"

    def __init__(self, url: DatabaseUrl, name: str, connection: psycopg.AsyncConnection[Any]) -> None:
        self._url, self._name, self._connection = url, name, connection

    @property
    def settings(self) -> dict[str, Any]:
        """Django's settings of the connection."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self._name,
            "HOST": self._url.host,
            "PORT": self._url.port,
            "USER": self._url.user,
            "PASSWORD": self._url.password,
        }

    async def open_connections(self, pids: list[int]) -> dict[int, int]:
        """How many sessions each worker has, by PostgreSQL's own account."""
        cursor = await self._connection.execute(_OPEN, (self._name, f"{APPLICATION} "))
        counts = {int(name.rpartition(" ")[2]): number for name, number in await cursor.fetchall()}
        return {pid: counts.get(pid, 0) for pid in pids}


@asynccontextmanager
async def postgres_database(url: DatabaseUrl) -> AsyncIterator[PostgresDatabase]:
    """Make a database, and drop it whatever happens; BadInput where the server cannot be reached or refuses."""
    connection = await _connect(url, url.name)
    number = secrets.randbits(32)
    name = f"{PREFIX}{number:08x}"
    try:
        await connection.execute(_LOCK, (_LOCK_CLASS, number - (1 << 32 if number >> 31 else 0)))
        await _sweep(connection)
        await _make(url, name, connection)
        yield PostgresDatabase(url, name, connection)
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(CONNECT_TIMEOUT_S):
            if connection.closed:  # the server has ended it, or a query was cancelled
                connection = await _connect(url, url.name)
            await _drop(connection, name)
            await connection.close()


async def _connect(url: DatabaseUrl, name: str) -> psycopg.AsyncConnection[Any]:
    try:
        return await psycopg.AsyncConnection.connect(
            host=url.host,
            port=url.port,
            user=url.user,
            password=url.password,
            dbname=name,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name=f"{APPLICATION} lab",
        )
    except (psycopg.Error, OSError) as error:
        raise _refused(error) from None


async def _make(url: DatabaseUrl, name: str, connection: psycopg.AsyncConnection[Any]) -> None:
    try:
        await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise _refused(error) from None
    inside = await _connect(url, name)
    try:
        await inside.execute(_WAIT)
    finally:
        await inside.close()


def _refused(error: Exception) -> BadInput:
    """psycopg's words are several lines, of which one says why; none holds the password."""
    words = str(error).strip() or type(error).__name__
    why = split_lines((words.rpartition("FATAL:")[2] if "FATAL:" in words else words).strip() or words)[0]
    return BadInput(f"{OPTION}: {why}", hint="the server must run, and the user may create databases")


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
