"""What became of claims, for machines that build: a JUnit XML file, and GitHub's annotations.

    testsuites ── testsuite SCENARIO ─┬─ properties   what it ran on
                                      ├─ testcase     one for each claim: failure, error where a figure was not
                                      │               measured, skipped where it is undecided and that is allowed
                                      └─ system-out   why requests failed, and what else must be known

All text passes the gate of plain_text: names, exceptions and a server's words may hold what XML cannot.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from asgi_vs_wsgi.scenarios.untrusted_text import one_line, printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult


class Outcome(Enum):
    """Of one claim, law or check."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNDECIDED = "undecided"
    UNMEASURED = "not measured"


class Case(NamedTuple):
    """A claim, law or check of a target, how it ended, and all that in words."""

    target: str
    name: str
    outcome: Outcome
    words: str


def breaks(case: Case, *, strict: bool) -> bool:
    """Whether the pipeline is to stop there."""
    return case.outcome in (Outcome.FAILS, Outcome.UNMEASURED) or (strict and case.outcome is Outcome.UNDECIDED)


def junit(result: RunResult, cases: Sequence[Case], notes: Sequence[str], *, strict: bool) -> bytes:
    """The whole file, in UTF-8; `notes`: what is to be known of the run beside them."""
    broken = [case for case in cases if breaks(case, strict=strict)]
    errors = sum(case.outcome is Outcome.UNMEASURED for case in broken)
    skipped = len([case for case in cases if case.outcome is Outcome.UNDECIDED and not strict])
    took_s = sum(each.makespan_s or 0.0 for each in result.rounds)
    counts = {"tests": len(cases), "failures": len(broken) - errors, "errors": errors, "skipped": skipped}
    told = {name: str(number) for name, number in counts.items()} | {"time": f"{took_s:.3f}"}
    suites = ET.Element("testsuites", {"name": "asgi-vs-wsgi-tui", **told})
    suite = ET.SubElement(suites, "testsuite", {"name": printable(result.scenario), **told})
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result):
        ET.SubElement(properties, "property", name=printable(name), value=printable(value))
    for case in cases:
        _add(suite, case, result.scenario, strict=strict)
    if notes:
        ET.SubElement(suite, "system-out").text = "\n".join(map(printable, notes))
    ET.indent(suites)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _properties(result: RunResult) -> Iterator[tuple[str, str]]:
    for name, value in result.environment.items():
        if isinstance(value, str | int | float):
            yield name, str(value)
    yield from ((f"parameter {name}", f"{value:g}") for name, value in result.parameters.items())
    for target in result.targets:
        yield f"target {target.name}", f"{target.server} {target.version}, {target.workers} x {target.threads}"


_ELEMENTS = {Outcome.FAILS: "failure", Outcome.UNMEASURED: "error", Outcome.UNDECIDED: "skipped"}


def _add(suite: ET.Element, case: Case, scenario: str, *, strict: bool) -> None:
    where, words = printable(f"{scenario}.{case.target}"), one_line(case.words)
    # How long a claim took to judge is nothing; some readers want the attribute all the same.
    element = ET.SubElement(suite, "testcase", classname=where, name=one_line(case.name), time="0")
    if case.outcome is Outcome.HOLDS:
        return
    kind = "failure" if breaks(case, strict=strict) and case.outcome is Outcome.UNDECIDED else _ELEMENTS[case.outcome]
    ET.SubElement(element, kind, message=words, type=case.outcome.value).text = words


# ---- GitHub


def workflow_commands(cases: Sequence[Case], *, strict: bool) -> Iterator[str]:
    """A workflow command for each that does not hold, or is undecided; of those that hold there is nothing to do."""
    for case in cases:
        if case.outcome is not Outcome.HOLDS:
            words = "\n".join(printable_lines(case.words))
            level = "error" if breaks(case, strict=strict) else "warning"
            yield f"::{level} title={_escaped(one_line(case.name), in_title=True)}::{_escaped(words)}"


_SIGNS = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_SIGNS_IN_TITLES = ((":", "%3A"), (",", "%2C"))


def _escaped(text: str, *, in_title: bool = False) -> str:
    """As the runner unescapes it: what is not ours begins no command, and ends none."""
    for sign, code in _SIGNS + (_SIGNS_IN_TITLES if in_title else ()):
        text = text.replace(sign, code)
    return text
