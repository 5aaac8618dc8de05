"""Requests, kept connections, pieces of answers and cold servers, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.analysis.client_side import kept_places_words
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.run_in_foreground import run_headless
from asgi_vs_wsgi.server_targets.servers import server_specs
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("requests")]

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


def _unread(request):
    return HttpResponse("ok")


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
[[targets]]
server = "{server}"
workers = 1
{threads}
view = "{view}"
{target}
{visitors}
"""
GAP_MS = 60
BURST = 'arrivals = "burst"\nrequests = 6'


@pytest.fixture
def run(tmp_path: Path):
    """Run a folder made for the occasion on one server."""

    def on(server: str, view: str, **said: str) -> Outcome:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        words = {"top": "", "load": BURST, "threads": "", "target": "", "visitors": ""} | said
        (folder / "scenario.toml").write_text(TOML.format(server=server, view=view, **words), "utf-8")
        (folder / "views.py").write_text(VIEWS, "utf-8")
        (folder / "lesson.md").write_text("# Mine\n", "utf-8")
        (folder / "photo.png").write_bytes(b"\x89PNG\r\n--")
        options = Options("mine", scenario_dirs=(str(tmp_path),))
        experiment = resolve(options, load_catalog(options.scenario_dirs))
        return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)

    return on


def visitors(client: str) -> str:
    return f'[[visitors]]\nname = "all"\nshare = 1\n{client}'


def statuses(result: RunResult) -> dict[str, int]:
    return result.targets[0].requests.statuses


on_each_server = pytest.mark.parametrize(
    "server",
    [pytest.param(name, marks=pytest.mark.skipif(name not in INSTALLED, reason="not installed")) for name in FOUR],
)


# ---- requests


@on_each_server
def test_a_body_that_nobody_reads_is_answered_all_the_same(run, server):
    view = "apage" if server in ASYNC else "page"
    result = run(server, view, visitors=visitors('client = { method = "POST", body_bytes = 9000 }')).result
    assert statuses(result) == {"200": 6}
    (each,) = result.targets[0].classes
    assert each.request is not None
    assert (each.request.method, each.request.body_bytes, each.request.paths) == ("POST", 9000, [f"/mine/{view}"])
    assert result.targets[0].service_s


EXACTLY = """
[visitors.client]
method = "PUT"
path = ["items/{n}", "others/{n}"]
query = { q = "a b&c", visitor = "{n}" }
headers = { X-Kind = "a;b" }
cookies = { sessionid = "visitor-{n}" }
body = "größe=%d 100%"
"""


@on_each_server
@pytest.mark.parametrize("keep_alive", ["false", "true"])
def test_a_request_arrives_exactly_as_it_was_said(run, server, keep_alive):
    load = f'arrivals = "closed"\nrequests = 30\nconcurrency = 3\nkeep_alive = {keep_alive}'
    result = run(server, "strict", load=load, visitors=visitors(EXACTLY)).result
    assert statuses(result) == {"200": 30}


@on_each_server
@pytest.mark.parametrize(
    ("view", "client"),
    [
        ("files", 'client = { multipart = { photo = "photo.png", more = 300_000 } }'),
        ("large", "client = { body_bytes = 2_000_000 }"),
        ("head", 'client = { method = "HEAD" }'),
    ],
)
def test_files_large_bodies_and_heads_are_sent_and_answered(run, server, view, client):
    result = run(server, view, visitors=visitors(client)).result
    assert statuses(result) == {"200": 6}


@on_each_server
def test_what_a_target_says_of_its_own_view_warms_it_too(run, server):
    outcome = run(server, "head", target='request = { method = "HEAD" }')
    assert statuses(outcome.result) == {"200": 6}
    assert outcome.result.targets[0].service_s


# ---- connections

FEW_PLACES = (
    'arrivals = "closed"\nrequests = {requests}\nconcurrency = {visitors}\nkeep_alive = true\ntimeout_s = {limit}'
)


@on_each_server
@pytest.mark.parametrize(("requests", "visitors_", "threads"), [(120, 12, 2), (40, 3, 1), (60, 2, 2)])
def test_every_request_went_out_on_a_connection_that_was_made_or_kept(run, server, requests, visitors_, threads):
    """Whatever the server does with kept connections: the counts add up, and time-outs are told as time-outs."""
    threads = "" if server in ("gunicorn-sync", "uvicorn") else f"threads = {threads}"
    load = FEW_PLACES.format(requests=requests, visitors=visitors_, limit=2)
    (target,) = run(server, "waits", load=load, threads=threads).result.targets
    connections, counts = target.http_connections, target.requests
    assert connections.made + connections.reused == requests
    assert connections.answered + connections.unheard <= connections.made
    assert {kind for kind, number in counts.errors.items() if number} <= {"timeout"}
    assert counts.errors["timeout"] >= connections.unheard
    if server == "gunicorn-sync":
        assert (connections.reused, connections.closed_by_server) == (0, requests)
    elif not connections.unheard:
        assert connections.made == visitors_
        assert connections.closed_by_server == 0


