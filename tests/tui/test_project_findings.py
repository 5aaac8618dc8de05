"""Findings in the report: each rule once, its places below it, and what was read in any case."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.project.findings.finding import Findings, WhatWasRead, finding
from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun
from asgi_vs_wsgi.tui.report.project_look import (
    MOST_OF_A_RULE,
    findings_in_run_lines,
    findings_in_run_rows,
    findings_text,
)

READ = WhatWasRead(12, 30, 4)


def place(line=1, rule="sync-orm", call="Book.objects.get", way=("view v", "v (a.py:1)", "f (a.py:9)")):
    return finding("a.py", line, rule, call, "A query.", "await it", list(way))


def told(*places, read=READ):
    return list(findings_text(Findings(list(places), read)))


def test_where_nothing_was_found_it_says_what_was_read_and_never_that_nothing_blocks():
    [line] = told()
    assert line.startswith("No place was found")
    assert "12 files, 4 async functions of 30" in line
    assert "Not seen: what libraries do" in line


def test_nobody_who_has_not_looked_says_anything():
    assert not list(findings_text(None))


def test_each_rule_is_told_once_with_its_places_and_how_one_comes_to_them():
    lines = told(place(1), place(7), place(3, "sync-cache", "cache.get", ()))
    assert lines[0].startswith("3 places to look at")
    assert [line for line in lines if line.startswith("sync-orm: ")] == ["sync-orm: A query. Instead: await it"]
    assert "  a.py:1  Book.objects.get  view v → v" in lines
    assert "  a.py:7  Book.objects.get  view v → v" in lines
    assert "  a.py:3  cache.get" in [line.rstrip() for line in lines]


def test_more_of_a_rule_than_fit_are_counted():
    lines = told(*(place(line) for line in range(1, MOST_OF_A_RULE + 4)))
    assert sum(line.startswith("  a.py:") for line in lines) == MOST_OF_A_RULE
    assert "  and 3 more places: --json and --sarif tell all" in lines


def test_what_was_not_read_is_told_line_by_line():
    lines = told(read=WhatWasRead(1, 1, 1, ["new.py: line 2: \x1b[31m"], ["ruff is not installed"]))
    assert lines[-2:] == ["  - not read: new.py: line 2: \\x1b[31m", "  - ruff is not installed"]


def test_names_of_files_and_calls_pass_the_gate():
    hostile = finding("a\x1b]0;x\x07.py", 1, "sync-orm", "b\u202e", "A query.", "f", ["view \x1b[2J", "v"])
    assert all(line.isprintable() for line in told(hostile))


def test_what_the_run_says_is_told_with_what_holds_first_and_passes_the_gate():
    found = [
        FindingInRun("a.py", 1, "sync-orm", "f", "not reached", "not reached by its pages"),
        FindingInRun("b.py", 2, "sync-orm", "f", "cleared", "reached by /b/"),
        FindingInRun("c\x1b[31m.py", 3, "sync-orm", "f", "confirmed", "held the event loop of uvicorn"),
    ]
    lines = findings_in_run_lines(found, 60)
    assert lines[0].startswith("- confirmed: c\\x1b[31m.py:3 (sync-orm) held the event loop")
    assert lines[2:] == ["- cleared: b.py:2 (sync-orm) reached by /b/", "- 1 place not reached by its pages"]
    assert all(len(line) <= 60 and line.isprintable() for line in lines)
    assert [row[0] for row in findings_in_run_rows(found)] == ["", "confirmed", "cleared", "not reached"]
    assert findings_in_run_rows([]) == findings_in_run_lines([], 60) == []
