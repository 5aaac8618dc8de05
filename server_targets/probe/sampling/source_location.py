"""Which source line a thread is at: the innermost frame of the user's own code, as `views.py:12 page`."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
from asgi_vs_wsgi.server_targets.probe.sampling.stacks import Line, may_read_frames, stacks_of

_NOT_THE_USERS = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("platstdlib"),
    sysconfig.get_path("purelib"),
    sysconfig.get_path("platlib"),
    str(Path(__file__).parents[2]),
    "<",  # frozen modules, code from strings
)


class Blame:
    """Numbers source lines and tells the lab, once, what each number stands for."""

    def __init__(self, channel: Channel, own_folder: str, *, native: Any = None, wanted: bool = True) -> None:
        """`native`: the compiled module, where there is one. `wanted`: False where no frame is to be looked at."""
        self._channel = channel
        self._own_folder = own_folder
        """Code below it is the user's even where that lies among installed packages."""
        self.reads_lines = wanted and may_read_frames()
        self._take_lines: Callable[..., list[Line | None]] | None = getattr(native, "take_lines", None)
        self._numbers: dict[tuple[CodeType, int], int] = {}
        self._is_users: dict[str, bool] = {}

    def locate(self, thread_ids: Sequence[int]) -> list[int]:
        """For each thread the number of the line that it is at, 0 for none."""
        if not self.reads_lines:
            return [0] * len(thread_ids)
        if self._take_lines:
            lines = self._take_lines(list(thread_ids), self._is_users, self._own_folder, _NOT_THE_USERS)
        else:
            lines = [self._innermost_of_user(stack) for stack in stacks_of(thread_ids)]
        return [self._number(line) for line in lines]

    def _number(self, line: Line | None) -> int:
        if line is None:
            return 0
        key = (line[0], line[1] or 0)
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers) + 1
            self._channel.location(number, f"{Path(key[0].co_filename).name}:{key[1]} {key[0].co_name}")
        return self._numbers[key]

    def _innermost_of_user(self, stack: Sequence[Line]) -> Line | None:
        innermost = stack[0] if stack else None
        return next((line for line in stack if self._users(line[0].co_filename)), innermost)

    def _users(self, filename: str) -> bool:
        if filename not in self._is_users:
            own = bool(self._own_folder) and filename.startswith(self._own_folder)
            self._is_users[filename] = own or not filename.startswith(_NOT_THE_USERS)
        return self._is_users[filename]
