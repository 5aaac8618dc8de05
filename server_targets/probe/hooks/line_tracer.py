"""A visit that is followed line by line, apart from all that is measured: which lines it reaches, and where it crosses.

The lab asks for it with a header of its own, for one lone request of each page of a project of the user's own; no other
request pays for more than the look for that header. It is followed with `sys.settrace`, on its loop and in the threads
that it goes to. Where somebody else traces there already (a debugger, a measurement of coverage), it is left to them.

Each crossing between a loop and a thread is told under the function that runs beyond it, and the line that asked for
it: the innermost of the user's own inside the middleware that it is in, since what is further out only waits.
"""

from __future__ import annotations

import sys
from asyncio import _get_running_loop as running_loop  # the public one raises where there is none
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from asgi_vs_wsgi.server_targets.probe.callable_name import name_of
from asgi_vs_wsgi.server_targets.probe.gevent_originals import patched
from asgi_vs_wsgi.server_targets.probe.hooks.visit_times import TimedBody, TimedVisit
from asgi_vs_wsgi.server_targets.probe.hooks.wsgi import is_whole
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, FOLLOW_ASGI, FOLLOW_TIMES, FOLLOW_WSGI

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType, FrameType

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import Line, UserFiles

MOST_CROSSINGS = 5_000
"""Whoever is told of so many knows that there may have been more."""
MOST_LINES = 1_000
"""In one message: the lab reads lines of a bounded length."""
_BETWEEN = ("/asgiref/", "/asyncio/", "/concurrent/futures/")
"""Files through which every crossing goes."""
_BEGINS = ("/django/core/handlers/exception.py", "/asyncio/events.py", "/asyncio/runners.py")
"""Django's own wrapper of each middleware and of the view; a loop, further in than which a task of its own began."""
_HANDLES = "/django/core/handlers/asgi.py"
"""Around which a project's own application may be, which asks for nothing that Django does."""


Visit = TypeVar("Visit", "FollowedVisit", TimedVisit)


