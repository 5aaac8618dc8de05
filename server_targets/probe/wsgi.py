"""The probe around a WSGI application: the calling thread serves the request from the call to the body's close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Token
from time import monotonic_ns, thread_time_ns
from typing import Any

from server_targets.probe.current import CURRENT, HEADER_WSGI, number_of
from server_targets.probe.records import Ending, Kind, place
from server_targets.probe.reporter import Reporter

BEGIN, RESPONSE_START = place(0, Kind.BEGIN), place(0, Kind.RESPONSE_START)
RETURNED, RAISED = place(0, Kind.END, Ending.RETURNED), place(0, Kind.END, Ending.RAISED)


class ProbedWsgi:
    """Calls the application and reports begin, response start and end."""

    def __init__(self, application: Callable[..., Iterable[bytes]], reporter: Reporter) -> None:
        self._application = application
        self._write, self._lanes = reporter.write, reporter.lanes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """PEP 3333."""
        start_ns = monotonic_ns()
        write, lanes = self._write, self._lanes
        request = number_of(environ.get(HEADER_WSGI))
        token: Token[int] | None = CURRENT.set(request)
        stay = lanes.enter(request, start_ns)
        lane = stay.lane
        write(start_ns, thread_time_ns(), request, lane | BEGIN)

        def start_response_seen(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            write(monotonic_ns(), int(status[:3]), request, RESPONSE_START)
            return start_response(status, headers, *exc_info)

        def end(ending: int = RETURNED) -> None:
            nonlocal token
            if token is not None:
                write(monotonic_ns(), thread_time_ns(), request, lane | ending)
                lanes.leave(stay)
                CURRENT.reset(token)
                token = None

        try:
            body = self._application(environ, start_response_seen)
        except BaseException:
            end(RAISED)
            raise
        return _ending_with(body, end)


def _ending_with(body: Iterable[bytes], end: Callable[[], None]) -> Iterable[bytes]:
    """The body, whose close calls `end` too.

    The same object where it takes a new `close`, as Django's responses do: servers look for what they know.
    """
    close = getattr(body, "close", None)

    def close_and_end() -> None:
        if ours:
            del body.close  # type: ignore[attr-defined]  # else the two would hold each other
        try:
            if close is not None:
                close()
        finally:
            end()

    try:
        body.close = close_and_end  # type: ignore[attr-defined]
        ours = True
    except AttributeError:
        ours = False
        return SizedBody(body, close_and_end) if hasattr(body, "__len__") else Body(body, close_and_end)
    return body


class Body:
    """Stands for a body that has no place for a `close` of ours: a list, a generator."""

    def __init__(self, parts: Iterable[bytes], close: Callable[[], None]) -> None:
        self._parts = parts
        self.close = close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


class SizedBody(Body):
    """The number of parts is known: servers count one part to set a content length."""

    def __len__(self) -> int:
        return len(self._parts)  # type: ignore[arg-type]
