"""Code: the views of the targets beside one another, the lines that held somebody marked with their measured time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.blamed_lines import HELD
from asgi_vs_wsgi.scenarios.analysis.call_site import line_in, written_lines
from asgi_vs_wsgi.scenarios.analysis.time_spent import gain
from asgi_vs_wsgi.scenarios.analysis.unserved import unserved_words
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.wording import listed, named, thousands
from asgi_vs_wsgi.server_targets.servers import server_specs
from asgi_vs_wsgi.tui.modes.gain_text import PLAIN, gain_label, gain_text
from asgi_vs_wsgi.tui.modes.layout import column_count, column_width, lines, prose, side_by_side
from asgi_vs_wsgi.tui.modes.source_lines import Line, python_lines, view_lines, why_no_code, wrap_code_line
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.findings import failure_words
from asgi_vs_wsgi.tui.report.target_tables import over_whom
from asgi_vs_wsgi.tui.text.text_width import width as width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import AwaitedLine, BlockingLine, TargetResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext

MARKED_FROM_MS = 1.0
ELSEWHERE_FROM = 0.05
"""Of all that held a target's requests: what a line outside views.py must take to be told."""
GUTTER = 5
MOST_REASONS = 8
MOST_LINES = 500
"""Of a view that are shown."""
LONGEST_LINE = 2000
"""Letters of it that are shown."""
MOST_LEAST = 40
"""Columns in which a view can still be read, its longer lines broken: so many let it stand beside another."""
STYLE = {state.label: f"$lane-{state.label}" for state in (*HELD, State.AWAITING)}
STATE_WORDS = {state.label: state.words for state in HELD}


class TargetOfView(NamedTuple):
    """Who runs which views, and which classes of visitors ask for each; None: everybody asks for the one."""

    name: str
    interface: str
    views: dict[str, frozenset[str] | None]


class Run(NamedTuple):
    """A target's figures, of those visitors alone who asked for the view that is shown."""

    target: TargetResult
    whose: str
    """The classes of these visitors, "" where everybody asked for it."""


def code(sight: ModeContext) -> Content:
    """A block for each view; targets that run the same one share it."""
    source = sight.scenario.views_py
    views = views_of(sight)
    texts = {view: view_lines(source, view) for view in views}
    longest = max((width_of(text) for numbered in texts.values() for _, text in numbered), default=0)
    least = min(MOST_LEAST, longest + GUTTER)
    width = column_width(column_count(len(views), sight.width, least), sight.width)
    blocks = [
        [*_head(sight, view, runners, width), Content(), *_code(sight, view, source, texts[view], runners, width)]
        for view, runners in views.items()
    ]
    return lines([*_opening(sight), *side_by_side(blocks, sight.width, least)])


def _opening(sight: ModeContext) -> list[Content]:
    if sight.nothing:
        words = "After a run: what each view gained or cost, and which lines held a worker, with their measured time."
        return [*prose(Content.styled(words, "$faint"), sight.width), Content()]
    return sight.so_far("Times on lines are those of visits that have ended.")


def views_of(sight: ModeContext) -> dict[str, list[TargetOfView]]:
    """Each view and who runs it, in the order of the targets."""
    views: dict[str, list[TargetOfView]] = {}
    for runner in _runners(sight):
        for view in runner.views:
            views.setdefault(view, []).append(runner)
    return views


def _runners(sight: ModeContext) -> Iterator[TargetOfView]:
    classes = [each.name for each in sight.scenario.toml.visitors]
    if sight.seen:
        for facts in (each.trace.facts for each in sight.seen):
            others = _own(sight, facts.name, facts.view, facts.interface)
            yield TargetOfView(facts.name, facts.interface, _asked(facts.view, others, classes))
        return
    interfaces = {product.name: product.interface for product in server_specs()}
    for target in sight.scenario.toml.targets:
        yield TargetOfView(target.name, interfaces[target.server], _asked(target.view, target.views, classes))


def _own(sight: ModeContext, name: str, view: str, interface: str) -> dict[str, str]:
    """The views that classes have of their own: the scenario's target's, or of the one that another server stands for.

    See scenarios.planning.targets: a server that the user named takes all views of the first target of its interface.
    """
    interfaces = {product.name: product.interface for product in server_specs()}
    targets = sight.scenario.toml.targets
    own = [target for target in targets if target.name == name]
    alike = [target for target in targets if target.view == view and interfaces[target.server] == interface]
    return next((target.views for target in (*own, *alike)), {})


