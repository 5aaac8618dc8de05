"""The compiled hot parts (native/): what `backends` uses of them."""

from collections.abc import Callable, Generator, Iterable
from mmap import mmap
from typing import Any

from asgi_vs_wsgi.server_targets.probe import lanes

class Ring:
    def __init__(self, buffer: mmap, capacity: int) -> None: ...
    def __call__(self, t_ns: int, value: int, request: int, place: int, /) -> None: ...
    def fall_silent(self) -> None: ...

class LaneSlot(lanes.LaneSlot): ...

class Steps:
    def send(self, value: Any, /) -> Any: ...
    def throw(self, error: Any, /, *more: Any) -> Any: ...
    def close(self) -> None: ...
    def __await__(self) -> Generator[Any, Any, Any]: ...

class Recorder:
    def __init__(
        self,
        write: Callable[[int, int, int, int], None],
        slots: dict[int, lanes.LaneSlot],
        free: list[lanes.LaneSlot],
        served: set[int],
        add: Callable[[], lanes.LaneSlot],
        of_loop: Callable[[], lanes.LaneSlot],
        failed: Callable[[BaseException, int], None],
        leaving: Callable[[int], None],
    ) -> None: ...

def steps(
    recorder: Recorder,
    coroutine: Any,
    request: int,
    slot: lanes.LaneSlot | None = None,
    unbegun: Callable[[BaseException], None] | None = None,
    /,
) -> Any: ...
def suspended(recorder: Recorder, /) -> list[tuple[int, int, int]]: ...
def suspended_on(
    recorder: Recorder, slot: lanes.LaneSlot, requests: dict[int, int], /
) -> list[tuple[int, int, Any]]: ...

class Poll:
    def __init__(self, select: Callable[..., Any], recorder: Recorder, slot: lanes.LaneSlot, /) -> None: ...

class Schedule:
    def __init__(
        self, schedule: Callable[..., Any], recorder: Recorder, slot: lanes.LaneSlot, place: int, /
    ) -> None: ...

class ProbedWsgi:
    def __init__(self, application: Callable[..., Iterable[bytes]], recorder: Recorder) -> None: ...
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any], /) -> Iterable[bytes]: ...
