"""Columns are columns whatever stands in them: text is measured in cells, and never cut within a sign."""

from __future__ import annotations

import shutil
from pathlib import Path

from command_line import command
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from test_report import EXPERIMENT, outcome, target
from textual.content import Content

import asgi_vs_wsgi.scenarios.catalog
from asgi_vs_wsgi.tui.modes.layout import lines_of_parts
from asgi_vs_wsgi.tui.modes.source_lines import wrap_code_line
from asgi_vs_wsgi.tui.report.run_report import report
from asgi_vs_wsgi.tui.text.columns import aligned, table
from asgi_vs_wsgi.tui.text.columns import fitting as fitting_columns
from asgi_vs_wsgi.tui.text.text_width import cut, pad_left, pad_right, shortened, signs_that_fit, width, wrap

SIGNS = [*"ab-é", *"同期サ", "👩‍💻", "❤️", "e\u0301", "नि"]
WORD = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=12).map("".join)
TEXT = st.lists(WORD, max_size=8).map(" ".join)
CELLS = st.integers(8, 40)


@given(TEXT)
def test_width_is_that_of_the_screen(text):
    assert width(text) == cell_len(text) == Content(text).cell_length


@given(TEXT, CELLS)
def test_what_is_padded_takes_so_many_cells_and_loses_nothing(text, cells):
    for padded in (pad_right(text, cells), pad_left(text, cells)):
        assert width(padded) == max(width(text), cells)
        assert padded.strip() == text.strip()


@given(TEXT, st.integers(1, 40))
def test_what_is_cut_fits_and_no_sign_is_cut_in_two(text, cells):
    short = cut(text, cells)
    assert width(short) == min(width(text), cells)
    signs = [text[start:end] for start, end, _ in split_graphemes(text)[0]]
    whole = "".join(signs[: len(split_graphemes(short.rstrip())[0])])
    assert short.rstrip() == whole.rstrip()
    assert width(shortened(text, cells)) <= cells
    assert (shortened(text, cells) == text) == (width(text) <= cells)


@given(WORD, st.integers(2, 20))
def test_so_many_signs_fit_and_one_more_does_not(word, cells):
    taken = signs_that_fit(word, cells)
    assert width(word[:taken]) <= cells
    following = [end for _, end, _ in split_graphemes(word)[0] if end > taken]
    assert not following or width(word[: following[0]]) > cells


@given(TEXT, CELLS, st.sampled_from(["", "  "]))
def test_wrapped_text_fits_and_is_all_there(text, cells, indent):
    lines = wrap(text, cells, indent)
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line.startswith(indent) for line in lines[1:])


def test_text_is_not_broken_at_a_no_break_space_or_a_hyphen():
    assert wrap("wait 200\u00a0ms gunicorn-sync", 12) == ["wait 200\u00a0ms", "gunicorn-syn", "c"]


def starts(line: str, marks: str) -> list[int]:
    """In which cell each of these signs stands."""
    return [width(line[: line.index(mark)]) for mark in marks]


@given(st.lists(WORD, min_size=2, max_size=5))
def test_every_kind_of_table_has_its_columns_below_one_another(words):
    rows = [(word, "①", "②") for word in words]
    for lines in (aligned(rows, left=range(3)), aligned(rows), fitting_columns(rows, 200, ()), table(rows, 200)):
        assert len({tuple(starts(line, "①②")) for line in lines}) == 1


@given(st.lists(WORD, min_size=1, max_size=3), CELLS)
def test_a_table_that_must_be_parted_fits(words, cells):
    rows = [(word, *["同期"] * 9) for word in words]
    assert max(map(width, table(rows, cells))) <= max(cells, width(max(words, key=width)) + 3 + 4)


@given(st.lists(TEXT, min_size=1, max_size=4), CELLS)
def test_cells_of_a_comparison_fit(parts, cells):
    lines = lines_of_parts([f"{part} 3 ms" for part in parts], cells)
    assert all(width(line.removesuffix(",")) <= cells for line in lines)


@given(TEXT, st.integers(10, 40))
def test_a_line_of_code_in_wide_signs_is_broken_where_it_fits(text, room):
    parts = wrap_code_line(Content(f"    x = '{text}'"), room)
    assert all(part.cell_length <= room for part in parts)
    assert "".join("".join(part.plain for part in parts).split()) == "".join(f"x='{text}'".split())


def test_the_report_of_targets_with_wide_names_is_aligned_and_fits():
    targets = [target("同期👩‍💻サーバー", label="同期サーバー 🚀"), target("[/]")]
    lines = report(EXPERIMENT, outcome(*targets), 100)
    assert max(map(width, lines)) <= 100
    rows = [line for line in lines if line.startswith(("latency p50 ", "latency p95 ", "makespan "))]
    assert len(rows) == 3
    assert len({width(line) for line in rows}) == 1
    workers = [line for line in lines if " worker 1 " in line]
    assert len({width(line) for line in workers}) == 1


def test_the_list_has_its_summaries_in_one_column(tmp_path: Path):
    for name, title in (("wide", "速い"), ("a", "plain")):
        shutil.copytree(asgi_vs_wsgi.scenarios.catalog.OURS / "slow-io", tmp_path / name)
        toml = tmp_path / name / "scenario.toml"
        toml.write_text(toml.read_text("utf-8").replace("Slow I/O", title), "utf-8")
    done = command("list", "--scenarios", str(tmp_path), env={"PYTHONIOENCODING": "utf-8"})
    summaries = {line.index(line.split(maxsplit=1)[1]) for line in done.stdout.split("\n") if line.startswith("  ")}
    assert len(summaries) == 1
