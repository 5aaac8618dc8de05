"""The numbers of a document of `run --json` as the screen writes them, and those of a text of the screen.

What is no figure of a run is set aside: numbers of lines of code, of lanes and of visitors, and what explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from asgi_vs_wsgi.scenarios.wording import megabytes, number, per_second, seconds, share

Document = dict[str, Any]

# ---- what the document says, as the screen writes it

UNITS = {"_ms": lambda ms: seconds(ms / 1000), "_s": seconds, "_mb": megabytes, "_rps": per_second, "_share": share}


def admissible(document: Document) -> set[str]:
    """Its numbers, and what follows from them."""
    told = {write(value) for write, value in _leaves(document, number)}
    for target in document["targets"]:
        told |= set(_follows(target))
        values = [_on_trial(each) for each in document["rounds"] if each["target"] == target["name"]]
        told.add(_writer(document["verdict"]["on"], number)(max(values) - min(values)))
    told.add(f"{document['verdict']['ratio'] or 0:.3g}")
    return told | set(NUMBER.findall(document["verdict"]["words"]))


def _on_trial(round_: Document) -> float:
    """The figure that the verdict is on; runs that were saved before it was told have it of p95 alone."""
    return round_["p95_ms"] if round_["value"] is None else round_["value"]


def _leaves(value: Any, write: Any) -> Iterator[tuple[Any, float]]:
    """Each number with what writes it: the unit stands in its key, or in that of what it is in."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key.isdigit():  # a status
                yield number, int(key)
            yield from _leaves(each, _writer(key, write))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, write)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield write, value


def _writer(key: str, otherwise: Any) -> Any:
    return next((write for end, write in UNITS.items() if f"_{key}".partition(".")[0].endswith(end)), otherwise)


def _follows(target: Document) -> Iterator[str]:
    """Shares of a visit, of one state or of two together; slots; and how many times a lone request's time."""
    states, latency = target["states_ms"] or {}, target["latency_ms"]
    known = [value for value in states.values() if value]
    if latency and latency["mean"]:
        yield from (share(min(1.0, sum(some) / latency["mean"])) for n in (1, 2) for some in combinations(known, n))
        if target["service_s"]:
            yield number(round(latency["p50"] / 1000 / target["service_s"]))
    if target["ttfb_ms"]:
        yield share(target["ttfb_ms"]["p75"] / LARGEST_PAINT_MS)
    yield number(target["workers"] * target["threads"])
    if law := target["law"]:
        yield seconds((law["predicted_makespan_s"] or 0) / 2)  # with twice the slots
    counts = target["requests"]
    yield number(counts["planned"] - counts["completed"])
    yield number(counts["failed"] + counts["dropped"])


LARGEST_PAINT_MS = 2500


# ---- what the screen says

NUMBER = re.compile(r"(?<![\w.,:/-])<?(?:\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:\.\d+)?(?: ?(?:ms|s|MB)\b|%|/s)?(?![\w.]*\w)")
UNIT = re.compile(r"ms|s|MB|%|/s")
EXPLAINS = re.compile(
    r"\b75th|\b95 of 100|\b800 ms|\b1\.8 s|2\.5 s\b|p\d\d\b|with 1, 2, 4, 8|round \d+|\b9 what if\b"
    r"|CONN_MAX_AGE = \d+|limit-concurrency \d+|[\w.<>]+:\d+"
)
"""What is no figure of a run wherever it stands."""
DRAWN = re.compile(r"│|\s*(?:in line|lost|awaiting|worker \d|thread \d|\d+ +…|\d+ +[▀-▟░▓▒]|\d+ more lanes)")
AXIS = re.compile(r"\s*0(?:\s+[\d.]+)+ m?s\s*$|.* – ")
"""Lines of lanes, which count visitors, and those of an axis."""
OF_A_CLASS = re.compile(r"\b(?:within|after) [\d.]+ m?s")
"""In `code` a view is told of with those visitors alone who asked for it: how long these took to fail."""
WORDED_ALONE = ("code", "quiz")
"""Modes with numbers of lines, and of the scenario's own words: what has a unit is a figure there."""


def unexplained(mode: str, text: str, told: set[str]) -> list[str]:
    """Figures that are none of those."""
    text = text.replace("\u00a0", " ")
    if mode in WORDED_ALONE:
        found = _figures(OF_A_CLASS.sub(" ", " ".join(text.split())), with_units=True)
    else:
        lines = (line for line in text.splitlines() if not DRAWN.match(line) and not AXIS.match(line))
        found = (figure for line in lines for figure in _figures(line))
    return [f"{mode}: {figure}" for figure in found if figure not in told]


def _figures(text: str, *, with_units: bool = False) -> Iterator[str]:
    return (one for one in NUMBER.findall(EXPLAINS.sub(" ", text)) if UNIT.search(one) or not with_units)
