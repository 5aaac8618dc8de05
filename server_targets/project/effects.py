"""What a request does beside answering: what it asks and writes in databases, and whom and what it touches outside.

An audit hook hears of files, sockets and processes, and refuses what was not allowed in the way in which a machine
would refuse it: without a network, and with a file system that is for reading alone. A wrapper around every database
connection hears of queries. What goes past Python (a C library's own sockets) is not heard of.

Which files this process opens for writing or removes: what a project does to itself while it is imported.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

MOST_FILES = 200
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree")
_MAKES = "os.mkdir"
_MADE = ("os.rename", "os.link", "os.symlink")
"""Of which it is the second path that is written."""


class WrittenFiles:
    """Listens from now on, for as long as the process lives: an audit hook cannot be taken back."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._begun = True
        sys.addaudithook(self._heard)

    def end(self) -> list[str]:
        """Those heard of until now, each once; more than MOST are not kept."""
        self._begun = False
        return list(self._paths)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._begun and len(self._paths) < MOST_FILES:
            path = written_path(event, arguments)
            if path is not None:
                self._paths[os.path.join(os.getcwd(), path)] = None  # noqa: PTH109, PTH118 - the process is theirs


def written_path(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The file that an audited event writes, makes or removes; None where it is none, or one of the kernel's."""
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & _FOR_WRITING:
            return None
    elif event in _CHANGES:
        path = arguments[event in _MADE]
        if event == _MAKES and os.path.isdir(path):  # noqa: PTH112 - who asks for one that is there makes none
            return None
    else:
        return None
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    name = os.fsdecode(path)
    return None if name.startswith(("/dev/", "/proc/")) else name


if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[str, "tuple[Any, ...]"], OSError | None]

MOST_EFFECTS = 50
"""Different files, hosts or tables that are told of one visit."""
UNHEARD = ("pycurl", "grpc")
"""Libraries whose sockets are not Python's."""
_HERE = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost", "broadcasthost"})
_OF_CONTAINERS = ("host.docker.internal", "gateway.docker.internal")
"""Names of the machine itself, for who runs in a container on it."""
_REVERSE = "socket.gethostbyaddr"
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", _REVERSE)
_SENDS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
"""Where among its arguments the address stands."""
_PROCESSES = {"subprocess.Popen": 0, "os.system": 0, "os.posix_spawn": 0, "os.exec": 0, "pty.spawn": 0}
_FORKS = ("os.fork", "os.forkpty")
_WRITES = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(INSERT|REPLACE|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP)\b"
    r"(?:\s+OR\s+\w+|\s+UNIQUE|\s+TEMP(?:ORARY)?)*(?:\s+(?:INTO|FROM|TABLE|INDEX|VIEW|ONLY|IF|NOT|EXISTS))*"
    r"\s+([\w.\"`\[\]]+)",
    re.IGNORECASE | re.DOTALL,
)


def written_table(sql: str) -> str | None:
    """The table that a statement writes: `books_visit`; None where it writes none."""
    found = _WRITES.match(sql)
    return re.sub(r"[\"`\[\]]", "", found[2]) if found else None


def is_here(host: str) -> bool:
    """Whether it is this machine, by a name that every machine has or by an address of the loopback."""
    name = host.lower().rstrip(".")
    if name in _HERE or name.endswith(".localhost") or name in _OF_CONTAINERS:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


