"""The moments of a run that a lesson points at: what happened then, as it was measured, and what the lesson says of it.

start ── first page of uvicorn ── all of uvicorn ── worker 1 died ── … ── everybody
          "On uvicorn the same two workers are hardly ever busy."

A class is led from one to the next; a recording has them as captions and markers.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.unserved import is_page
from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.scenario_files.listing import summary
from asgi_vs_wsgi.scenarios.untrusted_text import first_lines, printable_lines
from asgi_vs_wsgi.scenarios.wording import NS_PER_MS, NS_PER_S, count, nanoseconds, thousands
from asgi_vs_wsgi.tui.drawing.events import server_moments
from asgi_vs_wsgi.tui.drawing.plain_text import Seen, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.playback.playback import Playback, TargetPlayback

LONGEST_LESSON, MOST_LESSON_LINES = 32_000, 1000
LONGEST_SENTENCE = 300
MOST_SERVER_MOMENTS = 12
"""Of a target: a server whose workers end all the time would have a step for each."""
TOGETHER = 50
"""What is nearer than such a part of the whole is one moment to the eye."""
START = "start"
NAMED = "Moments"
"""A section of a lesson: `- 1.5 s: The queue is at its longest.`"""
MOST_NAMED = 50
_NAMED = re.compile(r"[-*] (\d{1,6}(?:\.\d{1,6})?) (m?s): (.+)")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z`*0-9])")


class Step(NamedTuple):
    """`at_ns` since the first visitor."""

    at_ns: int
    markers: tuple[str, ...]
    """In a word or two: `uvicorn: the first page`."""
    told: tuple[tuple[str, str], ...]
    """Of whom, and what: once of each."""
    lesson: str = ""
    """The lesson's own sentence, in its markup."""

    @property
    def words(self) -> str:
        """`gunicorn-sync: half of them are done after 1.82 s.`"""
        return " ".join(f"{of}: {words}" if of else words for of, words in self.told)


def lesson_steps(show: Playback, scenario: Scenario | None) -> list[Step]:
    """Those that are recorded so far, in their order; those that cannot be told apart are one."""
    sections = lesson_sections(scenario.lesson_md) if scenario else {}
    first = next(iter(sections.values()), [])
    found = sorted((step for target in show.targets for step in _of_target(target, first)), key=lambda step: step.at_ns)
    steps = [Step(0, (START,), (("", summary(scenario.toml) if scenario else "The visitors come."),))]
    found = sorted([*found, *_named(scenario, show)], key=lambda step: step.at_ns)
    for step in found:
        near = step.at_ns - steps[-1].at_ns <= show.extent_ns // TOGETHER
        steps[-1:] = [_both(steps[-1], step)] if near and len(steps) > 1 else [steps[-1], step]
    if len(steps) > 1 and not show.live and all(target.over_ns for target in show.targets):
        steps[-1] = _end(steps[-1], show, sections)
    return steps


def _named(scenario: Scenario | None, show: Playback) -> Iterator[Step]:
    """Those that the lesson names itself."""
    text = scenario.lesson_md[:LONGEST_LESSON] if scenario else ""
    lines = printable_lines(text.partition(f"\n## {NAMED}\n")[2].partition("\n## ")[0])
    for found in filter(None, map(_NAMED.fullmatch, lines[:MOST_NAMED])):
        at_ns = round(float(found[1]) * (NS_PER_S if found[2] == "s" else NS_PER_MS))
        if at_ns <= show.extent_ns:
            yield Step(at_ns, (f"at {found[1]} {found[2]}",), (("", found[3][:LONGEST_SENTENCE]),))


def step_at(steps: Sequence[Step], at_ns: int) -> int:
    """The place of the last one that has been reached."""
    return max((place for place, step in enumerate(steps) if step.at_ns <= at_ns), default=0)


