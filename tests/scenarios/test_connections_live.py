"""Kept connections, and answers that come in pieces, on real servers."""

from __future__ import annotations

import pytest
from made_folder import ASYNC, GAP_MS, HERE, INSTALLED, Told, by_name, on_each_server, run_targets, target

from asgi_vs_wsgi.scenarios.analysis.client_side import kept_places_words
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("connections")]

# ---- connections

KEPT = 'arrivals = "closed"\nrequests = {requests}\nconcurrency = {visitors}\nkeep_alive = true\ntimeout_s = {limit}'
CROWD, PAIR = 12, 2
LIMIT_S = 4
PLACES = {"gunicorn-sync": (1,), "gunicorn-gthread": (2,), "uvicorn": (1,), "granian-wsgi": (1, 2, 3)}
"""Threads: fewer than the visitors of the crowd, and as many as the pair."""


def waiting(server: str, threads: int) -> str:
    more = "" if server in ("gunicorn-sync", "uvicorn") else f"threads = {threads}"
    return target(server, "waits", more, name=f"{server}-{threads}")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> Outcome:
    """A crowd of visitors who keep their connections, at all servers at once."""
    targets = [waiting(server, threads) for server in HERE for threads in PLACES[server]]
    load = KEPT.format(requests=10 * CROWD, visitors=CROWD, limit=LIMIT_S)
    return run_targets(tmp_path_factory.mktemp("crowd"), *targets, load=load, top="race = true", race=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Outcome:
    """Two of them, who find a place each where there are two."""
    targets = [waiting(server, min(2, max(PLACES[server]))) for server in HERE]
    load = KEPT.format(requests=30 * PAIR, visitors=PAIR, limit=LIMIT_S)
    return run_targets(tmp_path_factory.mktemp("pair"), *targets, load=load, top="race = true", race=True)


@pytest.mark.parametrize(("who", "requests", "visitors"), [("crowd", 10 * CROWD, CROWD), ("pair", 30 * PAIR, PAIR)])
def test_every_request_went_out_on_a_connection_that_was_made_or_kept(request, who, requests, visitors):
    """Whatever the server does with kept connections: the counts add up, and time-outs are told as time-outs."""
    for result in request.getfixturevalue(who).result.targets:
        connections, counts = result.http_connections, result.requests
        assert connections.made + connections.reused == requests
        assert connections.answered + connections.unheard <= connections.made
        assert {kind for kind, number in counts.errors.items() if number} <= {"timeout"}
        assert counts.errors["timeout"] >= connections.unheard
        if result.server == "gunicorn-sync":
            assert (connections.reused, connections.closed_by_server) == (0, requests)
        elif not connections.unheard:
            assert connections.made == visitors
            assert connections.closed_by_server == 0


@pytest.mark.skipif("granian-wsgi" not in INSTALLED, reason="not installed")
@pytest.mark.parametrize("threads", PLACES["granian-wsgi"])
def test_kept_connections_that_fill_the_places_of_a_server_are_told_as_the_cause(crowd, threads):
    result, _trace = by_name(crowd)[f"granian-wsgi-{threads}"]
    connections = result.http_connections
    assert connections.unheard == result.requests.errors["timeout"] >= CROWD - connections.answered > 0
    assert connections.overtook > connections.answered
    told = kept_places_words(result)
    assert f"{connections.unheard} visitors on new connections heard nothing within {LIMIT_S}" in told
    assert f"on the {connections.answered} that it had let in" in told
    assert any(told in line for line in warnings(crowd.result))


def test_a_connection_that_the_server_closes_while_nobody_uses_it_is_counted_and_replaced(tmp_path):
    """gunicorn waits two seconds for another request; the next one comes later."""
    load = 'arrivals = "constant"\nrate = 0.4\nrequests = 3\nkeep_alive = true'
    (result,) = run_targets(tmp_path, target("gunicorn-gthread", "page"), load=load).result.targets
    connections = result.http_connections
    assert result.requests.completed == 3
    assert connections.made == 3
    assert 2 <= connections.closed_by_server <= 3


def test_a_server_that_is_merely_slow_is_not_said_to_be_filled_by_kept_connections(tmp_path):
    targets = [
        target("gunicorn-gthread", "waits", "threads = 1"),
        target("gunicorn-sync", "waits"),
        target("uvicorn", "blocks"),
    ]
    load = KEPT.format(requests=CROWD, visitors=CROWD, limit=0.3)
    for result in run_targets(tmp_path, *targets, load=load).result.targets:
        assert result.requests.errors["timeout"]
        assert kept_places_words(result) == ""


# ---- pieces of a stream


def middleware(*paths: str) -> str:
    return f"django = {{ MIDDLEWARE = {list(paths)} }}"


GZIP = middleware("scenario_mine._as_a_browser", "django.middleware.gzip.GZipMiddleware")


def of_each(server: str) -> str:
    return "aevents" if server in ASYNC else "events"


@pytest.fixture(scope="module")
def lone(tmp_path_factory) -> Told:
    """One visitor of a stream at each server."""
    targets = [target(server, of_each(server)) for server in HERE]
    load = 'arrivals = "burst"\nrequests = 1'
    return by_name(run_targets(tmp_path_factory.mktemp("lone"), *targets, load=load))


@pytest.fixture(scope="module")
def streams(tmp_path_factory) -> Told:
    """Six visitors of streams that come as they are made, compressed, or gathered first."""
    targets = [
        target("uvicorn", "aevents", name="plain"),
        target("uvicorn", "aevents", GZIP, name="gzipped"),
        target("uvicorn", "aevents", middleware("scenario_mine._agathered"), name="gathered-by-a-coroutine"),
        target("gunicorn-gthread", "events", middleware("scenario_mine._gathered"), name="gathered-by-a-thread"),
        target("gunicorn-sync", "page", name="no-stream"),
    ]
    return by_name(run_targets(tmp_path_factory.mktemp("streams"), *targets))


@on_each_server
def test_the_pieces_of_a_stream_are_told_one_by_one_with_the_gaps_between_them(lone, server):
    result, _trace = lone[server]
    assert 9 <= result.pieces.count.min <= result.pieces.count.max <= 10  # two may come together on a busy machine
    assert result.pieces.gap_ms.p50 == pytest.approx(GAP_MS, rel=0.5)


@pytest.mark.parametrize("name", ["plain", "gzipped"])
def test_events_come_one_by_one_gzipped_or_not_since_django_flushes_each(streams, name):
    result, trace = streams[name]
    assert result.pieces.count.min >= 9
    assert result.pieces.gap_ms.p50 == pytest.approx(GAP_MS, rel=0.5)
    for row in range(6):
        times_ns = trace.visits.pieces.times_ns(row)
        assert trace.visits.first_byte_ns[row] <= times_ns[0] <= times_ns[-1] <= trace.visits.done_ns[row]
    assert f"in {trace.visits.pieces.count(0)} pieces" in story(trace, 0, max(trace.visits.done_ns))


@pytest.mark.parametrize("name", ["gathered-by-a-coroutine", "gathered-by-a-thread", "no-stream"])
def test_what_is_gathered_first_comes_at_once(streams, name):
    result, trace = streams[name]
    assert result.pieces.count.max == 1
    assert result.pieces.gap_ms is None
    assert "pieces" not in story(trace, 0, max(trace.visits.done_ns))
