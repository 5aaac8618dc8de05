"""Which answers are pages, a scenario may say: with a redirect expected all is judged as for a 200, else nothing is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.tui.report.run_report import report

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("expected-answers")]

VIEWS = """
import asyncio
import itertools
import time

from django.http import HttpResponse, HttpResponseRedirect

NUMBERS = itertools.count()


def served(request):
    return HttpResponse("page")


def moved(request):
    time.sleep(0.2)
    return HttpResponseRedirect("/elsewhere")


async def amoved(request):
    await asyncio.sleep(0.2)
    return HttpResponseRedirect("/elsewhere")


def limited(request):
    return HttpResponse("later", status=429)


def fails(request):
    return HttpResponse("not now", status=503)


def missing(request):
    return HttpResponse("nothing here", status=404)
"""
SERVERS = {"gunicorn-sync": "one-per-worker", "gunicorn-gthread": "one-per-thread", "uvicorn": "all-at-once"}


def target(server: str, view: str, more: str) -> str:
    return f'[[targets]]\nserver = "{server}"\nview = "{view}"\nworkers = 2\nthreads = 1\n{more}'


def check(expected: str) -> str:
    return f'[[targets.checks]]\nname = "as quick"\nquantity = "latency_ms.p95"\nexpected = "{expected}"\n'


def resolved(tmp_path: Path, toml: str, **options: object) -> Experiment:
    folder = tmp_path / "answers"
    folder.mkdir()
    head = 'title = "Answers"\nsummary = "{requests} visitors"\n'
    (folder / "scenario.toml").write_text(head + toml, "utf-8")
    (folder / "views.py").write_text(VIEWS, "utf-8")
    (folder / "lesson.md").write_text("# Answers\n", "utf-8")
    asked = Options("answers", scenario_dirs=(str(tmp_path),), **options)  # type: ignore[arg-type]
    return resolve(asked, load_catalog(asked.scenario_dirs))


def run(experiment: Experiment) -> Outcome:
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


def redirects(*expected: str) -> str:
    """A target for each server, and what it says that it answers."""
    views = {"gunicorn-sync": "moved", "gunicorn-gthread": "moved", "uvicorn": "amoved"}
    targets = (
        target(server, views[server], f'law = "{law}"\n{more}' + check("< 60000"))
        for (server, law), more in zip(SERVERS.items(), expected, strict=True)
    )
    return '[load]\narrivals = "burst"\nrequests = 12\n' + "".join(targets)


def test_where_a_redirect_is_expected_law_check_verdict_and_throughput_are_as_for_a_page(tmp_path):
    """Said as one status, or as a list in which it is."""
    result = run(resolved(tmp_path, redirects("expect = 302\n", "expect = [200, 302]\n", "expect = [302]\n"))).result
    for each in result.targets:
        assert each.requests.statuses == {"302": 12}
        assert (each.requests.unexpected, each.not_served) == (0, [])
        assert each.law is not None
        assert each.law.reason is None or "page" not in each.law.reason
        assert [made.holds for made in each.checks] == [True]
        assert each.throughput_rps == pytest.approx(12 / (each.makespan_s or 0))
        assert each.law.holds is True or each.law.reason or (each.machine and each.machine.busy), (
            "others may take the machine, and nothing else speaks against it"
        )
    # A machine that others take may leave no winner, but none of the answers does.
    assert result.verdict.winner in ("uvicorn", None)
    assert "answered" not in result.verdict.words


def test_where_nothing_is_said_nothing_is_judged_of_redirects_nor_where_another_answer_is_expected(tmp_path):
    page = target("uvicorn", "served", 'name = "page"\nlaw = "all-at-once"\nexpect = 302\n' + check("< 60000"))
    experiment = resolved(tmp_path, redirects("", "", "") + page)
    outcome = run(experiment)
    assert outcome.result.verdict.winner is None
    assert "answered 302" in outcome.result.verdict.words
    for each in outcome.result.targets:
        unexpected = "200" if each.name == "page" else "302"
        assert (each.requests.unexpected, each.requests.completed) == (12, 12)
        assert [(unserved.kind, unserved.requests) for unserved in each.not_served] == [(unexpected, 12)]
        assert each.throughput_rps == 0
        assert each.law is not None
        assert (each.law.holds, [made.holds for made in each.checks]) == (None, [None])
    text = "\n".join(report(experiment, outcome, 200))
    assert text.count("12 × 302") == 3
    assert text.count("12 of 12 visitors had no page") == 4


def mixed() -> str:
    """Classes that are answered in every way; one expects to be told to come later, and another does not."""
    classes = {"page": "served", "login": "served", "limit": "limited", "broken": "fails", "gone": "missing"}
    classes["told"] = "limited"
    own = "views = { " + ", ".join(f'{name} = "{view}"' for name, view in classes.items()) + " }\n"
    visitors = "".join(
        f'[[visitors]]\nname = "{name}"\nshare = 1\n' + ("expect = 429\n" if name == "told" else "") for name in classes
    )
    targets = "".join(target(server, "served", own) for server in SERVERS)
    return f'[load]\narrivals = "closed"\nconcurrency = 4\nrequests = 72\n{visitors}{targets}'


def counted(result: TargetResult) -> dict[str, int]:
    return {each.name: each.requests.planned for each in result.classes}


def test_a_mix_of_answers_is_told_by_its_statuses_and_only_those_expected_of_a_class_are_throughput(tmp_path):
    experiment = resolved(tmp_path, mixed())
    outcome = run(experiment)
    for result in outcome.result.targets:
        asked, counts = counted(result), result.requests
        as_expected = asked["page"] + asked["login"] + asked["told"]
        later = asked["limit"] + asked["told"]
        pages = asked["page"] + asked["login"]
        assert counts.statuses == {"200": pages, "404": asked["gone"], "429": later, "503": asked["broken"]}
        assert counts.unexpected == asked["limit"] + asked["gone"]
        assert counts.failed == asked["broken"]
        assert result.throughput_rps == pytest.approx(as_expected / (result.makespan_s or 0))
        assert {each.name: each.requests.unexpected for each in result.classes} == {
            **{"page": 0, "login": 0, "broken": 0, "told": 0},
            **{"limit": asked["limit"], "gone": asked["gone"]},
        }
        not_served = {"404": asked["gone"], "429": asked["limit"], "503": asked["broken"]}
        assert {each.kind: each.requests for each in result.not_served} == not_served
    assert outcome.result.verdict.winner is None
    text = "\n".join(report(experiment, outcome, 200))
    for name, limited in ((each.name, counted(each)["limit"]) for each in outcome.result.targets):
        assert re.search(rf"^{name} limit +{limited}/{limited} +{limited} +0 ", text, re.MULTILINE)
    line = next(line for line in report(experiment, outcome, 200) if line.startswith("statuses"))
    assert line.count(" × 429") == 3


def test_what_the_warm_up_left_is_told_beside_the_peaks_of_the_round(tmp_path):
    """Its threads keep the connections that it opened; one visitor alone needs one of them."""
    experiment = resolved(tmp_path, DATABASE)
    (result,) = run(replace(experiment, targets=experiment.targets[:1])).result.targets
    (worker,) = result.workers_seen
    assert worker.threads_before is not None
    assert worker.threads_peak is not None
    assert result.connections is not None
    assert result.connections.before is not None
    assert 1 <= result.connections.before <= result.connections.peak <= result.connections.before + 1
    assert 1 < worker.threads_before <= worker.threads_peak
    assert worker.rss_before_mb == pytest.approx(worker.rss_peak_mb, rel=0.2)


DATABASE = """
database = true
[load]
arrivals = "burst"
requests = 1
[[targets]]
server = "gunicorn-gthread"
view = "asks"
workers = 1
threads = 8
database = { CONN_MAX_AGE = 60 }
"""
VIEWS += """

def asks(request):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("asked")
"""
