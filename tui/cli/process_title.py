"""The command line as other users see it in the process list: without the passwords that were typed in it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_PASSWORD = re.compile(rb"((?<=://)[^\0/:@]*:)[^\0]*(?=@)|([?&](?:ssl)?password=)[^\0&]*")
"""Up to the last `@` of a word, however the password is quoted; or among the options of a URL."""
_MARK = rb"\1\2***"
_ARG_START, _ARG_END = 45, 46
"""Of the fields of /proc/PID/stat after the program's name (proc(5))."""


def without_passwords(line: bytes) -> bytes:
    """A command line, its words ended by NUL, with the passwords of URLs replaced; as long as before."""
    words = line.split(b"\0")
    return b"\0".join(_PASSWORD.sub(_MARK, word)[: len(word)].ljust(len(word), b"\0") for word in words)


def blank_passwords() -> None:
    """Overwrite them where the kernel reads our command line; where it does not say where that is, leave it.

    Until here, some tenths of a second after the start, they could be seen.
    """
    if not any(_PASSWORD.search(word.encode(errors="surrogateescape")) for word in sys.argv):
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
