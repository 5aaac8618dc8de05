"""The probe around an ASGI application: from the call to its return, and every step of its coroutines between."""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop as running_loop  # the public one raises where there is none
from collections.abc import Awaitable, Callable
from functools import partial
from operator import index
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns, port_in_scope, tell_accept
from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import follow_tasks
from asgi_vs_wsgi.server_targets.probe.hooks.own_work import follow_own_work
from asgi_vs_wsgi.server_targets.probe.protocol.records import Ending, Kind, Vital, pack_header
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOLLOW_ASGI, HEADER_ASGI, number_of
from asgi_vs_wsgi.server_targets.probe.sampling.heartbeat import start_heartbeat

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

BEGIN, RESPONSE_START = pack_header(0, Kind.BEGIN), pack_header(0, Kind.RESPONSE_START)
RETURNED, RAISED, CANCELLED = (
    pack_header(0, Kind.END, ending) for ending in (Ending.RETURNED, Ending.RAISED, Ending.CANCELLED)
)
WEBSOCKET = pack_header(0, Kind.VITAL, Vital.WEBSOCKETS)

Message = dict[str, Any]
Application = Callable[..., Awaitable[None]]


class ProbedAsgi:
    """Calls the application and reports begin, response start, end and steps of every HTTP request."""

    def __init__(self, application: Application, recorder: Recorder, when_followed: Application | None = None) -> None:
        """`when_followed`: in the place of the application for a visit that asks to be followed line by line."""
        self._application = application
        self._when_followed = when_followed
        self._recorder = recorder
        self._followed: asyncio.AbstractEventLoop | None = None
        self._loops: dict[asyncio.AbstractEventLoop, LaneSlot] = {}
        self._listen()  # where servers load their application on the loop: whatever it starts there is seen

    def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """ASGI 3. What is not HTTP (lifespan, WebSocket) passes untouched; WebSockets are counted."""
        if scope["type"] != "http":
            self._listen()
            if scope["type"] == "websocket":
                self._recorder.write(monotonic_ns(), 1, 0, WEBSOCKET)
            return self._application(scope, receive, send)
        loop = asyncio.get_running_loop()
        if loop is not self._followed:
            self._follow(loop)
        header, application = None, self._application
        headers = scope.get("headers")
        if type(headers) is list or type(headers) is tuple:  # any other iterable may be gone once we have read it
            for name, value in headers:
                if name == HEADER_ASGI:
                    header = value
                elif name == FOLLOW_ASGI and self._when_followed is not None:
                    application = self._when_followed
        request, slot = number_of(header), self._slot
        begin_ns = monotonic_ns()
        if accepted_ns:
            tell_accept(port_in_scope(scope), request, begin_ns, self._recorder.write)
        # Before the first step, which would else be a step of a request that nobody knows of.
        self._recorder.write(begin_ns, 0, request, slot.lane | BEGIN)
        write = self._recorder.write
        coroutine = serve(application, scope, receive, send, request, slot.lane, self._recorder)
        return self._recorder.steps(coroutine, request, slot, partial(end_unbegun, request, slot.lane, write))

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        self._listen()
        self._followed, self._slot = loop, self._loops[loop]
        self._recorder.lanes.served.add(self._slot.tid)
        follow_tasks(loop, self._recorder)

    def _listen(self) -> None:
        """To the running loop, from before its first request on; it may have none yet, or be of another library."""
        loop = running_loop()
        if loop is None or loop in self._loops:
            return
        self._loops[loop] = slot = self._recorder.lanes.of_running_loop()
        self._recorder.loops[slot.lane] = loop
        start_heartbeat(loop.call_later, self._recorder.write, self._recorder.look_meanwhile)
        follow_own_work(loop, slot, self._recorder)


async def serve(
    application: Application,
    scope: dict[str, Any],
    receive: Any,
    send: Any,
    request: int,
    lane: int,
    recorder: Recorder,
) -> Any:
    """A whole request: the application's call, the start of its response, how it ended."""
    write = recorder.write
    token = CURRENT.set(request)
    ending = RETURNED
    try:
        return await application(scope, receive, partial(send_seen, write, request, lane, send))
    except asyncio.CancelledError:
        ending = CANCELLED
        raise
    except BaseException as error:
        ending = RAISED
        recorder.failures.note(error, request)
        raise
    finally:
        write(monotonic_ns(), 0, request, lane | ending)
        try:  # noqa: SIM105 - quicker than a context manager's three calls
            CURRENT.reset(token)
        except ValueError:  # in another context (what the loop left behind is closed) it is not ours
            pass


def send_seen(write: Write, request: int, lane: int, send: Any, /, *given: Any, **named: Any) -> Any:
    """The server's `send`. In a partial, not a closure: what an application leaves in cycles keeps it, with all that
    the collector has to visit then."""
    if len(given) == 1 and isinstance(given[0], dict) and given[0].get("type") == "http.response.start":
        write(monotonic_ns(), status_of(given[0]), request, lane | RESPONSE_START)
    return send(*given, **named)


def end_unbegun(request: int, lane: int, write: Write, error: BaseException) -> None:
    """A request that was cancelled, or forgotten, before its first step."""
    cancelled = isinstance(error, asyncio.CancelledError)
    write(monotonic_ns(), 0, request, lane | (CANCELLED if cancelled else RAISED))


def status_of(message: Message) -> int:
    """The status of a response's start, 0 for what is none: the server will say what is wrong with it."""
    try:
        status = index(message.get("status", 0))
    except TypeError:
        return 0
    return status if 0 < status < 1 << 63 else 0
