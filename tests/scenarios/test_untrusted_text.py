"""The gate for text that is not ours: all of Unicode goes in, and nothing that anything obeys comes out."""

from __future__ import annotations

import ast
import json
import warnings
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.untrusted_text import (
    harmless,
    harmless_cells,
    harmless_json,
    one_line,
    printable,
    printable_lines,
    refusal,
    split_lines,
)

ANY = st.text(st.characters(exclude_categories=()))
"""Lone surrogates too: names of files hold them."""
LIKELY = st.text(
    st.sampled_from("ab [/]\\\x00\x07\x1b\t\n\r\f\v\x7f\x85\x9b\x9d\xa0\xad\u200b\u200d\u202e\u2066\u2028")
)
TEXTS = ANY | LIKELY


@given(TEXTS)
def test_nothing_that_is_obeyed_comes_through(text):
    for passed in (printable(text), harmless(text), one_line(text), *printable_lines(text)):
        assert not obeyed(passed)


@given(TEXTS)
def test_xml_and_utf_8_can_hold_what_has_passed(text):
    passed = harmless(text)
    escaped = passed.replace("&", "&amp;").replace("<", "&lt;")
    assert (ElementTree.fromstring(f"<a>{escaped}</a>".encode()).text or "") == passed


@given(TEXTS)
def test_what_has_passed_passes_again_as_it_is(text):
    assert printable(printable(text)) == printable(text)
    assert harmless(harmless(text)) == harmless(text)
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters(categories=("L", "N", "P", "S", "M", "Zs"))))
def test_letters_signs_and_blanks_of_all_languages_are_left_alone(text):
    text = "".join(sign for sign in text if not obeyed(sign))
    assert printable(text) == harmless(text) == text
    assert not refusal(text)


@given(TEXTS)
def test_a_text_is_refused_exactly_where_it_would_be_changed(text):
    assert bool(refusal(text)) == (harmless(text) != text)


def test_what_does_not_pass_is_written_as_python_writes_it():
    assert printable("a\x1b[31m\x9b\n\u202e\U000e0041\udc80") == "a\\x1b[31m\\x9b\\n\\u202e\\U000e0041\\udc80"


@pytest.mark.parametrize("text", ["👩‍💻", "👨‍👩‍👧", "نمی‌خواهم", "श्री‍मान", "Vite ou lent\u00a0?", "❤️", "é", "x\u200f"])
def test_joiners_marks_and_no_break_spaces_are_text(text):
    assert printable(text) == text
    assert not refusal(text)


@pytest.mark.parametrize("text", ["a\u200db", "\u200d", "a\u200b", "\ufeffa", "so\xadft"])
def test_what_takes_no_room_is_seen(text):
    assert printable(text).isascii()
    assert "\\" in printable(text)


@given(TEXTS)
def test_the_last_gate_keeps_as_many_cells_as_there_were(text):
    cells = {sign: index % 3 for index, sign in enumerate(sorted(set(text)))}
    passed = harmless_cells(text, lambda sign: cells[sign])
    assert not obeyed(passed)
    kept = sum(1 for sign in text if not obeyed(sign))
    assert len(passed) == kept + sum(cells[sign] for sign in text if obeyed(sign))


@given(TEXTS)
def test_json_says_the_same_and_holds_no_order(text):
    document = json.dumps([text], ensure_ascii=False)
    assert json.loads(harmless_json(document)) == [text]
    assert not obeyed(harmless_json(document))


BREAKS = ["\n", "\r", "\r\n", "\f", "\v", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
PIECES = st.lists(st.sampled_from([*BREAKS, "a", " b", "\t"]), max_size=12).map("".join)


@given(PIECES)
def test_lines_are_those_that_python_counts_in_a_docstring_and_after_comments(piece):
    comments = "".join(f"# {part}{piece[-1:] if piece[-1:] in ('', *BREAKS[:2]) else ''}\n" for part in "ab")
    source = f'"""{piece}"""\n{comments}marker = 1\n'
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (statement,) = (each for each in ast.parse(source).body if isinstance(each, ast.Assign))
    assert split_lines(source)[statement.lineno - 1] == "marker = 1"
    assert printable_lines(source)[statement.lineno - 1] == "marker = 1"


@pytest.mark.parametrize("sign", BREAKS[3:])
def test_no_other_sign_begins_a_line(sign):
    assert split_lines(f"a{sign}b\nc") == [f"a{sign}b", "c"]
    assert split_lines(f"a{sign}b\nc") != f"a{sign}b\nc".splitlines()


@given(TEXTS, TEXTS, TEXTS)
def test_no_error_can_be_made_whose_words_have_not_passed(what, detail, hint):
    error = LabError(what, detail=detail, hint=hint)
    assert not obeyed(error.one_line() + str(error) + error.detail.replace("\n", ""))
