"""Findings in the format that editors and code hosts open: SARIF 2.1.0 (an OASIS standard)."""

from __future__ import annotations

import hashlib
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from asgi_vs_wsgi.scenarios.project.findings.finding import CANNOT_BE_SEEN
from asgi_vs_wsgi.scenarios.project.findings.rules import RULES
from asgi_vs_wsgi.scenarios.untrusted_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asgi_vs_wsgi.scenarios.project.findings.finding import Finding, Findings
    from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


_RUFFS = "https://docs.astral.sh/ruff/rules/"


_ROOT = "PROJECT"
"""What the paths of files begin at: whoever opens it knows where the project lies."""


def sarif(findings: Findings, told: Sequence[FindingInRun] = ()) -> dict[str, Any]:
    """A log of one run; each place is a warning, with the way to it as its code flow's words.

    `told`: what a run on live servers says of each; those that it cleared are notes.
    """
    in_run = {(each.file, each.line, each.rule, each.call): each for each in told}
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
                "results": [
                    _result(place, names, times, in_run.get((place.file, place.line, place.rule, place.call)))
                    for place, times in _numbered(findings.places)
                ],
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


def _result(place: Finding, names: list[str], times: int, told: FindingInRun | None) -> dict[str, Any]:
    same = hashlib.sha256(f"{place.file}\0{place.rule}\0{place.call}\0{times}".encode(errors="replace")).hexdigest()
    words = f"{place.words} Instead: {place.fix}" + (f" On live servers: {told.status}: {told.words}." if told else "")
    properties = {"properties": {"run": {"status": told.status, "words": told.words}}} if told else {}
    return {
        "ruleId": place.rule,
        "ruleIndex": names.index(place.rule),
        "level": "note" if told and told.status == "cleared" else "warning",
        "message": {"text": one_line(words)},
        **properties,
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