def lesson_sections(markdown: str) -> dict[str, list[str]]:
    """Heading to the sentences below it, lists left out."""
    text = "\n".join(printable_lines(first_lines(markdown[:LONGEST_LESSON], MOST_LESSON_LINES)))
    sections: dict[str, list[str]] = {}
    text, *_ = text.split(f"\n## {NAMED}\n")
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        paragraphs = [
            " ".join(each.split()) for each in body.split("\n\n") if not each.lstrip().startswith(("- ", "* "))
        ]
        sections[heading.strip()] = [
            words for each in paragraphs for words in _SENTENCE_END.split(each) if 0 < len(words) <= LONGEST_SENTENCE
        ]
    return sections


def said_of(sentences: Sequence[str], names: Sequence[str]) -> str:
    """The first sentence that speaks of one of these."""
    for name in names:
        spoken = re.compile(rf"(?<![\w-]){re.escape(name.casefold())}(?![\w-])")
        for words in sentences:
            if spoken.search(words.casefold()):
                return words
    return ""


def _of_target(target: TargetPlayback, lesson: Sequence[str]) -> Iterator[Step]:
    visits, name = target.trace.visits, target.trace.facts.name
    if not target.start_ns:
        return
    until_ns = target.start_ns + target.recorded_ns
    rows = [row for row in range(len(visits)) if 0 < visits.done_ns[row] <= until_ns]
    pages = sorted(visits.done_ns[row] - target.start_ns for row in rows if _has_page(target.trace, row))
    if pages:
        served = f"the first of {count(len(visits), 'visitor')} has a page after {nanoseconds(pages[0])}."
        yield Step(pages[0], (f"{name}: the first page",), ((name, served),), said_of(lesson, _names(target)))
    if len(pages) > max(2, len(visits) // 2):
        half_ns = pages[len(visits) // 2]
        if pages[0] < half_ns < pages[-1]:
            half = f"half of them are done after {nanoseconds(half_ns)}."
            yield Step(half_ns, (f"{name}: half of them",), ((name, half),))
    if rows and target.complete:
        yield _last_of(name, max(visits.done_ns[row] for row in rows) - target.start_ns, len(pages), len(visits))
    for moment in islice(sorted(server_moments(target.trace)), MOST_SERVER_MOMENTS):
        at_ns = moment.at_ns - target.start_ns
        if 0 < at_ns <= target.recorded_ns:
            yield Step(at_ns, (f"{name}: {moment.words}",), ((name, f"{moment.words}."),))


def _has_page(trace: TargetTrace, row: int) -> bool:
    visits = trace.visits
    return visits.outcome[row] == DONE and is_page(visits.status[row], trace.expected(row))


def _last_of(name: str, last_ns: int, pages: int, visitors: int) -> Step:
    """Who failed or left is not done."""
    if pages == visitors:
        return Step(last_ns, (f"{name}: the last page",), ((name, f"all are done after {nanoseconds(last_ns)}."),))
    with_one = f"{thousands(pages)} of {thousands(visitors)}" if pages else "none of them"
    words = f"all have ended after {nanoseconds(last_ns)}, {with_one} with a page."
    return Step(last_ns, (f"{name}: the last visitor",), ((name, words),))


def _names(target: TargetPlayback) -> list[str]:
    """As a lesson may call it."""
    facts = target.trace.facts
    return list(dict.fromkeys([facts.name, facts.name.replace("-", " "), facts.server, facts.server.replace("-", " ")]))


def _both(one: Step, other: Step) -> Step:
    """Reached with the later of them, which has the last word on a server of both."""
    told = tuple((dict(one.told) | dict(other.told)).items())
    return Step(other.at_ns, (*one.markers, *other.markers), told, one.lesson or other.lesson)


def _end(step: Step, show: Playback, sections: dict[str, list[str]]) -> Step:
    """The outcome, and the first sentence of why; at the very end, whatever came last."""
    outcome = sentence([_at_end(target) for target in show.targets])[0]
    why = next(iter(sections.get("Why", [])), "")
    return Step(show.extent_ns, step.markers, (("", f"{outcome}."),), why or step.lesson)


def _at_end(target: TargetPlayback) -> Seen:
    score = target.keeper.score(target.start_ns + target.recorded_ns)
    return target.seen()._replace(score=score, over_ns=target.over_ns)
