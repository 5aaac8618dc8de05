"""A scenario folder made for the occasion, with views for requests, connections and streams, and runs of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.servers import server_specs

INSTALLED = {spec.name for spec in server_specs() if spec.installed}
FOUR = ("gunicorn-sync", "gunicorn-gthread", "uvicorn", "granian-wsgi")
ASYNC = frozenset({"uvicorn"})
VIEWS = '''
import asyncio
import hashlib
import time

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.decorators import async_only_middleware, sync_only_middleware

from asgi_vs_wsgi.views import parameter, upstream

served = 0


def page(request):
    return HttpResponse("ok")


async def apage(request):
    return HttpResponse("ok")


def strict(request):
    """200 only for a request that is exactly as the scenario says."""
    number = request.path.rsplit("/", 1)[1]
    right = (
        request.method == "PUT"
        and request.path.startswith(("/mine/strict/items/", "/mine/strict/others/"))
        and request.GET.dict() == {"q": "a b&c", "visitor": number}
        and request.headers["X-Kind"] == "a;b"
        and request.COOKIES == {"sessionid": f"visitor-{number}"}
        and request.body == "größe=%d 100%".encode()
    )
    return HttpResponse(number, status=200 if right else 418)


def files(request):
    right = (
        request.method == "POST"
        and request.FILES["photo"].read() == b"\\x89PNG\\r\\n--"
        and request.FILES["photo"].name == "photo.png"
        and request.FILES["more"].size == 300_000
    )
    return HttpResponse(status=200 if right else 418)


def large(request):
    digest = hashlib.sha256(request.body).hexdigest()
    return HttpResponse(digest, status=200 if digest == hashlib.sha256(b"x" * 2_000_000).hexdigest() else 418)


def head(request):
    return HttpResponse("a page of some length" * 400, status=200 if request.method == "HEAD" else 418)


def waits(request):
    return HttpResponse(upstream.get(parameter("ms")))


async def blocks(request):
    time.sleep(parameter("ms") / 1000)
    return HttpResponse("ok")


def first_is_slow(request):
    global served
    served += 1
    if served == 1:
        time.sleep(0.4)
    return HttpResponse("ok")


@async_only_middleware
def _as_a_browser(get_response):
    async def middleware(request):
        request.META["HTTP_ACCEPT_ENCODING"] = "gzip"
        return await get_response(request)

    return middleware


async def aevents(request):
    async def parts():
        for number in range(10):
            yield b"data: %d\\n\\n" % number
            await asyncio.sleep(parameter("ms") / 1000)

    return StreamingHttpResponse(parts(), content_type="text/event-stream")


def events(request):
    def parts():
        for number in range(10):
            yield b"data: %d\\n\\n" % number
            time.sleep(parameter("ms") / 1000)

    return StreamingHttpResponse(parts(), content_type="text/event-stream")


@sync_only_middleware
def _gathered(get_response):
    """As a proxy that buffers: everything at once, at the end."""

    def middleware(request):
        answer = get_response(request)
        return HttpResponse(b"".join(answer)) if answer.streaming else answer

    return middleware


@async_only_middleware
def _agathered(get_response):
    async def middleware(request):
        answer = await get_response(request)
        return HttpResponse(b"".join([part async for part in answer])) if answer.streaming else answer

    return middleware
'''
TOML = """
title = "Mine"
summary = "Visitors."
{top}
[parameters.ms]
default = 60
min = 1
max = 5000
help = "a wait"
[load]
{load}
{targets}
{visitors}
"""
GAP_MS = 60
BURST = 'arrivals = "burst"\nrequests = 6'


def target(server: str, view: str, more: str = "", *, name: str = "") -> str:
    """One worker of a server runs one view of the folder; `more` are further keys."""
    return f'[[targets]]\nserver = "{server}"\nname = "{name or server}"\nworkers = 1\nview = "{view}"\n{more}\n'


def planned(
    place: Path, *targets: str, top: str = "", load: str = BURST, visitors: str = "", **asked: object
) -> Experiment:
    """The folder `mine`, made in `place`, with these targets."""
    folder = place / "mine"
    folder.mkdir(exist_ok=True)
    toml = TOML.format(top=top, load=load, targets="\n".join(targets), visitors=visitors)
    (folder / "scenario.toml").write_text(toml, "utf-8")
    (folder / "views.py").write_text(VIEWS, "utf-8")
    (folder / "lesson.md").write_text("# Mine\n", "utf-8")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n--")
    options = Options("mine", scenario_dirs=(str(place),), **asked)  # type: ignore[arg-type]
    return resolve(options, load_catalog(options.scenario_dirs))


def run_targets(place: Path, *targets: str, **said: object) -> Outcome:
    """One run of it."""
    experiment = planned(place, *targets, **said)  # type: ignore[arg-type]
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


Told = dict[str, tuple[TargetResult, TargetTrace]]


def by_name(outcome: Outcome) -> Told:
    """Of each target what came out, and its trace."""
    return {each.name: (each, trace) for each, trace in zip(outcome.result.targets, outcome.traces, strict=True)}


def visitors(client: str, *, name: str = "all") -> str:
    """A class of them; all classes come equally often."""
    return f'[[visitors]]\nname = "{name}"\nshare = 1\n{client}\n'


HERE = [name for name in FOUR if name in INSTALLED]
on_each_server = pytest.mark.parametrize(
    "server",
    [pytest.param(name, marks=pytest.mark.skipif(name not in INSTALLED, reason="not installed")) for name in FOUR],
)
