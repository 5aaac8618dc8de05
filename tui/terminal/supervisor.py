"""Two processes, so that no death of the screen leaves the terminal in a mess.

    command process = guardian ── fork ──► the screen ──► the lab ──► servers
       waits, passes signals on,             dies with the guardian (parent-death signal),
       restores the terminal                 and restores the terminal itself then

The guardian imports nothing that takes time and starts no thread before it forks.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.load.client_errors import check_open_files
from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent
from asgi_vs_wsgi.tui.errors import TRACEBACK, our_own_words, say
from asgi_vs_wsgi.tui.terminal.tty import Terminal, ignore_background_stops, wait_for_foreground

if TYPE_CHECKING:
    from collections.abc import Callable

CONTINUING_S = 0.02
"""Within this, a signal that lets our whole job go on has reached each of its processes."""
EXIT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE_S = 1.5
"""How long the screen may take to leave after a signal."""
LOOK_EVERY_S = 0.25
"""How soon a terminal that is gone is noticed where no signal tells: the kernel sends SIGHUP only to the session whose
controlling terminal it was, and nobody sends one for a pipe or a socket."""


class ScreenFlag:
    """A byte that both processes see: whether the screen has taken over the terminal."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def set(self, taken: bool) -> None:
        """Told by the screen."""
        self._shared[0] = int(taken)

    def __bool__(self) -> bool:
        return bool(self._shared[0])


def run_supervised(work: Callable[[ScreenFlag], int]) -> int:
    """Run `work` in a child process; the exit code is the child's, or 128 + the signal that ended it."""
    check_open_files()
    wait_for_foreground()
    terminal, on_screen = Terminal(), ScreenFlag()
    guardian = os.getpid()
    watched = {*EXIT_SIGNALS, signal.SIGCHLD, signal.SIGCONT, signal.SIGTSTP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        child = os.fork()
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise _not_forked(error) from None
    if child == 0:
        _be_the_child(work, on_screen, guardian, before)
    try:
        status = _watch_over(child, watched, terminal, on_screen)
        terminal.restore(leave_screen=bool(on_screen))
        return _exit_code(status)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _not_forked(error: OSError) -> RunFailed:
    from asgi_vs_wsgi.scenarios.run.process_limit import is_no_process, way_out

    return RunFailed(f"no process for the screen: {error.strerror}", hint=way_out() if is_no_process(error) else "")


def _be_the_child(work: Callable[[ScreenFlag], int], on_screen: ScreenFlag, guardian: int, mask: set[int]) -> NoReturn:
    """Never returns: the parent's code above us is not ours to run."""
    code = 1
    try:
        ignore_background_stops()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        die_with_parent(guardian, signal.SIGTERM)
        code = work(on_screen)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told in one line
        _tell(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(error: Exception) -> None:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    say(our_own_words(error), 1)


def _watch_over(child: int, watched: set[signal.Signals], terminal: Terminal, on_screen: ScreenFlag) -> int:
    """Wait for the child; signals are passed on, and one that should end it does so in bounded time.

    `child` is never another process: nobody but this loop waits for it, so that its pid stays its own.
    """
    deadline_s: float | None = None
    while True:
        done, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if done and os.WIFSTOPPED(status):
            _stop_with(child, terminal, on_screen)
        elif done:
            return status
        patience_s = LOOK_EVERY_S if deadline_s is None else max(0.0, deadline_s - time.monotonic())
        told = signal.sigtimedwait(watched, patience_s)
        number = told.si_signo if told else None
        if told is None and deadline_s is not None:
            os.kill(child, signal.SIGKILL)
            deadline_s = None
        elif told is None and terminal.hung_up():
            number = signal.SIGHUP
        if told is not None and number == signal.SIGTSTP and told.si_pid != child:
            os.kill(child, signal.SIGTSTP)
        if number in EXIT_SIGNALS:
            os.kill(child, number)
            deadline_s = deadline_s or time.monotonic() + PATIENCE_S


def _stop_with(child: int, terminal: Terminal, on_screen: ScreenFlag) -> None:
    """The screen was suspended (Ctrl+Z): so is the command, and when it goes on, the screen does too.

    Not where it was suspended earlier and goes on already: we had then been stopped beside it. A screen that was
    stopped without notice (SIGSTOP) is still on the terminal.
    """
    time.sleep(CONTINUING_S)
    if _is_stopped(child):
        if on_screen:
            terminal.restore(leave_screen=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    if _is_stopped(child):
        os.kill(child, signal.SIGCONT)


def _is_stopped(child: int) -> bool:
    """The letter after the name in parentheses (proc(5)): of a child that was not waited for, it can be read."""
    return Path(f"/proc/{child}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"T"


def _exit_code(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
