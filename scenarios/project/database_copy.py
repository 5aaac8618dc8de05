"""Copies of the project's databases, for processes of ours to read and write, so that its own stay as they are.

A SQLite file is copied into the run's folder. A PostgreSQL on this machine makes a copy of its database for us, which
is dropped at the end; where it does not (somebody is connected, no right, too large), the project's own is opened for
reading alone. What can be neither is refused in one line before anything is sent.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import struct
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import anyio

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.look_result import DatabaseLogin, ProjectDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.database import Database
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook

MOST_COPIED_BYTES = 2_000_000_000
"""Of a PostgreSQL database: it is copied on the user's own disk, beside the original."""
READ_ONLY = "-c default_transaction_read_only=on"
_WAL_VERSION = slice(18, 20)
_IN_WAL = b"\x02\x02"
_LOCKS_OF_SHM = (120, 9)
"""Where SQLite's locks lie in a `-shm` file: whoever has the database open holds the last one."""


@dataclass(slots=True)
class DatabaseCopies:
    """What stands for each database while the context lasts."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By alias, what is changed of it (server_targets.project.entry). Passwords are not among it."""
    told: dict[str, str] = field(default_factory=dict)
    """By alias, what was done, for people."""
    not_copied: set[str] = field(default_factory=set)
    """Aliases of the project's own databases, opened for reading alone or as they are: nothing may be written there."""
    read_only: set[str] = field(default_factory=set)
    """Of which nothing can be."""
    watched: Database | None = None
    """The PostgreSQL behind `default`, whose sessions tell what connections workers hold; None: it is none."""

    def add(self, alias: str, changes: dict[str, Any], words: str, *, is_copy: bool = True) -> None:
        """What becomes of one."""
        self.changes[alias] = changes
        self.told[alias] = words
        if not is_copy:
            self.not_copied.add(alias)
        if "OPTIONS" in changes:
            self.read_only.add(alias)


@asynccontextmanager
async def database_copies(
    look: ProjectLook, project: Path, folder: Path, *, allow_remote: bool = False, allow_as_is: bool = False
) -> AsyncIterator[DatabaseCopies]:
    """Of all databases of the project that lies in `project`; copies of files come into `folder`.

    BadInput where one is on another machine, unless `allow_remote`; where one can neither be copied nor opened for
    reading alone, unless `allow_as_is`; and where one cannot be reached. Whatever was made is gone afterwards.
    """
    copies = DatabaseCopies()
    _refuse(look, allow_remote=allow_remote, allow_as_is=allow_as_is)
    same: dict[tuple[Any, ...], str] = {}
    async with AsyncExitStack() as stack:
        for alias, database in look.databases.items():
            key = (database.vendor, str(database.name), str(database.host), str(database.port))
            if (first := same.setdefault(key, alias)) != alias:  # a replica of the same database
                is_copy = first not in copies.not_copied
                copies.add(alias, copies.changes[first], f"the same as {first}", is_copy=is_copy)
            elif database.vendor == "sqlite":
                copied = await anyio.to_thread.run_sync(_copy_sqlite, alias, project, database, folder)
                copies.add(alias, *copied)
            elif database.vendor == "postgresql":
                login = look.logins.get(alias, DatabaseLogin())
                await _copy_postgres(stack, copies, alias, database, login)
            elif not database.vendor or database.vendor == "unknown":  # none at all: Django's own dummy
                copies.add(alias, {}, "none")
            else:
                copies.add(alias, {}, f"the project's own {database.vendor}, as it is", is_copy=False)
        yield copies


def copied_bytes(look: ProjectLook, project: Path) -> int:
    """How much room the copies of files take in a run's folder, with as much again for what is written there."""
    files = [_sqlite_file(each, project) for each in look.databases.values() if each.vendor == "sqlite"]
    return sum(2 * file.stat().st_size for file in {*files} if file is not None and file.is_file())


def _refuse(look: ProjectLook, *, allow_remote: bool, allow_as_is: bool) -> None:
    for alias, database in look.databases.items():
        if database.vendor in (None, "unknown", "sqlite"):
            continue
        where = _remote_host(database, look.logins.get(alias, DatabaseLogin()))
        if where and not allow_remote:
            raise BadInput(
                f"database {alias} is at {where}, which is not this machine",
                hint="--remote-database: a copy is made there, or it is read alone",
            )
        if database.vendor != "postgresql" and not allow_as_is:
            raise BadInput(
                f"database {alias} is a {database.vendor}, of which no copy is made",
                hint="--yes: use it as it is, and what pages write stays written",
            )


def _remote_host(database: ProjectDatabase, login: DatabaseLogin) -> str:
    """Empty where it is this machine: a socket, or an address of the loopback."""
    options = login.options if isinstance(login.options, dict) else {}
    if service := options.get("service"):
        return f"service {service}"
    hosts = str(database.host or options.get("host") or os.environ.get("PGHOST") or "").split(",")
    return next((host for host in hosts if host and not _is_here(host)), "")


