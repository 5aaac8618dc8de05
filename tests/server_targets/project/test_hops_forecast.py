"""The forecast of hops equals what a request of Django's own ASGI handler crosses, whatever the middleware."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from asgi_vs_wsgi.scenarios.analysis.hops_by_name import hops_by_name
from asgi_vs_wsgi.scenarios.project.look_result import ProjectMiddleware, ProjectPage, as_answered
from asgi_vs_wsgi.scenarios.trace.line_trace import Crossing, Followed

PROGRAM = """
import asyncio, json, sys
from types import ModuleType

import asgiref.sync
import django
from django.conf import settings

hops = 0


def counting(kind):
    real = kind.__call__

    def call(self, *arguments, **options):
        global hops
        hops += 1
        return real(self, *arguments, **options)

    kind.__call__ = call


settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="urls",
    MIDDLEWARE=json.loads(sys.argv[1]), DEBUG=sys.argv[2] == "debug",
    INSTALLED_APPS=[f"django.contrib.{name}" for name in ("contenttypes", "auth", "sessions", "messages")],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"page.html": "page"})]}}],
)
django.setup(set_prefix=False)
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import async_only_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.generic import TemplateView

middleware = ModuleType("middleware")
sys.modules["middleware"] = middleware


@sync_only_middleware
def sync_only(get_response):
    return lambda request: get_response(request)


@async_only_middleware
def async_only(get_response):
    async def middleware(request):
        return await get_response(request)

    return middleware


def not_used(get_response):
    raise MiddlewareNotUsed


class Old(MiddlewareMixin):
    def process_request(self, request):
        return None


class Views(MiddlewareMixin):
    def process_view(self, request, view, arguments, options):
        return None

    def process_template_response(self, request, response):
        return response

    def process_exception(self, request, error):
        return None


class Guard(MiddlewareMixin):
    def process_view(self, request, view, arguments, options):
        return HttpResponse("who are you?")


class AsyncViews(MiddlewareMixin):
    async def process_view(self, request, view, arguments, options):
        return None

    async def process_template_response(self, request, response):
        return response


class SyncClass:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, options):
        return None


class AsyncClass:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.get_response(request)


for each in (sync_only, async_only, not_used, Old, Views, Guard, AsyncViews, SyncClass, AsyncClass):
    setattr(middleware, each.__name__, each)


def page(request):
    return HttpResponse("page")


async def async_page(request):
    return HttpResponse("page")


def template_page(request):
    return TemplateResponse(request, "page.html")


class Generic(TemplateView):
    template_name = "page.html"


class Class(View):
    def get(self, request):
        return HttpResponse("page")


class AsyncClassView(View):
    async def get(self, request):
        return HttpResponse("page")


urls = ModuleType("urls")
urls.urlpatterns = [
    path("sync/", page), path("async/", async_page), path("template/", template_page),
    path("generic/", Generic.as_view()), path("class/", Class.as_view()),
    path("async-class/", AsyncClassView.as_view()),
]
sys.modules["urls"] = urls
from asgi_vs_wsgi.server_targets.project.middleware_chain import build_chain
from asgi_vs_wsgi.server_targets.project.url_patterns import pages

chain = build_chain()
forecast = {found.path: chain.hops(found.view.is_async, found.view.template_response) for found in pages()}
from django.core.handlers.asgi import ASGIHandler

counting(asgiref.sync.SyncToAsync)
counting(asgiref.sync.AsyncToSync)
application = ASGIHandler()


async def hops_of(path):
    global hops
    hops = 0
    asked = asyncio.Event()
    sent = []

    async def receive():
        if asked.is_set():
            await asyncio.Event().wait()
        asked.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [(b"host", b"localhost")], "http_version": "1.1", "scheme": "http"}
    await application(scope, receive, send)
    assert sent[0]["status"] == 200, sent
    return hops

from asgi_vs_wsgi.server_targets.probe.backends import best_recorder
from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
from asgi_vs_wsgi.server_targets.probe.hooks.line_tracer import Following
from asgi_vs_wsgi.server_targets.probe.protocol import ring
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
from pathlib import Path
from types import SimpleNamespace
import tempfile

crossings = {}
told = SimpleNamespace(followed=lambda request, crossings=(), **part: crossed.extend(crossings))
with tempfile.TemporaryDirectory() as folder:
    recorder = best_recorder(ring.create(Path(folder) / "ring", 1 << 12), told, "/nowhere/")
follow_threads(recorder)


