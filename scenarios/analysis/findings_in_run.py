"""What a run says of the places that were found in a project's code: confirmed, cleared, not reached, or nothing.

Confirmed: looks have met that line (or another of its statement) holding a loop or a thread. Cleared: a visit that was
followed line by line reached it, and no step that the run recorded of that page was so long, or no look into those
that were met it. What was measured is told beside each word, and nothing more is claimed.
"""

from __future__ import annotations

import ast
import os
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.blamed_lines import HELD, is_beside_loop
from asgi_vs_wsgi.scenarios.analysis.call_site import place_of
from asgi_vs_wsgi.scenarios.analysis.hops_by_name import crossings_of_middleware
from asgi_vs_wsgi.scenarios.project.findings.finding import none_found_in_words
from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS
from asgi_vs_wsgi.scenarios.secret_values import without_secret_values
from asgi_vs_wsgi.scenarios.wording import count, listed, named, nanoseconds
from asgi_vs_wsgi.server_targets.probe.sampling.sampler import OLD_NS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone
    from asgi_vs_wsgi.scenarios.project.findings.finding import Finding, WhatWasRead
    from asgi_vs_wsgi.scenarios.project.served_project import ServedPage, ServedProject
    from asgi_vs_wsgi.scenarios.results.project_answer import Told
    from asgi_vs_wsgi.scenarios.trace.line_trace import Followed
    from asgi_vs_wsgi.scenarios.trace.slices import RequestRecord, Slice
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

_OF_OTHER_LINES = frozenset({"sync-signal", "sync-stream", "sync-middleware", "thread-local", "asyncio-run"})
"""Rules whose harm is done, or waited for, at other lines than their own: that these hold nothing clears nothing."""
_OF_NO_LINE = frozenset({"sync-middleware", "thread-local"})
"""Of these, those whose line runs when the project is imported."""
_MOST_NAMED = 3


@dataclass(slots=True)
class _Hold:
    """Of one line at one target, on its loops or beside them."""

    longest_ns: int = 0
    total_ns: int = 0

    def add(self, lasted_ns: int) -> None:
        self.total_ns += lasted_ns
        self.longest_ns = max(self.longest_ns, lasted_ns)


class _Steps(NamedTuple):
    """Of the requests for some pages at one target: what they did on its loop, or what in threads."""

    requests: int
    longest_ns: int
    looks: int


class _Reached(NamedTuple):
    page: ServedPage
    on_loop: bool


@dataclass(slots=True)
class _Target:
    trace: TargetTrace
    followed: list[Followed | None]
    """Of each page."""
    on_loop: dict[str, _Hold] = field(default_factory=dict)
    """By `shop/views.py:12`."""
    beside: dict[str, _Hold] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return named(self.trace.facts.name)

    @property
    def is_asgi(self) -> bool:
        return self.trace.facts.interface == "asgi"


def findings_in_run(
    project: ServedProject, traces: Sequence[TargetTrace], alone: Sequence[Sequence[PageAlone]]
) -> list[FindingInRun]:
    """One for each finding of the look, in its order; `traces` and `alone` are of the targets, in theirs."""
    places = project.look.findings.places if project.look.findings else []
    if not places:
        return []
    targets = [_target(trace, [page.followed for page in pages]) for trace, pages in zip(traces, alone, strict=True)]
    judge = _Judge(project, targets)
    return [judge.of(place) for place in places]


def in_a_sentence(told: Sequence[FindingInRun], read: WhatWasRead) -> str:
    """`Of 12 places to look at, this run confirmed 2 (a.py:3, b.py:9) and cleared 1; 9 not reached.`, or that there are
    none, and what was read."""
    if not told:
        return none_found_in_words(read)
    parts = []
    for status in ("confirmed", "cleared"):
        places = [f"{each.file}:{each.line}" for each in told if each.status == status]
        more = f" and {len(places) - _MOST_NAMED} more" if places[_MOST_NAMED:] else ""
        parts.append(f"{status} {len(places)}" + (f" ({', '.join(places[:_MOST_NAMED])}{more})" if places else ""))
    unreached, of_none = (sum(each.status == status for each in told) for status in ("not reached", "not told"))
    untold = f", and of {of_none} it cannot tell" if of_none else ""
    in_all = count(len(told), "place")
    return f"Of {in_all} to look at, this run {' and '.join(parts)}; {unreached} not reached{untold}."


# ---- what was held


def _target(trace: TargetTrace, followed: list[Followed | None]) -> _Target:
    target = _Target(trace, followed)
    for worker in trace.workers.values():
        for slice_ in worker.own_work.slices:
            if slice_.samples:
                pieces = [(start, end, at) for state, start, end, at in slice_.pieces(worker.told_ns) if state in HELD]
                _add(target.on_loop, [(start, end, worker.line_at(at)) for start, end, at in pieces if at >= 0])
    for row in range(len(trace.visits)):
        handling = trace.handling(row)
        if handling is None or not any(slice_.samples for slice_ in handling.slices):
            continue
        for on_loop, holds in _held(trace, row, handling):
            _add(target.on_loop if on_loop else target.beside, holds)
    return target


