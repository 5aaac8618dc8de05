"""A recording, played in a terminal, shows every frame at its time; it is small, and marked."""

from __future__ import annotations

import json
from itertools import groupby

import pyte
from hypothesis import given
from hypothesis import strategies as st
from made_frames import PAGE, made_frame

from asgi_vs_wsgi.tui.capture.asciicast import HOLD_S, Scene, ansi, asciicast_lines
from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Row, Run

COLUMNS, LINES = 24, 3
LOOKS = st.sampled_from(
    [PAGE, Look("#d55e00", "#0d1117", bold=True), Look("#00ff00", "#000000", False, True, True, True)]
)


@st.composite
def rows(draw) -> tuple[Run, ...]:
    runs, column = [], 0
    while column < COLUMNS:
        if column < COLUMNS - 1 and draw(st.booleans()):
            runs.append(Run(column, 2, draw(st.sampled_from("中文")), draw(LOOKS)))
            column += 2
        else:
            text = draw(st.text("ab ▓", min_size=1, max_size=min(9, COLUMNS - column)))
            runs.append(Run(column, len(text), text, draw(LOOKS)))
            column += len(text)
    return tuple(runs)


FRAMES = st.builds(lambda lines: Frame(COLUMNS, LINES, tuple(lines), PAGE), st.lists(rows(), min_size=3, max_size=3))


@given(st.lists(FRAMES, min_size=1, max_size=4))
def test_a_terminal_shows_each_frame_after_its_event(frames: list[Frame]):
    screen, before = pyte.Screen(COLUMNS, LINES), None
    terminal = pyte.Stream(screen)
    for frame in frames:
        terminal.feed(ansi(before, frame))
        assert [shown(screen, line) for line in range(LINES)] == [drawn(row) for row in frame.rows]
        before = frame


def shown(screen: pyte.Screen, line: int) -> list[tuple[Look, str]]:
    """What stands in a line of a terminal, as far as it looks the same."""
    cells = [screen.buffer[line][column] for column in range(screen.columns)]
    return [(look, "".join(cell.data for cell in same)) for look, same in groupby(cells, look_of)]


def look_of(cell: pyte.screens.Char) -> Look:
    flags = (cell.bold, cell.italics, cell.underscore, cell.strikethrough)
    return Look(f"#{cell.fg}", f"#{cell.bg}", *flags)


def drawn(row: Row) -> list[tuple[Look, str]]:
    return [(look, "".join(run.text for run in same)) for look, same in groupby(row, lambda run: run.look)]


def events(*scenes: Scene) -> list[list]:
    return [json.loads(line) for line in asciicast_lines(scenes)]


def test_the_header_tells_the_size_the_version_and_what_it_is():
    header, *_ = events(Scene(0.0, made_frame("abc", "def", title="Slow I/O")))
    assert (header["version"], header["width"], header["height"], header["title"]) == (2, 3, 2, "Slow I/O")  # type: ignore[call-overload]
    assert len(header["theme"]["palette"].split(":")) == 8  # type: ignore[call-overload]


def test_only_what_differs_is_written():
    _, first, second, _ = events(Scene(0.0, made_frame("abc", "def")), Scene(0.05, made_frame("abc", "dxf")))
    assert first[2].startswith("\x1b[?25l\x1b[2J\x1b[1;1H")
    assert second == [0.05, "o", "\x1b[2;2H\x1b[0;38;2;255;255;255;48;2;0;0;0mx"]


def test_a_frame_like_the_last_one_takes_no_line():
    frame = made_frame("abc")
    assert [event[0] for event in events(Scene(0.0, frame), Scene(1.0, frame))[1:]] == [0.0, 1.0 + HOLD_S]


def test_markers_stand_before_what_they_announce():
    frame, other = made_frame("abc"), made_frame("abd")
    told = events(Scene(0.0, frame, ("start",)), Scene(0.05, other, ("first", "last")))[1:]
    assert [event[1] for event in told] == ["m", "o", "m", "m", "o", "o"]
    assert [event[2] for event in told if event[1] == "m"] == ["start", "first", "last"]


def test_the_last_frame_stays_for_a_while():
    assert events(Scene(2.0, made_frame("abc")))[-1] == [2.0 + HOLD_S, "o", "\x1b[0m"]


def test_every_line_is_json_and_times_never_go_back():
    scenes = [Scene(at / 20, made_frame(f"{at}")) for at in range(9)]
    times = [event[0] for event in events(*scenes)[1:]]
    assert times == sorted(times)
