"""Which pages of a project are asked for, by their names and by their shape; and what keeps a page from a run."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.database_copy import READ_ONLY, DatabaseCopies
from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectPage
from asgi_vs_wsgi.scenarios.project.page_choice import (
    Asked,
    Crawl,
    check_session,
    left_by_name,
    listed_pages,
    reason_by_name,
    shape_of,
)
from asgi_vs_wsgi.scenarios.project.trial_result import Allowed, Effects, PageError, Visit, reason_against


@pytest.mark.parametrize(
    ("path", "url_name", "view", "word"),
    [
        ("/books/delete/", None, "books.views.book", "delete"),
        ("/books/1/", "books:book-remove", "books.views.book", "remove"),
        ("/books/1/", None, "books.views.BookUpdateView", "update"),
        ("/books/1/", None, "books.views.clearCache", "clear"),
        ("/log-out", None, "x.views.leave", "logout"),
        ("/i18n/setlang/", "set_language", "django.views.i18n.set_language", "setlang"),
        ("/export.csv", None, "x.views.rows", "export"),
        ("/my_new_books/", None, "x.views.rows", "new"),
    ],
)
def test_a_name_that_says_that_it_changes_something_is_left_out(path, url_name, view, word):
    assert reason_by_name(path, url_name, view).endswith(f": {word}")


@pytest.mark.parametrize(
    ("path", "url_name", "view"),
    [
        ("/news/", "news", "x.views.NewsList"),
        ("/addresses/", None, "x.views.addresses"),
        ("/languages/", "languages", "x.views.LanguageList"),
        ("/sender/", None, "x.views.important"),
        ("/search/?q=delete", None, "x.views.search"),
        ("/", None, "delete.views.index"),
        ("/administration/", None, "x.views.index"),
    ],
)
def test_a_name_that_only_looks_like_it_is_not(path, url_name, view):
    assert reason_by_name(path, url_name, view) == ""


@pytest.mark.parametrize(
    ("path", "view", "what"),
    [
        ("/back/", "django.contrib.admin.sites.index", "the admin"),
        ("/django-admin/x/", "wagtail.admin.views.home", "the admin"),
        ("/__debug__/x/", "debug_toolbar.views.render_panel", "a tool of development"),
        ("/reload/", "django_browser_reload.views.events", "a tool of development"),
        ("/static/a.css", "django.views.static.serve", "a file"),
    ],
)
def test_admin_tools_and_files_are_left_out(path, view, what):
    assert reason_by_name(path, None, view) == what


def page(pattern, path=None, view="x.views.page", url_name=None):
    return ProjectPage(pattern, view, "def", False, False, False, "x/views.py", 1, True, 8, path, url_name)


def look(*pages):
    return ProjectLook("3.11", True, {}, "s", False, {}, {}, [], True, list(pages), "", "")


def test_a_path_is_asked_for_once_and_patterns_with_arguments_are_not():
    pages = [page("/a/", "/a/"), page("/a/", "/a/", "x.views.later"), page("/<int:pk>/"), page("/add/", "/add/")]
    asked, left_out = listed_pages(look(*pages))
    assert [(each.path, each.view) for each in asked] == [("/a/", "x.views.page")]
    assert [each.path for each in left_out] == ["/add/"]


def named(pattern, catches_all=False, view="x.views.page"):
    return {"pattern": pattern, "url_name": None, "view": view, "catches_all": catches_all}


def test_three_of_a_shape_are_crawled_whether_listed_or_found():
    crawl = Crawl(["/b/1/"], [])
    crawl.count("/b/1/", named("/b/<pk>/"))
    wanted = [path for path in ("/b/2/", "/b/3/", "/b/4/") if crawl.wants(path, named("/b/<pk>/"))]
    assert wanted == ["/b/2/", "/b/3/"]
    assert crawl.wants("/b/4/?page=2", named("/b/<pk>/"))  # another page of a list is another shape
    assert not crawl.wants("/nowhere/", None)


def test_below_a_pattern_that_catches_all_each_section_is_a_shape():
    shapes = [shape_of(path, "/<path:x>", catches_all=True) for path in ("/a/", "/b/", "/a/1/", "/a/2/", "/b/1/")]
    assert shapes[2] == shapes[3]
    assert len(set(shapes)) == 4
    assert shape_of("/a/b/c/", "/", catches_all=True) == shape_of("/a/b/c/d/e/", "/", catches_all=True)
    assert shape_of("/a/", "/<slug>/", catches_all=False) == shape_of("/b/", "/<slug>/", catches_all=False)


def test_links_to_files_and_to_what_is_known_are_no_news_and_a_login_is_one_page():
    crawl = Crawl(["/a/"], ["/static/", "https://cdn.example/", "/"])
    paths = ["/a/", "/static/a.css", "/b/", "/b/", "/login/?next=/b/", "/login/?next=/c/"]
    assert crawl.new(paths) == ["/b/", "/login/"]
    assert crawl.new(paths) == []


ERROR = PageError("OSError", "no", "")
NOT_TAKEN = {
    "not the second time": ([Visit(200, 1.0), Visit(503, 1.0)], "answers 503"),
    "a login by its address": ([Visit(302, 1.0, location="/in/?next=/a/")], "redirects to a login, /in/"),
    "a login by its name": ([Visit(302, 1.0, location="https://x.example/oauth/login")], "redirects to a login"),
    "what it fails by": (
        [Visit(500, 1.0, error=ERROR, effects=Effects(outside={"a.example:443": 1}))],
        "calls outside: a.example:443 (--allow-network)",
    ),
    "many things": ([Visit(200, 1.0, effects=Effects(files=dict.fromkeys("abcde", 1)))], "a, b and c and 2 more"),
    "other tables too": ([Visit(200, 1.0, effects=Effects(writes={"sessions": 1, "t": 1}))], "writes to t ("),
    "nothing at all": ([Visit(0, 1.0)], "gives no answer"),
    "a login that is wanted": ([Visit(401, 1.0)], "--as USER"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_keeps_a_page_from_a_run_is_said(name):
    visits, words = NOT_TAKEN[name]
    assert words in reason_against(visits, "/in/", "sessions", Allowed())


def test_what_is_allowed_keeps_no_page_from_a_run():
    does = Effects(writes={"t": 1}, files={"f": 1}, processes={"git": 1}, outside={"a.example": 1})
    visits = [Visit(200, 1.0, effects=does)]
    assert reason_against(visits, "", "", Allowed(writes=True, network=True)) == ""
    assert "calls outside" in reason_against(visits, "", "", Allowed(writes=True))
    assert "writes files" in reason_against(visits, "", "", Allowed(network=True))


def test_a_row_of_sessions_counts_where_the_table_is_not_a_copys():
    visits = [Visit(200, 1.0, effects=Effects(writes={"sessions": 1}))]
    assert reason_against(visits, "", "sessions", Allowed()) == ""
    assert reason_against(visits, "", "", Allowed()).startswith("writes to sessions")


def test_a_path_of_ninja_is_judged_by_what_answers_a_get_not_by_the_name_of_its_first_function():
    named = {"url_name": "api-1.0.0:create_event", "view": "shop.api.events", "kind": "ninja"}
    assert left_by_name("/api/events", named) is None
    assert left_by_name("/api/events", {**named, "kind": "def"}) is not None
    assert left_by_name("/api/events", {**named, "view": "shop.api.create_event"}) is not None


@pytest.mark.parametrize(
    ("changes", "allowed", "words"),
    [
        ({"OPTIONS": {"options": READ_ONLY}}, True, "let it be copied"),
        ({"OPTIONS": {"options": READ_ONLY}}, False, "let it be copied"),
        ({}, False, "--allow-writes"),
        ({}, True, ""),
    ],
)
def test_a_session_is_made_in_a_copy_or_where_it_is_allowed(changes, allowed, words):
    copies = DatabaseCopies()
    copies.add("default", changes, "the project's own", is_copy=False)
    options = Asked(user="ada", allowed=Allowed(writes=allowed))
    with pytest.raises(BadInput) if words else nullcontext() as refused:
        check_session(options, copies)
    assert not words or words in refused.value.one_line()
