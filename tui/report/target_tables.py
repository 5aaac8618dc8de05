"""The tables of a report with a row for each target: rounds, ladder, workers, classes of visitors, blamed lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.analysis.unserved import answered_otherwise
from asgi_vs_wsgi.scenarios.planning.requests import request_words
from asgi_vs_wsgi.scenarios.results.metrics import in_words
from asgi_vs_wsgi.scenarios.wording import count, megabytes, named, per_second, thousands
from asgi_vs_wsgi.scenarios.wording import share as share_words
from asgi_vs_wsgi.server_targets.probe.protocol.channel import BESIDE
from asgi_vs_wsgi.tui.report.figures import heading, in_seconds, milliseconds
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, table
from asgi_vs_wsgi.tui.text.text_width import width as cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asgi_vs_wsgi.scenarios.results import (
        AwaitedLine,
        BlockingLine,
        Latency,
        LeftVisitors,
        PageFigures,
        RequestSent,
        RunResult,
        TargetResult,
        VisitFigures,
        VisitorClass,
        WorkerSeen,
    )

IN_COLUMNS = ("makespan_s", "latency_ms.p95", "requests.completed")
"""The figures of every round that have a column of their own."""


Rows = list[Sequence[str]]
"""A head and a row for each; none where there is nothing to tell."""


def _table(rows: Rows, width: int) -> list[str]:
    return table(rows, width) if rows else []


def rounds_rows(result: RunResult) -> Rows:
    """Every round, where there was more than one."""
    if max((one.round for one in result.rounds), default=0) < 2:
        return []
    metric = result.verdict.on
    own = [heading(metric)] if metric not in IN_COLUMNS else []
    rows = [
        [
            f"{one.target} round {one.round}",
            in_seconds(one.makespan_s),
            milliseconds(one.p95_ms),
            str(one.completed),
            *([in_words(metric, one.value) if one.value is not None else NOT_MEASURED] if own else []),
        ]
        for one in sorted(result.rounds, key=lambda one: [t.name for t in result.targets].index(one.target))
    ]
    return [["", "makespan", "latency p95", "completed", *own], *rows]


def ladder_rows(result: RunResult) -> Rows:
    """Latency and throughput against the number of visitors."""
    if not result.ladder:
        return []
    names = [target.name for target in result.targets]
    rows = [
        [
            point.target,
            str(point.visitors),
            milliseconds(point.p50_ms),
            milliseconds(point.p95_ms),
            NOT_MEASURED if point.throughput_rps is None else per_second(point.throughput_rps),
            thousands(point.without_page) if point.without_page else "",
        ]
        for point in sorted(result.ladder, key=lambda point: names.index(point.target))
    ]
    head = ["", "visitors", "latency p50", "latency p95", "throughput", "without a page"]
    told = len(head) if any(point.without_page for point in result.ladder) else len(head) - 1
    return [row[:told] for row in (head, *rows)]


WORKERS_HEADER = ("", "requests", "busy", "blocked", "loop held", "own work", "memory", "threads", "CPU")
OWN_WORK_FROM_MS = 20.0
"""A busy server's own short work is not worth a column."""


def workers_rows(targets: Sequence[TargetResult]) -> Rows:
    """One row for each worker; a column that nothing was measured in is left out."""
    rows = [_row(target, number, worker) for target in targets for number, worker in enumerate(target.workers_seen, 1)]
    if not rows:
        return []
    known = [column for column in range(len(WORKERS_HEADER)) if any(row[column] != NOT_MEASURED for row in rows)]
    return [[row[column] for column in known] for row in (WORKERS_HEADER, *rows)]


def _row(target: TargetResult, number: int, worker: WorkerSeen) -> tuple[str, ...]:
    return (
        f"{target.name} worker {number}",
        str(worker.requests),
        _share(worker.busy_share),
        _share(worker.blocked_share),
        milliseconds(worker.loop_held_max_ms),
        milliseconds(worker.own_work_ms) if (worker.own_work_ms or 0.0) >= OWN_WORK_FROM_MS else NOT_MEASURED,
        _from_to(worker.rss_before_mb, worker.rss_peak_mb, megabytes),
        _from_to(worker.threads_before, worker.threads_peak, str),
        _cpu(worker),
    )


