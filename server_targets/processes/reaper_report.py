"""What a reaper tells the lab, on a pipe: the server's pid at its start, and at its end what it had to end."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class EndedProcess(NamedTuple):
    """A process that still ran when its server ended."""

    pid: int
    parent: int
    command: str


class ReaperReport:
    """The lab's end of the pipe, and until the reaper is started also the other."""

    def __init__(self) -> None:
        self._ours, self.their_end = os.pipe()
        os.set_blocking(self._ours, False)
        self._pending = b""
        self._server: int | None = None
        self._ended: list[EndedProcess] | None = None

    def let_go(self) -> None:
        """The reaper has its own copy of its end by now."""
        os.close(self.their_end)
        self.their_end = -1

    def close(self) -> None:
        """Hear no more."""
        if self.their_end >= 0:
            self.let_go()
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    @property
    def server(self) -> int | None:
        """The server's own pid, once it is known."""
        if self._server is None:
            self.read()
        return self._server

    @property
    def ended(self) -> list[EndedProcess] | None:
        """All that the reaper had to end, the server itself left out; None where it was killed before it could tell."""
        self.read()
        return self._ended

    def read(self) -> None:
        """Take what has arrived."""
        with contextlib.suppress(BlockingIOError):
            while self._ours >= 0 and (data := os.read(self._ours, 1 << 16)):
                self._pending += data
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            message = json.loads(line)
            self._server = message.get("server", self._server)
            if "ended" in message:
                self._ended = [EndedProcess(*entry) for entry in message["ended"]]


def started_by_views(ended: Iterable[EndedProcess], server: int, workers: Collection[int]) -> Counter[str]:
    """How many there were of each command, without the server's own: its workers and what stands beside them.

    A view's are those below a worker, and orphans, which have come to the reaper: their parent has ended.
    """
    by_pid = {each.pid: each for each in ended if each.pid != server}
    return Counter(each.command for each in by_pid.values() if _is_of_a_view(each, by_pid, server, workers))


def _is_of_a_view(each: EndedProcess, by_pid: dict[int, EndedProcess], server: int, workers: Collection[int]) -> bool:
    if each.pid in workers:
        return False
    above = each.parent
    while above not in workers and above in by_pid:
        above = by_pid[above].parent
    return above in workers or above != server
