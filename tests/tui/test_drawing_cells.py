"""Eight sub-cells become one cell that shows the two weightiest of them in proportion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.tui.drawing.glyphs import (
    ALL_CODES,
    BLANK,
    EMPTY,
    GLYPHS,
    GRAIN,
    MAIN,
    STATE_CODES,
    WORDS,
    cell_of,
    code,
    glyph_of,
    level,
    name_of,
    state_of,
)

RUNNING, BLOCKED, AWAITING = code(State.RUNNING), code(State.BLOCKED), code(State.AWAITING)


def test_nothing_is_blank():
    assert cell_of(bytes(8)) == BLANK


def test_a_whole_cell_shows_its_states_glyph_on_its_colour():
    assert cell_of(bytes([BLOCKED] * 8)) == ("▓", BLOCKED + GRAIN, BLOCKED)


def test_an_edge_is_as_far_left_as_the_eighths_say():
    assert cell_of(bytes([RUNNING] * 3 + [EMPTY] * 5)) == ("▍", RUNNING, EMPTY)
    assert cell_of(bytes([EMPTY] * 3 + [RUNNING] * 5)) == ("▍", EMPTY, RUNNING)


def test_a_short_step_between_two_waits_is_seen():
    _char, paint, ground = cell_of(bytes([AWAITING] * 3 + [RUNNING] + [AWAITING] * 4))
    assert RUNNING in (paint, ground)


def test_every_state_has_a_glyph_and_colours_of_its_own():
    assert len(set(GLYPHS.values())) == len(State)
    assert set(MAIN) <= set(WORDS)
    assert len({name_of(role) for role in ALL_CODES}) == len(ALL_CODES)


def test_both_shades_of_a_state_mean_the_same():
    assert all(state_of(code(state, shade)) is state for state in State for shade in (0, 1))
    assert len(STATE_CODES) == 2 * len(State)


def test_a_count_of_one_is_never_invisible():
    assert level(1, 1024) == "▁"
    assert level(0, 8) == " "
    assert level(8, 8) == "█"


@given(st.binary(min_size=8, max_size=8).map(lambda data: bytes(byte % 19 for byte in data)))
def test_a_cell_shows_only_what_is_in_it(group: bytes):
    _char, paint, ground = cell_of(group)
    shown = {role - GRAIN if role >= GRAIN else role for role in (paint, ground)}
    assert shown <= set(group)
    assert glyph_of(group) in {" ", *GLYPHS.values()}
