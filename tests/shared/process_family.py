"""Whether processes still run; and every process of a command that a test has started, wherever it has gone."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from busy_machine import slowness

MARK = "TEST_FAMILY"
WITHIN_S = 2.0


def runs(pid: int) -> bool:
    """Whether there is such a process; one that was ended and that nobody has waited for yet is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_gone(pids: Iterable[int], within_s: float = WITHIN_S) -> None:
    """All of them, within the time that the product promises on a machine that has a core for it.

    Ending takes processor time; where more want it than there are cores, everything takes as many times as long.
    """
    deadline = time.monotonic() + within_s * slowness()
    while left := {pid for pid in pids if runs(pid)}:
        assert time.monotonic() < deadline, {pid: _command(pid) for pid in left}
        time.sleep(0.01)


class Family:
    """`environment` goes to the command; its family is whoever carries the mark, or was seen below the command."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.environment = os.environ | {MARK: self.mark}
        self._seen: set[tuple[int, str]] = set()

    def look(self, pid: int) -> set[int]:
        """Everything below `pid` now, also what has cleared its environment; it is asked about later."""
        table = _table()
        below, level = {pid}, {pid}
        while level:
            level = {child for child, (parent, _started, _state) in table.items() if parent in level} - below
            below |= level
        self._seen |= {(each, table[each][1]) for each in below if each in table}
        return below - {pid}

    def left(self) -> set[int]:
        """Those that still run."""
        table = _table()
        seen = {pid for pid, started in self._seen if pid in table and table[pid][1] == started}
        marked = {pid for pid in table if _carries(pid, self.mark)}
        return {pid for pid in seen | marked if table[pid][2] != "Z"} - {os.getpid()}

    def assert_gone(self, within_s: float = WITHIN_S) -> None:
        """As of `assert_gone`, also those that are born meanwhile."""
        deadline = time.monotonic() + within_s * slowness()
        while left := self.left():
            assert time.monotonic() < deadline, {pid: _command(pid) for pid in left}
            time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    return [child for child, (parent, _started, _state) in _table().items() if parent == pid]


def command_of(pid: int) -> str:
    return _command(pid).replace("\0", " ")


def _table() -> dict[int, tuple[int, str, str]]:
    """pid to parent, start and state."""
    table = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            table[int(name)] = (int(fields[1]), fields[19], fields[0])
    return table


def _carries(pid: int, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
