"""What a look at the user's own project has found, as text.

Places that would hold the event loop, as a section of the look: each rule once, its places below it.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.project.findings.finding import none_found_in_words, read_in_words
from asgi_vs_wsgi.scenarios.project.look_result import warnings, where
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.tui.text.columns import NARROW_GAP, aligned
from asgi_vs_wsgi.tui.text.text_width import shortened, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.project.findings.finding import Finding, Findings
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectDatabase, ProjectLook, ProjectPage
    from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun

MOST_OF_A_RULE = 12


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
    yield read_in_words(read) if places else none_found_in_words(read)
    yield from (f"  - not read: {one_line(words)}" for words in read.unread)
    yield from (f"  - {one_line(words)}" for words in read.without)


def _of_rule(rule: str, places: list[Finding]) -> Iterator[str]:
    yield one_line(f"{rule}: {places[0].reason} Instead: {places[0].fix}")
    rows = [
        (one_line(f"{each.file}:{each.line}"), one_line(each.call), _from(each)) for each in places[:MOST_OF_A_RULE]
    ]
    yield from (f"  {line}" for line in aligned(rows, left=(0, 1, 2), gap=NARROW_GAP))
    if places[MOST_OF_A_RULE:]:
        yield f"  and {count(len(places) - MOST_OF_A_RULE, 'more place')}: --json and --sarif tell all"


def _from(place: Finding) -> str:
    """What the way begins with, and who it leads through."""
    if not place.way:
        return ""
    start, *rest = place.way
    return one_line(" → ".join([start, *(each.partition(" ")[0] for each in rest[:-1])]))


RUN_TITLE = "Places to look at, and what this run says of them"
_TOLD_OF = ("confirmed", "cleared", "not told")


def findings_in_run_lines(found: Sequence[FindingInRun], width: int) -> list[str]:
    """Those of which it says something one by one, what holds first; how many were not reached."""
    lines = [line for words in findings_in_run_words(found) for line in _fitted(f"{_POINT}{words}", width + 2)]
    return [line.removeprefix("  ") for line in lines]


def findings_in_run_words(found: Sequence[FindingInRun]) -> Iterator[str]:
    """The same as sentences."""
    for status in _TOLD_OF:
        of_status = [each for each in found if each.status == status]
        for each in of_status[:MOST_OF_A_RULE]:
            yield one_line(f"{status}: {each.file}:{each.line} ({each.rule}) {each.words}")
        if (more := len(of_status) - MOST_OF_A_RULE) > 0:
            yield f"{status}: {count(more, 'more place')}, told by --json"
    if unreached := [each for each in found if each.status == "not reached"]:
        yield one_line(f"{count(len(unreached), 'place')} {unreached[0].words}")


def findings_in_run_rows(found: Sequence[FindingInRun]) -> list[tuple[str, ...]]:
    """The same as cells below a head; none where nothing was found."""
    told = [each for status in (*_TOLD_OF, "not reached") for each in found if each.status == status]
    rows = [(each.status, f"{each.file}:{each.line}", each.rule, each.words) for each in told]
    return [("", "place", "rule", "what was measured there"), *rows] if rows else []


MOST_PAGES = 40
MOST_LIBRARIES = 8
_RUNS = {True: "on the loop", False: "in a thread"}
_DJANGOS = "django.core."
_POINT = "  - "


def look_text(location: ProjectLocation, look: ProjectLook, width: int) -> list[str]:
    """Its sections, with an empty line between two; no line is wider than `width`."""
    return sections_text(
        (_ground(location, look), _middleware(look), _pages(look), _to_know(look), findings_text(look.findings)), width
    )


def sections_text(sections: Iterable[Iterator[str]], width: int) -> list[str]:
    """Sections of sentences, of points (`  - `) and of rows, with an empty line between two."""
    told = [list(section) for section in sections]
    lines = [line for section in told if section for line in ("", *section)][1:]
    return [part for line in lines for part in (_fitted(line, width) if line else [""])]


def _fitted(line: str, width: int) -> list[str]:
    """Sentences go on below themselves; rows of tables are cut."""
    if line.startswith("  ") and not line.startswith(_POINT):
        return [shortened(line, width)]
    if not line.startswith(_POINT):
        return wrap(line, width)
    parts = wrap(line.removeprefix(_POINT), width - len(_POINT))
    return [f"{' ' * len(_POINT) if number else _POINT}{part}" for number, part in enumerate(parts)]


def _ground(location: ProjectLocation, look: ProjectLook) -> Iterator[str]:
    yield one_line(f"{location.folder}")
    versions = ", ".join(f"{name} {look.versions[name]}" for name in ("django", "asgiref") if name in look.versions)
    rows = [
        ("Python", f"{look.python} ({location.python}: {location.python_from})"),
        ("Django", versions.replace("django ", "")),
        ("settings", look.settings + (", DEBUG on" if look.debug else "")),
        ("WSGI", _application(look.wsgi)),
        ("ASGI", _application(look.asgi)),
        *((f"database {alias}", _database(each)) for alias, each in look.databases.items()),
    ]
    yield from aligned([(f"  {name}", one_line(words)) for name, words in rows], left=(0, 1), gap=NARROW_GAP)


def _application(where_: str) -> str:
    return "Django's own, since the project has none" if where_.startswith(_DJANGOS) else where_


def _database(database: ProjectDatabase) -> str:
    engine = (database.engine or "none").rpartition(".")[2]
    at = f" at {database.host}{f':{database.port}' if database.port else ''}" if database.host else ""
    return f"{engine}, {database.name}{at}" if database.name else engine


def _middleware(look: ProjectLook) -> Iterator[str]:
    if not look.middleware:
        yield "No middleware."
        return
    yield "Middleware, from the outermost, and what a request crosses there under ASGI"
    rows = [("hops", "runs", "can", "middleware")]
    rows += [
        (
            "–" if not each.used else str(each.hops) if each.counted else f"≥ {each.hops}",
            _RUNS[each.on_loop] if each.used else "not used",
            "sync and async" if each.kind == "both" else f"{each.kind} alone",
            one_line(each.name),
        )
        for each in look.middleware
    ]
    yield from _table(rows)


def _pages(look: ProjectLook) -> Iterator[str]:
    own = [page for page in look.pages if page.own]
    is_async = sum(page.is_async for page in look.pages)
    plain = sum(page.path is not None for page in look.pages)
    yield (
        f"{count(len(look.pages), 'URL pattern')}, {plain} of them without arguments; "
        f"{count(len(own), 'pattern')} of the project's own views, {is_async} of all answered by an async view"
    )
    if own:
        rows = [("hops", "kind", "pattern", "view")]
        rows += [
            (_hops(look, page), _kind(page), one_line(page.pattern), one_line(where(page) or page.view))
            for page in own[:MOST_PAGES]
        ]
        yield from _table(rows)
    if own[MOST_PAGES:]:
        yield f"  and {count(len(own) - MOST_PAGES, 'more pattern')}: --json tells all"
    others = Counter(_library(page) for page in look.pages if not page.own).most_common()
    for library, many in others[:MOST_LIBRARIES]:
        yield f"  {one_line(library)}: {count(many, 'pattern')}"
    if others[MOST_LIBRARIES:]:
        yield f"  and {count(sum(many for _, many in others[MOST_LIBRARIES:]), 'more')} of other libraries"


def _table(rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """A number, then words; what is longest comes last, where a narrow terminal cuts."""
    yield from (f"  {line}" for line in aligned(rows, left=(1, 2, 3), gap=NARROW_GAP))


def _library(page: ProjectPage) -> str:
    parts = page.view.split(".")
    return ".".join(parts[:3] if parts[:2] == ["django", "contrib"] else parts[:1])


def _kind(page: ProjectPage) -> str:
    notes = [words for has, words in ((page.streams, "streams"), (page.needs_login, "login")) if has]
    return ", ".join([page.kind, *notes])


def _hops(look: ProjectLook, page: ProjectPage) -> str:
    return str(page.hops_forecast) if look.hops_counted else f"≥ {page.hops_forecast}"


def _to_know(look: ProjectLook) -> Iterator[str]:
    if told := warnings(look):
        yield "To know before any run"
        yield from (f"{_POINT}{one_line(words)}" for words in told)
