"""Both kinds of recorder, the one in Python and the compiled one: tests hold them to the same."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import Any

import pytest

from asgi_vs_wsgi.server_targets.probe.backends import (
    NativeRecorder,
    PythonRecorder,
    native,
    native_recorder,
    python_recorder,
)
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK
from asgi_vs_wsgi.server_targets.probe.recorder import Recorder
from asgi_vs_wsgi.server_targets.probe.sampling.gil_holder import best_pauses
from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates

KINDS: dict[str, type[PythonRecorder]] = {
    "python": PythonRecorder,
    **({} if native is None else {"compiled": NativeRecorder}),
}


def on_ring(kind: str, buffer: mmap.mmap) -> Recorder:
    """A recorder that writes to the ring in `buffer`."""
    return {"python": python_recorder, "compiled": native_recorder}[kind](buffer, SimpleNamespace())  # type: ignore[arg-type]


def on_list(kind: str) -> tuple[Recorder, list[tuple[Any, ...]]]:
    """A recorder and what it records: (t_ns, value, request, place)."""
    records: list[tuple[Any, ...]] = []
    return KINDS[kind](lambda *record: records.append(record), SimpleNamespace()), records  # type: ignore[arg-type]


def of_requests(records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without those of the loop's own work, of which a busy machine makes some anywhere."""
    return [record for record in records if record[2] != OWN_WORK]


def kind_of(record: tuple[Any, ...]) -> int:
    """A record's Kind."""
    return int(record[3] >> 16 & 0xFF)


def lane_of(record: tuple[Any, ...]) -> int:
    """A record's lane."""
    return int(record[3] & 0xFFFF)


def flag_of(record: tuple[Any, ...]) -> int:
    """A record's flag."""
    return int(record[3] >> 24)


def pauses_of(kind: str, states: ThreadStates | None = None):
    """How the sampler rests, and what it then knows of who kept the GIL."""
    return best_pauses(native if kind == "compiled" else None, states or ThreadStates())


def watcher(kind: str) -> int:
    """The kernel's id of the thread that looks while nobody has the GIL to give; in Python there is none."""
    found = pauses_of(kind).watcher
    if not found:
        pytest.skip("nothing is compiled, so no thread of ours looks")
    return found
