"""A run as one page: nothing leads out of it or into it, no text is obeyed, and nothing private is handed on."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path

import pytest
from hostile_runs import hostile_run
from msgspec.structs import replace
from opened_page import Page, made, page
from saved_runs import RUNS

from asgi_vs_wsgi.scenarios.results import FailureReason
from asgi_vs_wsgi.scenarios.results.project_answer import PageAnswer, PageAtServer, ProjectAnswer
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.html_report.page import report_page
from asgi_vs_wsgi.tui.playback.loader import scenario_of

ATTACK = "</script></style></textarea><script>alert(1)</script><img src=x onerror=alert(2)>"
ATTACK += "'\"><svg/onload=alert(3)>{{ title }}"


def expect_harmless(html: str, scripts: int = 2) -> Page:
    told = Page(html)
    names = [tag for tag, _ in told.elements]
    assert not {"img", "svg", "iframe", "object", "embed", "form", "base", "video", "audio"} & set(names)
    assert names.count("script") == scripts
    assert names.count("style") == 1
    assert not [key for _, attributes in told.elements for key in attributes if key.startswith("on") or key == "style"]
    loaded = [value for _, attributes in told.elements for key, value in attributes.items() if key in ("src", "href")]
    assert loaded == ["data:,"]
    return told


def test_hostile_texts_are_texts(tmp_path: Path):
    html = report_page(read_run(hostile_run(tmp_path, ATTACK)))
    told = expect_harmless(html)
    assert "alert(2)" in told.words, "they are shown all the same"
    assert "{{ title }}" in told.words
    assert "\x1b" not in html


def test_the_title_and_the_words_of_an_exception_are_escaped():
    saved = made()
    toml = saved.scenario.toml.replace('title = "Slow I/O"', f"title = '''{ATTACK}'''")
    failure = [FailureReason(exception="ValueError", words=ATTACK, count=3, where="views.py:9 sync_page")]
    targets = [replace(target, failures=failure) for target in saved.result.targets]
    saved = replace(saved, result=replace(saved.result, targets=targets), scenario=replace(saved.scenario, toml=toml))
    told = expect_harmless(report_page(saved))
    assert told.words.count("<img src=x onerror=alert(2)>") >= 3
    assert "<img" not in told.html


@pytest.mark.parametrize("name", RUNS)
def test_nothing_leads_out_of_it_and_it_allows_nothing_else(name: str):
    told = expect_harmless(page(name).html)
    assert not re.findall(r"\w+://|url\(|@import|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(", told.html)
    policy = next(each["content"] for tag, each in told.elements if each.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    script = [text for inside, text in told.texts if inside == "script"][-1]
    style = next(text for inside, text in told.texts if inside == "style")
    for kind, text in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_nothing_private_is_in_it(monkeypatch: pytest.MonkeyPatch):
    planted = "hunter2-planted-secret"
    monkeypatch.setenv("SECRET_OF_MINE", planted)
    saved = made()
    toml = saved.scenario.toml.replace(
        'view = "async_page"',
        f'view = "async_page"\nrequest = {{ headers = {{ Authorization = "{planted}" }},'
        f' cookies = {{ session = "{planted}" }} }}\ndjango = {{ AUTH_PASSWORD = "{planted}" }}',
    )
    where = f"could not connect to postgres://me:{planted}@db/shop"
    failure = [FailureReason(exception="OperationalError", words=where, count=3, where="views.py:9 sync_page")]
    targets = [replace(target, failures=failure) for target in saved.result.targets]
    view = saved.targets[0].facts.view
    views = saved.scenario.views + f'\n\ndef {view}(request):\n    connect("postgres://me:{planted}@db/shop")\n'
    views += f'    login(PASSWORD="{planted}", user="me", headers={{"X-Api-Key": "{planted}"}})\n'
    lesson = f"# X\n\nRun it on postgres://me:{planted}@db/shop\n"
    scenario = replace(saved.scenario, toml=toml, views=views, lesson=lesson)
    environment = saved.result.environment | {"variables": dict(os.environ)}
    result = replace(saved.result, targets=targets, environment=environment)
    assert scenario_of(scenario), "it is read, and not left out"
    told = Page(report_page(replace(saved, result=result, scenario=scenario)))
    assert "OperationalError" in told.words
    assert "connect(" in told.words
    assert 'login(PASSWORD="***", user="me"' in told.words
    assert planted not in told.html
    assert planted.encode() not in told.pack.raw


def test_the_answer_for_ones_own_project_comes_first_and_hands_on_no_token():
    saved = made()
    servers = [PageAtServer("gunicorn-sync", 32, 3230.0, 3230.0, 1.2, 200.0, 0.0)]
    asked = PageAnswer("cart", "/cart/?token=hunter2&page=7", "shop.cart", "shop/views.py:9", 3, False, 0.9, servers)
    words = ["uvicorn beside gunicorn-sync: better"]
    answer = ProjectAnswer([asked], [], [], None, 3, words)
    told = Page(report_page(replace(saved, result=replace(saved.result, answer=answer))))
    assert next(iter(told.tables)).startswith("Your project")
    assert "/cart/?token=not-saved&page=7" in told.words
    assert "hunter2" not in told.html
    assert words[0] in told.words
