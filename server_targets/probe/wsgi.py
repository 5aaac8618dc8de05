"""The probe around a WSGI application: the calling thread serves the request from the call to the body's close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Token
from time import monotonic_ns, thread_time_ns
from typing import Any

from server_targets.probe.current import CURRENT, HEADER_WSGI, number_of
from server_targets.probe.lanes import Stay
from server_targets.probe.records import Ending, Kind, place
from server_targets.probe.reporter import Reporter

BEGIN, RESPONSE_START, END = int(Kind.BEGIN), int(Kind.RESPONSE_START), int(Kind.END)


class ProbedWsgi:
    """Calls the application and reports begin, response start and end."""

    def __init__(self, application: Callable[..., Iterable[bytes]], reporter: Reporter) -> None:
        self._application = application
        self._reporter = reporter

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """PEP 3333."""
        serving = Serving(number_of(environ.get(HEADER_WSGI)), start_response, self._reporter)
        try:
            body = self._application(environ, serving.start_response)
        except BaseException:
            serving.end(Ending.RAISED)
            raise
        return _until_closed(body, serving, environ.get("wsgi.file_wrapper"))


class Serving:
    """One request on the calling thread, and the response body that tells when the server is done with it."""

    __slots__ = ("_close", "_outer", "_reporter", "_request", "_start_response", "_stay", "_token", "body")

    def __init__(self, request: int, start_response: Callable[..., Any], reporter: Reporter) -> None:
        start_ns = monotonic_ns()
        self._request = request
        self._start_response = start_response
        self._reporter = reporter
        self._token: Token[int] | None = CURRENT.set(request)
        self._stay, self._outer = reporter.lanes.enter(request, start_ns)
        self._close: Callable[[], None] | None = None
        self.body: Iterable[bytes] = ()
        reporter.write(start_ns, thread_time_ns(), request, place(self._stay.lane, BEGIN))

    def start_response(self, status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        """What the application calls to start its response."""
        self._reporter.write(monotonic_ns(), int(status[:3]), self._request, place(0, RESPONSE_START))
        return self._start_response(status, headers, *exc_info)

    def keep(self, body: Iterable[bytes]) -> None:
        """The body whose parts and whose end are handed on."""
        self.body = body
        self._close = getattr(body, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        """The server is done with the response."""
        try:
            if self._close is not None:
                self._close()
        finally:
            self.end(Ending.RETURNED)

    def end(self, ending: Ending) -> None:
        """Report the end, once."""
        if self._token is not None:
            stay: Stay = self._stay
            self._reporter.write(monotonic_ns(), thread_time_ns(), self._request, place(stay.lane, END, ending))
            self._reporter.lanes.leave(stay, self._outer)
            CURRENT.reset(self._token)
            self._token = None


class SizedBody:
    """A body whose number of parts is known: servers count one part to set a content length."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self.close = serving.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._serving)

    def __len__(self) -> int:
        return len(self._serving.body)  # type: ignore[arg-type]


def _until_closed(body: Iterable[bytes], serving: Serving, file_wrapper: Any) -> Iterable[bytes]:
    """The body, with its close reporting the end; a server's own file wrapper stays what it is (sendfile)."""
    serving.keep(body)
    if isinstance(file_wrapper, type) and isinstance(body, file_wrapper):
        body.close = serving.close  # type: ignore[attr-defined]
        return body
    return SizedBody(serving) if hasattr(body, "__len__") else serving
