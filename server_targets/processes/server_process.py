"""One server process of ours: started by the lab, its words kept, ended for certain.

Must be started from the main thread: the kernel's parent-death signal goes by thread (see probe.parent_death).
A server has a reaper between itself and the lab (processes.reaper), which is the process that the lab starts and ends.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING

import anyio

from asgi_vs_wsgi.server_targets.processes.log_lines import FAULT_HANDLER, LogLines, crash_in_line, crash_in_status
from asgi_vs_wsgi.server_targets.processes.process_handle import ProcessHandle
from asgi_vs_wsgi.server_targets.processes.reaper import ReaperReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from anyio.abc import Process

_log = logging.getLogger(__name__)
KEPT_LINES = 200
OUT_OF_FILES = (
    os.strerror(errno.EMFILE),
    os.strerror(errno.ENFILE),
    f"Errno {errno.EMFILE}]",
    f"os error {errno.EMFILE})",
)
"""What a server or a view says then, in Python's words or in Rust's."""
_SCRUBBED = ("GUNICORN_", "UVICORN_", "GRANIAN_", "HYPERCORN_", "WAITRESS_", "DAPHNE_", "DJANGO_", "ASGI_VS_WSGI_")
_SCRUBBED_NAMES = frozenset({"WEB_CONCURRENCY", "PORT", "FORWARDED_ALLOW_IPS", "SENDFILE", "PYTHONSTARTUP"})


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what servers read from it, plus `extra`. What they print is UTF-8 under any locale."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_SCRUBBED) and name not in _SCRUBBED_NAMES
    }
    return {
        **FAULT_HANDLER,
        **kept,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        **extra,
    }


class ServerProcess:
    """A child that runs one of our modules; what it prints goes to a bounded log."""

    def __init__(self, process: Process, report: ReaperReport | None = None) -> None:
        self._process = process
        self._handle = _handle(process)
        self.report = report
        """What its reaper tells; None where it has none."""
        self.pid = process.pid
        self.log: deque[str] = deque(maxlen=KEPT_LINES)
        self._draining = anyio.CancelScope(shield=True)
        self._drained = anyio.Event()
        self._crash: str | None = None
        self.on_line: Callable[[str], None] = lambda line: None
        self.out_of_files = 0
        """How many of its lines say that it may open no more files: it inherits our limit."""
        self._other_names: dict[str, str] = {}

    @classmethod
    async def start(
        cls,
        module: str,
        arguments: list[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        descriptor: int,
        reaped: bool = False,
        python: str = "",
        safe_path: bool = True,
    ) -> ServerProcess:
        """Start `python -m module`, its first argument our pid; `descriptor` is handed down open.

        `python`: another interpreter than ours (processes.interpreter); `safe_path`: whether it knows -P (3.11).

        One that is `reaped` forks its own reaper off, and gets the descriptor to tell on as its second argument.
        Shielded for the moment that it takes: who is cancelled here has a process to end, not half of one.
        """
        report = ReaperReport() if reaped else None
        told = [str(report.their_end)] if report else []
        interpreter = [python or sys.executable, *(["-P"] if safe_path else [])]
        command = [*interpreter, "-m", module, str(os.getpid()), *told, *arguments]
        try:
            with anyio.CancelScope(shield=True):
                process = await anyio.open_process(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=clean_environment(environment),
                    pass_fds=(descriptor, *([report.their_end] if report else ())),
                )
        except BaseException:
            if report:
                report.close()
            raise
        if report:
            report.let_go()
        _log.info("started %d in %s: %s", process.pid, folder, " ".join(command))
        return cls(process, report)

    async def drain(self) -> None:
        """Read what it prints until it ends, or `aclose`; run this in a task of its own.

        Shielded: a run that is cancelled still reads to the end of file, which is how it knows that all is over.
        """
        assert self._process.stdout is not None
        lines = LogLines()
        with self._draining, contextlib.suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for chunk in self._process.stdout:
                for line in lines.feed(chunk):
                    self._keep(line)
        for line in lines.end():
            self._keep(line)
        self._drained.set()

    def call_by_other_name(self, path: str, other: str) -> None:
        """A path in its words is told as `other`: it imports a copy, and people know where they wrote the original."""
        self._other_names[path] = other

    def _keep(self, words: str) -> None:
        self.out_of_files += any(said in words for said in OUT_OF_FILES)
        for path, other in self._other_names.items():
            words = words.replace(path, other)
        _log.debug("%d says: %s", self.pid, words)
        self.log.append(words)
        self._crash = self._crash or crash_in_line(words)
        self.on_line(words)

    async def wait(self) -> int:
        """Its exit status once it has ended."""
        return await self._process.wait()

    async def wait_gone(self) -> None:
        """Until it and everything that inherited its output have ended."""
        await self._process.wait()
        await self._drained.wait()

    async def aclose(self) -> None:
        """Let go of its pipes."""
        _log.info("%d has ended with status %s", self.pid, self._process.returncode)
        self._draining.cancel()
        await self._process.aclose()
        if self._handle is not None:
            self._handle.close()
            self._handle = None
        if self.report:
            self.report.read()
            self.report.close()

    async def heard_traceback(self, within_s: float = 1.0) -> None:
        """Until the words of a worker that failed have come through the pipe, but not for long."""
        with anyio.move_on_after(within_s):
            while self.running and not _first_traceback(list(self.log)):
                await anyio.sleep(0.01)

    async def heard_crash(self, within_s: float = 0.1) -> str | None:
        """By which signal a worker has crashed; its words may still be in the pipe, but not for long."""
        with anyio.move_on_after(within_s):
            while not self.crash:
                await anyio.sleep(0.005)
        return self.crash

    @property
    def crash(self) -> str | None:
        """By which signal it or a worker of it has crashed, as far as has been heard: `SIGSEGV`."""
        return self._crash or crash_in_status(self._process.returncode)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    @property
    def own_pids(self) -> list[int]:
        """Of the process that the lab has started, and of the server below it where that is another."""
        server = self.report.server if self.report else None
        return [self.pid, server] if server else [self.pid]

    @property
    def left_orphans(self) -> bool:
        """Whether it has ended and its reaper did not come to ending what it had below it."""
        return not self.running and self.report is not None and self.report.ended is None

    def end(self) -> None:
        """End it, its workers and all that they started: a reaper does it, what has none is killed."""
        self._send(signal.SIGTERM if self.report else signal.SIGKILL)

    def kill(self) -> None:
        """For a reaper that does not end what it should: its server follows by its own parent-death signal."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self._handle is not None and self.running:
            _log.info("%s to %d", signal.Signals(number).name, self.pid)
            self._handle.send(number)

    def last_words(self, lines: int = 12) -> str:
        """The end of the first traceback that it printed, which is the cause of others; else the end of its words."""
        log = list(self.log)
        return "\n".join((_first_traceback(log) or log)[-lines:])


def _handle(process: Process) -> ProcessHandle | None:
    """None where it has ended and was reaped already."""
    if process.returncode is not None:
        return None
    try:
        return ProcessHandle(process.pid)
    except ProcessLookupError:
        return None


def _first_traceback(log: list[str]) -> list[str]:
    start = next((at for at, line in enumerate(log) if line.startswith("Traceback ")), len(log))
    end = next((at for at in range(start + 1, len(log)) if log[at] and not log[at].startswith(" ")), len(log))
    return log[start : end + 1]
