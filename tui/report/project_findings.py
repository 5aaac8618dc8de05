"""Places that would hold the event loop, as a section of the look: each rule once, its places below it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.project.findings.finding import read_in_words
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.text.columns import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.project.findings.finding import Finding, Findings

MOST_OF_A_RULE = 12
_GAP = "  "


def findings_text(findings: Findings | None) -> Iterator[str]:
    """What was read stands there too: where nothing was found, that is all that can be said."""
    if findings is None:
        return
    read = findings.read
    places = sorted(findings.places, key=lambda each: each.rule)
    if places:
        yield f"{count(len(places), 'place')} to look at: what would hold the event loop, by the code's text"
    for rule, group in groupby(places, key=lambda each: each.rule):
        yield from _of_rule(rule, list(group))
    yield read_in_words(read) if places else f"No place was found that would hold the event loop. {read_in_words(read)}"
    yield from (f"  - not read: {one_line(words)}" for words in read.unread)
    yield from (f"  - {one_line(words)}" for words in read.without)


def _of_rule(rule: str, places: list[Finding]) -> Iterator[str]:
    yield one_line(f"{rule}: {places[0].reason} Instead: {places[0].fix}")
    rows = [
        (one_line(f"{each.file}:{each.line}"), one_line(each.call), _from(each)) for each in places[:MOST_OF_A_RULE]
    ]
    yield from (f"  {line}" for line in aligned(rows, left=(0, 1, 2), gap=_GAP))
    if places[MOST_OF_A_RULE:]:
        yield f"  and {count(len(places) - MOST_OF_A_RULE, 'more place')}: --json and --sarif tell all"


def _from(place: Finding) -> str:
    """What the way begins with, and who it leads through."""
    if not place.way:
        return ""
    start, *rest = place.way
    return one_line(" → ".join([start, *(each.partition(" ")[0] for each in rest[:-1])]))
