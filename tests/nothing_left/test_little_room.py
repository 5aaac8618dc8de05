"""Little room in /dev/shm, for files, for processes: it works with less, or a line names the limit and the way out."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.run.process_limit import is_no_process, is_no_thread, tells_of_no_process, way_out
from asgi_vs_wsgi.tui.errors import our_own_words
from asgi_vs_wsgi.tui.terminal import supervisor as guardian

RUN = [
    sys.executable,
    "-P",
    "-m",
    "asgi_vs_wsgi",
    "run",
    "slow-io",
    "--no-keep",
    "--json",
    "--requests",
    "4",
    "--set",
    "io_ms=10",
]
FILL = """
import sys
from pathlib import Path
from asgi_vs_wsgi.server_targets.probe.protocol import ring
buffer = ring.create(Path(sys.argv[1]) / "1.ring")
write = ring.writer(buffer)
for number in range(ring.capacity_of(buffer)):
    write(1, 2, 3, 4)
print(ring.capacity_of(buffer))
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount, and become somebody else")


def mounted(where: Path | str, options: str, *command: str, **given) -> subprocess.CompletedProcess[str]:
    """Run it where a tmpfs of its own lies at `where`, which nobody else sees."""
    mount = 'mount -t tmpfs -o "$0" tmpfs "$1" && shift && exec "$@"'
    line = ["unshare", "--mount", "sh", "-c", mount, options, str(where), *command]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, **given)


@needs_root
@pytest.mark.parametrize(("size", "capacity"), [("5m", 1 << 17), ("3m", 1 << 16), ("600k", 1 << 14)])
def test_a_worker_takes_a_ring_that_its_folder_has_room_for_and_can_fill_it(tmp_path, size, capacity):
    """Without the room the kernel ends it by SIGBUS, in the midst of a request."""
    done = mounted(tmp_path, f"size={size}", sys.executable, "-c", FILL, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == capacity


@needs_root
def test_a_worker_without_room_for_the_least_ring_says_so(tmp_path):
    done = mounted(tmp_path, "size=64k", sys.executable, "-c", FILL, str(tmp_path))
    assert done.returncode == 1
    assert "no room for a worker's records: No space left on device" in done.stderr


@pytest.mark.parametrize(("most", "capacity"), [(4 << 20, 1 << 16), (1 << 20, 1 << 14)])
def test_a_ring_is_no_longer_than_a_file_may_be(tmp_path, most, capacity):
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # noqa: E731
    line = [sys.executable, "-c", FILL, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, preexec_fn=limit, check=True)
    assert int(done.stdout) == capacity


def test_a_limit_of_files_that_is_too_low_is_named_before_anything_is_started():
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    done = subprocess.run(RUN, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()[-1:]
    assert "`ulimit -f` allows no file of more than 100 kB" in line
    assert "ulimit -f unlimited" in line


@pytest.mark.live
@needs_root
@pytest.mark.parametrize("options", ["size=7m", "size=2m", "size=64m,ro"])
def test_a_run_records_everything_however_small_the_shared_memory_is(tmp_path, options):
    """In a folder for temporary files whose path is longer than that of a socket may be."""
    temporary = tmp_path / ("d" * 100) / ("e" * 100)
    temporary.mkdir(parents=True)
    done = mounted("/dev/shm", options, *RUN, env=os.environ | {"TMPDIR": str(temporary)})
    assert done.returncode == 0, done.stderr
    for target in json.loads(done.stdout)["targets"]:
        assert target["requests"]["completed"] == 4
        assert target["telemetry"]["lost"] == 0
    assert not list(temporary.iterdir())


def with_processes(number: int) -> list[str]:
    """A prefix for a command whose user may have so many processes and threads; root has no such limit."""
    limit = ["prlimit", f"--nproc={number}"]
    if os.geteuid():
        return limit
    rights = [f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "bounding-set")]
    may_read = "--ambient-caps=+dac_read_search"  # where Python may lie in root's home
    return ["setpriv", "--reuid=41357", "--regid=41357", "--clear-groups", *rights, may_read, *limit]


@pytest.mark.parametrize(
    ("number", "command", "told"),
    [
        (1, RUN, "no further thread could be started"),
        (3, RUN, "no further thread could be started"),
        (1, [*RUN[:4], "serve", "slow-io"], "no further thread could be started"),
    ],
)
def test_where_no_process_is_to_be_had_the_limit_is_named(tmp_path, number, command, told):
    environment = os.environ | {"HOME": str(tmp_path)}
    line = [*with_processes(number), *command]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 1
    assert not done.stdout
    last = done.stderr.splitlines()[-1]
    assert told in last
    assert f"`ulimit -u` allows this user {number} processes" in last


def test_a_screen_that_cannot_be_forked_names_the_limit(monkeypatch):
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(guardian.os, "fork", refuse)
    with pytest.raises(RunFailed, match="no process for the screen") as failed:
        guardian.run_supervised(lambda on_screen: 0)
    assert "ulimit -u" in failed.value.one_line()


def test_a_thread_that_cannot_be_started_is_no_fault_of_ours():
    told = our_own_words(RuntimeError("can't start new thread"))
    assert "fault of ours" not in told
    assert "ulimit -u" in told
    assert "fault of ours" in our_own_words(RuntimeError("odd"))


@pytest.mark.parametrize(
    ("error", "process", "thread"),
    [
        (BlockingIOError(errno.EAGAIN, "x"), True, False),
        (OSError(errno.ENOENT, "x"), False, False),
        (RuntimeError("can't start new thread"), None, True),
        (ValueError("can't start new thread"), None, False),
    ],
)
def test_what_tells_that_there_is_no_further_process_or_thread(error, process, thread):
    assert is_no_thread(error) is thread
    if process is not None:
        assert is_no_process(error) is process


@pytest.mark.parametrize(
    ("words", "so"),
    [
        ("Traceback\nBlockingIOError: [Errno 11] Resource temporarily unavailable", True),
        ("RuntimeError: can't start new thread", True),
        ("sh: 1: Cannot fork", True),
        ("ModuleNotFoundError: no module named threads", False),
        ("", False),
    ],
)
def test_a_servers_last_words_are_read_for_it(words, so):
    assert tells_of_no_process(words) is so


def test_without_a_limit_of_the_users_the_containers_is_named(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert "--pids-limit" in way_out()
