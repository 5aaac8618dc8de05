"""The compiled hot parts (native/): what quick_reporter uses of them."""

from collections.abc import Callable, Generator, Iterable
from mmap import mmap
from typing import Any

from asgi_vs_wsgi.server_targets.probe import lanes

class Ring:
    def __init__(self, buffer: mmap, capacity: int) -> None: ...
    def __call__(self, t_ns: int, value: int, request: int, place: int, /) -> None: ...
    def fall_silent(self) -> None: ...

class Stay(lanes.Stay): ...

class Steps:
    def send(self, value: Any, /) -> Any: ...
    def throw(self, error: Any, /, *more: Any) -> Any: ...
    def close(self) -> None: ...
    def __await__(self) -> Generator[Any, Any, Any]: ...

class Recorder:
    def __init__(
        self,
        write: Callable[[int, int, int, int], None],
        stays: dict[int, lanes.Stay],
        free: list[lanes.Stay],
        add: Callable[[], lanes.Stay],
        of_loop: Callable[[], lanes.Stay],
    ) -> None: ...
    def __call__(self, coroutine: Any, request: int, lane: lanes.Stay | None = None, /) -> Any: ...
    def serve(
        self,
        application: Callable[..., Any],
        scope: Any,
        receive: Any,
        send: Any,
        request: int,
        lane: lanes.Stay,
        /,
    ) -> Any: ...

class Submit:
    def __init__(self, submit: Callable[..., Any], recorder: Recorder) -> None: ...

class Accept:
    def __init__(self, accept: Callable[..., Any]) -> None: ...

class ProbedWsgi:
    def __init__(self, application: Callable[..., Iterable[bytes]], recorder: Recorder) -> None: ...
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any], /) -> Iterable[bytes]: ...
