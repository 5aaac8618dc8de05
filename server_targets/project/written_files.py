"""Which files this process opens for writing or removes: what a project does to itself while it is imported."""

from __future__ import annotations

import os
import sys
from typing import Any

MOST = 200
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree")
_MAKES = "os.mkdir"


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
        if not self._begun or len(self._paths) >= MOST:
            return
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITES:
                return
        elif event in _CHANGES:
            path = arguments[0]
            if event == _MAKES and os.path.isdir(path):  # noqa: PTH112 - who asks for one that is there makes none
                return
        else:
            return
        if isinstance(path, (str, bytes)) and not os.fsdecode(path).startswith(("/dev/", "/proc/")):
            self._paths[os.path.join(os.getcwd(), os.fsdecode(path))] = None  # noqa: PTH109, PTH118 - the process is theirs
