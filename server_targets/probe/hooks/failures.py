"""Why requests fail: each exception is told once, by its words and line, and counted by a record for each request.

What a view or a middleware raises Django turns into a page that says nothing, and tells of by a signal. What leaves the
application the hooks around it see (hooks.asgi, hooks.wsgi). Beyond an exception's own words nothing of the request is
told, and no local variable.
"""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections import deque
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi.server_targets.probe.gevent_originals import original
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, pack_header
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

if TYPE_CHECKING:
    from types import TracebackType

    from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel
    from asgi_vs_wsgi.server_targets.probe.protocol.ring import Write
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles

FAILURE = pack_header(0, Kind.FAILURE)
MOST = 32
"""Different failures that are told with words of their own; so many more without, by exception and line."""
LONGEST = 1000
"""Letters of an exception's words."""
LONGEST_NAME = 300
"""Of its type, and of its place: the lab reads lines of a bounded length."""
_PASSING = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b|(?<=\bTask-)\d+")
"""Of an object's repr: where it lies and its number, which are others for each request."""


class Failure(NamedTuple):
    """An exception's type and words, and the nearest line of the user's own code, as in blame."""

    exception: str
    words: str
    where: str


_Group: Any = getattr(builtins, "BaseExceptionGroup", None)
"""Since Python 3.11."""
OTHER_WORDS = "(many different words)"
OTHERS = Failure("others", "(more than are told apart)", "")


class Failures:
    """Of one worker. What is called here runs in the midst of the user's code, and no error of ours leaves it."""

    def __init__(self, write: Write, channel: Channel, files: UserFiles) -> None:
        self._write, self._channel, self._files = write, channel, files
        self._numbers: dict[Failure, int] = {}
        self._lock = original("_thread", "allocate_lock")()
        self._latest: deque[int] = deque(maxlen=64)
        """Requests that have failed: what Django has told of may leave the application all the same."""
        self._silent = False
        os.register_at_fork(after_in_child=self._fall_silent)

    def _fall_silent(self) -> None:
        """In a child that the application forks, whose lock may be held for ever."""
        self._silent = True

    def note(self, error: BaseException, request: int) -> None:
        """`error` has left the application. One of a broken connection, raised by no line of the user's, is a visitor's
        leaving: a server, or its `send`, says so by it.
        """
        self._try(error, request, unless_left=True)

    def note_leaving(self, request: int, depth: int = 1) -> None:
        """The body is closed by the server's frame `depth` calls up, perhaps since its parts have raised.

        Then the error has come out into that frame; one that is handled further out is not the body's.
        """
        error = sys.exc_info()[1]
        traceback = error.__traceback__ if error is not None else None
        if error is not None and traceback is not None and traceback.tb_frame is sys._getframe(depth):
            self.note(error, request)

    def heard(self, sender: object = None, **_of_signal: object) -> None:
        """As a receiver of Django's `got_request_exception`, which is sent while the exception is handled."""
        error = sys.exc_info()[1]
        if error is not None:
            self._try(error, CURRENT.get(), unless_left=False)

    def _try(self, error: BaseException, request: int, *, unless_left: bool) -> None:
        """Of several errors of one request the first counts. A cancellation is no failure."""
        if self._silent or not request or not isinstance(error, (Exception, SystemExit)):
            return
        try:
            outer, error = error, _told_of(error)
            where, is_users = self._where(error.__traceback__ or outer.__traceback__)
            if request not in self._latest and not (unless_left and isinstance(error, OSError) and not is_users):
                self._latest.append(request)
                self._write(monotonic_ns(), self._number(_failure(error, where)), request, FAILURE)
        except Exception:  # noqa: BLE001 - see the class
            return

    def _where(self, traceback: TracebackType | None) -> tuple[str, bool]:
        """The innermost line of the user's, else the innermost; and whether it is the user's."""
        innermost, users = None, None
        while traceback is not None:
            innermost = (traceback.tb_frame.f_code, traceback.tb_lineno)
            if self._files[innermost[0].co_filename]:
                users = innermost
            traceback = traceback.tb_next
        found = users or innermost
        return self._files.words(found) if found else "", users is not None

    def _number(self, failure: Failure) -> int:
        """Told to the lab when it is met first, before any record refers to it."""
        with self._lock:
            if failure not in self._numbers and len(self._numbers) >= MOST:
                failure = failure._replace(words=OTHER_WORDS)
            if failure not in self._numbers and len(self._numbers) >= 2 * MOST:
                failure = OTHERS
            number = self._numbers.get(failure)
            if number is None:
                number = len(self._numbers) + 1
                self._channel.failure(number, *failure)
                self._numbers[failure] = number
            return number


def follow_django(failures: Failures) -> None:
    """Hear what Django says of exceptions, where the project has imported it."""
    signals: Any = sys.modules.get("django.core.signals")
    if signals is not None:
        signals.got_request_exception.connect(failures.heard, weak=False, dispatch_uid=__name__)


def _failure(error: BaseException, where: str) -> Failure:
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - the user's own, of an exception of theirs
        words = "(its words cannot be had)"
    words = _PASSING.sub("…", words[:LONGEST])
    return Failure(type(error).__name__[:LONGEST_NAME], words, where[:LONGEST_NAME])


def _told_of(error: BaseException) -> BaseException:
    """Of a group of errors the first: the group's own words say how many there are."""
    while _Group is not None and isinstance(error, _Group):
        error = error.exceptions[0]
    return error
