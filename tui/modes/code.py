"""Code: the views of the targets, the lines that held somebody marked with their measured time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from textual.content import Content

from scenarios.definition import Target
from scenarios.result import TargetResult
from tui.modes.layout import faint, heading, lines
from tui.modes.sight import Sight
from tui.report_figures import milliseconds

MARKED_FROM_MS = 1.0
STYLE = {"blocked": "$lane-blocked", "running": "$lane-running", "stalled": "$lane-stalled"}


def code(sight: Sight) -> Content:
    """A part for each view; targets that run the same one share it."""
    try:
        source = (sight.scenario.folder / "views.py").read_text()
    except OSError as error:  # it was there when the list was made
        return faint(f"{sight.scenario.folder}/views.py cannot be read: {error.strerror}")
    parts: list[Content] = []
    for view, targets in _views(sight).items():
        names = ", ".join(target.name for target in targets)
        parts.append(Content.assemble((view, "bold"), (f"   run by {names}", "$faint")))
        parts.extend(_gain(sight, target) for target in targets)
        held = _held(sight, targets)
        for number, text in _source_of(source, view):
            parts += _line(number, text, held, sight.width)
        parts.append(Content())
    if sight.result is None:
        parts.append(sight.nothing_yet("After a run the lines that held a worker are marked with their time."))
    return lines([heading(f"views.py of {sight.scenario.toml.title}"), Content(), *parts])


def _views(sight: Sight) -> dict[str, list[Target]]:
    """Each view and who runs it, in the order of the targets."""
    names = {trace.facts.name for trace in sight.traces}
    views: dict[str, list[Target]] = {}
    for target in sight.scenario.toml.targets:
        if not names or target.name in names or target.needs_database == "":
            for view in dict.fromkeys((target.view, *target.views.values())):
                views.setdefault(view, []).append(target)
    return views


def _gain(sight: Sight, target: Target) -> Content:
    """What the page calls gain or cost, as measured here."""
    result = _result_of(sight, target.name)
    if result is None or result.latency_ms is None or not result.states_ms:
        return faint(f"  {target.name}: not measured yet")
    state, time_ms = max(result.states_ms.items(), key=lambda item: item[1])
    at_once = f", {result.in_flight.max_per_worker} at once in one worker" if result.in_flight else ""
    return faint(
        f"  {target.name}: p95 {milliseconds(result.latency_ms.p95)}{at_once}; "
        f"of a mean visit of {milliseconds(result.latency_ms.mean)}, {milliseconds(time_ms)} {state}"
    )


def _result_of(sight: Sight, name: str) -> TargetResult | None:
    return next((each for each in sight.result.targets if each.name == name), None) if sight.result else None


def _held(sight: Sight, targets: list[Target]) -> dict[int, tuple[str, str]]:
    """Line number to (state, words) of what held requests there."""
    held: dict[int, tuple[str, str]] = {}
    for target in targets:
        result = _result_of(sight, target.name)
        for blame in result.blame if result else ():
            file, _, rest = blame.where.partition(":")
            number = rest.split(" ", 1)[0]
            if file == "views.py" and number.isdigit() and blame.ms >= MARKED_FROM_MS and int(number) not in held:
                held[int(number)] = (blame.state, f"{blame.state} {milliseconds(blame.ms)} in all on {target.name}")
    return held


def _line(number: int, text: str, held: dict[int, tuple[str, str]], width: int) -> list[Content]:
    """A line of source; the mark stands beside it, or below it where there is no room."""
    mark = held.get(number)
    if mark is None:
        return [Content.assemble((f"{number:>4}  ", "$faint"), text)]
    style = STYLE.get(mark[0], "$accent")
    line = Content.assemble((f"{number:>4}▐ ", style), (text, "bold"))
    words = Content.styled(f"◂ {mark[1]}", style)
    if line.cell_length + words.cell_length + 2 <= width:
        return [Content.assemble(line, "  ", words)]
    return [line, Content.assemble("      ", words)]


def _source_of(source: str, name: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a definition, its decorators included."""
    for statement in ast.parse(source).body:
        if getattr(statement, "name", None) == name or _assigns(statement, name):
            first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
            for number in range(first, (statement.end_lineno or first) + 1):
                yield number, source.splitlines()[number - 1]


def _assigns(statement: ast.stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else ()
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