def _held(trace: TargetTrace, row: int, handling: RequestRecord) -> Iterator[tuple[bool, list[tuple[int, int, str]]]]:
    """(from, to, line) of one request, on loops and beside them."""
    worker = handling.worker
    spans = [
        (span.lane in worker.loops and not is_beside_loop(handling, span.lane), span)
        for span in trace.life(row, trace.visits.done_ns[row] or worker.told_ns)
        if span.location >= 0 and span.state in HELD
    ]
    for on_loop in (True, False):
        yield (
            on_loop,
            [(span.start_ns, span.end_ns, worker.line_at(span.location)) for on, span in spans if on is on_loop],
        )


def _add(into: dict[str, _Hold], spans: list[tuple[int, int, str]]) -> None:
    """Spans that follow one another at one line are one hold."""
    at, since_ns, until_ns = "", 0, 0
    for start_ns, end_ns, line in [*spans, (0, 0, "")]:
        place = place_of(line)
        if place == at and start_ns == until_ns:
            until_ns = end_ns
            continue
        if at:
            into.setdefault(at, _Hold()).add(until_ns - since_ns)
        at, since_ns, until_ns = place, start_ns, end_ns


# ---- what that says of a finding


class _Judge:
    def __init__(self, project: ServedProject, targets: list[_Target]) -> None:
        self._project, self._targets = project, targets
        self._folder = os.path.realpath(project.location.folder)

    def of(self, place: Finding) -> FindingInRun:
        """Whatever is known of it first: that it holds, then that it does not."""
        lines = lines_of_statement(str(Path(self._folder, place.file)), place.line)
        file = place.file if not Path(place.file).is_absolute() else Path(place.file).name  # as workers tell it
        places = [f"{file}:{line}" for line in lines]
        told = self._crossed_there(place, places) or self._held_there(place, places)
        told = told or self._raised_there(place, places) or self._broken_by(place)
        return told or self._not_held(place, lines, places)

    def _held_there(self, place: Finding, places: list[str]) -> FindingInRun | None:
        for on_loop in (True, False):
            holds = [
                (hold, target)
                for target in self._targets
                for at in places
                if (hold := (target.on_loop if on_loop else target.beside).get(at)) and hold.longest_ns >= OLD_NS
            ]
            if not holds:
                continue
            longest, target = max(holds, key=lambda each: (each[1].is_asgi, each[0].longest_ns))
            total_ns = sum(hold.total_ns for hold, of in holds if of is target)
            what = _what_was_held(target, on_loop=on_loop)
            words = f"held {what} for up to {nanoseconds(longest.longest_ns)} at once, {nanoseconds(total_ns)} in all"
            facts = target.trace.facts.name, longest.longest_ns / NS_PER_MS, total_ns / NS_PER_MS
            return FindingInRun(place.file, place.line, place.rule, place.call, "confirmed", words, *facts)
        return None

    def _raised_there(self, place: Finding, places: list[str]) -> FindingInRun | None:
        raised = next((self._project.raised[at] for at in places if at in self._project.raised), None)
        if raised is None:
            return None
        words = f"raised {raised[1]} when {without_secret_values(raised[0])} was tried"
        return FindingInRun(place.file, place.line, place.rule, place.call, "confirmed", words)

    def _crossed_there(self, place: Finding, places: list[str]) -> FindingInRun | None:
        """A sync view that calls async code crosses, and waits meanwhile."""
        if place.rule != "async-in-sync-view":
            return None
        for target in self._targets:
            for followed, page in zip(target.followed, self._project.pages, strict=True):
                if not (target.is_asgi and followed):
                    continue
                if crossed := [each for each in followed.crossings if each.to_loop and place_of(each.where) in places]:
                    path, times = without_secret_values(page.path), _times(len(crossed), followed)
                    words = f"crossed from a thread of {target.name} to its loop {times} for {path}"
                    name = target.trace.facts.name
                    return FindingInRun(place.file, place.line, place.rule, place.call, "confirmed", words, name)
        return None

    def _broken_by(self, place: Finding) -> FindingInRun | None:
        """A middleware that is sync alone sends each request back to the loop from a thread that waits."""
        if place.rule != "sync-middleware":
            return None
        look = self._project.look
        breaking = next((each.name for each in look.middleware if each.breaks and place.call.startswith(each.name)), "")
        for target in self._targets if breaking else ():
            for followed, page in zip(target.followed, self._project.pages, strict=True):
                if target.is_asgi and followed and (times := crossings_of_middleware(look, breaking, followed)):
                    words = (
                        f"held a thread of {target.name} while each request for {without_secret_values(page.path)} "
                        f"went back to the loop, {_times(times, followed)}"
                    )
                    name = target.trace.facts.name
                    return FindingInRun(place.file, place.line, place.rule, place.call, "confirmed", words, name)
        return None

    def _not_held(self, place: Finding, lines: range, places: list[str]) -> FindingInRun:
        status: Told = "not told"
        words, target = "this run did not look which lines its pages reach", None
        if place.rule in _OF_NO_LINE:
            words = "no time at its line tells of this"
            return FindingInRun(place.file, place.line, place.rule, place.call, status, words)
        judged = [each for each in self._targets if each.is_asgi] or self._targets
        if all(followed and followed.is_traced for each in judged for followed in each.followed):
            where = listed(each.name for each in judged)
            status, words = "not reached", f"not reached by its pages at {where}, where each was followed once"
        for each in judged:
            reached = list(self._reached(each, place, lines))
            if not reached:
                continue
            if place.rule in _OF_OTHER_LINES:
                status, words = "not told", f"reached by {_paths(reached)}: times at its line do not tell of this"
                break
            status, words = self._cleared(each, reached, places)
            target = each.trace.facts.name
            if status == "not told":
                break
        return FindingInRun(place.file, place.line, place.rule, place.call, status, words, target)

    def _reached(self, target: _Target, place: Finding, lines: range) -> Iterator[_Reached]:
        for followed, page in zip(target.followed, self._project.pages, strict=True):
            for file, (on_loop, elsewhere) in followed.lines.items() if followed else ():
                if os.path.realpath(file) == os.path.realpath(Path(self._folder, place.file)):
                    if on_loop.intersection(lines):
                        yield _Reached(page, True)
                    elif elsewhere.intersection(lines):
                        yield _Reached(page, False)

    def _cleared(self, target: _Target, reached: list[_Reached], places: list[str]) -> tuple[Told, str]:
        """By how long the longest step of these pages was, or by looks into those that took long."""
        on_loop = any(each.on_loop for each in reached)
        reached = [each for each in reached if each.on_loop is on_loop]
        steps = _steps(target.trace, [each.page for each in reached], on_loop=on_loop)
        stay = f"step on the loop of {target.name}" if on_loop else f"stay in a thread of {target.name}"
        longest = f"the longest {stay} took {nanoseconds(steps.longest_ns)} over {count(steps.requests, 'request')}"
        words = f"reached by {_paths(reached)}: {longest}"
        if not steps.requests:
            return "not told", f"reached by {_paths(reached)}, of whose requests at {target.name} no worker has told"
        if steps.longest_ns < OLD_NS:
            return "cleared", words
        if not steps.looks or not all(worker.reads_lines for worker in target.trace.workers.values()):
            return "not told", f"{words}, and nobody looked into it"
        looks = f"of {count(steps.looks, 'look')} into such"
        holds = (hold for at in places for hold in (target.on_loop.get(at), target.beside.get(at)))
        if met := [hold.longest_ns for hold in holds if hold]:
            return "cleared", f"{words}, and by those {looks} it was at this line for {nanoseconds(max(met))} at most"
        return "cleared", f"{words}, and none {looks} met it at this line"


