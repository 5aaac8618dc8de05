"""Whatever a program prints, in whatever pieces: its lines, and never more memory than for some of them."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.server_targets.processes.log_lines import MOST_BYTES, LogLines


def read(pieces) -> list[str]:
    lines = LogLines()
    return [line for piece in pieces for line in lines.feed(piece)] + list(lines.end())


@given(st.lists(st.binary(max_size=40)))
def test_however_it_is_cut_into_pieces_the_lines_are_the_same(pieces):
    whole = b"".join(pieces).split(b"\n")
    expected = [line.decode(errors="replace").removesuffix("\r") for line in (whole if whole[-1] else whole[:-1])]
    assert read(pieces) == expected


def test_a_letter_that_comes_in_two_pieces_is_one_letter():
    assert read(["é".encode()[:1], "é".encode()[1:] + b"\n"]) == ["é"]


def test_a_line_of_50_mb_takes_the_room_of_one_and_says_what_was_left_out():
    lines, piece = LogLines(), b"x" * 65536
    tracemalloc.start()
    assert not [line for _ in range(800) for line in lines.feed(piece)]
    (line,) = lines.feed(b"\n")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert line.startswith("x" * MOST_BYTES)
    assert line.endswith(f" … and {800 * 65536 - MOST_BYTES:,} bytes more")
    assert peak < 10 * len(piece)
    assert list(lines.feed(b"next\n")) == ["next"]
