"""Code: the views of the targets beside one another, the lines that held somebody marked with their measured time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from textual.content import Content

from scenarios.analysis.blame import HELD
from scenarios.definition import Target
from scenarios.result import Blame, TargetResult
from server_targets.servers import products
from tui.modes.broken import broken
from tui.modes.gain import gain
from tui.modes.highlighted import python_lines
from tui.modes.layout import column_count, column_width, lines, prose, side_by_side
from tui.modes.sight import Sight
from tui.modes.source import Line, view_lines, why_no_code
from tui.report_figures import milliseconds
from tui.text_width import width as width_of

MARKED_FROM_MS = 1.0
ELSEWHERE_FROM = 0.05
"""Of all that held a target's requests: what a line outside views.py must take to be told."""
GUTTER = 5
MOST_LINES = 500
"""Of a view that are shown."""
LONGEST_LINE = 2000
"""Letters of it that are shown."""
MOST_LEAST = 40
"""Columns in which a view can still be read, its longer lines broken: so many let it stand beside another."""
STYLE = {state.label: f"$lane-{state.label}" for state in HELD}
STATE_WORDS = {state.label: state.words for state in HELD}


class Runner(NamedTuple):
    """Who runs which views."""

    name: str
    interface: str
    views: tuple[str, ...]


def code(sight: Sight) -> Content:
    """A block for each view; targets that run the same one share it."""
    source = sight.scenario.views_py
    views = _views(sight)
    texts = {view: view_lines(source, view) for view in views}
    longest = max((width_of(text) for numbered in texts.values() for _, text in numbered), default=0)
    least = min(MOST_LEAST, longest + GUTTER)
    width = column_width(column_count(len(views), sight.width, least), sight.width)
    blocks = [
        [*_head(sight, view, runners, width), Content(), *_code(sight, source, texts[view], runners, width)]
        for view, runners in views.items()
    ]
    return lines([*_opening(sight), *side_by_side(blocks, sight.width, least)])


def _opening(sight: Sight) -> list[Content]:
    if sight.nothing:
        words = "After a run: what each view gained or cost, and which lines held a worker, with their measured time."
        return [*prose(Content.styled(words, "$faint"), sight.width), Content()]
    return sight.so_far("Times on lines are those of visits that have ended.")


def _views(sight: Sight) -> dict[str, list[Runner]]:
    """Each view and who runs it, in the order of the targets."""
    views: dict[str, list[Runner]] = {}
    for runner in _runners(sight):
        for view in runner.views:
            views.setdefault(view, []).append(runner)
    return views


def _runners(sight: Sight) -> Iterator[Runner]:
    own = {target.name: target for target in sight.scenario.toml.targets}
    if sight.seen:
        for facts in (each.trace.facts for each in sight.seen):
            others = own[facts.name].views.values() if facts.name in own else ()
            yield Runner(facts.name, facts.interface, tuple(dict.fromkeys((facts.view, *others))))
        return
    interfaces = {product.name: product.interface for product in products()}
    for target in own.values():
        yield Runner(target.name, interfaces[target.server], tuple(dict.fromkeys(_asked(target))))


def _asked(target: Target) -> Iterable[str]:
    return (target.view, *target.views.values())


# ---- what stands above the code


def _head(sight: Sight, view: str, runners: list[Runner], width: int) -> list[Content]:
    by = ", ".join(f"{runner.name} ({runner.interface.upper()})" for runner in runners)
    parts = prose(Content.assemble((view, "bold $primary"), (f"  on {by}", "$faint")), width)
    for target in _results(sight, runners):
        parts += _gain(target, sight.metric, width, named=len(runners) > 1)
    return parts


def _results(sight: Sight, runners: list[Runner]) -> list[TargetResult]:
    names = {runner.name for runner in runners}
    return [target for target in sight.targets if target.name in names]


