"""The lab's end of one worker: its hello, its ring, the words for its source locations."""

from __future__ import annotations

from dataclasses import dataclass, field

from asgi_vs_wsgi.scenarios.collector.ring_reader import RingReader


@dataclass(slots=True)
class WorkerLink:
    """A worker that has said hello; `ring` is None where the probe is off."""

    target: int
    pid: int
    ring: RingReader | None
    hello_ns: int
    sampler: int | None = None
    """Kernel id of the thread that samples there."""
    shows_calls: bool = True
    """Whether its kernel shows in which system call a thread is."""
    reads_lines: bool = True
    """Whether it tells at which source lines requests are."""
    locations: dict[int, str] = field(default_factory=dict)
    died_ns: int = 0

    _lost_by_the_dead: int = 0

    def read(self) -> bytes:
        """What the worker recorded since the last read; a dead worker's ring is let go after that."""
        if self.ring is None:
            return b""
        if not self.died_ns:
            return self.ring.read()
        records, self._lost_by_the_dead = self.ring.read_last(), self.ring.lost
        self.close()
        return records

    def close(self) -> None:
        """Let go of the ring."""
        if self.ring is not None:
            self.ring.close()
            self.ring = None

    @property
    def lost(self) -> int:
        """Records known to be missing."""
        return self.ring.lost if self.ring else self._lost_by_the_dead