def _is_here(host: str) -> bool:
    if host.startswith(("/", "@")) or host in ("localhost", "localhost.localdomain", "ip6-localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sqlite_file(database: ProjectDatabase, project: Path) -> Path | None:
    """None where it is in memory, or in a file that SQLite itself makes and removes."""
    name = str(database.name or "")
    if name.startswith("file:"):
        parts = urlsplit(name)
        if "mode=memory" in parts.query or parts.path == ":memory:":
            return None
        name = unquote(parts.path)
    return project / name if name and name != ":memory:" else None


def _copy_sqlite(alias: str, project: Path, database: ProjectDatabase, folder: Path) -> tuple[dict[str, Any], str]:
    """The changes, and what was done."""
    file = _sqlite_file(database, project)
    if file is None:
        return {}, "in memory: it is empty, as it is whenever the project starts"
    target = folder / f"copy-{alias.encode().hex()}.sqlite3"
    changes = {"NAME": str(target)}
    if not file.is_file():
        return changes, f"{file} is not there: an empty one in its place"
    try:
        _copy_file(file, target)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(
            f"database {alias}: {file} cannot be copied: {error}", hint="a SQLite file that can be read"
        ) from None
    return changes, "a copy"


def _copy_file(file: Path, target: Path) -> None:
    """A reader of a database in WAL mode makes files beside it, unless it is told that nobody else has it open."""
    log = file.with_name(f"{file.name}-wal")
    options = "mode=ro"
    with file.open("rb") as opened:
        in_wal = opened.read(100)[_WAL_VERSION] == _IN_WAL
    if in_wal and not log.exists():
        options += "&immutable=1"
    elif in_wal and not is_open(file):  # what a process has left that was killed
        whole = target.with_name(f"whole-{target.name}")
        shutil.copyfile(file, whole)
        shutil.copyfile(log, whole.with_name(f"{whole.name}-wal"))
        file, options = whole, "mode=rw"
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?{options}", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def is_open(file: Path) -> bool:
    """Whether any process has this database open, which is in WAL mode."""
    first, length = _LOCKS_OF_SHM
    try:
        with file.with_name(f"{file.name}-shm").open("rb") as shared:
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, first, length, 0)
            kind, *_ = struct.unpack("hhqqi", fcntl.fcntl(shared, fcntl.F_GETLK, asked))
    except FileNotFoundError:
        return False
    return bool(kind != fcntl.F_UNLCK)


async def _copy_postgres(
    stack: AsyncExitStack, copies: DatabaseCopies, alias: str, database: ProjectDatabase, login: DatabaseLogin
) -> None:
    read_only = {"OPTIONS": {"options": _read_only(login)}}
    try:
        from asgi_vs_wsgi.scenarios.database.postgres import (
            CannotConnect,
            CannotCreate,
            PostgresDatabase,
            connect,
            database_of_ours,
        )
    except ImportError:
        words = "the project's own, for reading alone: psycopg is not installed beside this program"
        copies.add(alias, read_only, words, is_copy=False)
        return
    told_as = f"database {alias}"
    parameters = _parameters(database, login)
    theirs = parameters.get("dbname", "")
    try:
        name, watching = await stack.enter_async_context(
            database_of_ours(
                {**parameters, "dbname": "postgres"},
                told_as=told_as,
                template=theirs,
                most_bytes=MOST_COPIED_BYTES,
            )
        )
    except (CannotConnect, CannotCreate) as refused:
        watching = await connect(parameters, told_as)  # it says why where the project's own cannot be reached
        stack.push_async_callback(watching.close)
        name = watching.info.dbname
        why = refused.what.removeprefix(f"{told_as}: ")
        copies.add(alias, read_only, f"the project's own, for reading alone: {why}", is_copy=False)
    else:
        copies.add(alias, {"NAME": name}, "a copy")
    if alias == "default":
        copies.watched = PostgresDatabase(name, watching, {})


def _read_only(login: DatabaseLogin) -> str:
    options = login.options if isinstance(login.options, dict) else {}
    return " ".join(part for part in (options.get("options"), READ_ONLY) if isinstance(part, str))


def _parameters(database: ProjectDatabase, login: DatabaseLogin) -> dict[str, str]:
    """By libpq's keywords, as Django hands them to it."""
    from psycopg.pq import Conninfo

    known = {each.keyword.decode() for each in Conninfo.get_defaults()}
    options = login.options if isinstance(login.options, dict) else {}
    said = {key: value for key, value in options.items() if key in known and isinstance(value, (str, int))}
    own = {
        "dbname": database.name,
        "user": login.user,
        "password": login.password,
        "host": database.host,
        "port": database.port,
    }
    return {key: str(value) for key, value in {**said, **{k: v for k, v in own.items() if v}}.items()}
