"""Frames of all modes, sizes, moments, runs and themes keep the rules of frame_rules: each pair of them is looked at.

All of them together (2,592) are looked at by hand: tests/bench/frames.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import pytest
from frame_rules import cut_words, figures_of, known_words, second_names, text_of, told_twice, unreadable, wrong_colours
from made_app import MadeApp
from screen_frames import MOMENTS, RUNS, SIZES, Asked, frames, grounds_of, saved

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.playback.loader import opened
from asgi_vs_wsgi.tui.recorded import first_run
from asgi_vs_wsgi.tui.screens.project_form import ProjectForm
from asgi_vs_wsgi.tui.screens.project_values import values_at_first
from asgi_vs_wsgi.tui.user_data import THEMES

pytestmark = pytest.mark.anyio


def moment_of(run: int) -> str:
    """Of each run one."""
    return MOMENTS[run % len(MOMENTS)]


def asked_of(run: int) -> Iterator[Asked]:
    """Each mode once, in a size and a theme that take turns."""
    for at, mode in enumerate(NAMES):
        yield Asked(mode, SIZES[(at + run // 3) % len(SIZES)], THEMES[(at + at // 4 + run) % len(THEMES)])


def test_every_pair_of_mode_size_moment_run_and_theme_is_among_them():
    kinds = (NAMES, SIZES, MOMENTS, RUNS, THEMES)
    told = [
        (asked.mode, asked.size, moment_of(run), name, asked.theme)
        for run, name in enumerate(RUNS)
        for asked in asked_of(run)
    ]
    for one, other in combinations(range(len(kinds)), 2):
        if {one, other} == {2, 3}:
            continue  # of each run one moment: the others are its neighbours'
        there = {(each[one], each[other]) for each in told}
        assert there == set(product(kinds[one], kinds[other])), (one, other)


@pytest.mark.parametrize("name", RUNS)
async def test_words_can_be_read_none_is_cut_no_box_is_empty_and_a_thing_has_one_name(name: str):
    run, result = RUNS.index(name), saved(name).result
    known, figures = known_words(result), figures_of(result)
    wrong = []
    async for seen in frames(name, moment_of(run), asked_of(run)):
        text = "\n".join(text_of(seen.frame))
        found = [*unreadable(seen.frame, seen.grounds), *cut_words(seen.frame, known), *seen.empty]
        found += wrong_colours(seen.frame, seen.variables)
        found += [*second_names(text), *told_twice(text, figures)]
        wrong += [(seen.asked, fault) for fault in found]
    assert not wrong


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_screen_and_the_form_of_ones_own_project_can_be_read_and_no_word_is_cut(size: tuple[int, int]):
    made, still = MadeApp(catalog=load_catalog()), first_run()
    assert still
    assert still.result
    made.session.show_still(opened(still), still.result)
    known = known_words(still.result)
    async with made.app.run_test(size=size) as pilot:
        for theme in THEMES if size == SIZES[0] else THEMES[:1]:
            made.app.theme = theme
            made.screen.redraw()
            await made.until(pilot, lambda: "Why: " in "\n".join(text_of(capture(made.app))))
            frame = capture(made.app)
            assert not unreadable(frame, grounds_of(made)), theme
            assert not cut_words(frame, known)
            assert not second_names("\n".join(text_of(frame)))
            made.app.push_screen(ProjectForm(values_at_first({}, Path("/nonexistent"))))
            await made.until(pilot, lambda: "as far as" in "\n".join(text_of(capture(made.app))))
            assert not unreadable(capture(made.app), grounds_of(made)), theme
            await pilot.press("escape")
            await made.until(pilot, lambda: made.app.screen is made.screen)


@pytest.mark.parametrize("theme", THEMES)
async def test_words_of_boxes_over_the_screen_and_those_below_them_can_be_read(theme: str):
    made = MadeApp()
    async with made.app.run_test(size=SIZES[1], notifications=True) as pilot:
        made.app.theme = theme
        grounds = grounds_of(made)
        for key, words in (("question_mark", "esc closes"), ("ctrl+p", "Search for"), ("y", "esc closes")):
            below = made.app.screen
            await pilot.press(key)
            await made.until(pilot, lambda words=words: words in "".join(text_of(capture(made.app))))
            assert not unreadable(capture(made.app), grounds), key
            await pilot.press("escape")
            await made.until(pilot, lambda below=below: made.app.screen is below)
        for severity in ("information", "warning", "error"):
            made.app.notify(f"some {severity}", severity=severity)
        await made.until(pilot, lambda: "some error" in "".join(text_of(capture(made.app))))
        assert not unreadable(capture(made.app), grounds)


async def test_bars_and_marks_have_the_colour_of_a_state_where_they_are_of_it_and_nowhere_else():
    """Curves of servers, and what is predicted, among them."""
    asked = [Asked(mode, SIZES[-1], theme) for theme in ("lab-dark", "lab-light") for mode in NAMES]
    wrong = []
    async for seen in frames("slow-io", "after", asked):
        wrong += [(seen.asked, fault) for fault in wrong_colours(seen.frame, seen.variables)]
    assert not wrong
