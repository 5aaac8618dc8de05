"""What is said where the system gives no process or thread any more (EAGAIN of fork(2) and of starting a thread)."""

from __future__ import annotations

import errno
import resource
from threading import Event, Thread

from asgi_vs_wsgi.scenarios.errors import RunFailed

LOOP_THREADS = 4
"""That uvloop's library starts at its first look-up of an address; where it gets none it ends the process (SIGABRT)."""
_SIGNS = ("Resource temporarily unavailable", "can't start new thread", "Cannot fork")
"""As Python and servers tell of it."""


def is_no_process(error: OSError) -> bool:
    """Of an error of starting a process, and of nothing else: a write may be told the same."""
    return error.errno == errno.EAGAIN


def is_no_thread(error: BaseException | None) -> bool:
    """Python tells of it in words alone."""
    return isinstance(error, RuntimeError) and _SIGNS[1] in str(error)


def tells_of_no_process(words: str) -> bool:
    """Whether a server's last words say so."""
    return any(sign in words for sign in _SIGNS)


def way_out() -> str:
    """Where the limit stands, and what to do."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NPROC)
    allowed = "" if soft == resource.RLIM_INFINITY else f" allows this user {soft} processes and threads"
    return (
        f"`ulimit -u`{allowed or ', or a limit of the container (--pids-limit), allows no more'}:"
        " raise it, end others, or take fewer workers"
    )


def check_threads() -> None:
    """RunFailed where not even the threads can be started that the event loop needs."""
    let_go = Event()
    threads = [Thread(target=let_go.wait, daemon=True) for _ in range(LOOP_THREADS)]
    started: list[Thread] = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    except RuntimeError as error:
        if not is_no_thread(error):
            raise
        raise RunFailed("no further thread could be started", hint=way_out()) from None
    finally:
        let_go.set()
        for thread in started:
            thread.join()
