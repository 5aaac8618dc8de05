"""Writes a file whole or not at all: whoever opens it sees the old one or the new one."""

from __future__ import annotations

import errno
import os
import re
import secrets
from contextlib import contextmanager, suppress
from itertools import chain
from stat import S_IFREG, S_IMODE, S_ISDIR, S_ISREG
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput, NotWritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


PRIVATE = 0o600


_NEIGHBOUR = re.compile(r"\.asgi-vs-wsgi-[0-9a-f]{16}\.part")


_WAYS_OUT = {
    errno.ENOSPC: "make room, or choose another disk",
    errno.EDQUOT: "your share of it is used up: make room, or choose another disk",
    errno.EFBIG: "`ulimit -f` tells how large a file may be",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "its folder is gone: choose another",
    errno.EROFS: "it can only be read: choose another disk",
}


def check_writable(option: str, file: Path) -> None:
    """Refuse before the work what could not be written after it; `option` is what the user called the file by."""
    try:
        kind = file.stat().st_mode
    except FileNotFoundError:
        kind = S_IFREG
    except (OSError, ValueError) as error:  # a ValueError: a zero byte
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"{option} {file}: {reason}", hint="name a file in a folder of yours") from None
    if S_ISDIR(kind):
        raise BadInput(f"{option} {file}: this is a folder", hint="name a file in it")
    if not S_ISREG(kind):
        raise BadInput(f"{option} {file}: this is no ordinary file", hint="name another")
    if not file.parent.is_dir():
        raise BadInput(f"{option} {file}: there is no folder {file.parent}", hint="make it first, or name another")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise BadInput(f"{option} {file}: nothing can be written in {file.parent}", hint="name a folder of yours")


def write_atomically(file: Path, data: bytes | Iterable[bytes], mode: int | None = None) -> None:
    """Replace what is there; NotWritten where that fails. Of data in parts, what making one raises comes out.

    The file has `mode`; where none is given, that of the file that it replaces, or of any new file of this user's.
    """
    if mode is None:
        with suppress(OSError):
            mode = S_IMODE(file.stat().st_mode) & 0o777
    with _written_beside(file, data, mode) as neighbour:
        os.replace(neighbour, file)  # noqa: PTH105 - a path would make another of it


def write_new(file: Path, data: bytes) -> None:
    """The same, and never over what is there: FileExistsError; NotWritten for whatever else fails."""
    with _written_beside(file, data, None) as neighbour:
        _name_new(neighbour, file)


def write_first_free(files: Iterable[Path], data: bytes | Iterable[bytes]) -> Path:
    """The same under the first of these names, all of one folder, that nobody has when the data is there; BadInput
    where there is none."""
    names = iter(files)
    file = next(names)
    with _written_beside(file, data, None) as neighbour:
        for name in chain([file], names):
            with suppress(FileExistsError):
                _name_new(neighbour, name)
                return name
    raise BadInput(f"{file}: all names of its kind are taken", hint="remove some, or name a file")


def _name_new(neighbour: Path, file: Path) -> None:
    try:
        os.link(neighbour, file)
    except FileExistsError:
        raise
    except OSError:  # some file systems have no links
        with file.open("xb"):
            try:
                os.replace(neighbour, file)  # noqa: PTH105
            except OSError:
                file.unlink(missing_ok=True)  # it is ours, and empty
                raise


@contextmanager
def _written_beside(file: Path, data: bytes | Iterable[bytes], mode: int | None) -> Iterator[Path]:
    """A whole file in the same folder, under a name of ours; it is gone afterwards unless it got another name."""
    neighbour = file.with_name(f".asgi-vs-wsgi-{secrets.token_hex(8)}.part")
    try:
        with open(neighbour, "xb", opener=_opener(mode)) as temporary:
            if mode is not None:
                os.fchmod(temporary.fileno(), mode)
            temporary.writelines([data] if isinstance(data, bytes) else data)
            temporary.flush()
            os.fsync(temporary.fileno())
        yield neighbour
    except FileExistsError:
        raise
    except OSError as error:
        hint = way_out(error, "name a file in a folder of yours")
        raise NotWritten(f"{file} could not be written: {error.strerror}", hint=hint) from None
    finally:
        with suppress(OSError):  # whatever came between, a Ctrl+C included
            neighbour.unlink(missing_ok=True)


def _opener(mode: int | None) -> Callable[[str, int], int]:
    """What is for its owner alone is so from its first byte on; the kernel applies the user's mask to other files."""
    return lambda path, flags: os.open(path, flags | os.O_CLOEXEC, 0o666 if mode is None else PRIVATE)


def way_out(error: OSError, otherwise: str) -> str:
    """What to do where something could not be written."""
    return _WAYS_OUT.get(error.errno or 0, otherwise)


def is_neighbour(name: str) -> bool:
    """Whether a file of that name is one of ours on its way to another name."""
    return _NEIGHBOUR.fullmatch(name) is not None
