"""Visitors of several pages on real servers: one run of gthread and uvicorn, looked at from all sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.tui.report.run_report import report

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("pages")]

FOLDERS = Path(__file__).parent / "folders"
PAGES = ["login", "cart", "pay"]


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    options = Options("several-pages", scenario_dirs=(str(FOLDERS),))
    return resolve(options, load_catalog(options.scenario_dirs))


@pytest.fixture(scope="module")
def outcome(experiment: Experiment) -> Outcome:
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


def test_every_visitor_is_known_again_on_every_page(outcome: Outcome):
    """The views answer 418 to whoever has not the session and the cookies of the page before."""
    for target in outcome.result.targets:
        lookers, buyers = target.classes
        assert target.requests.unexpected == target.requests.failed == target.requests.dropped == 0
        assert lookers.requests.planned + buyers.requests.planned / 3 == 18
        assert (buyers.visits.visitors, buyers.visits.completed) == (buyers.requests.planned / 3,) * 2
        assert [page.name for page in buyers.pages] == PAGES
        assert [[*page.requests.statuses] for page in buyers.pages] == [["302"], ["200"], ["200"]]


def test_a_visit_is_its_pages_together_and_never_the_thought_between(outcome: Outcome):
    for target, trace in zip(outcome.result.targets, outcome.traces, strict=True):
        _, buyers = target.classes
        means = [page.latency_ms.mean for page in buyers.pages]
        assert buyers.visits.latency_ms.mean == pytest.approx(sum(means))
        visits = trace.visits
        for row in trace.rows_of("buyers"):
            place, _ = trace.page_of(row)
            thought_ms = (visits.intended_ns[row] - visits.done_ns[row - 1]) / 1e6 if place else 20
            assert 20 <= thought_ms <= 60


def test_each_page_is_a_request_that_a_worker_tells_of(outcome: Outcome):
    for target, trace in zip(outcome.result.targets, outcome.traces, strict=True):
        assert target.telemetry.unjoined == 0
        assert all(trace.handling(row) for row in range(len(trace.visits)))
        assert sum(worker.requests for worker in target.workers_seen) == target.requests.planned
        assert target.http_connections.made + target.http_connections.reused == target.requests.planned
        assert target.http_connections.reused > 0


def test_what_is_saved_opens_with_the_same_pages(outcome: Outcome, experiment: Experiment, tmp_path: Path):
    write_run(tmp_path / "run.avw", experiment.scenario, outcome)
    saved = read_run(tmp_path / "run.avw")
    assert saved.result.targets == outcome.result.targets
    for before, after in zip(outcome.traces, saved.traces(), strict=True):
        rows = range(len(before.visits))
        assert [after.page_of(row) for row in rows] == [before.page_of(row) for row in rows]
        assert [after.expected(row) for row in rows] == [before.expected(row) for row in rows]


def test_the_report_tells_of_each_page_and_of_whole_visits(outcome: Outcome, experiment: Experiment):
    lines = report(experiment, outcome, 120)
    for place, name in enumerate(PAGES, 1):
        assert len([line for line in lines if line.startswith(f"  page {place} {name}")]) == 2
    assert len([line for line in lines if "“buyers” visitors got all their pages" in line]) == 2
    assert "buyers, page 2: GET: /several-pages/cart/items/{n}" in lines
