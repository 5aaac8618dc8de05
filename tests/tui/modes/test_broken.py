"""A line of code in a narrow column loses nothing, fits, and is broken between words or after a bracket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from asgi_vs_wsgi.tui.modes.source_lines import wrap_code_line


def parts(line: str, room: int) -> list[str]:
    return [part.plain for part in wrap_code_line(Content(line), room)]


def test_it_is_broken_where_least_is_inside_brackets():
    assert parts('    return HttpResponse(await upstream.aget(parameter("io_ms")))', 40) == [
        "    return HttpResponse(await",
        '      upstream.aget(parameter("io_ms")))',
    ]
    assert parts('    time.sleep(parameter("hold_ms") / 1000)', 37) == [
        '    time.sleep(parameter("hold_ms") /',
        "      1000)",
    ]


def test_a_short_line_stays_as_it_is():
    assert parts("    pass", 20) == ["    pass"]
    assert parts("", 20) == [""]


def test_a_string_is_not_broken_where_it_can_be_helped():
    assert parts('say("one two three four five", 6)', 30)[0] == 'say("one two three four five",'


@given(st.text(alphabet=" ab(,)[]\"'", max_size=60), st.integers(10, 40))
def test_nothing_is_lost_and_every_part_fits(line: str, room: int):
    told = parts(line, room)
    assert "".join("".join(told).split()) == "".join(line.split())
    assert all(len(part) <= room for part in told)
