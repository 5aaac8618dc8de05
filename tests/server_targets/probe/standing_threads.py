"""Threads that stand at a known line, and what is told of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations

KINDS = ["python", *(["compiled"] if hasattr(native, "take_lines") else [])]


class Told:
    """A Blame of one kind and the lines that it has told."""

    def __init__(self, kind: str, folder: str = "", **options) -> None:
        self.by_number: dict[int, str] = {0: ""}
        channel = SimpleNamespace(location=self.by_number.__setitem__)
        self.blame = SourceLocations(channel, folder, native=native if kind == "compiled" else None, **options)  # type: ignore[arg-type]

    def at(self, *thread_ids: int) -> list[str]:
        numbers = self.blame.locate(thread_ids)
        self.blame.tell()
        return [self.by_number[number] for number in numbers]


@contextmanager
def standing(call):
    """The ident of a thread that stands where `call` calls its argument."""
    here, go_on, idents = threading.Event(), threading.Event(), []

    def wait():
        idents.append(threading.get_ident())
        here.set()
        go_on.wait()

    thread = threading.Thread(target=call, args=(wait,))
    thread.start()
    here.wait()
    try:
        yield idents[0]
    finally:
        go_on.set()
        thread.join()


def in_a_function(wait):
    wait()
