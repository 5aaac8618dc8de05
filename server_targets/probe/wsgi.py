"""The probe around a WSGI application: the calling thread serves the request from the call to the body's close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import monotonic_ns, thread_time_ns
from typing import Any

from server_targets.probe.current import CURRENT, HEADER_WSGI, number_of
from server_targets.probe.records import Ending, Kind
from server_targets.probe.reporter import Reporter

BEGIN, RESPONSE_START, END = int(Kind.BEGIN), int(Kind.RESPONSE_START), int(Kind.END)


class ProbedWsgi:
    """Calls the application and reports begin, response start and end."""

    def __init__(self, application: Callable[..., Iterable[bytes]], reporter: Reporter) -> None:
        self._application = application
        self._reporter = reporter

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """PEP 3333."""
        request = number_of(environ.get(HEADER_WSGI))
        end = _begin(request, self._reporter)
        write = self._reporter.write

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            write(monotonic_ns(), int(status[:3]), request, 0, RESPONSE_START, 0)
            return start_response(status, headers, *exc_info)

        try:
            body = self._application(environ, start)
        except BaseException:
            end(Ending.RAISED)
            raise
        return _until_closed(body, end, environ.get("wsgi.file_wrapper"))


def _begin(request: int, reporter: Reporter) -> Callable[[Ending], None]:
    """Report the begin; returns what reports the end, once."""
    write, lanes = reporter.write, reporter.lanes
    start_ns = monotonic_ns()
    token = CURRENT.set(request)
    stay, outer = lanes.enter(request, start_ns)
    write(start_ns, thread_time_ns(), request, stay.lane, BEGIN, 0)
    open_ = True

    def end(ending: Ending) -> None:
        nonlocal open_
        if open_:
            open_ = False
            write(monotonic_ns(), thread_time_ns(), request, stay.lane, END, ending)
            lanes.leave(stay, outer)
            CURRENT.reset(token)

    return end


def _until_closed(body: Iterable[bytes], end: Callable[[Ending], None], file_wrapper: Any) -> Iterable[bytes]:
    """The body, with its close reporting the end; a server's own file wrapper stays what it is (sendfile)."""
    if isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
        body.close = _then(getattr(body, "close", None), end)  # type: ignore[attr-defined]
        return body
    return (SizedBody if hasattr(body, "__len__") else Body)(body, end)


def _then(close: Callable[[], None] | None, end: Callable[[Ending], None]) -> Callable[[], None]:
    def closing() -> None:
        try:
            if close is not None:
                close()
        finally:
            end(Ending.RETURNED)

    return closing


class Body:
    """A response body that reports when the server is done with it."""

    def __init__(self, body: Iterable[bytes], end: Callable[[Ending], None]) -> None:
        self._body = body
        self.close = _then(getattr(body, "close", None), end)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)


class SizedBody(Body):
    """A body whose number of parts is known: servers count one part to set a content length."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]