class FollowedVisit:
    """What one request did; several threads may tell of it at once."""

    def __init__(self, request: int, files: UserFiles, loop: AbstractEventLoop | None) -> None:
        """`loop`: that which it came in by, None for none."""
        self.request = request
        self.crossings: list[tuple[bool, str, str, str]] = []
        """To a loop?, the function that runs there, the user's line that asked for it, and the library's."""
        self.is_over = False
        self.is_traced = True
        """Whether nobody else traced where it went."""
        self._files = files
        self._loop = loop
        self._lines: dict[tuple[str, bool], set[int]] = {}
        self._tracers: dict[tuple[str, bool], Callable[..., Any]] = {}

    def trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        """For `sys.settrace`. Whatever goes wrong here must not get into code of theirs."""
        try:
            if self.is_over:  # it was ended in another thread than it began in
                sys.settrace(None)
                return None
            file = frame.f_code.co_filename
            return self._tracer(file) if self._files[file] else None
        except Exception:  # noqa: BLE001 - see above
            return None

    def _tracer(self, file: str) -> Callable[..., Any]:
        key = (file, self._loop is not None and running_loop() is self._loop)
        tracer = self._tracers.get(key)
        if tracer is None:
            add = self._lines.setdefault(key, set()).add

            def tracer(frame: FrameType, event: str, argument: Any) -> Any:
                if event == "line":
                    add(frame.f_lineno)
                return tracer

            self._tracers[key] = tracer
        return tracer

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """The calling thread, for code that begins from now on."""
        if sys.gettrace() is not None:
            self.is_traced = self.is_traced and getattr(sys.gettrace(), "__self__", None) is self
            yield
            return
        sys.settrace(self.trace)
        try:
            yield
        finally:
            sys.settrace(None)

    def traced(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, in whichever thread it is made."""

        def call_traced(*arguments: Any, **options: Any) -> Any:
            with self.tracing():
                return call(*arguments, **options)

        return call_traced

    def crosses(self, call: Any, *, to_loop: bool) -> None:
        """Called where it does, on the stack of who asked for it."""
        with suppress(Exception):  # objects of theirs may answer to anything
            if len(self.crossings) < MOST_CROSSINGS:
                own, library = _asked_at(sys._getframe(1), self._files)
                words = [self._files.words(line) if line else "" for line in (own, library)]
                self.crossings.append((to_loop, name_of(call), words[0], words[1]))

    def is_on_loop(self, *, begins: bool) -> None:
        """What a thread asked a loop for begins or ends there: the same lines whoever asks."""

    def end(self, channel: Channel) -> None:
        """Tell all of it, in lines of a bounded length; the last says that it is all."""
        self.is_over = True
        files = {file for file, _ in self._lines}
        for file in files:
            on_loop, elsewhere = (sorted(self._lines.get((file, on_loop), ())) for on_loop in (True, False))
            for first in range(0, max(len(on_loop), len(elsewhere)), MOST_LINES):
                part = slice(first, first + MOST_LINES)
                channel.followed(self.request, file=file, on_loop=on_loop[part], elsewhere=elsewhere[part])
        for first in range(0, len(self.crossings), 50):
            channel.followed(self.request, crossings=self.crossings[first : first + 50])
        channel.followed(self.request, whole=True, traced=self.is_traced)


def _asked_at(frame: FrameType | None, files: UserFiles) -> tuple[Line | None, Line | None]:
    """The innermost line of the user's own that led here, up to the middleware that it is in, and of a library."""
    library: tuple[CodeType, int | None] | None = None
    while frame is not None:
        file = frame.f_code.co_filename
        if file.endswith(_BEGINS):
            break
        if files[file]:
            return (frame.f_code, frame.f_lineno), library
        if file.endswith(_HANDLES):
            return None, library or (frame.f_code, frame.f_lineno)
        if library is None and files[file] is not None and not any(part in file for part in _BETWEEN):
            library = (frame.f_code, frame.f_lineno)
        frame = frame.f_back
    return None, library


class Following:
    """An application, WSGI or ASGI, some of whose visits are followed, and others are timed."""

    def __init__(self, application: Callable[..., Any], recorder: Recorder) -> None:
        self._application, self._recorder = application, recorder

    def asgi(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """ASGI 3, for a visit that asks for it; its number is known by now."""
        if self._recorder.followed is not None:
            return self._application(scope, receive, send)
        if (FOLLOW_ASGI, FOLLOW_TIMES.encode()) in map(tuple, scope.get("headers", ())):
            return self._timed_asgi(scope, receive, send)
        return self._application(scope, receive, send) if patched() else self._followed(scope, receive, send)

    async def _followed(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        visit = self._begun(FollowedVisit(CURRENT.get(), self._recorder.files, running_loop()))
        try:
            with visit.tracing():
                return await self._application(scope, receive, send)
        finally:
            self._ended(visit)

    async def _timed_asgi(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        visit = self._begun(TimedVisit(CURRENT.get()))

        async def send_untimed(*given: Any, **named: Any) -> Any:
            visit.pause()
            try:
                return await send(*given, **named)
            finally:
                visit.resume()

        try:
            return await self._application(scope, receive, send_untimed)
        finally:
            self._ended(visit)

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """PEP 3333; the body of one that is followed is read to its end here."""
        asked = environ.get(FOLLOW_WSGI)
        if asked == FOLLOW_TIMES and self._recorder.followed is None:
            return self._timed_wsgi(environ, start_response)
        if not asked or self._recorder.followed is not None or patched():
            body: Iterable[bytes] = self._application(environ, start_response)
            return body
        visit = self._begun(FollowedVisit(CURRENT.get(), self._recorder.files, None))
        try:
            with visit.tracing():
                return _read_to_its_end(self._application(environ, start_response))
        finally:
            self._ended(visit)

    def _timed_wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """A body that code of theirs makes part by part goes on as one; any other is read, and closed, within."""
        visit = self._begun(TimedVisit(CURRENT.get()))
        try:
            body = self._application(environ, start_response)
            if not is_whole(body):
                return TimedBody(body, visit, self._ended)
            parts = _read_to_its_end(body)
        except BaseException:
            self._ended(visit)
            raise
        self._ended(visit)
        return parts

    def _begun(self, visit: Visit) -> Visit:
        self._recorder.followed = visit
        return visit

    def _ended(self, visit: FollowedVisit | TimedVisit) -> None:
        self._recorder.followed = None
        with suppress(Exception):  # the lab may be gone
            visit.end(self._recorder.channel)


def _read_to_its_end(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()
