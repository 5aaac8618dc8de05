"""Looks at what requests wait for that have been suspended for some time: once for each suspension, on their own loop.

The sampler's thread knows who is suspended and since when, as plain numbers, and asks the loop for a look at those that
have been for long. So a loop whose requests are quick is asked nothing, one whose requests wait does some 40 us of work
for each long suspension, and no coroutine is ever held by another thread. A loop that is at work is asked for a few,
those who have waited longest, and rarely: who is suspended there waits for the loop, and its time is what is measured.
"""

from __future__ import annotations

from time import monotonic_ns, thread_time_ns
from typing import TYPE_CHECKING

from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.sampling.awaited import waits_for

if TYPE_CHECKING:
    from typing import Any

    from asgi_vs_wsgi.server_targets.probe.lanes import LaneSlot
    from asgi_vs_wsgi.server_targets.probe.recorder import Recorder
    from asgi_vs_wsgi.server_targets.probe.sampling.awaited import Waiting
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations

OLD_NS = 5_000_000
MOST_AT_ONCE = 32
"""Requests in one look, which holds the loop for about a millisecond."""
FEW = 4
"""The same of a loop that is at work."""
BUSY_NS = 2_000_000
"""A loop one of whose steps has ended so shortly ago is at work."""
REST, BUSY_REST = 20, 400
"""For so many times as long as a look took there is no other: a twentieth of an idle loop's time, a 400th of a busy
one's."""
LONGEST_REST_NS = 50_000_000
"""However long a look took."""


class AwaitLooks:
    """Of one worker; everything but `_look` and `_tell` belongs to the sampler's thread."""

    def __init__(self, recorder: Recorder, blame: SourceLocations) -> None:
        self._recorder = recorder
        self._blame = blame
        self._asked: set[int] = set()
        """Lanes of loops that have not yet answered."""
        self._looked_at: dict[int, int] = {}
        """Request to the beginning of the suspension that was looked at."""
        self._rests_until: dict[int, int] = {}
        """Lane to when its loop may be asked again."""
        self.works = blame.reads_lines
        """False where frames may not be read, or when a look has failed: it is not tried again."""

    def turn(self) -> bool:
        """One round; returns whether somebody is suspended who was not looked at, on a loop that is free."""
        now_ns, waits = monotonic_ns(), False
        loops = [(lane, loop) for lane, loop in list(self._recorder.loops.items()) if self._may_ask(lane, now_ns)]
        if not self.works or not loops:
            return False
        since, lanes = self._suspended()
        self._looked_at = {request: at for request, at in self._looked_at.items() if request in since}
        for lane, loop in loops:
            here = {request: at for request, at in since.items() if lanes[request] == lane}
            new = sorted((at, request) for request, at in here.items() if self._looked_at.get(request) != at)
            busy = now_ns - max(here.values(), default=0) < BUSY_NS
            waits = waits or (bool(new) and not busy)
            due = {request: at for at, request in new[: FEW if busy else MOST_AT_ONCE] if at <= now_ns - OLD_NS}
            if due:
                self._ask(lane, loop, due, BUSY_REST if busy else REST)
        return waits

    def _may_ask(self, lane: int, now_ns: int) -> bool:
        return lane not in self._asked and now_ns >= self._rests_until.get(lane, 0)

    def _suspended(self) -> tuple[dict[int, int], dict[int, int]]:
        """Each request to the end of its latest step, and to the lane of the loop that it was on: what waits on another
        for that one waits no longer."""
        since: dict[int, int] = {}
        lanes: dict[int, int] = {}
        for request, since_ns, lane in self._recorder.suspended():
            if since_ns > since.get(request, 0):
                since[request], lanes[request] = since_ns, lane
        return since, lanes

    def _ask(self, lane: int, loop: Any, requests: dict[int, int], rest: int) -> None:
        slot = next((slot for slot in list(self._recorder.lanes.loops.values()) if slot.lane == lane), None)
        if slot is None:
            return
        self._looked_at |= requests
        self._asked.add(lane)
        try:
            loop.call_soon_threadsafe(self._look, slot, requests, rest)
        except RuntimeError:  # it is closed
            self._recorder.loops.pop(lane, None)

    def _look(self, slot: LaneSlot, requests: dict[int, int], rest: int) -> None:
        """On the loop's thread, between its steps."""
        since_cpu_ns = thread_time_ns()
        try:
            of_each: dict[int, list[tuple[int, Any]]] = {}
            for request, at_ns, coroutine in self._recorder.suspended_on(slot, requests):
                of_each.setdefault(request, []).append((at_ns, coroutine))
            for request, suspended in of_each.items():
                if max(at_ns for at_ns, _ in suspended) == requests[request]:  # else it went on meanwhile
                    self._tell(request, slot.lane, waits_for(suspended, self._blame.files))
        except Exception:  # noqa: BLE001 - whatever it is, the server's loop is not to know of it
            self.works = False
        finally:
            took_ns = thread_time_ns() - since_cpu_ns  # of its own: on a machine that others use, a look lasts longer
            self._rests_until[slot.lane] = monotonic_ns() + min(took_ns * rest, LONGEST_REST_NS)
            self._asked.discard(slot.lane)

    def _tell(self, request: int, lane: int, waiting: Waiting) -> None:
        number = self._blame.number(waiting.line, waiting.library)
        self._recorder.write(monotonic_ns(), number, request, pack_header(lane, Kind.AWAITS, waiting.what))
        self._blame.tell()
