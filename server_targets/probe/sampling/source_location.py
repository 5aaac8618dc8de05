"""At which line of the user's own code a thread is, taken so that no frame is held when the GIL can change hands."""

from __future__ import annotations

import gc
import os
import sys
import sysconfig
from collections import deque
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate, chain, count, repeat, starmap, takewhile
from operator import attrgetter, methodcaller, truth
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.server_targets.worker_config import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel

Line = tuple[CodeType, "int | None"]
"""Code and the line in it, None (compiled: 0) where it has none."""
Stack = tuple[Line, ...]
"""Innermost first."""

_LINE = attrgetter("f_code", "f_lineno")
_CALLED = methodcaller("__call__")
"""In C alone, in every Python: `operator.call` is one of 3.11."""


def has_gil() -> bool:
    """Free-threaded builds (3.13 and later) tell; all others have one."""
    asked = getattr(sys, "_is_gil_enabled", None)
    return asked is None or bool(asked())


def may_read_frames() -> bool:
    """Whether other threads' frames stand still while we look: whether there is a GIL."""
    return hasattr(sys, "_current_frames") and has_gil()


def stacks_of(thread_ids: Sequence[int]) -> list[Stack]:
    """The lines of each thread; empty for one that is not there any more.

    All of it is one call of `list`, which pulls iterators in C through each other. No variable of ours holds an
    iterator that has held a frame: they go with the call. The collector rests meanwhile, since it runs finalizers,
    which are Python code; whether it ran before is asked within the same call.
    """
    was_on: list[bool] = []
    stacks: list[list[Stack]] = []
    try:
        list(
            chain(
                map(was_on.append, starmap(gc.isenabled, repeat((), 1))),
                starmap(gc.disable, repeat((), 1)),
                map(stacks.append, map(list, repeat(_read(thread_ids), 1))),
                map(_CALLED, map((gc.disable, gc.enable).__getitem__, was_on)),
            )
        )
    except BaseException:
        if was_on == [True]:
            gc.enable()
        raise
    return stacks[0]


def _read(thread_ids: Sequence[int]) -> Iterator[Stack]:
    """Does nothing before it is iterated."""
    all_frames = chain.from_iterable(map(repeat, starmap(sys._current_frames, repeat((), 1))))
    frame_of_each = map(dict.get, all_frames, thread_ids)
    # getattr(getattr(frame, "f_back"), "f_back") … up to None
    and_callers = map(accumulate, map(chain, zip(frame_of_each), repeat(repeat("f_back"))), repeat(getattr))
    lines = map(map, repeat(_LINE), map(takewhile, repeat(truth), and_callers))
    return map(tuple, lines)


