"""Kept connections, and answers that come in pieces, on real servers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from made_folder import ASYNC, GAP_MS, INSTALLED, on_each_server, run_folder

from asgi_vs_wsgi.scenarios.analysis.client_side import kept_places_words
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("connections")]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Outcome]:
    """Run the made folder on one server."""
    return partial(run_folder, tmp_path)


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
