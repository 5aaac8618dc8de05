"""What goes on below a worker beside its requests: a row for its views' own threads, and one for their processes.

worker 1   ▓▓▓▓▓▓1▓▓▓▓▓▓▓▓
own thread ╫╫╫╫╫╫╫   ╫╫╫       where one of them was on the CPU, by its clock between two looks
child proc     ╬╬╬╬╬╬╬╬        the same, between two readings a tenth of a second apart

Each part between two looks begins with what the clock has counted, as in the bars of requests. A row is there where the
recording has something for it; several threads or processes share it, and their number is the most at once so far.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from msgspec import structs

from asgi_vs_wsgi.scenarios.analysis.interval_counter import IntervalCounter
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.server_targets.probe.protocol.records import Vital
from asgi_vs_wsgi.tui.drawing.glyphs import CHILD_PROCESS, OWN_THREAD
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.trace.slices import Slice
    from asgi_vs_wsgi.scenarios.trace.worker_trace import WorkerTrace
    from asgi_vs_wsgi.tui.drawing.lanes.bars import Piece, Selection


LONGEST_LABEL = 10
"""Letters beside a lane."""


class BackgroundRow(BarRow):
    """A row of a worker on which stands when something was on the CPU; nobody's number is on it."""

    role: int
    name: str
    several: str

    def __init__(self, worker: WorkerTrace, chosen: Selection) -> None:
        super().__init__(chosen)
        self.worker = worker
        self._ends_ns: list[int] = []

    @property
    def drawn(self) -> frozenset[int]:
        """Its one sign, where it has a bar: most are narrower than a cell, and share it with what is empty."""
        return frozenset({self.role}) if any(self.role in colours for _sign, *colours in self.cells) else frozenset()

    @property
    @abstractmethod
    def is_known(self) -> bool:
        """Whether there is anything to be drawn."""

    @abstractmethod
    def update(self) -> None:
        """The worker may have told more."""

    @abstractmethod
    def most(self, at_ns: int) -> int:
        """How many there were at once, by then."""

    def end_ns(self, index: int) -> int:
        """When it was off the CPU again."""
        return self._ends_ns[index]

    def number(self, index: int) -> int:
        """Nobody's."""
        return 0

    def pieces(self, index: int, from_ns: int, to_ns: int) -> Iterator[Piece]:
        """One: it ran."""
        yield State.RUNNING, self.starts_ns[index], self._ends_ns[index]

    def label(self, playhead_ns: int) -> str:
        """`own thread`, `own thr ×3`."""
        most = self.most(playhead_ns)
        if most < 2:
            return self.name
        words = f"{self.several} ×{most}"
        return words if len(words) <= LONGEST_LABEL else f"{self.several.split()[0]} ×{most}"

    def _put(self, state: State, index: int, low: int, high: int) -> None:
        self._subs[low:high] = bytes((self.role,)) * (high - low)

    def _write_number(self, index: int, last: int) -> None:
        """It has none."""

    def add(self, from_ns: int, to_ns: int) -> None:
        """It was on the CPU then; what touches one another becomes one bar."""
        first, last = bisect_left(self._ends_ns, from_ns), bisect_right(self.starts_ns, to_ns)
        if first < last:
            from_ns, to_ns = min(from_ns, self.starts_ns[first]), max(to_ns, self._ends_ns[last - 1])
        self.starts_ns[first:last], self._ends_ns[first:last] = [from_ns], [to_ns]
        self.touch(from_ns)


class OwnThreadRow(BackgroundRow):
    """Of all threads of a worker that its views have started."""

    role, name, several = OWN_THREAD, "own thread", "own thr"

    def __init__(self, worker: WorkerTrace, chosen: Selection) -> None:
        super().__init__(worker, chosen)
        self._counter = IntervalCounter()
        self._open: dict[int, tuple[int, int, int]] = {}
        """Of a slice that lasts, or is new: how many looks are drawn, until when, and its CPU clock then."""
        self._known = 0

    @property
    def is_known(self) -> bool:
        """From the first on that was told of."""
        return bool(self.worker.own_threads.slices)

    def most(self, at_ns: int) -> int:
        """Who computed at once."""
        return self._counter.peak(at_ns)

    def update(self) -> None:
        """Only what is new of each slice is looked at: a thread may compute for the whole run."""
        slices = self.worker.own_threads.slices
        for index in range(self._known, len(slices)):
            self._open[index] = (0, slices[index].start_ns, slices[index].cpu_start_ns)
        self._known = len(slices)
        for index in list(self._open):
            slice_ = slices[index]
            self._counter.tell(index, [(slice_.start_ns, slice_.end_ns or self.worker.died_ns or FOREVER)])
            self._draw_on(index, slice_)
            if slice_.end_ns:
                del self._open[index]

    def _draw_on(self, index: int, slice_: Slice) -> None:
        drawn, until_ns, cpu_ns = self._open[index]
        looks = slice_.samples
        if not slice_.end_ns and len(looks) == drawn:
            return
        # The look before judges what comes after the last one.
        rest = structs.replace(slice_, start_ns=until_ns, cpu_start_ns=cpu_ns, samples=looks[max(0, drawn - 1) :])
        for state, from_ns, to_ns, _location in rest.pieces(FOREVER if slice_.end_ns else looks[-1].at_ns):
            if state is State.RUNNING and to_ns > until_ns:
                self.add(max(from_ns, until_ns), to_ns)
        if looks:
            self._open[index] = (len(looks), looks[-1].at_ns, looks[-1].cpu_ns)


class ChildProcessRow(BackgroundRow):
    """Of all processes below a worker that its views have started."""

    role, name, several = CHILD_PROCESS, "child proc", "child"

    def __init__(self, worker: WorkerTrace, chosen: Selection) -> None:
        super().__init__(worker, chosen)
        self._read = 0
        self._peaks: list[tuple[int, int]] = []
        """(since when, the most until then), where there was more than ever before."""

    @property
    def is_known(self) -> bool:
        """From the first reading on that showed any."""
        return bool(self.worker.vitals[Vital.CHILDREN_CPU_US])

    def most(self, at_ns: int) -> int:
        """Who was there at once."""
        at = bisect_right(self._peaks, at_ns, key=lambda peak: peak[0])
        return self._peaks[at - 1][1] if at else 0

    def update(self) -> None:
        """Each reading but the first says what was used since the one before."""
        used, counts = (self.worker.vitals[vital] for vital in (Vital.CHILDREN_CPU_US, Vital.CHILDREN))
        ready = min(len(used), len(counts))
        for index in range(self._read, ready):
            at_ns, number = counts[index]
            if number > (self._peaks[-1][1] if self._peaks else 0):
                self._peaks.append((at_ns, number))
            before_ns, before_us = used[index - 1] if index else used[0]
            ran_ns = min(used[index][0] - before_ns, (used[index][1] - before_us) * 1000)
            if ran_ns > 0:
                self.add(before_ns, before_ns + ran_ns)
        self._read = ready