def _cpu(worker: WorkerSeen) -> str:
    """`0.33 s (50%)`: all of it, and the part that is the server's own, where that is known."""
    if not worker.cpu_ms:
        return NOT_MEASURED
    if worker.server_own_ms is None:
        return milliseconds(worker.cpu_ms)
    return f"{milliseconds(worker.cpu_ms)} ({share_words(worker.server_own_ms / worker.cpu_ms)})"


def _from_to(before: float | None, peak: float | None, words: Callable[[Any], str]) -> str:
    """`42 MB`, or `42 MB to 61 MB` where it had held less before the round."""
    if peak is None:
        return NOT_MEASURED
    told = words(peak)
    return told if before is None or words(before) == told else f"{words(before)} to {told}"


def _share(share: float | None) -> str:
    return NOT_MEASURED if share is None else share_words(share)


CLASSES_HEADER = ("", "completed", "no page", "failed", "left", "latency p50", "p95", "first byte p50")
NO_PAGE = CLASSES_HEADER.index("no page")


def classes_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """One row for each class, with one for each of its pages; nothing where there is but one of one page."""
    return _table(classes_rows(targets), width)


def classes_rows(targets: Sequence[TargetResult]) -> Rows:
    """The same as cells."""
    if all(len(target.classes) < 2 and not any(each.pages for each in target.classes) for target in targets):
        return []
    rows = [row for target in targets for each in target.classes for row in _class_rows(target, each)]
    told = [at for at in range(len(CLASSES_HEADER)) if at != NO_PAGE or any(row[at] != "0" for row in rows)]
    return [[row[at] for at in told] for row in (CLASSES_HEADER, *rows)]


def left_lines(targets: Sequence[TargetResult]) -> list[str]:
    """One line for each target whose visitors left before their answer."""
    return [
        f"{named(target.name)}: {_left_words(left)}" for target in targets if (left := target.left) and left.requests
    ]


def _left_words(left: LeftVisitors) -> str:
    """The mean is of those requests that ended; none may have."""
    of = f"{thousands(left.cancelled)} of their requests" if left.requests > 1 else "its request"
    were = "was" if left.requests == 1 or left.cancelled == 1 else "were"
    not_ = " not" if left.requests == 1 and not left.cancelled else ""
    words = f"{count(left.requests, 'visitor')} left while being served; {of} {were}{not_} cancelled"
    if left.worked_on_ms is None:
        return f"{words}, and none had come to an end when the run did"
    return f"{words}, and work went on for {milliseconds(left.worked_on_ms)} on average"


def _class_rows(target: TargetResult, each: VisitorClass) -> Iterator[tuple[str, ...]]:
    yield _class_row(f"{target.name} {each.name}", each)
    for place, page in enumerate(each.pages, 1):
        yield _class_row(f"  page {place}{'' if page.name.isdigit() else f' {page.name}'}", page)


def visit_lines(targets: Sequence[TargetResult]) -> list[str]:
    """How long visitors of several pages waited in all."""
    return [
        f"{named(target.name)}: {_visit_words(each.name, visits)}"
        for target in targets
        for each in target.classes
        if (visits := each.visits)
    ]


def _visit_words(name: str, visits: VisitFigures) -> str:
    got = f"{thousands(visits.completed)} of {count(visits.visitors, f'“{name}” visitor')} got all their pages"
    if visits.latency_ms is None:
        return got
    p50, p95 = milliseconds(visits.latency_ms.p50), milliseconds(visits.latency_ms.p95)
    return f"{got}: p50 {p50}, p95 {p95} for all together, without the time in which they thought"


def _class_row(name: str, each: VisitorClass | PageFigures) -> tuple[str, ...]:
    counts = each.requests
    return (
        name,
        f"{counts.completed}/{counts.planned}",
        str(answered_otherwise(counts)),
        str(counts.failed),
        str(counts.cancelled),
        _class_time(each.latency_ms, "p50"),
        _class_time(each.latency_ms, "p95"),
        _class_time(each.ttfb_ms, "p50"),
    )


def _class_time(latency: Latency | None, name: str) -> str:
    return milliseconds(getattr(latency, name) if latency else None)


