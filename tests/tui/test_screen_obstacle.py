"""Whether a screen can be shown, and if not, why: all ways in which stdin and stdout can be a terminal or not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from bare_terminal import TTY, BareTerminal
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.tui.drawing.glyphs import EIGHTHS, GLYPHS, LEVELS, OWN_GLYPHS
from asgi_vs_wsgi.tui.terminal.tty import NO_TERMINAL, SIGNS
from asgi_vs_wsgi.tui.text import plain_signs

ASK = """
import os, sys
from asgi_vs_wsgi.tui.errors import _open_what_is_closed
from asgi_vs_wsgi.tui.terminal.tty import screen_obstacle
_open_what_is_closed()
open(sys.argv[1], "w").write(screen_obstacle())
"""
ROOT = Path(__file__).parents[2]


def obstacle(folder: Path, env: dict[str, str] | None = None, **streams: Any) -> str:
    answer = folder / "answer"
    python = [sys.executable, "-c", ASK, str(answer)]
    with BareTerminal([], command=python, env={"PYTHONPATH": str(ROOT)} | (env or {}), **streams) as terminal:
        assert terminal.ended() == 0
    return answer.read_text()


@pytest.mark.parametrize(
    ("stdin", "stdout", "stderr"),
    [
        (TTY, TTY, TTY),
        (TTY, TTY, "file"),
        (TTY, TTY, None),
        (TTY, "file", TTY),
        (TTY, "pipe", None),
        (TTY, None, TTY),
        ("file", TTY, TTY),
        ("pipe", TTY, None),
        (None, TTY, "pipe"),
        (None, None, None),
    ],
)
def test_stdin_and_stdout_must_be_terminals_and_stderr_need_not(tmp_path: Path, stdin, stdout, stderr):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    streams = {
        name: kind if kind in (TTY, None) else tmp_path / kind
        for name, kind in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr))
    }
    assert obstacle(tmp_path, **streams) == ("" if stdin == stdout == TTY else NO_TERMINAL)


@pytest.mark.parametrize("name", ["linux", "not-known-here"])
def test_terminals_that_can_place_text_may_show_the_screen(tmp_path: Path, name: str):
    assert obstacle(tmp_path, {"TERM": name}) == ""


@pytest.mark.parametrize("name", ["dumb", "unknown", "", "vt52"])
def test_terminals_that_cannot_are_named(tmp_path: Path, name: str):
    assert obstacle(tmp_path, {"TERM": name}).startswith(f"TERM={name} is no" if name else "TERM is not set")


@pytest.mark.parametrize("encoding", ["latin-1", "koi8-r"])
def test_a_character_set_that_lacks_the_signs_is_named(tmp_path: Path, encoding: str):
    assert f"character set ({encoding.replace('latin-1', 'iso8859-1')};" in obstacle(
        tmp_path, {"PYTHONIOENCODING": encoding}
    )


def test_one_that_is_not_utf_8_and_has_them_will_do(tmp_path: Path):
    assert obstacle(tmp_path, {"PYTHONIOENCODING": "gb18030"}) == ""


def test_the_locale_c_is_utf_8_as_python_takes_it_unless_told_not_to(tmp_path: Path):
    c = {"LC_ALL": "C", "PYTHONIOENCODING": ""}
    assert obstacle(tmp_path, c) == ""
    assert "(ascii;" in obstacle(tmp_path, {**c, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})


# ---- what stands for the signs in a report


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["ascii", "latin-1", "koi8-r", "utf-8"]))
def test_any_text_can_be_written_anywhere_and_keeps_its_columns(text: str, encoding: str):
    assert len(text.encode(encoding, plain_signs.PLAIN).decode(encoding)) == len(text)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_states_stay_apart_where_their_signs_are_lacking(encoding: str):
    states = [*GLYPHS.values(), *OWN_GLYPHS.values()]
    written = [state.encode(encoding, plain_signs.PLAIN) for state in states]
    assert len(set(written)) == len(states)
    assert b"?" not in written


def test_every_sign_that_is_drawn_has_a_likeness():
    assert not {
        sign
        for sign in {*EIGHTHS, *LEVELS, *OWN_GLYPHS.values(), *GLYPHS.values(), *SIGNS} - {" "}
        if sign not in plain_signs.SIGNS
    }