@pytest.mark.skipif("granian-wsgi" not in INSTALLED, reason="not installed")
@pytest.mark.parametrize(("visitors_", "threads"), [(12, 2), (9, 1), (20, 3)])
def test_kept_connections_that_fill_the_places_of_a_server_are_told_as_the_cause(run, visitors_, threads):
    load = FEW_PLACES.format(requests=10 * visitors_, visitors=visitors_, limit=4)
    outcome = run("granian-wsgi", "waits", load=load, threads=f"threads = {threads}")
    (target,) = outcome.result.targets
    connections = target.http_connections
    assert connections.unheard == target.requests.errors["timeout"] >= visitors_ - connections.answered > 0
    assert connections.overtook > connections.answered
    told = kept_places_words(target)
    assert f"{connections.unheard} visitors on new connections heard nothing within 4" in told
    assert f"on the {connections.answered} that it had let in" in told
    assert any(told in line for line in warnings(outcome.result))


def test_a_connection_that_the_server_closes_while_nobody_uses_it_is_counted_and_replaced(run):
    """gunicorn waits two seconds for another request; the next one comes later."""
    load = 'arrivals = "constant"\nrate = 0.4\nrequests = 3\nkeep_alive = true'
    (target,) = run("gunicorn-gthread", "page", load=load).result.targets
    connections = target.http_connections
    assert target.requests.completed == 3
    assert connections.made == 3
    assert 2 <= connections.closed_by_server <= 3


@pytest.mark.parametrize("server", ["gunicorn-gthread", "gunicorn-sync", "uvicorn"])
def test_a_server_that_is_merely_slow_is_not_said_to_be_filled_by_kept_connections(run, server):
    load = FEW_PLACES.format(requests=12, visitors=12, limit=0.3)
    threads = "threads = 1" if server == "gunicorn-gthread" else ""
    view = "blocks" if server == "uvicorn" else "waits"
    (target,) = run(server, view, load=load, threads=threads).result.targets
    assert target.requests.errors["timeout"]
    assert kept_places_words(target) == ""


# ---- pieces of a stream

GZIP = 'django = { MIDDLEWARE = ["scenario_mine._as_a_browser", "django.middleware.gzip.GZipMiddleware"] }'


@on_each_server
def test_the_pieces_of_a_stream_are_told_one_by_one_with_the_gaps_between_them(run, server):
    view = "aevents" if server in ASYNC else "events"
    (target,) = run(server, view, load='arrivals = "burst"\nrequests = 1').result.targets
    assert 9 <= target.pieces.count.min <= target.pieces.count.max <= 10  # two may come together on a busy machine
    assert target.pieces.gap_ms.p50 == pytest.approx(GAP_MS, rel=0.5)


@pytest.mark.parametrize("middleware", ["", GZIP])
def test_events_come_one_by_one_gzipped_or_not_since_django_flushes_each(run, middleware):
    outcome = run("uvicorn", "aevents", target=middleware)
    (target,), (trace,) = outcome.result.targets, outcome.traces
    assert target.pieces.count.min >= 9
    assert target.pieces.gap_ms.p50 == pytest.approx(GAP_MS, rel=0.5)
    for row in range(6):
        times_ns = trace.visits.pieces.times_ns(row)
        assert trace.visits.first_byte_ns[row] <= times_ns[0] <= times_ns[-1] <= trace.visits.done_ns[row]
    assert f"in {trace.visits.pieces.count(0)} pieces" in story(trace, 0, max(trace.visits.done_ns))


@pytest.mark.parametrize(
    ("server", "view", "middleware"),
    [("uvicorn", "aevents", "_agathered"), ("gunicorn-gthread", "events", "_gathered"), ("gunicorn-sync", "page", "")],
)
def test_what_is_gathered_first_comes_at_once(run, server, view, middleware):
    target = f'django = {{ MIDDLEWARE = ["scenario_mine.{middleware}"] }}' if middleware else ""
    outcome = run(server, view, target=target)
    assert outcome.result.targets[0].pieces.count.max == 1
    assert outcome.result.targets[0].pieces.gap_ms is None
    assert "pieces" not in story(outcome.traces[0], 0, max(outcome.traces[0].visits.done_ns))


# ---- cold


@on_each_server
def test_a_cold_server_is_asked_by_nobody_before_the_first_visitor(run, server):
    one = 'arrivals = "closed"\nrequests = 4\nconcurrency = 1'
    cold = run(server, "first_is_slow", load=one, top="warm = false")
    warm = run(server, "first_is_slow", load=one)
    (target,), (trace,) = cold.result.targets, cold.traces
    assert target.service_s is None
    assert sum(worker.requests for worker in target.workers_seen) == 4
    assert trace.visits.first_id == 1
    assert target.latency_ms.max > 400 > 2 * target.latency_ms.p50
    assert warm.result.targets[0].latency_ms.max < 400


def test_what_is_cold_is_so_once(run, tmp_path):
    run("gunicorn-sync", "page", top="warm = false")
    for option, given in (("--rounds", {"rounds": 2}), ("--ladder", {"ladder": (1, 2)})):
        options = Options("mine", scenario_dirs=(str(tmp_path),), **given)
        with pytest.raises(BadInput, match=f"{option}: `mine` measures cold servers"):
            resolve(options, load_catalog(options.scenario_dirs))
    options = Options("mine", scenario_dirs=(str(tmp_path),), rounds=3, most_rounds=7)  # as the screen asks
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    assert (experiment.rounds, experiment.most_rounds) == (1, 0)
