"""The private directory of one run: the workers' rings and the lab's socket lie there, in memory where it can be.

Whose a folder is, its lock tells (flock(2)): the process that made it holds it until it ends, however it ends, and
every other process sees that, in whatever PID namespace or container it runs. The pid in the name is for people.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import resource
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.server_targets.probe.protocol import ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a name of chance is made in it, for its owner alone
_OURS = re.compile(r"asgi-vs-wsgi-\d+-[a-z0-9_]{8}")
_SPARE_BYTES = 1 << 20
"""For what else lies in the folder, such as SQLite's file."""
_NO_LIMIT = 1 << 62


@contextmanager
def run_folder(workers: int = 0, more_bytes: int = 0) -> Iterator[Path]:
    """A new 0700 directory with room for the rings of so many workers and for `more_bytes`, gone afterwards.

    RunFailed where no place has that room. Those of killed runs are swept on the way.
    """
    base = _base(workers, more_bytes)
    _sweep(base)
    folder, lock = _make_locked(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def ring_capacity(base: Path, workers: int) -> int | None:
    """Records in each ring, so that those of all workers fit there: as many as we want, or fewer; None for too few."""
    free, longest = _free_bytes(base) - _SPARE_BYTES, _longest_file() if workers else _NO_LIMIT
    capacity = ring.CAPACITY
    while ring.size_of(capacity) * workers > free or ring.size_of(capacity) > longest:
        capacity //= 2
        if capacity < ring.LEAST_CAPACITY:
            return None
    return capacity


def _base(workers: int, more_bytes: int) -> Path:
    """Memory rather than disk, whose write-back would stall a worker that touches its ring."""
    needed = workers * ring.size_of(ring.LEAST_CAPACITY) + _SPARE_BYTES + more_bytes
    if workers and _longest_file() < ring.size_of(ring.LEAST_CAPACITY):
        allowed = f"`ulimit -f` allows no file of more than {_size(_longest_file())}"
        raise RunFailed(
            f"{allowed}, and a worker's records need {_size(ring.size_of(ring.LEAST_CAPACITY))}",
            hint="raise it: ulimit -f unlimited",
        )
    short: list[str] = []
    candidates: tuple[Callable[[], Path], ...] = (lambda: SHARED_MEMORY, _temporary)
    for candidate in candidates:
        try:
            base = candidate()
            if not os.access(base, os.W_OK | os.X_OK):
                short.append(f"{base} cannot be written to")
            elif ring_capacity(base, workers) is None or _free_bytes(base) < needed:
                short.append(f"{base} has {_size(max(0, _free_bytes(base)))} free")
            else:
                return base
        except OSError as error:
            short.append(error.strerror or str(error))
    raise RunFailed(
        f"no room for what a run writes, {_size(needed)}: {', '.join(short)}",
        hint="free some, set TMPDIR to a folder with room, or give a container more: docker run --shm-size=256m",
    )


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _free_bytes(base: Path) -> int:
    found = os.statvfs(base)
    return found.f_bavail * found.f_frsize if found.f_blocks else _NO_LIMIT  # a tmpfs without a size has no blocks


def _longest_file() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    return _NO_LIMIT if soft == resource.RLIM_INFINITY else soft


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _make_locked(base: Path) -> tuple[Path, int]:
    """Between its making and its locking a folder is nobody's, and may be swept: then there is another."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"asgi-vs-wsgi-{os.getpid()}-", dir=base))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            if _locked(lock) is not False and _is_still(folder, lock):
                return folder, lock
            os.close(lock)


def _locked(descriptor: int) -> bool | None:
    """Whether we hold the lock now; None on a file system without locks, where nothing is swept either."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


def _is_still(folder: Path, descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(folder.stat(follow_symlinks=False), os.fstat(descriptor))
    return False


def _sweep(base: Path) -> None:
    for folder in base.iterdir():
        if _OURS.fullmatch(folder.name):
            with contextlib.suppress(OSError):
                _remove_if_nobodys(folder)


def _remove_if_nobodys(folder: Path) -> None:
    """The lock is held while it is removed: whoever made it a moment ago sees that it is gone."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid == os.getuid() and _locked(lock):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
