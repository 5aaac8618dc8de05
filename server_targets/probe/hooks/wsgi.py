"""The probe around a WSGI application: the calling thread serves the request from the call to the body's close."""

from __future__ import annotations

import sys
from time import monotonic_ns, thread_time_ns
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.gevent_originals import get_ident
from asgi_vs_wsgi.server_targets.probe.hooks.accept import accepted_ns, port_in, tell_accept
from asgi_vs_wsgi.server_targets.probe.protocol.records import CPU_UNKNOWN, Ending, Handed, Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT, HEADER_WSGI, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asgi_vs_wsgi.server_targets.probe.hooks.failures import Failures
    from asgi_vs_wsgi.server_targets.probe.hooks.greenlets import Greenlets
    from asgi_vs_wsgi.server_targets.probe.lanes import Lanes, LaneSlot
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

BEGIN, RESPONSE_START = pack_header(0, Kind.BEGIN), pack_header(0, Kind.RESPONSE_START)
ANSWERED, HANDED_PART, ASKED = (pack_header(0, Kind.ANSWERED, handed) for handed in Handed)
RETURNED, RAISED = pack_header(0, Kind.END, Ending.RETURNED), pack_header(0, Kind.END, Ending.RAISED)


class ProbedWsgi:
    """Calls the application and reports begin, response start and end."""

    def __init__(self, application: Callable[..., Iterable[bytes]], recorder: Recorder) -> None:
        self._application = application
        self._write = recorder.write
        self._failures = recorder.failures
        self._in_greenlets = recorder.greenlets is not None
        self._lanes: Lanes | Greenlets = recorder.greenlets or recorder.lanes
        self._cpu_ns = recorder.greenlets.cpu_ns if recorder.greenlets else thread_time_ns

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """PEP 3333."""
        start_ns = monotonic_ns()
        request = number_of(environ.get(HEADER_WSGI))
        CURRENT.set(request)
        if accepted_ns:
            tell_accept(port_in(environ), request, start_ns, self._write)
        slot = self._lanes.enter(request, start_ns)
        self._write(start_ns, self._cpu_ns(), request, slot.lane | BEGIN)
        serving = _Serving(self._write, self._lanes, self._cpu_ns, request, slot, start_response, self._failures)
        try:
            body = self._application(environ, serving.start_response)
        except BaseException as error:
            serving.fail(error)
            raise
        try:
            serving.close_body = getattr(body, "close", None)
        except BaseException as error:  # the body's own
            serving.fail(error)
            raise
        if self._in_greenlets:
            if is_whole(body):
                self._write(monotonic_ns(), 0, request, slot.lane | ANSWERED)
            elif is_stream(body):
                return FollowedBody(body, serving.close, self._write, request, slot.lane)
        try:
            body.close = serving.close  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001 - whatever it says of an attribute that it does not know
            return with_close(body, serving.close)
        serving.body = body  # the same object, where it takes a new `close`: servers look for what they know
        return body


class _Serving:
    """One request between the call and its body's close. An object costs less than as many closures."""

    __slots__ = (
        "_cpu_ns",
        "_failures",
        "_lanes",
        "_request",
        "_slot",
        "_start_response",
        "_write",
        "body",
        "close_body",
    )

    def __init__(
        self,
        write: Write,
        lanes: Lanes | Greenlets,
        cpu_ns: Callable[[], int],
        request: int,
        slot: LaneSlot | None,
        start_response: Callable[..., Any],
        failures: Failures,
    ) -> None:
        self._write, self._lanes, self._cpu_ns, self._request, self._slot = write, lanes, cpu_ns, request, slot
        self._start_response, self._failures = start_response, failures
        self.body: Any = None
        """The body whose `close` is ours."""
        self.close_body: Callable[[], None] | None = None

    def start_response(self, *given: Any, **named: Any) -> Any:
        if given:
            self._write(monotonic_ns(), status_of(given[0]), self._request, RESPONSE_START)
        return self._start_response(*given, **named)

    def close(self) -> None:
        if sys.exc_info()[1] is not None and self._slot is not None:
            self._failures.note_leaving(self._request, depth=2)
        if self.body is not None:
            del self.body.close  # else the two would hold each other
            self.body = None
        try:
            if self.close_body is not None:
                self.close_body()
        except BaseException as error:
            self._failures.note(error, self._request)
            raise
        finally:
            self.end(RETURNED)

    def fail(self, error: BaseException) -> None:
        """The application has raised it."""
        self._failures.note(error, self._request)
        self.end(RAISED)

    def end(self, ending: int) -> None:
        slot = self._slot
        if slot is not None:
            self._slot = None
            own = slot.thread_id == get_ident()  # else the CPU clock would be another thread's
            self._write(monotonic_ns(), self._cpu_ns() if own else CPU_UNKNOWN, self._request, slot.lane | ending)
            if CURRENT.get() == self._request:  # a body that is closed late leaves it to the request that is there now
                CURRENT.set(0)
            self._lanes.leave(slot)

    def __del__(self) -> None:
        """Its server has let go of the body and never closed it: the request is over all the same."""
        self.end(RETURNED)


def status_of(status: Any) -> int:
    """The number in a WSGI status line, 0 for what is none: the server will say what is wrong with it."""
    head = status[:3] if isinstance(status, str) else ""
    return int(head) if len(head) == 3 and head.isascii() and head.isdigit() else 0


def is_whole(body: Any) -> bool:
    """Whether no code of the application's makes the parts of a body: of a list, or of one of Django's answers."""
    try:
        return type(body) in (list, tuple) or getattr(body, "streaming", None) is False
    except Exception:  # noqa: BLE001 - whatever it says of an attribute that it does not know
        return False


def is_stream(body: Any) -> bool:
    """Whether a server can do no more with a body than to ask for one part after another."""
    try:
        return type(body) is GeneratorType or (
            getattr(body, "streaming", None) is True and getattr(body, "file_to_stream", None) is None
        )
    except Exception:  # noqa: BLE001 - whatever it says of an attribute that it does not know
        return False


def with_close(body: Iterable[bytes], close: Callable[[], None]) -> Iterable[bytes]:
    """A body that takes no `close` of ours (a list, a generator), with it."""
    return SizedBody(body, close) if hasattr(body, "__len__") else Body(body, close)


class Body:
    """Stands for a body that has no place for a `close` of ours: a list, a generator."""

    def __init__(self, parts: Iterable[bytes], close: Callable[[], None]) -> None:
        self._parts = parts
        self.close = close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


class FollowedBody(Body):
    """A body whose greenlet waits for the application while a part is made, and for its server while that writes it."""

    def __init__(
        self, parts: Iterable[bytes], close: Callable[[], None], write: Write, request: int, lane: int
    ) -> None:
        super().__init__(parts, close)
        self._write, self._request, self._lane = write, request, lane

    def __iter__(self) -> Iterator[bytes]:
        write, request = self._write, self._request
        handed, asked = self._lane | HANDED_PART, self._lane | ASKED
        for part in self._parts:
            write(monotonic_ns(), 0, request, handed)
            yield part
            write(monotonic_ns(), 0, request, asked)


class SizedBody(Body):
    """The number of parts is known: servers count one part to set a content length."""

    def __len__(self) -> int:
        return len(self._parts)  # type: ignore[arg-type]
