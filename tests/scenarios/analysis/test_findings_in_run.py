"""What a run says of a place in the code: never more than looks and followed visits have measured."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tui"))

from made_traces import MS, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.analysis.findings_in_run import findings_in_run, in_a_sentence, lines_of_statement
from asgi_vs_wsgi.scenarios.analysis.project_answer import PageAlone
from asgi_vs_wsgi.scenarios.project.findings.finding import Findings, WhatWasRead, finding
from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
from asgi_vs_wsgi.scenarios.trace.line_trace import Crossing, Followed
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import MOST_CROSSINGS

SOURCE = """async def page(request):
    rows = (
        Book.objects
        .get(pk=1)
    )
    if rows:
        return rows
"""


def told(folder: Path, place: Any, *, rule: str = "sync-orm", line: int = 2, **of_run: Any) -> Any:
    """Of one finding in `views.py`; `place` is where a look into each step on the loop was."""
    folder.joinpath("views.py").write_text(SOURCE)
    found = finding("views.py", line, rule, "Book.objects.get", "A query.", "await it", [])
    project: Any = SimpleNamespace(
        look=SimpleNamespace(findings=Findings([found], WhatWasRead(1, 1, 1))),
        location=SimpleNamespace(folder=folder),
        pages=(ServedPage("all", "/page/?token=secret", 1.0, None), *of_run.get("more_pages", ())),
        raised=of_run.get("raised", {}),
    )
    loops = on_held_loop(4) if place else on_loops(4, step_ns=of_run.get("step_ns", 20 * MS))
    for worker in loops.workers.values():
        worker.locations[1] = place or ""
    threads = on_threads(4)
    reached = of_run.get("reached", {2})
    followed = Followed({str(folder / "views.py"): (reached, set())}, of_run.get("crossings", []), True)
    followed.is_traced = of_run.get("is_traced", True)
    alone = [PageAlone(1, 1.0, 1.0, followed if of_run.get("is_followed", True) else None)]
    alone += [PageAlone(1, 1.0, 1.0, each) for each in of_run.get("more_followed", ())]
    [said] = findings_in_run(project, [threads, loops], [alone, alone])
    return said


def test_a_line_of_the_statement_that_looks_met_on_the_loop_is_confirmed(tmp_path):
    said = told(tmp_path, "views.py:4 page <- sqlite3/base.py:359 execute")
    assert (said.status, said.target) == ("confirmed", "uvicorn")
    assert 0 < said.longest_ms <= said.total_ms
    assert "held the event loop of uvicorn for up to" in said.words


def test_another_line_of_the_function_confirms_nothing(tmp_path):
    said = told(tmp_path, "views.py:7 page")
    assert said.status == "cleared"
    assert "looks into such met it at this line" in said.words


def test_short_steps_clear_a_line_that_was_reached_with_their_length(tmp_path):
    said = told(tmp_path, None, step_ns=2 * MS)
    assert said.status == "cleared"
    assert "the longest step on the loop of uvicorn took 2.0 ms over 4 requests" in said.words
    assert "secret" not in said.words


def test_a_page_that_reached_it_elsewhere_is_not_among_those_whose_steps_on_the_loop_were_short(tmp_path):
    other = ServedPage("other", "/thread/", 1.0, None)
    elsewhere = Followed({str(tmp_path / "views.py"): (set(), {2})}, [], True)
    said = told(tmp_path, None, step_ns=2 * MS, more_pages=[other], more_followed=[elsewhere])
    assert (said.status, "reached by /page/" in said.words, "/thread/" in said.words) == ("cleared", True, False)


def test_what_was_not_reached_is_told_of_the_servers_that_were_judged(tmp_path):
    said = told(tmp_path, None, reached={6})
    assert said.words == "not reached by its pages at uvicorn, where each was followed once"


@pytest.mark.parametrize(
    ("of_run", "status", "words"),
    [
        ({}, "not told", "and nobody looked into it"),
        ({"reached": {6}}, "not reached", "not reached by its pages"),
        ({"reached": {6}, "is_traced": False}, "not told", "did not look"),
        ({"is_followed": False}, "not told", "did not look"),
        ({"step_ns": MS, "rule": "sync-signal"}, "not told", "do not tell of this"),
        ({"step_ns": MS, "rule": "thread-local"}, "not told", "no time at its line"),
        ({"raised": {"views.py:4": ("/page/", "SynchronousOnlyOperation")}}, "confirmed", "raised Sync"),
        (
            {"rule": "async-in-sync-view", "crossings": [Crossing(True, "a", "views.py:3 page", "")]},
            "confirmed",
            "crossed from a thread of uvicorn to its loop once for /page/",
        ),
        (
            {"rule": "async-in-sync-view", "crossings": [Crossing(True, "a", "views.py:3 page", "")] * MOST_CROSSINGS},
            "confirmed",
            f"to its loop at least {MOST_CROSSINGS} times for /page/",
        ),
    ],
)
def test_nothing_is_said_that_was_not_measured(tmp_path, of_run, status, words):
    said = told(tmp_path, None, **of_run)
    assert said.status == status
    assert words in said.words


def test_all_of_them_in_a_sentence(tmp_path):
    held, free = told(tmp_path, "views.py:3 page"), told(tmp_path, None, step_ns=MS)
    assert in_a_sentence([held, free], WhatWasRead(1, 1, 1)) == (
        "Of 2 places to look at, this run confirmed 1 (views.py:2) and cleared 1 (views.py:2); 0 not reached."
    )


def test_a_statement_with_a_body_ends_before_it_and_a_file_that_is_gone_has_lines_alone(tmp_path):
    tmp_path.joinpath("a.py").write_text(SOURCE)
    assert lines_of_statement(str(tmp_path / "a.py"), 3) == range(2, 6)
    assert lines_of_statement(str(tmp_path / "a.py"), 6) == range(6, 7)
    assert lines_of_statement(str(tmp_path / "none.py"), 6) == range(6, 7)
