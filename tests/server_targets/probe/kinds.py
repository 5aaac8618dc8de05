"""Both kinds of recorder, the one in Python and the compiled one: tests hold them to the same."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import Any

from asgi_vs_wsgi.server_targets.probe.backends import (
    NativeRecorder,
    PythonRecorder,
    native,
    native_recorder,
    python_recorder,
)
from asgi_vs_wsgi.server_targets.probe.recorder import Recorder

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


def kind_of(record: tuple[Any, ...]) -> int:
    """A record's Kind."""
    return int(record[3] >> 16 & 0xFF)


def flag_of(record: tuple[Any, ...]) -> int:
    """A record's flag."""
    return int(record[3] >> 24)