class Effects:
    """Listens from now on, for as long as the process lives: an audit hook cannot be taken back."""

    def __init__(self, folder: str, run_folder: str, *, allow_network: bool, allow_writes: bool) -> None:
        self._folder = os.path.realpath(folder)
        self._free = os.path.realpath(tempfile.gettempdir())
        self._run_folder = os.path.realpath(run_folder)
        self._names = frozenset({socket.gethostname().lower(), *_HERE})
        self._allow_network, self._allow_writes = allow_network, allow_writes
        self._guards = False
        self._visit = _Visit()
        self._handlers: dict[str, Handler] = {
            **dict.fromkeys(_LOOKUPS, self._looked_up),
            **dict.fromkeys(_SENDS, self._sent),
            **dict.fromkeys((*_PROCESSES, *_FORKS), self._started),
            "sqlite3.connect": self._opened_sqlite,
        }
        sys.addaudithook(self._heard)
        from django.db.backends.signals import connection_created

        connection_created.connect(self._connected, weak=False)

    def guard(self) -> None:
        """From now on what is not allowed is refused."""
        self._guards = True

    def begin(self) -> None:
        """A visit begins."""
        self._visit = _Visit()

    def end(self) -> dict[str, Any]:
        """What it has done until now."""
        return self._visit.told()

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._guards:
            return
        handler = self._handlers.get(event)
        refusal = None
        try:
            if handler is not None:
                refusal = handler(event, arguments)
            elif (path := written_path(event, arguments)) is not None:
                refusal = self._wrote(path)
        except Exception:  # noqa: BLE001 - what it does not understand must not fail their call
            return
        if refusal is not None:
            raise refusal

    def _wrote(self, path: str) -> OSError | None:
        parent, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 - the process is theirs
        real = os.path.join(os.path.realpath(parent), name)  # noqa: PTH118
        if _below(real, self._run_folder) or (_below(real, self._free) and not _below(real, self._folder)):
            return None
        _add(self._visit.files, real)
        if self._allow_writes:
            return None
        return OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    def _looked_up(self, event: str, arguments: tuple[Any, ...]) -> OSError | None:
        host = _text(arguments[0])
        if is_here(host) or host.lower() in self._names or (event != _REVERSE and _is_address(host)):
            return None
        port = arguments[1] if event == "socket.getaddrinfo" else None
        _add(self._visit.outside, f"{host}:{port}" if port else host)
        if self._allow_network:
            return None
        return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    def _sent(self, event: str, arguments: tuple[Any, ...]) -> OSError | None:
        address = arguments[_SENDS[event]]
        if address is None:
            return None
        if not isinstance(address, tuple):
            _add(self._visit.local, _text(address))
            return None
        host, port = _text(address[0]), address[1]
        if is_here(host) or host.lower() in self._names:
            _add(self._visit.local, f"{host}:{port}")
            return None
        _add(self._visit.outside, f"{host}:{port}")
        return None if self._allow_network else OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    def _opened_sqlite(self, event: str, arguments: tuple[Any, ...]) -> None:
        name = _text(arguments[0])
        path = name[5:].partition("?")[0] if name.startswith("file:") else name
        if path not in ("", ":memory:") and not _below(os.path.realpath(path), self._run_folder):
            _add(self._visit.local, f"SQLite {name}")

    def _started(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORKS:
            _add(self._visit.processes, "a fork of itself")
            return
        words = _text(arguments[_PROCESSES[event]])
        program = words.split()[0] if event == "os.system" and words.strip() else words
        _add(self._visit.processes, os.path.basename(program))  # noqa: PTH119

    def _connected(self, connection: Any, **_: Any) -> None:
        if self._queried not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._queried)

    def _queried(self, execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        visit, began = self._visit, time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            visit.queries += 1
            visit.database_ms += (time.perf_counter() - began) * 1000
            table = written_table(sql) if isinstance(sql, str) else None
            if table is not None:
                _add(visit.writes, table)


class _Visit:
    """Counts of one."""

    def __init__(self) -> None:
        self.queries = 0
        self.database_ms = 0.0
        self.writes: Counter[str] = Counter()
        self.files: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self.local: Counter[str] = Counter()
        self.processes: Counter[str] = Counter()

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {name: dict(each) if isinstance(each, Counter) else each for name, each in vars(self).items()}


def _add(counts: Counter[str], name: str) -> None:
    if name in counts or len(counts) < MOST_EFFECTS:
        counts[name] += 1


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    return "" if value is None else os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