async def crossings_of(path):
    global application
    CURRENT.set(7)
    application = Following(ASGIHandler(), recorder).asgi
    return await hops_of(path)

counted = {path: asyncio.run(hops_of(path)) for path in forecast}
by_name = {found.path: chain.hops_by_name(found.view.is_async, found.view.template_response) for found in pages()}
for path in forecast:
    crossed = crossings[path] = []
    asyncio.run(crossings_of(path))
print(json.dumps([forecast, counted, chain.counted, chain.told(), by_name, crossings]))
"""
DJANGOS = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CHAINS = {
    "none": [],
    "django's": DJANGOS,
    "sync outermost": ["middleware.sync_only", *DJANGOS],
    "sync in the middle": [*DJANGOS[:4], "middleware.sync_only", *DJANGOS[4:]],
    "sync innermost": [*DJANGOS, "middleware.sync_only"],
    "sync twice": ["middleware.SyncClass", *DJANGOS[:2], "middleware.sync_only"],
    "async between syncs": ["middleware.sync_only", "middleware.AsyncClass", "middleware.sync_only"],
    "async alone": ["middleware.async_only", "middleware.AsyncClass"],
    "not used": ["middleware.not_used", *DJANGOS, "middleware.not_used"],
    "sync, not used": ["middleware.Old", "middleware.not_used", "middleware.sync_only"],
    "hooks of views": ["middleware.Views", "middleware.AsyncViews", "middleware.SyncClass"],
    "async hooks on the loop": ["middleware.AsyncViews", "middleware.Old", "middleware.Views"],
}


def run(middleware, debug="no"):
    return json.loads(_ran(json.dumps(middleware), debug))


@cache
def _ran(middleware, debug):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, middleware, debug], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CHAINS)
def test_the_forecast_is_what_a_request_crosses(name):
    forecast, counted, *_ = run(CHAINS[name])
    assert forecast == counted
    assert len(forecast) == 6


@pytest.mark.parametrize("name", CHAINS)
def test_each_crossing_is_measured_under_the_name_that_it_was_forecast_by(name):
    forecast, _, _, told, by_name, crossings = run(CHAINS[name])
    look: Any = SimpleNamespace(middleware=msgspec.convert(told, list[ProjectMiddleware]))
    for path, crossed in crossings.items():
        followed = Followed(crossings=[Crossing(*each) for each in crossed])
        hops = hops_by_name(look, SimpleNamespace(hops_by_name=by_name[path]), followed)  # type: ignore[arg-type]
        assert {each.name: each.measured for each in hops or ()} == by_name[path]
        assert sum(by_name[path].values()) == len(crossed) == forecast[path]
        assert {each.name for each in hops or () if each.breaks} <= {each["name"] for each in told if each["breaks"]}


@pytest.mark.parametrize("inside", [[], ["middleware.Views", "middleware.AsyncViews", "middleware.SyncClass"]])
def test_where_a_middleware_answers_neither_the_view_nor_the_hooks_of_those_further_in_are_crossed_to(inside):
    _, counted, _, told, by_name, _ = run(["middleware.Views", "middleware.Guard", *inside])
    middleware = msgspec.convert(told, list[ProjectMiddleware])
    for path, hops in by_name.items():
        page = ProjectPage(path, "view", "def", False, False, False, "", 0, True, 0, hops_by_name=hops)
        answered = as_answered(page, middleware, rendered=False, answered_by=middleware[1].runs_as)
        assert answered.hops_forecast == counted[path]


def test_debug_changes_no_hop():
    forecast, counted, *_ = run(CHAINS["sync in the middle"], "debug")
    assert forecast == counted


def test_who_breaks_the_chain_is_named_and_who_runs_on_the_loop():
    told = run(CHAINS["sync in the middle"])[3]
    assert [each["name"] for each in told] == CHAINS["sync in the middle"]
    assert [each["name"] for each in told if each["breaks"]] == ["middleware.sync_only"]
    told = run([*DJANGOS, "middleware.not_used", "middleware.AsyncClass"])[3]
    assert [each["on_loop"] for each in told] == [True] * 7 + [False, True]
    assert [each["used"] for each in told] == [True] * 7 + [False, True]
    assert [each["kind"] for each in told[-2:]] == ["sync", "async"]


def test_code_of_its_own_on_the_loop_makes_the_forecast_the_least():
    assert run(CHAINS["django's"])[2]
    assert not run(CHAINS["async alone"])[2]
    assert run(CHAINS["sync twice"])[2]
