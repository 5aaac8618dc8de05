"""What suspended requests waited for is told in the report, in a story, beside the code and in the comparison."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from made_result import made_result
from made_traces import MS, START, Scribe, burst_visits, facts, finish
from msgspec.structs import replace
from saved_runs import after

from asgi_vs_wsgi.scenarios.results import AwaitedLine, BlockingLine
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Awaited, Kind
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.report.target_tables import LINES_OF_BLAME, awaited_table, blame_table

LOCK = AwaitedLine("a lock", "views.py:12 page", 1500.0)
LATER = START + 60_000 * MS


def suspended_for(*looks: tuple[int, Awaited, int]) -> TargetTrace:
    """One visitor, suspended from 10 to 200 ms, and looks at it."""
    trace = TargetTrace(facts("asgi", workers=1), burst_visits(1))
    scribe = Scribe()
    scribe.write(START + MS, Kind.BEGIN, 101)
    scribe.step(101, START + MS, START + 10 * MS)
    for at_ms, awaited, location in looks:
        scribe.write(START + at_ms * MS, Kind.AWAITS, 101, value=location, flag=awaited)
    scribe.step(101, START + 200 * MS, START + 201 * MS)
    scribe.write(START + 201 * MS, Kind.END, 101)
    finish(trace.visits, 0, START + 201 * MS)
    trace.feed(41, scribe.packed())
    trace.workers[41].locations |= {1: "views.py:12 page", 2: "views.py:20 other"}
    return trace


def test_a_story_tells_for_what_it_was_suspended_at_which_line_and_for_how_long():
    words = story(suspended_for((40, Awaited.FREE_THREAD, 1)), 0, LATER)
    assert "awaiting 0.19 s while its loop was free (a free thread of the executor, views.py:12 page, 0.19 s)" in words


def test_a_story_tells_the_longest_of_several_first_and_one_without_a_line_all_the_same():
    words = story(suspended_for((40, Awaited.LOCK, 2), (70, Awaited.SOCKET, 0)), 0, LATER)
    assert "(a socket, 0.13 s; a lock, views.py:20 other, 60 ms)" in words


def test_a_story_knows_no_look_that_comes_after_the_moment():
    trace = suspended_for((40, Awaited.LOCK, 1), (150, Awaited.TIMER, 1))
    assert "a lock" not in story(trace, 0, START + 30 * MS)
    assert "a lock, views.py:12 page, 90 ms" in story(trace, 0, START + 100 * MS)
    assert "a timer" not in story(trace, 0, START + 100 * MS)


def test_the_report_has_the_longest_of_each_target():
    result = made_result()
    lines = [AwaitedLine(f"thing {number}", "views.py:1 page", 1000.0 - number) for number in range(5)]
    targets = [replace(result.targets[0], awaiting_for=lines), replace(result.targets[1], awaiting_for=[LOCK])]
    table = awaited_table(targets, 120)
    assert len(table) == LINES_OF_BLAME + 1
    assert table[-1].split() == ["views.py:12", "page", "1.50", "s", "a", "lock", "uvicorn"]


@pytest.mark.parametrize("awaited", [None, []])
def test_where_nothing_was_awaited_or_nobody_looked_nothing_is_told(awaited):
    targets = [replace(target, awaiting_for=awaited) for target in made_result().targets]
    assert awaited_table(targets, 120) == []


def seen_in(mode: str, awaited: list[AwaitedLine] | None, **changed: Any) -> list[str]:
    """The lines of a mode after a saved run, whose last target awaited this."""
    sight = after("slow-io")
    assert sight.result is not None
    *others, last = sight.result.targets
    result = replace(sight.result, targets=[*others, replace(last, awaiting_for=awaited, **changed)])
    looked_at = dataclasses.replace(sight, result=result, width=200)
    shown = mode_words(mode, looked_at, knobs=WhatIfFactors(), answers=(), score=(0, 0)).plain
    return [line.strip() for line in shown.splitlines()]


HELD = BlockingLine("models.py:147 get_tags", "blocked", 900.0, library="sqlite3/base.py:359 execute")


def test_the_report_has_the_line_of_the_library_beside_the_users_where_there_is_room():
    result = made_result()
    targets = [
        replace(result.targets[0], blame=[HELD]),
        replace(result.targets[1], blame=[replace(HELD, library=None)]),
    ]
    wide, narrow = blame_table(targets, 100), blame_table(targets, 60)
    assert wide[0].startswith("models.py:147 get_tags <- sqlite3/base.py:359 execute  ")
    assert wide[1].startswith("models.py:147 get_tags   ")
    assert not any("sqlite3" in line for line in narrow)


def test_the_report_has_lines_of_the_users_own_code_after_the_longest_where_those_are_of_libraries():
    libraries = [BlockingLine(f"sqlite3/base.py:{n} execute", "running", 900.0 - n, own_code=False) for n in range(9)]
    own = [replace(HELD, where=f"models.py:{n} tags", ms=9.0 - n, own_code=True) for n in range(5)]
    target = replace(made_result().targets[0], blame=[*libraries, *own])
    told = [line.split("   ")[0].split(" <-")[0] for line in blame_table([target], 100)]
    assert told == [each.where for each in [*libraries[:LINES_OF_BLAME], *own[:LINES_OF_BLAME]]]
    assert len(blame_table([replace(target, blame=own)], 100)) == LINES_OF_BLAME


def test_the_code_has_the_line_of_the_library_after_the_time():
    number = line_of_the_view("async_page") + 1
    lines = " ".join(seen_in("code", [], blame=[HELD, replace(HELD, where=f"views.py:{number} async_page")]))
    assert "▲ blocked 0.90 s over 32 visitors (inside sqlite3/base.py:359 execute)" in lines
    assert "blocked 0.90 s over 32 visitors at models.py:147 get_tags (inside sqlite3/base.py:359 execute)" in lines


def line_of_the_view(function: str) -> int:
    lines: str = after("slow-io").scenario.views_py
    return next(n for n, line in enumerate(lines.splitlines(), 1) if f"def {function}" in line)


def test_the_code_has_it_below_the_line_with_its_time():
    number = line_of_the_view("async_page") + 1
    lines = seen_in("code", [AwaitedLine("a socket", f"views.py:{number} async_page", 6400.0)])
    marked = next(at for at, line in enumerate(lines) if line.endswith("▐ ▲ awaiting a socket 6.40 s over 32 visitors"))
    assert f"{number}▐ " in lines[marked - 1]


def test_a_line_that_is_not_the_views_is_told_below_the_code():
    lines = seen_in("code", [AwaitedLine("a pool", "models.py:7 load", 900.0)])
    assert "uvicorn: awaiting a pool 0.90 s over 32 visitors at models.py:7 load" in lines


def test_the_comparison_has_what_was_awaited_longest_whatever_the_line():
    lines = [AwaitedLine("a lock", "views.py:1 a", 700.0), AwaitedLine("a lock", "views.py:2 b", 700.0)]
    words = " ".join(seen_in("compare", [AwaitedLine("a timer", "views.py:3 c", 1000.0), *lines]))
    assert "awaited a lock 1.40 s over 32 visitors" in " ".join(words.split())
    assert "Awaited: what suspended requests waited for longest" in words
    assert "awaited" not in " ".join(seen_in("compare", None)).lower()
