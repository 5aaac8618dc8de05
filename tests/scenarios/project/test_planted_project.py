"""A project of twenty lines that wait: those that the text of the code shows are found, and nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace
from own_project import tree_of
from planted_project import FOLDER, RULES, marks

from asgi_vs_wsgi.scenarios.project.findings import search
from asgi_vs_wsgi.scenarios.project.findings import search as search_module
from asgi_vs_wsgi.scenarios.project.findings.search import find_places
from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_result import document
from asgi_vs_wsgi.scenarios.project.look_runner import look_at


@pytest.fixture(scope="module")
def look():
    before = tree_of(FOLDER)
    found = anyio.run(look_at, find_project(str(FOLDER), environment={}), lambda progress: None)
    assert tree_of(FOLDER) == before
    return found


def test_twenty_places_are_planted_each_once():
    assert sorted(mark.name for mark in marks("planted")) == sorted(RULES)
    assert len(RULES) == 20


def test_every_place_that_the_text_shows_is_found_and_nothing_else(look):
    visible = {(mark.file, mark.line): RULES[mark.name] for mark in marks("planted") if RULES[mark.name]}
    told = {(mark.file, mark.line): mark.name for mark in marks("told")}
    assert {(each.file, each.line): each.rule for each in look.findings.places} == visible | told
    assert len(look.findings.places) == len(visible) + len(told)


def test_what_no_text_shows_waits_in_a_thread():
    assert {mark.name: mark.place for mark in marks("planted") if mark.place} == {"sync-middleware": "thread"}


VISIT = Path(__file__).parents[2] / "shared" / "visit_planted.py"
PAGES = (
    "/ /branch/ /hours/ /authors/ /api/books/ /api/book/ /available/ /book/ /book/2/ /author/ /books/ /shelves/ "
    "/bestsellers/ /reserve/ /price/ /counted/ /ask/ /account/ /account/visits/ /account/seen/ /live/timed/ "
    "/live/stream/ /live/list/ /live/now/ /live/later/ /live/measured/ /live/harmless/ /live/harmless/rows/ "
    "/live/harmless/form/ /live/harmless/stream/ /live/harmless/slow/ /stock/"
)


def test_what_is_planted_runs_where_its_mark_says(tmp_path):
    """All pages answer, each planted line runs for one of them: on the loop, or in a thread."""
    shutil.copytree(FOLDER, tmp_path / "shop")
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            Path(__file__).parents[2] / "shared/visit_planted.py",
            tmp_path / "shop",
            *PAGES.split(),
        ],
        env={"PATH": os.environ["PATH"], "STORE_QUERY_MS": "0", "STORE_PRICE_LIST_MB": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert set(told["statuses"].values()) == {200}, told["statuses"]
    on_loop = {(file, line): on_loop for file, line, on_loop in told["ran"]}
    assert {mark.name: on_loop.get((mark.file, mark.line)) for mark in marks("planted")} == {
        name: name != "sync-middleware" for name in RULES
    }


def test_each_is_told_with_the_way_from_what_django_calls(look):
    ways = {(each.file, each.rule): " → ".join(each.way) for each in look.findings.places}
    assert re.sub(r":\d+", "", ways["catalog/serializers.py", "sync-orm"]) == (
        "view catalog.api.BookApi → BookApi.get (catalog/api.py) → Serializer.data (catalog/serializers.py) → "
        "BookSerializer.to_representation (catalog/serializers.py)"
    )
    assert ways["catalog/signals.py", "blocking-sleep"].startswith("view catalog.views.Ask → Ask.get (")
    assert ways["catalog/context_processors.py", "sync-orm"].startswith("view catalog.views.hours → hours (")
    assert ways["catalog/templatetags/shop.py", "blocking-sleep"].startswith("view catalog.views.hours → hours (")
    assert ways["live/views.py", "ASYNC251"].startswith("view live.views.stream → stream (")
    for each in look.findings.places:
        assert " → ".join(each.way) in each.words
        assert each.call in each.words
        assert each.fix


def test_the_middleware_is_told_with_the_patterns_that_it_spoils(look):
    [told] = [each for each in look.findings.places if each.rule == "sync-middleware"]
    many = sum(page.is_async for page in look.pages)
    assert many > 10
    assert f"around {many} URL patterns with an async view" in told.words


def test_what_was_read_is_told_and_what_cannot_be_seen(look):
    read = look.findings.read
    assert read.files == len([each for each in FOLDER.rglob("*.py") if "__pycache__" not in each.parts])
    assert 0 < read.async_functions < read.functions
    assert not read.unread
    assert not read.without


def test_the_document_has_them(look):
    told = json.loads(json.dumps(document(look)))
    for each in told["findings"]:
        assert each.keys() >= {"file", "line", "rule", "words", "fix"}
    assert told["findings_read"]["files"] == look.findings.read.files
    assert "sources" not in told


def test_its_pages_are_told(look):
    kinds = {page.path: page.kind for page in look.pages}
    assert kinds["/available/"] == kinds["/live/stream/"] == "async def"
    assert kinds["/api/book/"] == kinds["/ask/"] == "async class"
    assert kinds["/supplier/"] == "def"
    assert [each.name for each in look.middleware if each.breaks] == ["store.middleware.Branch"]


def test_without_ruff_the_same_lines_are_found_and_it_is_said(look, monkeypatch):
    monkeypatch.setattr(search, "_program", lambda: None)
    found = anyio.run(find_places, look, FOLDER)
    assert [(each.file, each.line) for each in found.places] == [
        (each.file, each.line) for each in look.findings.places
    ]
    assert {each.rule for each in found.places if each.rule.startswith("ASYNC")} == set()
    [words] = found.read.without
    assert "ruff is not installed" in words


def test_a_ruff_that_does_not_answer_is_said_and_harms_nothing(look, monkeypatch, tmp_path):
    broken = tmp_path / "ruff"
    broken.write_text("#!/bin/sh\necho '{'\n")
    broken.chmod(0o755)
    for program in (str(broken), str(tmp_path / "none"), "/bin/true"):
        monkeypatch.setattr(search, "_program", lambda program=program: program)
        found = anyio.run(find_places, look, FOLDER)
        assert len(found.places) == len(look.findings.places)
        assert "ruff did not answer" in found.read.without[0]


def test_what_waits_for_nothing_with_these_settings_is_not_told(look):
    cookies = replace(look.sources, session_engine="django.contrib.sessions.backends.signed_cookies")
    other = replace(look, caches={"default": "django.core.cache.backends.locmem.LocMemCache"}, sources=cookies)
    gone = {each.rule for each in look.findings.places} - {
        each.rule for each in anyio.run(find_places, other, FOLDER).places
    }
    assert gone == {"sync-cache", "sync-session"}


def test_a_librarys_middleware_is_told_where_the_settings_name_it(look):
    name = "django.contrib.sessions.middleware.SessionMiddleware"
    breaking = [replace(each, breaks=each.name == name) for each in look.middleware]
    found = anyio.run(find_places, replace(look, middleware=breaking), FOLDER)
    [told] = [each for each in found.places if each.rule == "sync-middleware"]
    lines = (FOLDER / "store/settings.py").read_text(encoding="utf-8").splitlines()
    assert (told.file, lines[told.line - 1].strip()) == ("store/settings.py", f'"{name}",')
    without_async = [replace(page, is_async=False) for page in look.pages]
    found = anyio.run(find_places, replace(look, middleware=breaking, pages=without_async), FOLDER)
    assert [each for each in found.places if each.rule == "sync-middleware"] == []


def test_a_search_that_nobody_waits_for_ends(look, monkeypatch):
    searches = []
    real = search_module._Search
    monkeypatch.setattr(search_module, "_Search", lambda *given: searches.append(real(*given)) or searches[-1])

    async def cancelled():
        with anyio.move_on_after(0.01):
            await find_places(look, FOLDER)

    anyio.run(cancelled)
    assert all(each.deadline.has_passed for each in searches)
    assert searches
