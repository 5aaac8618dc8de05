"""One run as one HTML file: what the report and the screen tell of it, in their words, with lanes that can be moved.

Nothing is loaded by it and nothing leaves it: its style and its script stand in it, and it forbids the browser every
other source. Texts pass the gate of `markup.shown` and are escaped by the template.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.gc_pause import gc_paused
from asgi_vs_wsgi.scenarios.results.simulation import is_simulated
from asgi_vs_wsgi.scenarios.scenario_files.listing import summary
from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.tui.drawing.glyphs import legend
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.html_report.lane_pack import ROLES, LanePack, TargetLanes, roles
from asgi_vs_wsgi.tui.html_report.markup import lesson_html, questions_of, shown, views_code, with_code
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.playback.loader import scenario_of
from asgi_vs_wsgi.tui.report.findings import (
    beside_lines,
    cause_words,
    check_lines,
    claim_lines,
    connection_lines,
    event_lines,
    law_lines,
    left_process_lines,
    option_lines,
    verdict_words,
    warnings,
)
from asgi_vs_wsgi.tui.report.project_look import RUN_TITLE
from asgi_vs_wsgi.tui.report.project_trial import TITLE
from asgi_vs_wsgi.tui.report.run_report import NOT_LOOKED_INTO, environment_line, load_line, stopped_words
from asgi_vs_wsgi.tui.report.sections import OF_PROJECT, REQUESTS, report_sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.exports.formats import Source
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
    from asgi_vs_wsgi.tui.html_report.lane_pack import Tell
    from asgi_vs_wsgi.tui.report.sections import Section

PARTS = "asgi_vs_wsgi.tui.html_report"
SIMULATED = "simulated, not measured"
"""Over every block of figures, and on the lanes, of a run whose document says `simulated`."""
GUESSED = " (when its file was written: the run itself was saved before runs kept the time of day)"
TEXT_COLUMNS = 100
"""Of the lanes as text."""
_UNIT_AFTER = re.compile(r"(?<=\d) (?=(?:[nµm]?s|min|[KMG]i?B)(?!\w))")


def report_page(
    saved: SavedRun,
    traces: Sequence[TargetTrace] | None = None,
    saved_ns: int = 0,
    tell: Tell = lambda done, total: None,
) -> str:
    """The whole page.

    `traces`: decoded, of the targets that it is to be about; of all where none are given. `saved_ns`: when the run was
    saved, in nanoseconds since 1970, for one that does not say itself when it was.
    """
    with gc_paused():
        told = saved.traces() if traces is None else traces
        kept = day((saved.clock.wall_ns if saved.clock else saved_ns) / 1e9)
        kept += GUESSED if kept and not saved.clock else ""
        context = _context(_only(saved, told), saved.result, told, tell)
        return rendered("report.html", {**context, "kept": kept})


def html_parts(source: Source) -> Iterator[bytes]:
    """The format `.html` of `export`."""
    yield report_page(source.run, source.traces, source.saved_ns, source.tell).encode()


def _only(saved: SavedRun, traces: Sequence[TargetTrace]) -> SavedRun:
    """The run as if these had been its targets; its verdict is that of all."""
    names = {trace.facts.name for trace in traces}
    result = saved.result
    if names >= {target.name for target in result.targets}:
        return saved
    result = replace(
        result,
        targets=[each for each in result.targets if each.name in names],
        rounds=[each for each in result.rounds if each.target in names],
        ladder=[each for each in result.ladder if each.target in names],
        events=[each for each in result.events if each.target in names],
    )
    return replace(saved, result=result)


def day(kept_s: float) -> str:
    """`2026-11-28 00:12 UTC`; "" where it is not known (0)."""
    return "" if not kept_s else f"{datetime.fromtimestamp(kept_s, UTC):%Y-%m-%d %H:%M} UTC"


def _context(saved: SavedRun, whole: RunResult, traces: Sequence[TargetTrace], tell: Tell) -> dict[str, Any]:
    """`whole`: the result of all targets, of which verdict, cause, warnings and answers speak."""
    result, scenario = saved.result, scenario_of(saved.scenario)
    simulated, sections = simulated_words(result), report_sections(result)
    looked_into = any(trace.workers for trace in traces)
    lanes = [TargetLanes(trace, saved.stopped.at_ns if saved.stopped else 0) for trace in traces] if looked_into else []
    pack = LanePack(lanes, {"simulated": simulated}, tell)
    sight = _sight(scenario, result, lanes) if scenario and lanes else None
    return {
        "title": shown(scenario.toml.title if scenario else saved.scenario.name),
        "summary": shown(_summary(scenario, result)),
        "load": shown(load_line(result, beside(scenario) if scenario else 0)),
        "stopped": shown(stopped_words(saved.stopped)[0]) if saved.stopped else "",
        "simulated": simulated,
        "verdict": shown(verdict_words(whole)) if result.targets else "",
        "why": with_code(cause_words(whole, saved.scenario.views)),
        "findings": _judged([*law_lines(result), *check_lines(result), *claim_lines(result)]),
        "warnings": _shown(warnings(whole)),
        "legend": _legend(pack) if lanes else [],
        "lanes": [_figure(index, each) for index, each in enumerate(lanes)],
        "no_lanes": "" if lanes else NOT_LOOKED_INTO,
        "lanes_text": "\n".join(map(shown, lanes_text(traces, TEXT_COLUMNS))) if looked_into else "",
        "tables": [*_tables(sections)],
        "remarks": _shown(_remarks(result, sections)),
        "views": views_code(sight) if sight else [],
        "lesson": lesson_html(saved.scenario.lesson),
        "questions": [*questions_of(scenario, whole)] if scenario else [],
        "environment": shown(environment_line(result)),
        "pack": pack.text,
    }


def simulated_words(result: RunResult) -> str:
    """What stands over every block of figures where any of them was not measured; else ""."""
    return SIMULATED if is_simulated(result) else ""


def _summary(scenario: Scenario | None, result: RunResult) -> str:
    if scenario is None or result.browser:  # a browser's run has another load than the scenario's words tell of
        return ""
    return summary(scenario.toml, result.load, result.parameters)  # type: ignore[arg-type]


def _sight(scenario: Scenario, result: RunResult, lanes: Sequence[TargetLanes]) -> ModeContext:
    """What mode Code looks at, at the end of the run."""
    seen = [TargetView(ProgressiveFigures(each.trace), each.span.end_ns, each.layout) for each in lanes]
    return ModeContext(scenario, result, seen, TEXT_COLUMNS)


def _shown(lines: Iterable[str]) -> list[str]:
    return [shown(line) for line in lines]


def _cells(row: Sequence[str]) -> list[str]:
    """On a phone lines are broken in it, though not between a number and its unit."""
    return [_UNIT_AFTER.sub("\N{NO-BREAK SPACE}", each) for each in _shown(row)]


def _judged(lines: Iterable[str]) -> list[tuple[str, str]]:
    """(holds, fails or untold; the line)"""
    ends = {": holds": "holds", ": DOES NOT HOLD": "fails"}
    return [(next((kind for end, kind in ends.items() if end in line), "untold"), shown(line)) for line in lines]


def _figure(index: int, lanes: TargetLanes) -> dict[str, str]:
    return {"index": str(index), "name": shown(lanes.trace.facts.name), "title": shown(lanes.head["title"])}


def _legend(pack: LanePack) -> list[tuple[str, str, str]]:
    """(class of its colour, sign, words) of what is drawn, and of the main states."""
    return [
        (f"k-{ROLES.index(role)}" if role in ROLES else "plain", sign, words)
        for role, sign, words in legend(pack.drawn)
    ]


def _tables(sections: Sequence[Section]) -> Iterator[dict[str, Any]]:
    """Of one's own project's run the answer comes first."""
    for section in sorted(sections, key=lambda each: each.title not in OF_PROJECT):
        if section.rows:
            cells = [_cells(row) for row in section.rows]
            yield {
                "title": section.title,
                "head": cells[0],
                "rows": cells[1:],
                "notes": _shown(section.notes),
                "style": "" if section.title in (TITLE, RUN_TITLE) else "note",
            }


def _remarks(result: RunResult, sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        if not section.rows:
            yield from (f"Requests of {words}" if section.title == REQUESTS else words for words in section.notes)
    yield from option_lines(result)
    yield from event_lines(result)
    yield from connection_lines(result)
    yield from beside_lines(result)
    yield from left_process_lines(result)


# ---- the file


def part(name: str) -> str:
    """A file that comes with the package."""
    return files(PARTS).joinpath(name).read_text("utf-8")


@cache
def _style() -> str:
    """With the colours of the lanes' legend, which are those of the screen."""
    rules = [part("report.css")]
    for theme, around in (("light", "{}"), ("dark", "@media screen and (prefers-color-scheme:dark){{{}}}")):
        keys = "".join(
            f".k-{number},.m-{role['name']}{{--k:{role[theme][0]};--g:{role[theme][2]}}}"
            for number, role in enumerate(roles())
        )
        rules.append(around.format(keys))
    return "\n".join(rules).strip()


@cache
def _script() -> str:
    return f"{part('handling.js')}\n{part('lanes.js')}".strip()


def _hash(text: str) -> str:
    """Of a style or script that the page allows: nothing else in it is obeyed."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def rendered(template: str, context: dict[str, Any]) -> str:
    """A template of ours with texts; every value in it is escaped that is not marked as HTML of our own making."""
    from django.template import Context, Engine

    style, script = _style(), _script()
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    ours = {
        "program": PROGRAM,
        "style": style,
        "script": script,
        "policy": f"{policy}; base-uri 'none'; form-action 'none'",
    }
    return str(Engine(autoescape=True).from_string(part(template)).render(Context({**context, **ours})))
