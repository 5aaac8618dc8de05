"""Writes a file whole or not at all: whoever opens it sees the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from stat import S_IFREG, S_ISDIR, S_ISREG

from scenarios.errors import BadInput


def check_writable(option: str, file: Path) -> None:
    """Refuse before the work what could not be written after it; `option` is what the user called the file by."""
    try:
        kind = file.stat().st_mode
    except FileNotFoundError:
        kind = S_IFREG
    except OSError as error:
        raise BadInput(f"{option} {file}: {error.strerror}", hint="name a file in a folder of yours") from None
    if S_ISDIR(kind):
        raise BadInput(f"{option} {file}: this is a folder", hint="name a file in it")
    if not S_ISREG(kind):
        raise BadInput(f"{option} {file}: this is no ordinary file", hint="name another")
    if not file.parent.is_dir():
        raise BadInput(f"{option} {file}: there is no folder {file.parent}", hint="make it first, or name another")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise BadInput(f"{option} {file}: nothing can be written in {file.parent}", hint="name a folder of yours")


def write_whole(file: Path, data: bytes) -> None:
    """Replace what is there. A neighbour is written first and then takes the name; BadInput where that fails."""
    neighbour = ""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name[:200]}.", delete=False) as temporary:
            neighbour = temporary.name
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(neighbour).chmod(_mode(file))
        Path(neighbour).replace(file)
        neighbour = ""
    except OSError as error:
        raise BadInput(f"{file} could not be written: {error.strerror}", hint="is the disk full?") from None
    finally:
        if neighbour:  # whatever came between, a Ctrl+C included
            with suppress(OSError):
                Path(neighbour).unlink(missing_ok=True)


def _mode(file: Path) -> int:
    """That of the file that is replaced, or of any new file of this user's: a temporary one is only for its owner."""
    if file.exists():
        return file.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
