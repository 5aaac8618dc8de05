"""Nothing survives its parent: the kernel's parent-death signal, armed in every process of a run.

Armed on a server's master alone it leaves workers alive, and a thread that waits for an end of file cannot run
while a worker is stopped or holds the GIL; so each process arms itself when our code is first imported there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def leave_foreground() -> None:
    """Take the calling process into a group of its own: the terminal's Ctrl+C is for our parent.

    A group, not a session: Linux shares the cores out among sessions first (autogroups, sched(7)), so that in another
    session than ours the priority of the screen would not count against that of servers.
    """
    os.setpgid(0, 0)


def die_with_parent(parent_pid: int, signal_number: int = signal.SIGKILL) -> None:
    """Have the kernel send `signal_number` when the parent ends; ends at once if it already has.

    The signal comes when the *thread* that forked us ends, so parents must start processes from their main
    thread (prctl(2)). Only Linux has it; elsewhere this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    _prctl(_PR_SET_PDEATHSIG, int(signal_number))
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal_number)


def adopt_orphans(*, adopt: bool = True) -> None:
    """Whoever loses its parent below the calling process becomes its child, not that of the machine's init.

    A kernel that knows no subreapers lets orphans go, as it always did.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
