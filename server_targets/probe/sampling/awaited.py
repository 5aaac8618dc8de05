"""What a suspended request waits for: told by the frames between its own innermost line and what is awaited.

    views.py page ─► asyncio Semaphore.acquire ─► a future          a semaphore, at page's line
    views.py page ─► httpx … ─► anyio receive ─► asyncio Event.wait  a socket: nobody waits for an event as such there
    views.py page ─► asyncio wait_for ─► a task                      what that task of the request waits for

Only for the thread of the loop that the coroutines run on, where none of them runs meanwhile. Nothing of a stranger's
is called, compared or shown: attributes are read of the interpreter's own types alone.
"""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import gc
import sys
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import hands_on, library_path
from asgi_vs_wsgi.server_targets.probe.sampling.waiting_functions import (
    GIVES_OUT,
    IN_ANYIOS_THREAD,
    LIMITERS,
    SERVERS,
    kind_of,
    named,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import Line, UserFiles

DEEPEST = 200
"""Awaits within awaits that are followed."""

PRIMITIVES = frozenset({Awaited.EVENT, Awaited.LOCK, Awaited.SEMAPHORE, Awaited.QUEUE})
WEAK = PRIMITIVES | {Awaited.TASK, Awaited.OWN_THREAD}
"""What whoever calls it may know better: an event inside a socket's `receive` is a socket."""


class Waiting(NamedTuple):
    """What a request waits for, and where."""

    what: Awaited
    line: Line | None
    """The innermost of the user's own code; None where it has none."""
    library: Line | None
    """The innermost of all, where that is not the user's."""


class _Chain(NamedTuple):
    """One coroutine that is suspended."""

    since_ns: int
    line: Line | None
    inner: list[Line]
    """Of libraries, within that line or where there is none; the innermost first."""
    last: Any
    """What is awaited there."""

    @property
    def is_plumbing(self) -> bool:
        """Whether it is a library that awaits there what it was given, in a task of its own, and not the line itself.

        `wait_for` makes a task of what it waits for up to Python 3.11.
        """
        names = [(library_path(code.co_filename), code.co_name) for code, _ in self.inner]
        foreign = (not file.startswith(("asyncio/", "anyio/")) or name == "wait_for" for file, name in names)
        return self.line is None or any(foreign)


def waits_for(suspended: Sequence[tuple[int, Any]], is_users: UserFiles) -> Waiting:
    """What a request waits for; (since when, coroutine) of it and its tasks, in order of their first suspensions.

    Frameworks run a view in a task of its own and wait for that: then it is what the view waits for.
    """
    chains = [_chain(since_ns, coroutine, is_users) for since_ns, coroutine in suspended]
    at, found = 0, chains[0]
    what = _judge(found.inner, found.last)
    while what is Awaited.TASK and found.is_plumbing:
        later = [n for n in range(at + 1, len(chains)) if chains[n].since_ns > chains[at].since_ns]
        if not later:
            break
        at = next((n for n in later if chains[n].line is not None), later[0])
        task = chains[at]
        found = task if task.line is not None else _joined(task, found)
        what = _judge(found.inner, found.last)
    return Waiting(what, found.line, found.inner[0] if found.inner else None)


def _joined(task: _Chain, waiter: _Chain) -> _Chain:
    """A task of a library's and who waits for it, as if that awaited what the task does."""
    return _Chain(task.since_ns, waiter.line, task.inner + waiter.inner, task.last)


def _chain(since_ns: int, coroutine: Any, is_users: UserFiles) -> _Chain:
    lines, last = _awaits(coroutine)
    lines = [line for line in lines if is_users[line[0].co_filename] is not None]
    lines = lines[next((at for at in range(len(lines) - 1, 0, -1) if hands_on(lines[at][0])), 0) :]
    own = next((at for at in range(len(lines) - 1, -1, -1) if is_users[lines[at][0].co_filename]), -1)
    return _Chain(since_ns, lines[own] if own >= 0 else None, lines[: own if own >= 0 else None : -1], last)


# ---- what is awaited, link by link


def _awaits(coroutine: Any) -> tuple[list[Line], Any]:
    """The lines at which it and what it awaits are suspended, the innermost last, and what is awaited there."""
    lines: list[Line] = []
    at = coroutine
    for _ in range(DEEPEST):
        kind = type(at)
        if kind in _THROUGH:
            inside = gc.get_referents(at)  # of a type that was made at run time, the type too
            if kind is _FutureIter:
                return lines, next((each for each in inside if issubclass(type(each), asyncio.Future)), None)
            at = next((each for each in inside if type(each) in _FRAMED), None)
        elif kind in _FRAMED:
            frame_of, awaited_of = _FRAMED[kind]
            frame = getattr(at, frame_of)
            if frame is None:  # it has ended
                return lines, None
            lines.append((frame.f_code, frame.f_lineno))
            at = getattr(at, awaited_of)
        else:
            break
    return lines, at


_FRAMED = {
    CoroutineType: ("cr_frame", "cr_await"),
    GeneratorType: ("gi_frame", "gi_yieldfrom"),
    AsyncGeneratorType: ("ag_frame", "ag_await"),
}


class _NoLoop:
    """For a future that nobody waits for."""

    def get_debug(self) -> bool:
        return False


def _links() -> Iterator[type]:
    """Types of the interpreter's between a coroutine and what it awaits that have no attribute for it."""

    async def generator() -> Any:
        yield

    made = generator()
    links = [made.asend(None), made.athrow(GeneratorExit)]
    for link in [*links, builtins.anext(made, None)] if hasattr(builtins, "anext") else links:  # since 3.10
        yield type(link)
        link.close()
    coroutine = asyncio.sleep(0)
    wrapper = coroutine.__await__()
    yield type(wrapper)
    coroutine.close()


_FutureIter: type = type(asyncio.Future(loop=_NoLoop()).__await__())  # type: ignore[arg-type]
_THROUGH = frozenset({*_links(), _FutureIter})
_Gathering: Any = getattr(asyncio.tasks, "_GatheringFuture", asyncio.Task)


# ---- what that means


def _judge(inner: Sequence[Line], last: Any) -> Awaited:
    """`inner`: the library's code that waits, the innermost first; none where the user's own line awaits."""
    names = [named(code) for code, _ in inner]
    if any(file.startswith(SERVERS) for file, _ in names):
        return Awaited.CLIENT
    what = _of_future(last)
    primitive = False
    for file, name in names:
        if what is not None and what not in WEAK:
            break
        kind = kind_of(file, name)
        if kind is Awaited.TASK and what is not None and name not in GIVES_OUT:
            continue  # who waits with a time limit waits for what it limits
        if kind is Awaited.OWN_THREAD and name == IN_ANYIOS_THREAD and any(each in LIMITERS for _, each in names):
            kind = Awaited.FREE_THREAD
        primitive = primitive or kind in PRIMITIVES
        if primitive and file and "pool" in f"{file} {name}".lower():
            kind = Awaited.POOL
        what = kind or what
    if what is None and not inner and issubclass(type(last), asyncio.Future):
        return Awaited.TASK  # somebody else's code will tell it
    return what or _of_cython(last) or Awaited.OTHER


def _of_future(last: Any) -> Awaited | None:
    """What stands behind a future, where that can be known."""
    kind = type(last)
    if kind is _Gathering:  # calls that were handed out together are each the same, and no tasks
        kinds = {_of_future(each) for each in getattr(last, "_children", ())}
        return kinds.pop() or Awaited.TASK if len(kinds) == 1 else Awaited.TASK
    if issubclass(kind, asyncio.Task):
        return Awaited.TASK
    if kind is not asyncio.Future:
        return None
    for callback in _callbacks(last):
        if callback.__qualname__ == "shield.<locals>._outer_done_callback":
            return _of_future(_held(callback, "inner"))
        if callback.__qualname__ == "_chain_future.<locals>._call_check_cancel":
            return _of_call(_held(callback, "source"))
    return None


def _callbacks(future: asyncio.Future[Any]) -> Iterator[FunctionType]:
    """Plain functions of asyncio's own alone."""
    for callback, _ in getattr(future, "_callbacks", None) or ():
        if type(callback) is FunctionType and library_path(callback.__code__.co_filename).startswith("asyncio/"):
            yield callback


def _held(function: FunctionType, name: str) -> Any:
    """A variable of the function around it."""
    names, cells = function.__code__.co_freevars, function.__closure__ or ()
    return next((cell.cell_contents for at, cell in zip(names, cells) if at == name), None)


def _of_call(call: Any) -> Awaited | None:
    """Of a call in an executor: whether somebody has begun it."""
    if type(call) is not concurrent.futures.Future:
        return None
    if _is_in_a_process(call):
        return Awaited.PROCESS
    return Awaited.FREE_THREAD if vars(call).get("_state") == "PENDING" else Awaited.OWN_THREAD


def _is_in_a_process(call: concurrent.futures.Future[Any]) -> bool:
    """Executors of processes keep what they have to do where their threads find it."""
    processes = sys.modules.get("concurrent.futures.process")
    threads = list(getattr(processes, "_threads_wakeups", ()))
    items = [item for each in threads for item in list((vars(each).get("pending_work_items") or {}).values())]
    return any(getattr(item, "future", None) is call for item in items)


def _of_cython(last: Any) -> Awaited | None:
    """A compiled loop's own coroutines (uvloop's) have no frame, but a name."""
    if not _is_cythons(type(last)):
        return None
    coroutine = next((each for each in gc.get_referents(last) if _is_cythons(type(each))), last)
    name = getattr(coroutine, "__qualname__", "")  # theirs alone: an attribute in C
    return Awaited.SOCKET if str(name).startswith("Loop.") else None


_name_of: Callable[[type], str] = type.__dict__["__name__"].__get__
_module_of: Callable[[type], object] = type.__dict__["__module__"].__get__
"""Past whatever a metaclass makes of them."""


def _is_cythons(kind: type) -> bool:
    module = _module_of(kind)
    compiled = type(module) is MemberDescriptorType or (type(module) is str and module.startswith("_cython"))
    return compiled and "coroutine" in _name_of(kind)
