"""What answers a path of django-ninja, where one path has several functions."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SCRIPT = """
import json, sys
import django
from django.conf import settings
settings.configure(ROOT_URLCONF="__main__", SECRET_KEY="x", INSTALLED_APPS=["django.contrib.contenttypes"])
django.setup()
from django.urls import path
from ninja import NinjaAPI

api = NinjaAPI()

@api.post("events")
def create_event(request): ...
@api.get("events")
def events(request): ...
@api.delete("events")
async def delete_events(request): ...
@api.get("clock")
async def clock(request): ...
@api.put("only")
def put_only(request): ...
@api.post("only")
def post_only(request): ...

urlpatterns = [path("api/", api.urls)]

from asgi_vs_wsgi.server_targets.project.url_patterns import pages
from asgi_vs_wsgi.server_targets.project.visit import view_at
told = {target: view_at(target) for target in sys.argv[1:]}
listed = [[page.path, page.name, page.view.name, page.view.kind, page.view.is_async] for page in pages()]
print(json.dumps([told, listed]))
"""
ASKED = ("/api/events", "POST /api/events?x=1", "DELETE /api/events", "/api/clock", "/api/only", "POST /api/only", "/")


@pytest.fixture(scope="module")
def answers() -> Any:
    ended = subprocess.run([sys.executable, "-c", SCRIPT, *ASKED], capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("target", "view", "kind"),
    [
        ("/api/events", "events", "ninja"),
        ("POST /api/events?x=1", "create_event", "ninja"),
        ("DELETE /api/events", "delete_events", "async ninja"),
        ("/api/clock", "clock", "async ninja"),
        ("POST /api/only", "post_only", "ninja"),
        ("/api/only", "put_only, __main__.post_only", "ninja"),
    ],
)
def test_of_several_functions_at_one_path_that_is_named_which_answers_the_method(answers, target, view, kind):
    told, _ = answers
    assert (told[target]["view"], told[target]["kind"]) == (f"__main__.{view}", kind)
    assert told["/"] is None


def test_a_path_is_listed_with_what_answers_a_get(answers):
    _, listed = answers
    events = {tuple(row[2:]) for row in listed if row[0] == "/api/events"}
    assert events == {("__main__.events", "ninja", False)}
