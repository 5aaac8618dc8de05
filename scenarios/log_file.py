"""A log that a user can send with a report: what was started with which command line, what came when, what went wrong.

Modules log to the logger of their own name; nothing is written unless `log_to` was called, in this process or in the
one that started it (the lab). Passwords in the addresses of databases are blanked, and text that is not ours is told
without what a terminal would obey.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.untrusted_text import harmless, hide_passwords, hide_passwords_in

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "ASGI_VS_WSGI_LOG"
"""Tells the processes of ours that are started later which file it is; servers do not get it."""
_OF_INTEREST = re.compile(
    r"LANG|LC_|TERM|COLORTERM|COLUMNS|LINES|NO_COLOR|TEXTUAL_|TMPDIR|XDG_|VIRTUAL_ENV|ASGI_VS_WSGI_"
)
_NEVER = frozenset({"ASGI_VS_WSGI_DATABASE_URL"})

_ours = logging.getLogger("asgi_vs_wsgi")
_log = logging.getLogger(__name__)


class _Lines(logging.Formatter):
    """`2026-11-27 08:30:00.123 4711 server_targets.processes.server_process: started 4712 …`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(process)d %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        words = super().format(record).replace(f" {_ours.name}.", " ", 1)
        return harmless(hide_passwords_in(words))


class _File(logging.FileHandler):
    """That the disk is full is no reason to end a run, or to tell its user about it a thousand times."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        self.setLevel(logging.CRITICAL + 1)


def log_to(path: str) -> None:
    """Add to this file from now on, whoever else of ours does; it is the user's alone. BadInput where it cannot be."""
    absolute = str(Path(path).absolute())
    try:
        os.close(os.open(absolute, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        handler = _File(absolute, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise BadInput(f"--log: {path} could not be written: {error.strerror}", hint="name another file") from None
    handler.setFormatter(_Lines())
    _ours.addHandler(handler)
    _ours.setLevel(logging.DEBUG)
    _ours.propagate = False
    os.environ[VARIABLE] = absolute
    _log.info("%s", " ".join([PROGRAM, *map(hide_passwords, sys.argv[1:])]))
    _log.info("%s", _surroundings(os.environ))


def log_on() -> None:
    """In a process that was started by one that logs: go on in its file, or do without."""
    if path := os.environ.get(VARIABLE):
        try:
            log_to(path)
        except BadInput:
            os.environ.pop(VARIABLE)


def _surroundings(environment: Mapping[str, str]) -> str:
    known = (f"{name}={value}" for name, value in sorted(environment.items()) if _OF_INTEREST.match(name))
    shown = " ".join(each for each in known if each.partition("=")[0] not in _NEVER)
    python = f"Python {platform.python_version()} {sys.executable}, {platform.platform()}"
    return f"{PROGRAM} {version(PROGRAM)}, {python}, {os.cpu_count()} cores, {time.tzname[0]}; {shown}"
