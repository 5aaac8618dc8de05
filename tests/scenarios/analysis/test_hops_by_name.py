"""Crossings by name: the project's own stand with their lines, and what is not as forecast is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from asgi_vs_wsgi.scenarios.analysis.hops_by_name import hops_by_name, named_hops_words
from asgi_vs_wsgi.scenarios.project.look_result import ProjectMiddleware
from asgi_vs_wsgi.scenarios.trace.line_trace import Crossing, Followed
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import MOST_CROSSINGS
from asgi_vs_wsgi.tui.report.project_trial import hops_lines, hops_rows

VIEW = Crossing(False, "shop.views.page", "", "handlers/base.py:253 _get_response_async")
COUNT = Crossing(False, "django.db.models.query.QuerySet.count", "shop/views.py:9 page", "models/query.py:651 acount")
INTO = Crossing(True, "shop.middleware.new.<locals>.inner", "", "shop/middleware.py:3 old")


def used(name: str, *, on_loop: bool, breaks: bool = False) -> ProjectMiddleware:
    return ProjectMiddleware(name, "sync", True, on_loop, 1, 0, True, breaks, f"{name}.<locals>.inner")


def answer(*crossings: Crossing, forecast: dict[str, int]) -> Any:
    chain = [used("shop.middleware.old", on_loop=False, breaks=True), used("shop.middleware.new", on_loop=True)]
    look: Any = SimpleNamespace(middleware=chain)
    page: Any = SimpleNamespace(hops_by_name=forecast)
    hops = hops_by_name(look, page, Followed(crossings=[*crossings]))
    servers = [SimpleNamespace(target="uvicorn", hops_by_name=hops)]
    pages = [SimpleNamespace(path=path, servers=servers) for path in ("/a/", "/b/\x1b", "/c/")]
    return SimpleNamespace(pages=pages, servers=[SimpleNamespace(target="uvicorn", interface="asgi")])


def test_code_of_the_projects_own_stands_with_the_line_that_asked_for_it():
    found = answer(VIEW, COUNT, COUNT, forecast={"the view": 1})
    assert [
        (each.name, each.forecast, each.measured, each.lines) for each in found.pages[0].servers[0].hops_by_name
    ] == [
        ("the view", 1, 1, []),
        ("django.db.models.query.QuerySet.count", 0, 2, ["shop/views.py:9 page"]),
    ]
    assert list(named_hops_words(found)) == [
        "shop/views.py:9 page crosses for django.db.models.query.QuerySet.count (2 crossings for /a/ at uvicorn): "
        "the look at the chain has forecast none of that."
    ]


def test_of_a_page_that_nobody_forecast_what_django_asks_for_is_no_surprise():
    found = answer(VIEW, COUNT, forecast={})
    assert [each.forecast for each in found.pages[0].servers[0].hops_by_name] == [None, None]
    [words] = named_hops_words(found)
    assert words.startswith("shop/views.py:9 page crosses for django.db.models.query.QuerySet.count (1 crossing for")


def test_who_breaks_the_chain_is_told_once_and_what_did_not_come_for_each_page():
    told = list(named_hops_words(answer(INTO, forecast={"shop.middleware.old": 1, "the view": 1})))
    assert [words for words in told if "breaks the async chain" in words] == [told[0]]
    assert told[0].startswith("shop.middleware.old is sync alone and breaks the async chain")
    assert [words for words in told if "the view 0, forecast 1" in words] == told[1:]
    assert len(told) == 4


def test_pages_that_cross_alike_stand_together_and_no_name_gets_past_the_gate():
    found = answer(VIEW, INTO, COUNT, forecast={"the view": 1})
    head, *rows = hops_rows(found)
    assert [row[0] for row in rows] == ["/a/", "/b/\\x1b", "and 1 more"]
    assert rows[1][3] == "shop.middleware.old, breaks the async chain"
    assert rows[2][3].endswith("QuerySet.count ← shop/views.py:9 page")
    assert len(head) == 4
    assert all(len(line) <= 60 and line.isprintable() for line in hops_lines(found, 60))
    assert hops_rows(answer(forecast={})) == []


def test_where_nobody_followed_or_not_to_the_end_nothing_is_said():
    look: Any = SimpleNamespace(middleware=[])
    assert hops_by_name(look, None, None) is None
    assert hops_by_name(look, None, Followed(crossings=[COUNT] * MOST_CROSSINGS)) is None
    assert hops_by_name(look, None, Followed(crossings=[COUNT] * (MOST_CROSSINGS - 1))) is not None
