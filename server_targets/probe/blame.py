"""Which source line a thread is at: the innermost frame of the user's own code, as `views.py:12 page`."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType

from server_targets.probe.channel import Channel

_NOT_THE_USERS = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("platstdlib"),
    sysconfig.get_path("purelib"),
    sysconfig.get_path("platlib"),
    str(Path(__file__).parents[1]),
    "<",  # frozen modules, code from strings
)


class Blame:
    """Numbers source lines and tells the lab, once, what each number stands for."""

    def __init__(self, channel: Channel, own_folder: str) -> None:
        self._channel = channel
        self._own_folder = own_folder
        """Code below it is the user's even where that lies among installed packages."""
        self._numbers: dict[tuple[CodeType, int], int] = {}
        self._is_users: dict[str, bool] = {}

    def locate(self, frame: FrameType | None) -> int:
        """The number of the line that `frame` is at, 0 for none."""
        if frame is None:
            return 0
        at = self._innermost_of_user(frame)
        key = (at.f_code, at.f_lineno or 0)
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers) + 1
            self._channel.location(number, f"{Path(key[0].co_filename).name}:{key[1]} {key[0].co_name}")
        return self._numbers[key]

    def _innermost_of_user(self, frame: FrameType) -> FrameType:
        at: FrameType | None = frame
        while at is not None:
            if self._users(at.f_code.co_filename):
                return at
            at = at.f_back
        return frame

    def _users(self, filename: str) -> bool:
        if filename not in self._is_users:
            own = bool(self._own_folder) and filename.startswith(self._own_folder)
            self._is_users[filename] = own or not filename.startswith(_NOT_THE_USERS)
        return self._is_users[filename]


def frames() -> dict[int, FrameType]:
    """Every thread's current frame by thread ident."""
    return sys._current_frames()
