"""Which function of the standard library or an installed package waits for what, told by its code alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import library_path

if TYPE_CHECKING:
    from types import CodeType

_ALL = ""
_ANYIOS_PRIMITIVES = {
    "Lock.acquire": Awaited.LOCK,
    "Semaphore.acquire": Awaited.SEMAPHORE,
    "CapacityLimiter.acquire": Awaited.SEMAPHORE,
    "CapacityLimiter.acquire_on_behalf_of": Awaited.SEMAPHORE,
    "Event.wait": Awaited.EVENT,
}
"""In its front, and again in its backend."""
KINDS: dict[str, dict[str, Awaited]] = {
    "asyncio/locks.py": {
        "Lock.acquire": Awaited.LOCK,
        "Semaphore.acquire": Awaited.SEMAPHORE,
        "Event.wait": Awaited.EVENT,
        "Condition.wait": Awaited.EVENT,
        "Barrier._block": Awaited.EVENT,
        "Barrier._wait": Awaited.EVENT,
    },
    "asyncio/queues.py": {_ALL: Awaited.QUEUE},
    "asyncio/tasks.py": {"sleep": Awaited.TIMER, _ALL: Awaited.TASK},
    "asyncio/taskgroups.py": {_ALL: Awaited.TASK},
    "asyncio/streams.py": {_ALL: Awaited.SOCKET},
    "asyncio/selector_events.py": {_ALL: Awaited.SOCKET},
    "asyncio/base_events.py": {_ALL: Awaited.SOCKET},
    "asyncio/unix_events.py": {_ALL: Awaited.SOCKET},
    "asyncio/subprocess.py": {_ALL: Awaited.PROCESS},
    "asyncio/base_subprocess.py": {_ALL: Awaited.PROCESS},
    "asgiref/sync.py": {"SyncToAsync.__call__": Awaited.OWN_THREAD},
    "anyio/_core/_synchronization.py": {**_ANYIOS_PRIMITIVES, "Condition.wait": Awaited.EVENT},
    "anyio/_core/_sockets.py": {_ALL: Awaited.SOCKET},
    "anyio/_core/_subprocesses.py": {_ALL: Awaited.PROCESS},
    "anyio/streams/memory.py": {_ALL: Awaited.QUEUE},
    "anyio/streams/tls.py": {_ALL: Awaited.SOCKET},
    "anyio/_backends/_asyncio.py": {
        **_ANYIOS_PRIMITIVES,
        "TaskGroup.__aexit__": Awaited.TASK,
        "Process.wait": Awaited.PROCESS,
        "AsyncIOBackend.sleep": Awaited.TIMER,
        "AsyncIOBackend.run_sync_in_worker_thread": Awaited.OWN_THREAD,
        "SocketStream.receive": Awaited.SOCKET,
        "SocketStream.send": Awaited.SOCKET,
        "UNIXSocketStream.receive": Awaited.SOCKET,
        "UNIXSocketStream.send": Awaited.SOCKET,
        "UDPSocket.receive": Awaited.SOCKET,
        "AsyncIOBackend.connect_tcp": Awaited.SOCKET,
        "AsyncIOBackend.wait_readable": Awaited.SOCKET,
        "AsyncIOBackend.wait_writable": Awaited.SOCKET,
    },
    "aiohttp/streams.py": {_ALL: Awaited.SOCKET},
    "aiohttp/client_proto.py": {_ALL: Awaited.SOCKET},
    "aiohttp/connector.py": {
        "BaseConnector.connect": Awaited.POOL,
        "BaseConnector._wait_for_available_connection": Awaited.POOL,
    },
    "aiosqlite/core.py": {_ALL: Awaited.OWN_THREAD},
    "asyncpg/connection.py": {_ALL: Awaited.SOCKET},
    "asyncpg/prepared_stmt.py": {_ALL: Awaited.SOCKET},
    "psycopg/waiting.py": {_ALL: Awaited.SOCKET},
    "django/core/handlers/asgi.py": {
        "ASGIHandler.read_body": Awaited.CLIENT,
        "ASGIHandler.send_response": Awaited.CLIENT,
    },
    "starlette/requests.py": {_ALL: Awaited.CLIENT},
}
"""File of the standard library or an installed package, to the function that waits there, to what for."""


def _qualified() -> dict[tuple[str, str], str]:
    """File and last name to the whole name, where all functions of that last name wait for the same."""
    names = [(file, name.rpartition(".")[2], name) for file, functions in KINDS.items() for name in functions if name]
    kinds = {
        (file, last): {KINDS[f][n] for f, other, n in names if (f, other) == (file, last)} for file, last, _ in names
    }
    return {(file, last): name for file, last, name in names if len(kinds[file, last]) == 1}


_QUALIFIED = _qualified()
SERVERS = ("uvicorn/", "hypercorn/", "daphne/", "granian/", "gunicorn/")
"""What an application awaits of these is its `receive` or `send`."""
LIMITERS = frozenset({"CapacityLimiter.acquire", "CapacityLimiter.acquire_on_behalf_of"})
"""What anyio's threads are scarce by."""
GIVES_OUT = ("as_completed.<locals>._wait_for_one", "_AsCompletedIterator._wait_for_one")
"""Tasks that are over, through a queue."""
IN_ANYIOS_THREAD = "AsyncIOBackend.run_sync_in_worker_thread"


def named(code: CodeType) -> tuple[str, str]:
    """The file and the function; before 3.11 code knows no more than its last name, which KINDS and such complete."""
    file = library_path(code.co_filename)
    return file, getattr(code, "co_qualname", None) or _QUALIFIED.get((file, code.co_name), code.co_name)


def kind_of(file: str, name: str) -> Awaited | None:
    """None: it waits for nothing itself, or is not known."""
    functions = KINDS.get(file)
    return (functions.get(name) or functions.get(_ALL)) if functions else None
