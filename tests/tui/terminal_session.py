"""A terminal with a shell in it, as a user has: commands are typed, output is read, processes are found."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType

from process_family import runs


class TerminalSession:
    """`with TerminalSession() as terminal: terminal.type("stty -a\\n")`."""

    def __init__(self, folder: Path, columns: int = 120, lines: int = 36) -> None:
        self.output = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = os.environ | {"TERM": "xterm-256color", "PS1": "ready> "}
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self) -> TerminalSession:
        self.until(rb"ready> ")
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    def type(self, words: str) -> None:
        os.write(self._fd, words.encode())

    def until(self, pattern: bytes, seconds: float = 20.0) -> re.Match[bytes]:
        """Read until the output matches; what was read is kept in `output`."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.output)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} did not come; the end was {self.output[-400:]!r}")
            self.read_some(0.05)
        return found

    def read_some(self, seconds: float, most: int = 1 << 16) -> None:
        if select.select([self._fd], [], [], seconds)[0]:
            self.output += os.read(self._fd, most)

    def settings(self) -> bytes:
        """The terminal's settings as the shell sees them."""
        self.output = b""
        self.type("stty -g; echo end-of-$((1+1))\n")
        self.until(rb"end-of-2")
        return re.search(rb"[0-9a-f]+(?::[0-9a-f]+){10,}", self.output)[0]

    def family(self) -> dict[int, str]:
        """pid to command line of every process that descends from the shell."""
        table = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in table.splitlines()]
        found: dict[int, str] = {}
        parents = {self.pid}
        while parents:
            children = {int(pid): args for pid, ppid, args in rows if int(ppid) in parents}
            found |= children
            parents = set(children)
        return found

    def until_gone(self, pids: set[int], seconds: float) -> set[int]:
        """Those that are still alive when the time is over."""
        deadline = time.monotonic() + seconds
        while (left := {pid for pid in pids if runs(pid)}) and time.monotonic() < deadline:
            self.read_some(0.02)
        return left
