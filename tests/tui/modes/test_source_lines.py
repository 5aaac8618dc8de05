"""A line that was measured at N stands at Python's line N, whatever signs stand in the file."""

from __future__ import annotations

import ast
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from saved_runs import after, mode_text

from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES
from asgi_vs_wsgi.scenarios.results import BlockingLine
from asgi_vs_wsgi.tui.modes.source_lines import python_lines, source_lines, view_lines, why_no_code

NO_LINE_ENDS = ["\f", "\v", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
LINE_ENDS = ["\n", "\r", "\r\n"]
PLACES = {
    "in a comment": "# a{sign}b\n",
    "in a string": "s = 'a{sign}b'\n",
    "in a docstring": '"""a{sign}b\n{sign}\n"""\n',
    "on a line of its own": "#{sign}\n\n",
}
VIEW = "\ndef page(request):\n    wait()  # here\n"


def line_of_wait(source: str) -> int:
    return next(node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


@pytest.mark.parametrize("sign", NO_LINE_ENDS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_measured_time_stands_at_the_line_that_was_measured(place: str, sign: str):
    source = place.format(sign=sign) + VIEW.replace("# here", f"# here {sign}")
    number = line_of_wait(source)
    sight = after("slow-io")
    target = replace(sight.result.targets[0], blame=[BlockingLine(f"views.py:{number} page", "blocked", 6400.0)])
    facts = sight.seen[0].trace.facts
    sight.seen[0].trace.facts = replace(facts, view="page")
    scenario = replace(sight.scenario, views_py=source)
    result = replace(sight.result, targets=[target, *sight.result.targets[1:]])
    sight = dataclasses.replace(sight, scenario=scenario, result=result)
    try:
        shown = mode_text("code", sight).split("\n")
    finally:
        sight.seen[0].trace.facts = facts
    at = next(at for at, line in enumerate(shown) if "▲ blocked 6.40 s" in line)
    assert f"{number}▐" in shown[at - 1]
    assert "wait()  # here" in shown[at - 1]


def test_a_form_feed_on_a_line_of_its_own_is_whitespace_and_no_line_more():
    source = "import x\n\n\f\n# two\ndef page(request):\n    wait()\n"
    assert view_lines(source, "page") == [(5, "def page(request):"), (6, "    wait()")]


@given(st.lists(st.sampled_from([*NO_LINE_ENDS, *LINE_ENDS, "a", " ", "\t", "é"]), max_size=15).map("".join))
def test_text_and_colours_have_as_many_lines_as_python_counts(text):
    source = f'"""{text}"""\n{VIEW}'
    number = line_of_wait(source)
    assert "wait()" in source_lines(source)[number - 1]
    assert "wait()" in python_lines(source)[number - 1].plain
    assert dict(view_lines(source, "page"))[number] == "    wait()  # here"


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_end_of_a_line_that_python_knows_is_one(end):
    source = VIEW.replace("\n", end)
    assert view_lines(source, "page") == [(2, "def page(request):"), (3, "    wait()  # here")]


def test_tabs_are_blanks_and_a_byte_order_mark_is_nothing():
    assert view_lines("\ufeffdef page(request):\n\twait()\n", "page")[1] == (2, "    wait()")


UNREADABLE = {"no Python": "def page(:", "zero": "\0", "deep": "(" * 100_000, "long": "x = 1\n" * MOST_CODE_BYTES}


@pytest.mark.parametrize("source", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_shown_says_why_and_is_no_error(source):
    assert view_lines(source, "page") == []
    assert "views.py" in why_no_code(source)


def test_a_view_that_is_not_there_says_so():
    assert why_no_code("x = 1\n") == "this view is not defined in views.py"
