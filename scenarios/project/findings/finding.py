"""A place to look at, and what was read to find such places.

Findings in the format that editors and code hosts open: SARIF 2.1.0 (an OASIS standard).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.project.findings.rules import RULES
from asgi_vs_wsgi.scenarios.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

CANNOT_BE_SEEN = (
    "what libraries do, what is called through names that the text does not tell, what templates ask of rows, "
    "code that computes for long, and other settings than these"
)


class Finding(Struct, frozen=True):
    """One line of the project's."""

    file: str
    """From the project's folder on, where it lies below that."""
    line: int
    rule: str
    words: str
    """What is called, why that holds the loop, and the way to it."""
    fix: str
    call: str
    reason: str
    way: list[str] = field(default_factory=list)
    """How the loop comes there: `view shop.views.page`, then each function with the line of its call."""


def finding(file: str, line: int, rule: str, call: str, reason: str, fix: str, way: list[str]) -> Finding:
    """With its parts in one sentence."""
    by = f" By {' → '.join(way)}." if way else ""
    words = f"{call}: {_lower(reason)}{by}" if call else f"{reason}{by}"
    return Finding(file, line, rule, words, fix, call, reason, way)


def _lower(sentence: str) -> str:
    """As it goes on after a colon."""
    article, _, _ = sentence.partition(" ")
    return sentence[0].lower() + sentence[1:] if article in ("A", "An", "The", "State") else sentence


class WhatWasRead(Struct, frozen=True):
    """The ground that findings stand on."""

    files: int
    functions: int
    async_functions: int
    unread: list[str] = field(default_factory=list)
    """Files that were not, each with why."""
    without: list[str] = field(default_factory=list)
    """What was not asked, in words."""


class Findings(Struct, frozen=True):
    """All places, by file and line."""

    places: list[Finding]
    read: WhatWasRead


def read_in_words(read: WhatWasRead) -> str:
    """What stands below the places, and in their stead where there are none."""
    return (
        f"Read: {count(read.files, 'file')}, {count(read.async_functions, 'async function')} "
        f"of {read.functions}. Not seen: {CANNOT_BE_SEEN}."
    )


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RUFFS = "https://docs.astral.sh/ruff/rules/"
_ROOT = "PROJECT"
"""What the paths of files begin at: whoever opens it knows where the project lies."""


def sarif(findings: Findings) -> dict[str, Any]:
    """A log of one run; each place is a warning, with the way to it as its code flow's words."""
    names = sorted({place.rule for place in findings.places} | set(RULES))
    return {
        "version": "2.1.0",
        "$schema": SCHEMA,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "asgi-vs-wsgi-tui",
                        "semanticVersion": version("asgi-vs-wsgi-tui"),
                        "fullDescription": {"text": f"What would hold an event loop. Not seen: {CANNOT_BE_SEEN}."},
                        "rules": [_rule(name) for name in names],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder of manage.py."}}},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": one_line(words)}}
                            for words in (*findings.read.unread, *findings.read.without)
                        ],
                    }
                ],
                "results": [_result(place, names, times) for place, times in _numbered(findings.places)],
            }
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    known = RULES.get(name)
    if known is None:
        return {"id": name, "helpUri": f"{_RUFFS}#flake8-async-async", "defaultConfiguration": {"level": "warning"}}
    return {
        "id": name,
        "shortDescription": {"text": known.words},
        "help": {"text": f"Instead: {known.fix}"},
        "defaultConfiguration": {"level": "warning"},
    }


def _numbered(places: Iterable[Finding]) -> Iterable[tuple[Finding, int]]:
    """With the how-manieth it is of those that are called the same, whichever line they moved to."""
    met: Counter[tuple[str, str, str]] = Counter()
    for place in places:
        key = (place.file, place.rule, place.call)
        met[key] += 1
        yield place, met[key]


def _result(place: Finding, names: list[str], times: int) -> dict[str, Any]:
    same = hashlib.sha256(f"{place.file}\0{place.rule}\0{place.call}\0{times}".encode(errors="replace")).hexdigest()
    return {
        "ruleId": place.rule,
        "ruleIndex": names.index(place.rule),
        "level": "warning",
        "message": {"text": one_line(f"{place.words} Instead: {place.fix}")},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": {"startLine": place.line}}}
        ],
        "partialFingerprints": {"placeAndCall/v1": same},
    }


def _artifact(file: str) -> dict[str, Any]:
    path = Path(file)
    if path.is_absolute():
        return {"uri": f"file://{quote(file, errors='replace')}"}
    return {"uri": quote(file, errors="replace"), "uriBaseId": _ROOT}
