"""The project in `tests/own_project`: where its marks stand, which say what is to be found on their lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "own_project"
_MARK = re.compile(r"# (?P<kind>planted|told): (?P<name>[\w-]+)(?:, in a (?P<place>\w+))?$")
RULES = {
    "async-view": "ASYNC251",
    "class-view": "blocking-sleep",
    "middleware": "ASYNC251",
    "sync-middleware": None,
    "signal-receiver": "blocking-sleep",
    "template-tag": "blocking-sleep",
    "serializer": "sync-orm",
    "manager-method": "sync-orm",
    "model-method": "sync-orm",
    "decorator": "ASYNC251",
    "context-processor": "sync-orm",
    "orm-in-async-view": "sync-orm",
    "lazy-relation": "sync-orm",
    "lazy-template": "lazy-template",
    "cache": "sync-cache",
    "session": "sync-session",
    "helper": "blocking-file",
    "stream": "ASYNC251",
    "context-manager": "blocking-sleep",
    "consumer": "blocking-process",
}
"""Of the twenty lines that are planted: by which rule the text of the code shows it; None: no text does."""


class Mark(NamedTuple):
    """One of the comments."""

    kind: str
    name: str
    file: str
    line: int
    place: str
    """Where it waits, if not on the loop: `thread`."""


def marks(kind: str) -> list[Mark]:
    """`planted` or `told`."""
    found = []
    for file in sorted(FOLDER.rglob("*.py")):
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            mark = _MARK.search(text)
            if mark and mark["kind"] == kind:
                name = str(file.relative_to(FOLDER))
                found.append(Mark(kind, mark["name"], name, number, mark["place"] or ""))
    return found