def _what_was_held(target: _Target, *, on_loop: bool) -> str:
    if on_loop and target.is_asgi:
        return f"the event loop of {target.name}"
    return f"a thread of {target.name}, beside its event loop," if target.is_asgi else f"a worker of {target.name}"


def _steps(trace: TargetTrace, pages: Sequence[ServedPage], *, on_loop: bool) -> _Steps:
    handlings = [
        handling for page in pages for row in trace.rows_of(page.name) if (handling := trace.handling(row)) is not None
    ]
    slices: list[Slice] = [
        slice_ for handling in handlings for slice_ in handling.slices if slice_.on_loop is on_loop and slice_.end_ns
    ]
    longest_ns = max((slice_.end_ns - slice_.start_ns for slice_ in slices), default=0)
    return _Steps(len(handlings) if slices else 0, longest_ns, sum(len(slice_.samples) for slice_ in slices))


def _paths(reached: Sequence[_Reached]) -> str:
    paths = list(dict.fromkeys(without_secret_values(each.page.path) for each in reached))
    more = [f"{len(paths) - _MOST_NAMED} more"] if paths[_MOST_NAMED:] else []
    return listed([*paths[:_MOST_NAMED], *more])


def _times(times: int, followed: Followed) -> str:
    told = "once" if times == 1 else f"{times} times"
    return told if followed.has_all_crossings else f"at least {told}"


def lines_of_statement(file: str, line: int) -> range:
    """The lines of the innermost statement that it stands in, of one with a body those before that; it alone where
    the file cannot be read."""
    for first, last in _statements(file):
        if first <= line <= last:
            return range(first, last + 1)
    return range(line, line + 1)


@cache
def _statements(file: str) -> list[tuple[int, int]]:
    """The shortest first, as they were when it was first asked for."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno or node.lineno
            found.append((node.lineno, max(last, node.lineno)))
    return sorted(found, key=lambda each: each[1] - each[0])
