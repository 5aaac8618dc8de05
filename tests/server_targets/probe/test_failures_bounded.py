"""However much is raised, by however many threads: its words are bounded, each request is counted, nobody is held."""

from __future__ import annotations

import os
import socket
import sys
import threading
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from told_failures import Told, noted

from asgi_vs_wsgi.server_targets.probe.hooks.failures import LONGEST, LONGEST_NAME, MOST, Failures
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles


class Wordless(Exception):
    def __str__(self) -> str:
        raise OSError("no words")


@pytest.mark.parametrize(
    ("error", "exception", "words"),
    [
        (Wordless(), "Wordless", "(its words cannot be had)"),
        (ValueError("x" * 10 * LONGEST), "ValueError", "x" * LONGEST),
        (ValueError("<object at 0x7f12ab34cd56> of Task-123"), "ValueError", "<object at …> of Task-…"),
        (ExceptionGroup("two", [KeyError("first"), OSError()]), "KeyError", "'first'"),
        (ExceptionGroup("deep", [ExceptionGroup("er", [LookupError("in")])]), "LookupError", "in"),
        (SystemExit("by the view"), "SystemExit", "by the view"),
        (type("E" * 100_000, (Exception,), {})("named"), "E" * LONGEST_NAME, "named"),
    ],
)
def test_whatever_is_raised_has_words_of_a_bounded_length(error, exception, words):
    told = Told()
    noted(told, error, 7)
    ((_, failure),) = told.counted
    assert (failure.exception, failure.words) == (exception, words)
    assert failure.where.startswith("told_failures.py:")


@given(st.lists(st.integers(0, 300), max_size=400))
@example([*range(3 * MOST), *range(3 * MOST)])
def test_however_many_words_there_are_few_are_told_and_every_request_is_counted(numbers):
    told = Told()
    for request, number in enumerate(numbers, 1):
        noted(told, ValueError(f"number {number}"), request)
    assert [request for request, _ in told.counted] == list(range(1, len(numbers) + 1))
    assert len(told.words) <= MOST + 1
    first = list(dict.fromkeys(numbers))[:MOST]
    for number, (_, failure) in zip(numbers, told.counted, strict=True):
        assert failure.words == (f"number {number}" if number in first else "(many different words)")


def test_exceptions_without_end_are_bounded_too():
    told = Told()
    for number in range(200):
        noted(told, type(f"Error{number}", (Exception,), {})(), number + 1)
    assert len(told.words) <= 2 * MOST + 1
    assert len(told.counted) == 200


def test_a_lab_that_is_gone_is_noticed_by_no_request():
    def gone(*words):
        raise BrokenPipeError

    failures = Failures(lambda *record: None, SimpleNamespace(failure=gone), UserFiles(""))  # type: ignore[arg-type]
    failures.note(ValueError(), 7)


def test_threads_that_fail_at_once_share_the_numbers():
    told, ready = Told(), threading.Barrier(8)

    def fail(first: int) -> None:
        ready.wait()
        for number in range(20):
            noted(told, ValueError(f"number {number}"), first + number)

    threads = [threading.Thread(target=fail, args=(100 * at + 1,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told.words) == 20 == len(set(told.words.values()))
    assert len(told.counted) == 160


def test_a_child_of_the_application_tells_nothing():
    ours, theirs = socket.socketpair()
    channel = SimpleNamespace(failure=lambda *words: theirs.sendall(b"told"))
    failures = Failures(lambda *record: None, channel, UserFiles(""))  # type: ignore[arg-type]
    failures._lock.acquire()  # by a thread that the child does not have
    if not os.fork():
        failures.note(ValueError(), 7)
        os._exit(0)
    _, status = os.wait()
    assert status == 0
    theirs.close()
    assert ours.recv(10) == b""
    ours.close()


def test_a_project_without_django_does_not_get_it_from_us():
    code = (
        "import sys\n"
        "from types import SimpleNamespace\n"
        "from asgi_vs_wsgi.server_targets.probe.hooks.failures import Failures, follow_django\n"
        "from asgi_vs_wsgi.server_targets.probe.sampling.source_location import UserFiles\n"
        "follow_django(Failures(print, SimpleNamespace(), UserFiles('')))\n"
        "sys.exit('django' in sys.modules)\n"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0
