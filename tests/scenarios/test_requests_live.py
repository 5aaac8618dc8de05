"""Requests as a scenario says them, and cold servers, on real servers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from made_folder import ASYNC, on_each_server, run_folder, statuses, visitors

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("requests")]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Outcome]:
    """Run the made folder on one server."""
    return partial(run_folder, tmp_path)


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
