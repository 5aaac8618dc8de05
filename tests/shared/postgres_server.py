"""A PostgreSQL of the tests' own: made in a folder, on loopback, with a password, gone afterwards."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "pa ss@word"
QUOTED = "pa%20ss%40word"
CONNECTIONS = 60
"""More than any one target opens, and fewer than those of some tests together."""


def program(name: str) -> str | None:
    """Debian keeps them out of the PATH."""
    found = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]
    return found[-1] if found else shutil.which(name)


def as_server(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return [*(["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []), *command]


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def gone_with_us(command: list[str], folder: Path) -> Iterator[None]:
    """Run it and remove the folder when we are done, or at our end, however that comes: a shell waits for our pipe."""
    words = f"read _; {shlex.join(command)} > /dev/null 2>&1; rm -rf {shlex.quote(str(folder))}"
    guard = subprocess.Popen(["sh", "-c", words], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        assert guard.stdin
        guard.stdin.close()
        guard.wait()


@contextmanager
def running_postgres(initdb: str, pg_ctl: str) -> Iterator[str]:
    """The URL of a server in which nothing was made yet."""
    folder = Path(f"/tmp/asgi-vs-wsgi-postgres-{os.getpid()}")  # not below tmp_path, which is root's alone
    folder.mkdir(mode=0o700)
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(password, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    options += f" -c max_connections={CONNECTIONS}"
    with gone_with_us(as_server(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"), folder):
        run(as_server(initdb, "-D", data, "-U", "lab", "-A", "scram-sha-256", "--pwfile", str(password), "-N"))
        run(as_server(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"))
        yield f"postgresql://lab:{QUOTED}@127.0.0.1:{port}/postgres"
