"""A file is written whole or not at all, and what could not be written is refused beforehand."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.errors import BadInput, NotWritten
from asgi_vs_wsgi.scenarios.storage.atomic_write import check_writable, is_neighbour, write_atomically, write_new


def test_what_was_there_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    file = tmp_path / "a.svg"
    file.write_text("old")
    file.chmod(0o640)
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_can_be_read_by_whom_any_new_file_can(tmp_path):
    write_atomically(tmp_path / "a.svg", b"new")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "this is a folder"),
        ("none/a.svg", "there is no folder"),
        ("a" * 300, "File name too long"),
        ("/dev/null", "no ordinary file"),
        ("file/a.svg", "Not a directory"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(tmp_path, name: str, said: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=said) as caught:
        check_writable("-o", Path(tmp_path / name))
    assert caught.value.one_line().startswith("-o ")


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "日" * 85, "-o", " "])
def test_every_name_that_a_file_may_have_can_be_written(tmp_path, name: str):
    write_atomically(tmp_path / name, b"new")
    write_atomically(tmp_path / name, b"newer")
    assert (tmp_path / name).read_bytes() == b"newer"
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_private_file_is_private_whatever_was_there(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o644)
    write_atomically(tmp_path / "a", b"new", 0o600)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_new_file_never_replaces_another(tmp_path):
    write_new(tmp_path / "a", b"one")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_new_file_is_written_where_there_are_no_links(tmp_path, monkeypatch):
    def no_links(*paths) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_new(tmp_path / "a", b"one")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"two")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"one")]


def test_nothing_empty_is_left_where_a_new_file_cannot_get_its_name(tmp_path, monkeypatch):
    def fails(*paths) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", fails)
    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(NotWritten):
        write_new(tmp_path / "a", b"one")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_told_by_name(tmp_path):
    with pytest.raises(NotWritten, match="No such file") as caught:
        write_atomically(tmp_path / "gone" / "a.avw", b"new")
    assert str(tmp_path / "gone" / "a.avw") in caught.value.one_line()
    assert "its folder is gone" in caught.value.one_line()


def test_a_file_that_ulimit_forbids_is_told_so_and_leaves_nothing(tmp_path):
    """In a process of its own: the limit is for good. The kernel's signal does not end it."""
    done = write_elsewhere(tmp_path / "a.avw", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    assert "File too large" in done
    assert "ulimit -f" in done
    assert list(tmp_path.iterdir()) == []


def write_elsewhere(file: Path, *before: str, **given) -> str:
    code = (
        "import sys\nfrom pathlib import Path\nfrom asgi_vs_wsgi.scenarios.errors import NotWritten\n"
        "from asgi_vs_wsgi.scenarios.storage.atomic_write import write_atomically\n"
        "try:\n    write_atomically(Path(sys.argv[1]), bytes(100_000))\n"
        "except NotWritten as error:\n    print(error.exit_code, error.one_line())"
    )
    command = [*before, sys.executable, "-c", code, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def can_mount() -> bool:
    tried = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", "/mnt"]
    try:
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.parametrize(
    ("options", "said", "way_out"),
    [
        ("size=16k", "No space left on device", "make room"),
        ("size=16k,ro", "Read-only file system", "another disk"),
        ("nr_inodes=1", "No space left on device", "make room"),
    ],
)
def test_a_disk_that_is_full_or_read_only_is_told_so_and_the_old_file_stays(tmp_path, options, said, way_out):
    if not can_mount():
        pytest.skip("needs to mount a file system of its own")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o {options} tmpfs {disk} && "$@" && ls -A {disk} >&2'
    done = write_elsewhere(disk / "a.avw", "unshare", "-m", "sh", "-c", script, "sh")
    assert done.startswith("1 ")
    assert said in done
    assert way_out in done


def test_a_name_of_ours_is_known_exactly():
    assert is_neighbour(".asgi-vs-wsgi-0123456789abcdef.part")
    for name in (".asgi-vs-wsgi-0123.part", ".git", "asgi-vs-wsgi-0123456789abcdef.part", ".asgi-vs-wsgi-x.part"):
        assert not is_neighbour(name)