def request_lines(targets: Sequence[TargetResult]) -> list[str]:
    """What was asked for, where that was more than one page by GET; once, where all targets were asked the same."""
    told = {
        f"{name}: {_request_words(request)}": request
        for target in targets
        for each in target.classes
        for name, request in _asked(each)
    }
    plain = all(each.method == "GET" and not each.body_bytes and _is_one_page(each.paths) for each in told.values())
    return [] if plain else list(told)


def _asked(each: VisitorClass) -> list[tuple[str, RequestSent]]:
    """Of each of its pages, where there are several."""
    asked = [(f"{each.name}, page {place}", page.request) for place, page in enumerate(each.pages, 1)]
    return [(name, request) for name, request in asked or [(each.name, each.request)] if request is not None]


def _is_one_page(paths: Sequence[str]) -> bool:
    """The view itself: `/SCENARIO/VIEW`."""
    return len(paths) == 1 and paths[0].count("/") == len(("SCENARIO", "VIEW")) and "?" not in paths[0]


def _request_words(request: RequestSent) -> str:
    return f"{request_words(request.method, request.body_bytes)}: {', '.join(request.paths)}"


LINES_OF_BLAME = 3
"""For each target, and as many of the user's own code; the JSON has them all."""


def blame_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """The source lines that held threads longest, over all requests, and after them those of the user's own code that
    are not among them: where libraries do the work, these are what the user can change."""
    return _line_table(blame_rows(targets), width)


LineRow = tuple["BlockingLine | AwaitedLine", list[str]]
"""A line of code, and the cells beside it: the time, what it was, whose."""


def blame_rows(targets: Sequence[TargetResult]) -> list[LineRow]:
    """The same as cells."""
    return [
        (line, [milliseconds(line.ms), f"{line.state.replace('_', ' ')}{whose_line(line, target)}", target.name])
        for target in targets
        for line in _told_lines(target.blame)
    ]


def _told_lines(blame: Sequence[BlockingLine]) -> list[BlockingLine]:
    own = [line for line in blame if line.own_code][:LINES_OF_BLAME]
    longest = list(blame[:LINES_OF_BLAME])
    return longest + [line for line in own if line not in longest]


def awaited_table(targets: Sequence[TargetResult], width: int) -> list[str]:
    """What suspended requests waited for longest, over all of them, and at which lines."""
    return _line_table(awaited_rows(targets), width)


def awaited_rows(targets: Sequence[TargetResult]) -> list[LineRow]:
    """The same as cells."""
    return [
        (line, [milliseconds(line.ms), line.what, target.name])
        for target in targets
        for line in (target.awaiting_for or [])[:LINES_OF_BLAME]
    ]


def line_cells(row: LineRow) -> list[str]:
    """With the line of the library that waits for it."""
    line, told = row
    return [f"{line.where}{BESIDE}{line.library}" if line.library else line.where, *told]


def _line_table(rows: Sequence[LineRow], width: int) -> list[str]:
    """Each line of code with that of the library which waits for it, where there is room for them in one table."""
    if not rows:
        return []
    beside = [line_cells(row) for row in rows]
    whole = table(beside, width)
    if len(whole) == len(rows) and max(map(cells, whole)) <= width:
        return whole
    return table([[line.where, *told] for line, told in rows], width)


def whose_line(line: BlockingLine, target: TargetResult) -> str:
    """Where it is no request's, or not a request's alone."""
    if line.own_thread:
        return ", in a thread of the view's own"
    if line.beside_loop:
        return ", in a thread beside the loop"
    own_ms = sum(
        own.ms
        for worker in target.workers_seen
        for own in worker.own_work
        if (own.where, own.state) == (line.where, line.state)
    )
    return ", outside any request" if own_ms > line.ms / 2 else ""


def over_whom(target: TargetResult, line: BlockingLine | None = None) -> str:
    """` over 32 visitors`: of whom a time is the sum, which may be longer than the run; else whose it is."""
    if line and (whose := whose_line(line, target)) and not line.beside_loop:
        return f" in all{whose}"
    many = sum(worker.requests for worker in target.workers_seen)
    alike = len(target.classes) <= 1
    over = (f" over {count(many, 'visitor')}" if alike else " over its visitors together") if many > 1 else ""
    return f"{over}{whose_line(line, target) if line else ''}"
