"""The command line as other users see it in the process list: without the passwords that were typed in it."""

from __future__ import annotations

import sys
from pathlib import Path

from asgi_vs_wsgi.scenarios.untrusted_text import hide_passwords

_ARG_START, _ARG_END = 45, 46
"""Of the fields of /proc/PID/stat after the program's name (proc(5))."""


def without_passwords(line: bytes) -> bytes:
    """A command line, its words ended by NUL, with the passwords of URLs replaced; as long as before."""
    words = line.split(b"\0")
    hidden = (hide_passwords(word.decode(errors="surrogateescape")).encode(errors="surrogateescape") for word in words)
    return b"\0".join(new[: len(old)].ljust(len(old), b"\0") for old, new in zip(words, hidden, strict=True))


def blank_passwords() -> None:
    """Overwrite them where the kernel reads our command line; where it does not say where that is, leave it.

    Until here, some tenths of a second after the start, they could be seen.
    """
    if all(hide_passwords(word) == word for word in sys.argv):
        return
    try:
        line = Path("/proc/self/cmdline").read_bytes()
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
    except (OSError, IndexError, ValueError):
        return
    if not start or end - start != len(line):
        return
    import ctypes  # takes ten milliseconds, which only a password is worth

    if ctypes.string_at(start, len(line)) == line:
        ctypes.memmove(start, without_passwords(line), len(line))
