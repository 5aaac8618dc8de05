"""A terminal with our command on it and no shell, and any of its three streams elsewhere."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

COMMAND = str(Path(sys.executable).with_name("asgi-vs-wsgi-tui"))
TTY = "tty"


class BareTerminal:
    """`with BareTerminal(["list"], stderr=path) as terminal`; a stream is TTY, None for closed, or a file's path."""

    def __init__(
        self,
        arguments: list[str],
        *,
        size: tuple[int, int] = (120, 36),
        controlling: bool = True,
        env: dict[str, str] | None = None,
        command: list[str] | None = None,
        **streams: Path | str | None,
    ) -> None:
        self.output = b""
        self._fd, slave = pty.openpty()
        self.resize(*size)
        redirected = [streams.get(name, TTY) for name in ("stdin", "stdout", "stderr")]

        def prepare() -> None:
            if controlling:
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number, stream in enumerate(redirected):
                if stream is None:
                    os.close(number)
                elif stream == TTY:
                    os.dup2(slave, number)
                else:
                    os.dup2(os.open(stream, os.O_RDWR | os.O_CREAT, 0o600), number)

        environment = os.environ | {"TERM": "xterm-256color"} | (env or {})
        self.process = subprocess.Popen(
            [*(command or [COMMAND]), *arguments],
            preexec_fn=prepare,
            start_new_session=True,
            env={name: value for name, value in environment.items() if value},
        )
        os.close(slave)

    def __enter__(self) -> BareTerminal:
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.vanish()

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def vanish(self) -> None:
        """As a window that is closed."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def type(self, words: str) -> None:
        os.write(self._fd, words.encode())

    def until(self, words: str, seconds: float = 20.0) -> None:
        """Read until this was written since the last time that `output` was emptied."""
        deadline_s = time.monotonic() + seconds
        while words.encode() not in self.output:
            assert time.monotonic() < deadline_s, f"{words!r} did not come; the end was {self.output[-400:]!r}"
            self.read_some(0.05)

    def ended(self, seconds: float = 10.0) -> int:
        """Its exit code, once it has ended and all is read."""
        deadline_s = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, f"it goes on; the end was {self.output[-400:]!r}"
            self.read_some(0.05)
        while self.read_some(0.0):
            pass
        return self.process.returncode

    def read_some(self, seconds: float) -> bool:
        """Whether anything came within so many seconds; it is added to `output`."""
        if self._fd < 0:
            time.sleep(seconds)
            return False
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # nobody has it open any more
            return False
        self.output += data
        return bool(data)
