"""Which files this process opens for writing or removes: what a project does to itself while it is imported."""

from __future__ import annotations

import os
import sys
from typing import Any

MOST = 200
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree")
_MAKES = "os.mkdir"
_MADE = ("os.rename", "os.link", "os.symlink")
"""Of which it is the second path that is written."""


class WrittenFiles:
    """Listens from now on, for as long as the process lives: an audit hook cannot be taken back."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._begun = True
        sys.addaudithook(self._heard)

    def end(self) -> list[str]:
        """Those heard of until now, each once; more than MOST are not kept."""
        self._begun = False
        return list(self._paths)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._begun and len(self._paths) < MOST:
            path = written_path(event, arguments)
            if path is not None:
                self._paths[os.path.join(os.getcwd(), path)] = None  # noqa: PTH109, PTH118 - the process is theirs


def written_path(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The file that an audited event writes, makes or removes; None where it is none, or one of the kernel's."""
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & _WRITES:
            return None
    elif event in _CHANGES:
        path = arguments[event in _MADE]
        if event == _MAKES and os.path.isdir(path):  # noqa: PTH112 - who asks for one that is there makes none
            return None
    else:
        return None
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    name = os.fsdecode(path)
    return None if name.startswith(("/dev/", "/proc/")) else name
