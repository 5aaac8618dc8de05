"""Whose a run's folder is, its lock tells; with little room rings are smaller, or a line says what is short."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.run import run_directory as folder_module
from asgi_vs_wsgi.scenarios.run.run_directory import ring_capacity, run_folder
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel

HOLD = """
import sys
from pathlib import Path
from asgi_vs_wsgi.scenarios.run import run_directory
run_directory.SHARED_MEMORY = Path(sys.argv[1])
with run_directory.run_folder() as made:
    print(made, flush=True)
    sys.stdin.read()
"""
UNSEEN = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of /dev/shm."""
    monkeypatch.setattr(folder_module, "SHARED_MEMORY", tmp_path)
    return tmp_path


def another_run(base: Path, *namespace: str) -> tuple[subprocess.Popen[str], Path]:
    """Of another process, which goes on until its standard input ends."""
    process = subprocess.Popen(
        [*namespace, sys.executable, "-c", HOLD, str(base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def test_a_run_has_a_folder_of_its_own_that_nobody_else_may_enter(base):
    with run_folder() as one, run_folder() as other:
        assert one != other
        assert one.stat().st_mode & 0o777 == 0o700
        assert {one, other} == set(base.iterdir())
    assert not list(base.iterdir())


def test_a_killed_runs_folder_is_swept_by_the_next(base):
    process, folder = another_run(base)
    (folder / "1.ring").write_bytes(b"x")
    process.kill()
    process.communicate()
    with run_folder() as own:
        assert list(base.iterdir()) == [own]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a PID namespace")
def test_the_folder_of_a_run_whose_process_cannot_be_seen_stays(base):
    process, folder = another_run(base, *UNSEEN)
    with process:
        pid = int(folder.name.split("-")[3])
        assert pid < 10  # it means somebody else here
        with run_folder():
            assert folder.is_dir()
        process.stdin.close()
    assert not folder.exists()


def test_the_folder_of_a_run_with_the_pid_of_a_dead_process_stays(base):
    with subprocess.Popen(["true"]) as dead:
        pass
    with run_folder() as held:
        renamed = held.with_name(f"asgi-vs-wsgi-{dead.pid}-abcdefgh")
        held.rename(renamed)
        with run_folder():
            assert renamed.is_dir()
        renamed.rename(held)


@pytest.mark.parametrize(
    "name", ["asgi-vs-wsgi-picture-abcdefgh", "asgi-vs-wsgi-12-abc", "asgi-vs-wsgi-12-abcdefgh.bak", "mine"]
)
def test_what_has_not_our_own_pattern_stays(base, name):
    (base / name).mkdir()
    with run_folder():
        pass
    assert (base / name).is_dir()


def test_a_link_and_a_file_of_our_pattern_are_no_folders_of_ours(base, tmp_path_factory):
    precious = tmp_path_factory.mktemp("precious")
    (precious / "file").write_text("kept")
    (base / "asgi-vs-wsgi-1-abcdefgh").symlink_to(precious)
    (base / "asgi-vs-wsgi-2-abcdefgh").write_text("")
    with run_folder():
        pass
    assert (precious / "file").read_text() == "kept"
    assert (base / "asgi-vs-wsgi-2-abcdefgh").exists()


def swept(folder: Path) -> None:
    folder_module._sweep(folder.parent)


def being_swept(folder: Path) -> None:
    """Another process has locked it, and removes it in a moment."""
    HELD.append(os.open(folder, os.O_RDONLY))
    fcntl.flock(HELD[-1], fcntl.LOCK_EX)


HELD: list[int] = []


@pytest.mark.parametrize("meanwhile", [swept, being_swept, shutil.rmtree])
def test_a_folder_that_is_swept_between_its_making_and_its_locking_is_made_anew(base, monkeypatch, meanwhile):
    """Between the two it is nobody's."""
    made: list[Path] = []

    def make(**given: Any) -> str:
        made.append(Path(mkdtemp(**given)))
        if len(made) == 1:
            meanwhile(made[0])
        return str(made[-1])

    mkdtemp = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", make)
    with run_folder() as folder:
        assert folder == made[1]
        (folder / "file").write_text("ours")
        folder_module._sweep(base)
        assert (folder / "file").read_text() == "ours"
    while HELD:
        os.close(HELD.pop())


def test_a_folder_that_is_swept_between_its_opening_and_its_locking_is_made_anew(base, monkeypatch):
    """The lock of a folder that is gone is had at once, and is worth nothing."""
    locked, first = folder_module._locked, []

    def remove_before_locking(descriptor: int) -> bool | None:
        if not first:
            first.extend(base.iterdir())
            shutil.rmtree(first[0])
        return locked(descriptor)

    monkeypatch.setattr(folder_module, "_locked", remove_before_locking)
    with run_folder() as folder:
        assert folder.is_dir()
        assert folder not in first


class Room:
    """Says how much room there is in each place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **megabytes: float) -> None:
        self._free = {name: round(size * 1e6) for name, size in megabytes.items()}
        monkeypatch.setattr(folder_module, "_free_bytes", lambda base: self._free[base.name])


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """In the place of /dev/shm, and of the folder for temporary files."""
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    memory.mkdir()
    disk.mkdir()
    monkeypatch.setattr(folder_module, "SHARED_MEMORY", memory)
    monkeypatch.setattr("tempfile.tempdir", str(disk))
    return memory, disk


@pytest.mark.parametrize(
    ("free", "workers", "place", "capacity"),
    [
        (500.0, 4, "memory", ring.CAPACITY),
        (67.1, 13, "memory", ring.CAPACITY),  # Docker's 64 MB
        (67.1, 26, "memory", ring.CAPACITY // 2),
        (67.1, 100, "memory", ring.CAPACITY // 8),
        (2.1, 4, "disk", ring.CAPACITY),
        (2.1, 0, "memory", ring.CAPACITY),
        (0.0, 1, "disk", ring.CAPACITY),
    ],
)
def test_rings_are_smaller_where_memory_is_short_and_on_disk_where_it_is_too_short(
    places, monkeypatch, free, workers, place, capacity
):
    Room(monkeypatch, memory=free, disk=10_000.0)
    with run_folder(workers) as folder:
        assert folder.parent.name == place
        assert ring_capacity(folder.parent, workers) == capacity


@given(
    free=st.integers(0, 1 << 31),
    workers=st.integers(0, 64 * 13),
    longest=st.sampled_from([1 << 62, 1 << 22, 600_000, 1000]),
)
def test_rings_are_as_large_as_they_can_be_and_never_larger_than_there_is_room_for(free, workers, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "_free_bytes", lambda base: free)
        patch.setattr(folder_module, "_longest_file", lambda: longest)
        capacity = ring_capacity(Path("/"), workers)

    def fits(capacity: int) -> bool:
        size = ring.size_of(capacity)
        return (size <= longest or not workers) and size * workers + folder_module._SPARE_BYTES <= free

    if capacity is None:
        assert not fits(ring.LEAST_CAPACITY)
    else:
        assert fits(capacity)
        assert ring.LEAST_CAPACITY <= capacity <= ring.CAPACITY
        assert capacity & (capacity - 1) == 0
        assert capacity == ring.CAPACITY or not fits(2 * capacity)


def test_where_there_is_room_nowhere_one_line_says_how_much_is_needed_and_the_way_out(places, monkeypatch):
    Room(monkeypatch, memory=2.0, disk=0.3)
    with pytest.raises(RunFailed) as failed, run_folder(13):
        pass
    line = failed.value.one_line()
    assert "\n" not in line
    assert re.search(r"7\.9 MB: .*memory has 2\.0 MB free, .*disk has 300 kB free", line)
    assert "TMPDIR" in line
    assert "--shm-size" in line


def test_a_place_that_cannot_be_written_to_is_not_taken(places, monkeypatch):
    memory, disk = places
    monkeypatch.setattr(folder_module, "SHARED_MEMORY", memory / "not there")
    with run_folder(2) as folder:
        assert folder.parent == disk


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_socket_can_be_reached_however_long_the_path_of_its_folder_is(tmp_path, depth):
    import anyio

    from asgi_vs_wsgi.scenarios.collector.collector import Collector

    folder = tmp_path.joinpath(*["d" * 100] * depth)
    folder.mkdir(parents=True, exist_ok=True)

    async def main() -> list[int]:
        collector = Collector(folder / "lab.sock")
        await collector.start()
        assert (folder / "lab.sock").is_socket()
        Channel(str(folder / "lab.sock")).hello(3, None, None)
        with anyio.fail_after(5):
            while not collector.links:
                await anyio.sleep(0.005)
        await collector.close()
        return [link.target for link in collector.links]

    assert anyio.run(main, backend_options={"use_uvloop": True}) == [3]