_PACKAGES = tuple(
    dict.fromkeys(
        f"{path}/"
        for path in (
            *map(sysconfig.get_path, ("purelib", "platlib")),
            *(path for path in sys.path if path.endswith(("/site-packages", "/dist-packages"))),
            *filter(None, os.environ.get(TOOLS, "").split(os.pathsep)),
        )
    )
)
_ROOTS = (*_PACKAGES, *(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib")))
"""Packages may lie below the standard library: theirs come first."""
_OURS = f"{Path(__file__).parents[1]}/"
_VIEWS = f"{Path(__file__).parents[3]}/views/"
"""What the user's views import, where it is installed beside us."""
_NOT_THE_USERS = (*(root.rstrip("/") for root in _ROOTS), str(Path(__file__).parents[2]), _VIEWS, "<")
"""The last is what frozen modules and code from strings begin with."""

_SERVERS = (
    f"{sysconfig.get_path('stdlib')}/wsgiref/",
    f"{sysconfig.get_path('stdlib')}/socketserver.py",
    *(f"{room}{package}/" for room in _PACKAGES for package in ("gunicorn", "waitress", "django/core/servers")),
)
"""Whose code it is that writes an answer to its client."""


@lru_cache(maxsize=4096)
def library_path(filename: str) -> str:
    """`asyncio/locks.py`: its path within the standard library, or among the packages."""
    return next((filename.removeprefix(root) for root in _ROOTS if filename.startswith(root)), filename)


_HANDS_ON = (
    ("/django/core/handlers/exception.py", "inner"),
    ("/django/core/handlers/wsgi.py", "__call__"),
    ("/django/core/handlers/asgi.py", "__call__"),
    ("/probe/hooks/executors.py", "followed_call"),
    ("/probe/hooks/executors.py", "followed"),
)
"""End of a file's name, function: Django's wrapper of each middleware and of the view, its handlers, and ours of what
is run in another thread, or by one that waits for a loop. Not of what it runs for code that it has called itself."""


def hands_on(code: CodeType) -> bool:
    """Whoever is outside of it, a middleware or what is around the application, asks for nothing done within."""
    return any(code.co_name == name and code.co_filename.endswith(file) for file, name in _HANDS_ON)


class UserFiles(dict[str, "bool | None"]):
    """Whether code in a file is the user's, found out once for each; None: the probe's, which nobody waits at.

    Compiled code reads what is known already.
    """

    def __init__(self, own_folder: str) -> None:
        """`own_folder`: code below it is the user's even where that lies among installed packages."""
        super().__init__()
        self.own_folder = own_folder
        self._within = tuple(
            root for root in _NOT_THE_USERS if own_folder and root.startswith(own_folder) and root != own_folder
        )
        """An environment may lie in a project's folder."""

    def __missing__(self, filename: str) -> bool | None:
        own = bool(self.own_folder) and filename.startswith(self.own_folder)
        own = own and not filename.startswith(self._within)
        ours = not own and filename.startswith(_OURS)
        self[filename] = users = None if ours else own or not filename.startswith(_NOT_THE_USERS)
        return users

    def words(self, line: Line) -> str:
        """`views.py:12 page`, from the user's own folder on; `sqlite3/base.py:359 execute` of a library."""
        code, number = line
        return f"{self._path(code.co_filename)}:{number or 0} {code.co_name}"

    def _path(self, filename: str) -> str:
        folder = f"{self.own_folder.rstrip('/')}/"
        if self.own_folder and filename.startswith(folder) and not filename.startswith(self._within):
            return filename.removeprefix(folder)
        of_library = library_path(filename)
        return "/".join(of_library.split("/")[-2:]) if of_library != filename else Path(filename).name

    def both(self, own: Line | None, innermost: Line | None) -> str:
        """`models.py:147 get_tags <- sqlite3/base.py:359 execute`; without the user's, nothing before the sign."""
        if innermost is None:
            return self.words(own) if own is not None else ""
        return f"{self.words(own) if own is not None else ''}{BESIDE}{self.words(innermost)}"


Found = tuple["Line | None", "Line | None"]
"""The innermost line of the user's, and the innermost of all where that is not the user's."""


class SourceLocations:
    """Numbers places in the code and tells the lab, once, what each number stands for."""

    def __init__(self, channel: Channel, own_folder: str, *, native: Any = None, wanted: bool = True) -> None:
        """`native`: the compiled module, where there is one. `wanted`: False where no frame is to be looked at."""
        self._channel = channel
        self.files = UserFiles(own_folder)
        """Which code is the user's."""
        self.reads_lines = wanted and may_read_frames()
        self._take_lines: Callable[..., list[Found]] | None = getattr(native, "take_lines", None)
        self._numbers: dict[Found, int] = {}
        self.users: set[int] = set()
        """Numbers of lines of the user's own code."""
        self._draw = count(1)
        self._untold: deque[tuple[int, str]] = deque()
        self.servers: set[int] = set()
        """The numbers of lines in files of servers."""

    def locate(self, thread_ids: Sequence[int]) -> list[int]:
        """For each thread the number of the line that it is at, 0 for none; `tell` what they stand for.

        Nothing here gives up the GIL: whoever was there is there yet.
        """
        if not self.reads_lines:
            return [0] * len(thread_ids)
        if self._take_lines:
            found = self._take_lines(
                list(thread_ids), self.files, self.files.own_folder, _NOT_THE_USERS, _OURS, _HANDS_ON
            )
        else:
            found = [self._innermost_of_user(stack) for stack in stacks_of(thread_ids)]
        return [self.number(*lines) for lines in found]

    def tell(self) -> None:
        """What the numbers stand for that have been asked for since. Several threads may at once."""
        while self._untold:
            with suppress(IndexError):  # another thread has told it
                self._channel.location(*self._untold.popleft())

    def number(self, own: Line | None, innermost: Line | None) -> int:
        """That of a place in the code, 0 for none. Several threads may ask at once."""
        if own is None and innermost is None:
            return 0
        known = self._numbers.get((own, innermost))
        if known is not None:
            return known
        drawn = next(self._draw)
        number = self._numbers.setdefault((own, innermost), drawn)
        if number == drawn:
            if own is not None:
                self.users.add(number)
            elif innermost is not None and innermost[0].co_filename.startswith(_SERVERS):
                self.servers.add(number)
            self._untold.append((number, self.files.both(own, innermost)))
        return number

    def _innermost_of_user(self, stack: Sequence[Line]) -> Found:
        begun = next((at for at, (code, _) in enumerate(stack) if hands_on(code)), len(stack))
        told = [line for line in stack[: begun + 1] if self.files[line[0].co_filename] is not None]
        own = next((line for line in told if self.files[line[0].co_filename]), None)
        return own, told[0] if told and told[0] is not own else None
