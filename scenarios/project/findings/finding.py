"""A place to look at, and what was read to find such places."""

from __future__ import annotations

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.wording import count, thousands

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


def none_found_in_words(read: WhatWasRead) -> str:
    """In the place of places, where there are none: what was read is all that can be said."""
    return f"No place was found that would hold the event loop. {read_in_words(read)}"


def read_in_words(read: WhatWasRead) -> str:
    """What stands below the places, and in their stead where there are none."""
    return (
        f"Read: {count(read.files, 'file')}, {count(read.async_functions, 'async function')} "
        f"of {thousands(read.functions)}. Not seen: {CANNOT_BE_SEEN}."
    )
