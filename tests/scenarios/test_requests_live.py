"""Requests as a scenario says them, and cold servers, on real servers."""

from __future__ import annotations

import pytest
from made_folder import ASYNC, HERE, Told, by_name, on_each_server, planned, run_targets, target, visitors

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results import TargetResult, VisitorClass

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("requests")]

# ---- requests

EXACTLY = """
[visitors.client]
method = "PUT"
path = ["items/{n}", "others/{n}"]
query = { q = "a b&c", visitor = "{n}" }
headers = { X-Kind = "a;b" }
cookies = { sessionid = "visitor-{n}" }
body = "größe=%d 100%"
"""
OF_VIEWS = {
    "files": 'client = { multipart = { photo = "photo.png", more = 300_000 } }',
    "large": "client = { body_bytes = 2_000_000 }",
    "head": 'client = { method = "HEAD" }',
    "strict": EXACTLY,
}
"""Views that answer 200 only to what a class of visitors is to send to them."""
CLASSES = visitors('client = { method = "POST", body_bytes = 9000 }', name="unread") + "".join(
    visitors(client, name=view) for view, client in OF_VIEWS.items()
)
VIEWS = "views = { " + ", ".join(f'{view} = "{view}"' for view in OF_VIEWS) + " }"


def own_view(server: str) -> str:
    """One that reads no body."""
    return "apage" if server in ASYNC else "page"


@pytest.fixture(scope="module", params=["false", "true"])
def served(request, tmp_path_factory) -> Told:
    """Every kind of request on every server, on new connections and on kept ones."""
    load = f'arrivals = "closed"\nrequests = 90\nconcurrency = 3\ntimeout_s = 20\nkeep_alive = {request.param}'
    targets = [target(server, own_view(server), VIEWS) for server in HERE]
    return by_name(run_targets(tmp_path_factory.mktemp("served"), *targets, load=load, visitors=CLASSES))


def class_of(told: Told, server: str, name: str) -> VisitorClass:
    (found,) = [each for each in told[server][0].classes if each.name == name]
    assert found.requests.planned >= 6
    return found


@on_each_server
def test_where_and_what_each_class_has_asked_is_kept_for_exports(served, server):
    result, trace = served[server]
    assert 0 < trace.facts.port < 65536
    assert trace.facts.requests == {each.name: each.request for each in result.classes}


@on_each_server
def test_a_body_that_nobody_reads_is_answered_all_the_same(served, server):
    unread = class_of(served, server, "unread")
    assert unread.requests.statuses == {"200": unread.requests.planned}
    assert unread.request is not None
    told = (unread.request.method, unread.request.body_bytes, unread.request.paths)
    assert told == ("POST", 9000, [f"/mine/{own_view(server)}"])
    assert served[server][0].service_s


@on_each_server
@pytest.mark.parametrize("view", OF_VIEWS)
def test_requests_files_large_bodies_and_heads_arrive_exactly_as_they_were_said(served, server, view):
    counts = class_of(served, server, view).requests
    assert counts.statuses == {"200": counts.planned}


# ---- cold

ONE_BY_ONE = 'arrivals = "closed"\nrequests = 4\nconcurrency = 1'


@pytest.fixture(scope="module")
def cold(tmp_path_factory) -> Told:
    targets = [target(server, "first_is_slow") for server in HERE]
    place = tmp_path_factory.mktemp("cold")
    return by_name(run_targets(place, *targets, load=ONE_BY_ONE, top="warm = false"))


@pytest.fixture(scope="module")
def warm(tmp_path_factory) -> Told:
    """The same servers warmed up, and each once more with a request of the target's own."""
    targets = [target(server, "first_is_slow") for server in HERE]
    asking = 'request = { method = "HEAD" }'
    targets += [target(server, "head", asking, name=f"{server}-asks") for server in HERE]
    return by_name(run_targets(tmp_path_factory.mktemp("warm"), *targets, load=ONE_BY_ONE))


@on_each_server
def test_what_a_target_says_of_its_own_view_warms_it_too(warm, server):
    result, _trace = warm[f"{server}-asks"]
    assert result.requests.statuses == {"200": 4}
    assert result.service_s


@on_each_server
def test_a_cold_server_is_asked_by_nobody_before_the_first_visitor(cold, warm, server):
    result, trace = cold[server]
    assert result.service_s is None
    assert sum(worker.requests for worker in result.workers_seen) == 4
    assert trace.visits.first_id == 1
    assert result.latency_ms.max > 400 > 2 * result.latency_ms.p50
    assert slowest_ms(warm[server][0]) < 400


def slowest_ms(result: TargetResult) -> float:
    assert result.latency_ms.max is not None
    return result.latency_ms.max


@pytest.mark.parametrize(("option", "given"), [("--rounds", {"rounds": 2}), ("--ladder", {"ladder": (1, 2)})])
def test_what_is_cold_is_so_once(tmp_path, option, given):
    page = target("gunicorn-sync", "page")
    with pytest.raises(BadInput, match=f"{option}: `mine` measures cold servers"):
        planned(tmp_path, page, top="warm = false", **given)
    experiment = planned(tmp_path, page, top="warm = false", rounds=3, most_rounds=7)  # as the screen asks
    assert (experiment.rounds, experiment.most_rounds) == (1, 0)
