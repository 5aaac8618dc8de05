"""The user's own project, run from the screen: its run is opened, with its answer, and kept once."""

from __future__ import annotations

import time

import pytest
from made_app import MadeApp
from own_project import tree_of, write_project
from process_family import assert_gone, runs
from seen_screen import choose, text_of
from textual.widgets import Input

from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.tui.screens.project_box import ProjectBox
from asgi_vs_wsgi.tui.screens.project_form import ProjectForm
from asgi_vs_wsgi.tui.widgets.scenario_list import OWN

LIMIT_S = 300.0
"""For three servers on a machine that is busy with others."""
pytestmark = [pytest.mark.live, pytest.mark.anyio]


async def test_a_run_begun_in_the_form_is_shown_with_its_answer_and_kept_once(tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    monkeypatch.setattr("asgi_vs_wsgi.scenarios.run.run_directory.SHARED_MEMORY", tmp_path / "own")
    folder = write_project(tmp_path / "shop")
    before = tree_of(folder)
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await choose(made, pilot, OWN)
        await pilot.press("enter")
        await made.until(pilot, lambda: isinstance(made.app.screen, ProjectForm))
        await pilot.pause()
        form = made.app.screen
        for field, words in (("path", str(folder)), ("pages", "/ /books/search/"), ("requests", "60"), ("rounds", "1")):
            form.query_one(f"#field-{field}", Input).value = words
        await pilot.press("enter")
        await made.until(pilot, lambda: isinstance(made.app.screen, ProjectBox))
        await made.until(pilot, lambda: "importing its settings" in text_of(made))
        child = made.screen.own_project._child
        assert child is not None
        deadline_s = time.monotonic() + LIMIT_S
        while made.app.screen is not made.screen:
            assert time.monotonic() < deadline_s, text_of(made)
            await pilot.pause(0.2)
        await made.all_told(pilot)
        assert made.session.result is not None
        answer = made.session.result.answer
        assert answer is not None
        assert not runs(child.pid)
        assert made.screen.runs.chosen == OWN
        await made.to_the_end(pilot)
        await pilot.press("7")
        await made.until(pilot, lambda: "Your project" in text_of(made))
        await pilot.press("2")
        await made.until(pilot, lambda: "search(request)" in text_of(made))
        await pilot.press("enter")
        await made.until(pilot, lambda: isinstance(made.app.screen, ProjectForm))
        again = made.app.screen
        assert again is not None
        assert again.query_one("#field-pages", Input).value == "/ /books/search/"
    assert_gone({child.pid})
    assert [card.scenario for card in RunHistory(user_history()).cards()[0]] == ["shop"]
    assert tree_of(folder) == before
    assert list((tmp_path / "own").iterdir()) == []