def _gain(target: TargetResult, metric: str, width: int, *, named: bool) -> list[Content]:
    found, name = gain(target, metric), f"{target.name}: " if named else ""
    if found is None:
        return prose(Content.styled(f"{name}nothing was measured inside its workers", "$faint"), width)
    style = {True: "bold $success", False: "bold $error", None: "bold"}[found.good]
    sign = {True: "+", False: "−", None: "="}[found.good]
    return prose(Content.assemble((f"{sign} {name}{found.label}: ", style), found.words), width)


# ---- the code


def _code(sight: Sight, source: str, numbered: list[Line], runners: list[Runner], width: int) -> list[Content]:
    coloured, results = python_lines(source) if numbered else (), _results(sight, runners)
    held = _held(results, named=len(runners) > 1)
    parts: list[Content] = [] if numbered else prose(Content.styled(why_no_code(source), "$faint"), width)
    for number, _ in numbered[:MOST_LINES]:
        line = coloured[number - 1] if number else Content()
        parts += _line(number, line, held.get(number), width)
    if more := len(numbered[MOST_LINES:]):
        parts += prose(Content.styled(f"… and {more:,} lines more", "$faint"), width, GUTTER)
    return [*parts, *_elsewhere(results, width)]


def _held(targets: list[TargetResult], *, named: bool) -> dict[int, tuple[str, str]]:
    """Line number to (state, words) of what held requests there; the longest of each target."""
    held: dict[int, tuple[str, str]] = {}
    for target in targets:
        seen: set[int] = set()
        for blame in target.blame:
            number = _line_number(blame)
            if not number or number in seen or blame.ms < MARKED_FROM_MS:
                continue
            seen.add(number)
            words = f"{_time_words(blame)} in all" + (f" on {target.name}" if named else "")
            state, others = held.get(number, (blame.state, ""))
            held[number] = (state, f"{others}, {words}" if others else words)
    return held


def _time_words(blame: Blame) -> str:
    return f"{STATE_WORDS[blame.state]} {milliseconds(blame.ms)}"


def _line_number(blame: Blame) -> int:
    """In views.py, 0 for a line that is elsewhere."""
    file, _, rest = blame.where.partition(":")
    number = rest.split(" ", 1)[0]
    return int(number) if file == "views.py" and number.isdigit() else 0


def _line(number: int, text: Content, mark: tuple[str, str] | None, width: int) -> list[Content]:
    """A line of source; the mark stands below it."""
    if not number:
        return [Content()]
    style = STYLE.get(mark[0], "$accent") if mark else "$faint"
    gutter = Content.styled(f"{number:>3}{'▐' if mark else ' '} ", style)
    first, *rest = broken(_in_bounds(text), max(10, width - GUTTER))
    parts = [gutter + first, *(Content(" " * GUTTER) + part for part in rest)]
    if mark:
        parts += [
            Content.styled("   ▐ ", style) + part
            for part in Content.styled(f"▲ {mark[1]}", style).wrap(max(10, width - GUTTER))
        ]
    return parts


def _in_bounds(text: Content) -> Content:
    """Nobody reads a line that takes a screen and more."""
    more = len(text) - LONGEST_LINE
    return text[:LONGEST_LINE] + Content.styled(f" … and {more:,} letters more", "$faint") if more > 0 else text


def _why(blame: Blame) -> str:
    """What a line of the standard library means that no view has written."""
    return ", where a thread waits for another" if blame.where.startswith("threading.py") else ""


def _elsewhere(targets: list[TargetResult], width: int) -> list[Content]:
    """What held requests outside this file."""
    parts: list[Content] = []
    for target in targets:
        whole = sum(blame.ms for blame in target.blame)
        for blame in target.blame:
            if not _line_number(blame) and blame.ms >= max(MARKED_FROM_MS, ELSEWHERE_FROM * whole):
                words = f"{target.name}: {_time_words(blame)} in all at {blame.where}{_why(blame)}"
                parts += prose(Content.styled(words, STYLE.get(blame.state, "$accent")), width, GUTTER)
    return [Content(), *parts] if parts else []
