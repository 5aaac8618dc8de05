"""Text from others is text on the screen: brackets are shown whole, and nothing is obeyed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile_runs import MARKUP, ORDERS, WIDE, hostile_run
from hypothesis import given
from hypothesis import strategies as st
from made_app import MadeApp
from made_catalog import made_catalog
from msgspec.structs import replace
from obeyed_signs import obeyed
from rich.cells import cell_len
from rich.segment import Segment
from seen_screen import said, text_of, until_settled
from textual.color import Color
from textual.content import Content

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture.asciicast import Scene, asciicast_lines
from asgi_vs_wsgi.tui.capture.frame import Frame
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.capture.svg import svg
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.terminal.partial_repaint import HARMLESS_CELLS

ANY = st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("[/] @=ab\x1b\x9b\n\r\x00\u202e\u2028同"))
ROOT = Path(__file__).parents[2]
MARK = "[@click=app.quit]"
LEGAL = f"{WIDE} {MARKUP}"


@pytest.fixture(autouse=True)
def no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what others wrote is given to Textual's reader of markup."""
    real = Content.from_markup.__func__  # type: ignore[attr-defined]

    def from_markup(cls: type, markup: str | Content, **variables: object) -> Content:
        assert isinstance(markup, Content) or MARK not in markup, "this would be obeyed"
        return real(cls, markup, **variables)

    monkeypatch.setattr(Content, "from_markup", classmethod(from_markup))


def strips_of(made: MadeApp) -> list[list[Segment]]:
    return [list(strip) for strip in made.app.screen._compositor.render_strips()]


def check_screen(made: MadeApp) -> Frame:
    """No order in any cell, no action behind any word, every line as wide as the screen; a picture of it is XML."""
    for line in strips_of(made):
        assert not obeyed("".join(segment.text for segment in line if not segment.control))
        assert sum(cell_len(segment.text) for segment in line) == made.app.size.width
        for segment in line:
            assert "app.quit" not in str(segment.style.meta if segment.style else "")
    frame = capture(made.app, MARKUP + ORDERS)
    ElementTree.fromstring(svg(frame).encode())
    assert all(run.column + run.width <= frame.columns for row in frame.rows for run in row)
    return frame


def reads(document: list[str]) -> list[list]:
    header, *events = map(json.loads, document)
    assert not obeyed(header["title"])
    return events


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=str)
async def test_in_every_mode_a_hostile_run_is_shown_as_text(tmp_path: Path, size: tuple[int, int]):
    made = MadeApp()
    made.session.replay(read_run(hostile_run(tmp_path)))
    frames = []
    async with made.app.run_test(size=size) as pilot:
        made.screen.runs.watch_replay()
        made.session.show.to_end()
        for mode in NAMES:
            made.screen.mode_control.mode(mode)
            text = await until_settled(made, pilot)
            frames.append(check_screen(made))
            assert mode == "quiz" or MARK in text or mode == "waterfall"
        for key, title in (("y", LEGAL), ("question_mark", "Help")):
            await pilot.press(key)
            text = await until_settled(made, pilot)
            assert title in text
            check_screen(made)
            if key == "y":
                assert MARK in text
                assert "\\x1b]0;OWNED\\x07" in text
            await pilot.press("escape")
        assert made.app.is_running
    scenes = [Scene(at, frame, (ORDERS,)) for at, frame in enumerate(frames)]
    for _at, kind, what in reads(list(asciicast_lines(scenes))):
        assert not obeyed(OUR_OWN.sub("", what) if kind == "o" else what)


OUR_OWN = re.compile(r"\x1b\[(\?25l|2J|\d+;\d+H|[\d;]*m)")
"""What asgi_vs_wsgi.tui.capture.asciicast writes."""


@pytest.mark.anyio
async def test_lists_palette_messages_and_titles_show_brackets_whole_and_obey_none():
    scenarios = [
        replace(each, toml=replace(each.toml, title=f"{LEGAL}{number}", summary=f"{MARKUP} summary"))
        for number, each in enumerate(made_catalog().scenarios)
    ]
    broken = {f"bad{ORDERS}{MARKUP}": BadInput(f"{MARKUP}{ORDERS}", detail=MARKUP + ORDERS, hint=MARKUP)}
    made = MadeApp(catalog=Catalog(tuple(scenarios), broken))  # type: ignore[arg-type]
    async with made.app.run_test(size=(200, 60)) as pilot:
        made.app.notify(f"{MARKUP}{ORDERS}", markup=True)
        text = await until_settled(made, pilot)
        assert LEGAL[:20] in text
        assert MARK in said(made)
        assert "OWNED" in text
        check_screen(made)
        await pilot.press("ctrl+p")
        await pilot.press(*"quit")
        await made.until(pilot, lambda: f"Run {LEGAL}0" in text_of(made))
        assert f"{MARKUP} summary" in text_of(made)
        check_screen(made)
        await pilot.press("escape")
        made.app.lab_screen.query_one("#list").highlighted = made.app.lab_screen.query_one("#list").option_count - 1  # type: ignore[attr-defined]
        text = await until_settled(made, pilot)
        check_screen(made)


@given(st.lists(ANY, max_size=5))
def test_the_last_gate_of_the_screen_lets_nothing_through_and_moves_nothing(texts: list[str]):
    before = [Segment(text) for text in texts]
    after = HARMLESS_CELLS.apply(before, Color(0, 0, 0))
    assert not obeyed("".join(segment.text for segment in after))
    assert [len(segment.text) for segment in after] == [
        sum(cell_len(sign) if obeyed(sign) else 1 for sign in text) for text in texts
    ]