def _asked(view: str, others: dict[str, str], classes: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """Each view with the classes that ask for it, the one of most visitors first."""
    if not others:
        return {view: None}
    asked = {each: others.get(each, view) for each in classes}
    views = dict.fromkeys([view, *others.values()])
    if not {*others} <= {*classes}:  # pages of one visitor: there are no figures of one view's visitors alone
        return dict.fromkeys(views)
    return {each: frozenset(name for name, its in asked.items() if its == each) for each in views}


# ---- what stands above the code


def _head(sight: ModeContext, view: str, runners: list[TargetOfView], width: int) -> list[Content]:
    by = ", ".join(f"{named(runner.name)} ({runner.interface.upper()})" for runner in runners)
    parts = prose(Content.assemble((view, "bold $primary"), (f"  on {by}", "$faint")), width)
    for run in runs_of(sight, view, runners):
        parts += _gain(run, sight, width, by_name=len(runners) > 1)
    return parts


def runs_of(sight: ModeContext, view: str, runners: list[TargetOfView]) -> list[Run]:
    """The figures of each target that runs the view, of those who asked for it."""
    classes = {runner.name: runner.views[view] for runner in runners}
    seen = {each.trace.facts.name: each for each in sight.seen}
    runs: list[Run] = []
    for target in sight.targets:
        if target.name not in classes:
            continue
        names = classes[target.name]
        one = seen.get(target.name)
        if names is None or one is None:
            runs.append(Run(target, ""))
        else:
            figures = one.ledger.of_classes(target, sight.until_ns(one), names)
            runs.append(Run(figures, listed(each.replace("_", " ") for each in one.trace.classes if each in names)))
    return runs


def _gain(run: Run, sight: ModeContext, width: int, *, by_name: bool) -> list[Content]:
    target = run.target
    found = gain(target)
    whose = [named(target.name)] * by_name + [f"“{run.whose}” visitors"] * bool(run.whose)
    name = f"{', '.join(whose)}: " if whose else ""
    if found is None:
        return prose(Content.styled(f"{name}{_nothing(target, over=sight.over)}", "$faint"), width)
    style = {True: "bold $success", False: "bold $error", None: "bold"}[found.good]
    sign = {True: "+", False: "−", None: "=" if found.judged else "·"}[found.good]
    words = gain_text(found, target, PLAIN if run.whose else sight.metric)
    return prose(Content.assemble((f"{sign} {name}{gain_label(found)}: ", style), words), width)


def _nothing(target: TargetResult, *, over: bool) -> str:
    """Why there is no figure of a view."""
    if not target.requests.completed:
        return unserved_words(target) or ("nobody was served" if over else "nobody is served yet")
    return "nothing was measured inside its workers"


# ---- the code


def _code(
    sight: ModeContext, view: str, source: str, numbered: list[Line], runners: list[TargetOfView], width: int
) -> list[Content]:
    coloured = python_lines(source) if numbered else ()
    results = [run.target for run in runs_of(sight, view, runners)]
    held = marked_lines(results, source, by_name=len(runners) > 1)
    raising = raising_lines(results, source)
    parts: list[Content] = [] if numbered else prose(Content.styled(why_no_code(source), "$faint"), width)
    written = written_lines(source)
    for number, _ in numbered[:MOST_LINES]:
        line = coloured[number - 1] if number else Content()
        shown = written[number][1] if number in written else 0 if written else number
        parts += _line(number, line, held.get(number), width, raises=number in raising, shown=shown)
    if more := len(numbered[MOST_LINES:]):
        parts += prose(Content.styled(f"… and {thousands(more)} lines more", "$faint"), width, GUTTER)
    return [*parts, *_elsewhere(results, source, width), *_raised(results, width)]


def marked_lines(targets: list[TargetResult], source: str, *, by_name: bool) -> dict[int, tuple[str, str]]:
    """Line number to (state, words) of what requests did there for long; `by_name`: the words say on which target."""
    held = _held(targets, source, by_name=by_name)
    for line_number, (state, words) in _awaited(targets, source, by_name=by_name).items():
        blamed = held.get(line_number)
        held[line_number] = (blamed[0], f"{blamed[1]}, {words}") if blamed else (state, words)
    return held


def raising_lines(targets: list[TargetResult], source: str) -> set[int]:
    """The numbers of the lines that have raised."""
    return {line_in(source, each.where) for target in targets for each in target.failures or []}


def _raised(targets: list[TargetResult], width: int) -> list[Content]:
    """Why requests of this view failed."""
    parts: list[Content] = []
    for target in targets:
        for words in failure_words(target.failures or [], MOST_REASONS):
            parts += prose(Content.styled(f"✕ {named(target.name)}: {words}", "$error"), width, GUTTER)
    return [Content(), *parts] if parts else []


def _held(targets: list[TargetResult], source: str, *, by_name: bool) -> dict[int, tuple[str, str]]:
    """Line number to (state, words) of what held requests there; the longest of each target."""
    held: dict[int, tuple[str, str]] = {}
    for target in targets:
        seen: set[int] = set()
        for blame in target.blame:
            number = line_in(source, blame.where)
            if not number or number in seen or blame.ms < MARKED_FROM_MS:
                continue
            seen.add(number)
            held_for = f"{_time_words(blame)}{over_whom(target, blame)}"
            words = f"{held_for}{f' on {named(target.name)}' if by_name else ''}{_inside(blame)}"
            state, others = held.get(number, (blame.state, ""))
            held[number] = (state, f"{others}, {words}" if others else words)
    return held


def _awaited(targets: list[TargetResult], source: str, *, by_name: bool) -> dict[int, tuple[str, str]]:
    """Line number to (state, words) of what requests waited for there while they were suspended."""
    awaited: dict[int, tuple[str, str]] = {}
    for target in targets:
        for line in target.awaiting_for or ():
            number = line_in(source, line.where)
            if not number or line.ms < MARKED_FROM_MS:
                continue
            words = _awaited_words(line, target) + (f" on {named(target.name)}" if by_name else "")
            others = awaited.get(number, ("", ""))[1]
            awaited[number] = (State.AWAITING.label, f"{others}, {words}" if others else words)
    return awaited


def _awaited_words(line: AwaitedLine, target: TargetResult) -> str:
    return f"awaiting {line.what} {milliseconds(line.ms)}{over_whom(target)}"


def _inside(line: BlockingLine) -> str:
    """The line of a library at which the view's own waits."""
    return f" (inside {line.library})" if line.library else ""


def _time_words(blame: BlockingLine) -> str:
    return f"{STATE_WORDS[blame.state]} {milliseconds(blame.ms)}"


def _line(
    number: int, text: Content, mark: tuple[str, str] | None, width: int, *, raises: bool = False, shown: int = 0
) -> list[Content]:
    """A line of source; the mark stands below it, and a cross beside one that has raised.

    `shown`: its number in the file that it is from; 0: it is of none.
    """
    if not number:
        return [Content()]
    style = STYLE.get(mark[0], "$accent") if mark else "$error" if raises else "$faint"
    sign = "✕" if raises else "▐" if mark else " "
    gutter = Content.styled(f"{shown or '':>3}{sign} ", style)
    first, *rest = wrap_code_line(_in_bounds(text), max(10, width - GUTTER))
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
    return (
        text[:LONGEST_LINE] + Content.styled(f" … and {thousands(more)} letters more", "$faint") if more > 0 else text
    )


def _why(blame: BlockingLine) -> str:
    """What a line of the standard library means that no view has written."""
    return ", where a thread waits for another" if blame.where.startswith("threading.py") else ""


def _elsewhere(targets: list[TargetResult], source: str, width: int) -> list[Content]:
    """What held requests outside this file."""
    parts: list[Content] = []
    for state, words in lines_elsewhere(targets, source):
        parts += prose(Content.styled(words, STYLE.get(state, "$accent")), width, GUTTER)
    return [Content(), *parts] if parts else []


def lines_elsewhere(targets: list[TargetResult], source: str) -> Iterator[tuple[str, str]]:
    """(state, words) of what held requests outside this file."""
    for target in targets:
        whole = sum(blame.ms for blame in target.blame)
        for blame in target.blame:
            if not line_in(source, blame.where) and blame.ms >= max(MARKED_FROM_MS, ELSEWHERE_FROM * whole):
                held = f"{_time_words(blame)}{over_whom(target, blame)}"
                yield blame.state, f"{named(target.name)}: {held} at {blame.where}{_why(blame)}{_inside(blame)}"
        awaited = target.awaiting_for or []
        whole = sum(line.ms for line in awaited)
        for line in awaited:
            if not line_in(source, line.where) and line.ms >= max(MARKED_FROM_MS, ELSEWHERE_FROM * whole):
                at = f" at {line.where}" if line.where else ""
                yield State.AWAITING.label, f"{named(target.name)}: {_awaited_words(line, target)}{at}"
