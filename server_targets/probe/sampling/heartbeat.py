"""A heartbeat on a loop: how late it comes is how long the loop was held.

The steps of requests tell how long requests hold it; the beat is for what holds it between them. So it is slow:
ten times a second costs nothing that can be measured, fifty times cost 2 % of a busy uvicorn.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import MAIN_LOOP_LANE, Kind, pack_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write

BEAT_S = 0.1
WORTH_TELLING_NS = 2_000_000
"""uvloop's timers have a grain of a millisecond."""


def start_heartbeat(
    call_later: Callable[[float, Callable[[int], None], int], object], write: Write, beats: Callable[[], None]
) -> None:
    """Beat for as long as a loop runs; reports beats that come late.

    `call_later` is the loop's: in so many seconds it calls, with one argument. `beats` is called at each.
    """

    def beat(due_ns: int) -> None:
        now_ns = monotonic_ns()
        beats()
        if now_ns - due_ns > WORTH_TELLING_NS:
            write(now_ns, now_ns - due_ns, 0, pack_header(MAIN_LOOP_LANE, Kind.LOOP_LATE))
        schedule()

    def schedule() -> None:
        call_later(BEAT_S, beat, monotonic_ns() + int(BEAT_S * 1e9))

    schedule()
