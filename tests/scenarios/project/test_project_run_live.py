"""A stranger's project on live servers: one run of the command, looked at from all sides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from own_project import BOOK_URLS, VIEWS, tree_of, write_project
from process_family import runs

from asgi_vs_wsgi.scenarios.analysis.call_site import line_in
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.commands.check import Asked, check

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("own-project")]

ADDED = """

def write(request):
    import os
    import time

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS visits (pid INTEGER)")
        cursor.execute("INSERT INTO visits VALUES (%s)", [os.getpid()])
        cursor.execute("SELECT COUNT(*) FROM visits")
        count = cursor.fetchone()[0]
    time.sleep(0.02)
    return HttpResponse(str(count))
"""
HOLDING = """
    import time

    time.sleep(0)
    return HttpResponse("search")
"""
FEED = """
        import time

        time.sleep(0.015)
        return HttpResponse("feed")
"""
WITH_SLEEPS = VIEWS.replace('\n    return HttpResponse("search")\n', HOLDING).replace(
    '\n        return HttpResponse("feed")\n', FEED
)
REFUSING_CONF = "raise SystemExit('the project is run with a configuration of its own')\n"
LIMIT_S = 240


class Run:
    """What the command did to a project that writes at every visit."""

    def __init__(self, folder: Path) -> None:
        urls = BOOK_URLS.replace('path("first/"', 'path("write/", views.write),\n    path("first/"')
        self.folder = write_project(folder / "shop", books__views_py=WITH_SLEEPS + ADDED, books__urls_py=urls)
        self.folder.joinpath("gunicorn.conf.py").write_text(REFUSING_CONF, encoding="utf-8")
        self.before = tree_of(self.folder)
        self.saved = folder / "run.avw"
        words = [
            "project",
            self.folder,
            "--page",
            "/books/write/=2",
            "--page",
            "/books/search/",
            "--page",
            "/plain/",
            "--page",
            "/books/feed/",
        ]
        self.sarif = folder / "shop.sarif"
        words += ["--allow-writes", "--sarif", self.sarif]
        words += ["--target", "gunicorn-sync:1", "--target", "uvicorn:1", "--requests", 60, "--concurrency", 2]
        words += ["--rounds", 1, "--json", "--save", self.saved, "--no-keep"]
        words += ["--assert", "uvicorn/classes.plain.requests.failed == 0"]
        self.done = subprocess.run(
            [sys.executable, "-m", "asgi_vs_wsgi", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        )
        self.document = json.loads(self.done.stdout or "{}")
        self.targets = {each["name"]: each for each in self.document.get("targets", [])}

    @property
    def is_on_a_busy_machine(self) -> bool:
        """Whether others took a tenth of it while one of the servers was measured."""
        return any((each["machine"] or {}).get("others_share", 0) > 0.1 for each in self.targets.values())


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return Run(tmp_path_factory.mktemp("own"))


def test_it_ends_well_loses_nothing_and_leaves_nobody_behind(run):
    assert run.done.returncode == 0, run.done.stderr
    for target in run.targets.values():
        counts = target["requests"]
        assert (counts["completed"], counts["failed"], counts["unexpected"]) == (60, 0, 0)
        assert (target["telemetry"]["lost"], target["telemetry"]["unjoined"]) == (0, 0)
        assert target["workers_lost"] == 0
    pids = [line.split()[2] for line in run.done.stderr.splitlines() if line.startswith("ready ")]
    assert len(pids) == 2
    assert not any(map(runs, pids))


def test_the_project_is_as_it_was_although_its_pages_write(run):
    assert tree_of(run.folder) == run.before


def test_each_page_is_a_class_of_visitors_who_ask_for_its_own_path(run):
    for target in run.targets.values():
        paths = {each["name"]: each["request"]["paths"] for each in target["classes"]}
        assert paths == {
            "books_write": ["/books/write/"],
            "books_search": ["/books/search/"],
            "plain": ["/plain/"],
            "books_feed": ["/books/feed/"],
        }
        counts = {each["name"]: each["requests"]["completed"] for each in target["classes"]}
        assert sum(counts.values()) == 60
        assert counts["books_write"] > max(counts["books_search"], counts["plain"]) / 2


def test_hops_are_those_that_the_look_forecasts(run):
    asgi = [at for page in run.document["answer"]["pages"] for at in page["servers"] if at["target"] == "uvicorn"]
    forecast = [page["hops_forecast"] for page in run.document["answer"]["pages"]]
    assert [at["hops"] for at in asgi] == forecast
    assert None not in forecast


def test_each_crossing_is_told_by_name_with_the_line_that_asked_and_who_breaks_the_chain(run):
    for page in run.document["answer"]["pages"]:
        sync, at = page["servers"]
        assert sync["hops_by_name"] is None
        hops = {each["name"]: each for each in at["hops_by_name"]}
        assert sum(each["measured"] for each in hops.values()) == at["hops"]
        assert all(each["measured"] == each["forecast"] for each in hops.values())
        breaking = hops["shop.middleware.timing"]
        assert breaking["breaks"]
        assert breaking["lines"] == ["shop/middleware.py:3 <lambda>"]
        assert ("the view" in hops) == (page["name"] in ("books_write", "plain"))
    words = [words for words in run.document["answer"]["words"] if "breaks the async chain" in words]
    assert len(words) == 1
    assert words[0].startswith("shop.middleware.timing is sync alone")
    by_rule = {each["rule"]: each["status"] for each in run.document["answer"]["findings"]}
    assert by_rule["sync-middleware"] == "confirmed"


def test_a_page_that_sleeps_waits_and_one_that_does_nothing_waits_less(run):
    pages = {page["name"]: page for page in run.document["answer"]["pages"]}
    for place in range(2):
        write, plain = (pages[name]["servers"][place] for name in ("books_write", "plain"))
        assert write["waits_ms"] > 0.5 * 20, "a kernel of several processors may count a wait for one twice"
        assert write["p50_ms"] > plain["waits_ms"]
    assert pages["books_write"]["waits_share"] > 0.5
    assert pages["books_write"]["where"].startswith("books/views.py:")
    assert run.document["answer"]["at_most"] > 1


def test_the_line_that_holds_a_visitor_is_the_projects_own(run):
    slept = next(
        number for number, line in enumerate((WITH_SLEEPS + ADDED).split("\n"), 1) if line.strip() == "time.sleep(0.02)"
    )
    lines = run.targets["gunicorn-sync"]["blame"]
    if run.is_on_a_busy_machine:  # other pages wait for a processor for longer than this one sleeps
        lines = [each for each in lines if each["where"].startswith("books/") and each["where"].endswith(" write")]
    worst = max(lines, key=lambda each: each["ms"])
    assert worst["where"] == f"books/views.py:{slept} write"
    assert worst["state"] == "blocked"
    saved = read_run(run.saved)
    views = saved.scenario.views
    assert views.split("\n")[line_in(views, worst["where"]) - 1].strip() == "time.sleep(0.02)"


def test_what_was_found_in_the_code_is_confirmed_or_cleared_by_what_was_measured(run):
    findings = run.document["answer"]["findings"]
    assert [each["line"] for each in findings] == [each["line"] for each in run.document["project"]["findings"]]
    lines = WITH_SLEEPS.split("\n")
    of_sleeps = {lines[each["line"] - 1].strip(): each for each in findings if each["file"] == "books/views.py"}
    held = of_sleeps["time.sleep(0.015)"]
    assert (held["status"], held["target"]) == ("confirmed", "uvicorn")
    assert 15 <= held["longest_ms"] <= held["total_ms"]
    assert "held the event loop of uvicorn" in held["words"]
    free = of_sleeps["time.sleep(0)"]
    if free["status"] == "confirmed":
        assert run.is_on_a_busy_machine, "who gives its processor away stands there until it has one again"
        return
    assert free["status"] == "cleared" or "nobody looked into it" in free["words"]  # on a machine that is busy
    assert free["words"].startswith("reached by /books/search/: the longest step on the loop of uvicorn took ")
    assert any("this run confirmed 2 (books/views.py:" in words for words in run.document["answer"]["words"])


def test_the_file_for_editors_says_what_the_run_says(run):
    results = json.loads(run.sarif.read_text(encoding="utf-8"))["runs"][0]["results"]
    told = [(each["properties"]["run"]["status"], each["level"]) for each in results]
    assert [status for status, _ in told] == [each["status"] for each in run.document["answer"]["findings"]]
    assert all((level == "note") == (status == "cleared") for status, level in told)
    assert {"confirmed", "not reached"} <= {status for status, _ in told}


def test_a_claim_about_a_page_is_judged_and_judged_again_of_the_saved_run(run, capsys):
    (told,) = run.document["asserts"]
    assert (told["claim"], told["measured"], told["holds"]) == ("uvicorn/classes.plain.requests.failed == 0", 0, True)
    assert check(str(run.saved), Asked(("uvicorn/classes.plain.requests.failed > 0",)), as_json=False) == 3
    told_again = " ".join(capsys.readouterr().out.split())
    assert "failed requests of “plain” visitors 0, expected above 0: DOES NOT HOLD" in told_again


def test_nobody_wins_and_what_is_told_is_about_the_servers_that_ran(run):
    assert run.document["verdict"]["winner"] is None
    answer = run.document["answer"]
    assert {(each["figure"], each["target"], each["first"]) for each in answer["compared"]} == {
        ("throughput_rps", "uvicorn", "gunicorn-sync"),
        ("latency_ms.p95", "uvicorn", "gunicorn-sync"),
    }
    assert all(each["judged"] in ("better", "worse", "same", "not told") for each in answer["compared"])
    assert any("CONN_MAX_AGE" in words for words in answer["words"]), "the project keeps its connections"
    assert run.document["project"]["schema"] == "asgi-vs-wsgi-tui/project/1"
    assert "planted-secret" not in run.done.stdout


def test_connections_that_a_thread_keeps_are_counted_from_outside(run):
    """CONN_MAX_AGE is 60: under ASGI each request has a thread of its own, which leaves what it opens behind."""
    kept = {name: target["connections"] for name, target in run.targets.items()}
    assert (kept["gunicorn-sync"]["peak"], kept["gunicorn-sync"]["at_end"]) == (1, 1)
    assert kept["uvicorn"]["peak"] > 1


def test_the_environment_is_what_the_workers_say(run):
    environment = run.document["environment"]
    assert environment["python"] == sys.version.split()[0]
    assert environment["django"]
    assert all(target["environment"]["server"] == target["version"] for target in run.targets.values())


def test_the_saved_run_opens_again_with_the_answer(run):
    saved = read_run(run.saved)
    assert saved.result.answer is not None
    assert [page.path for page in saved.result.answer.pages] == [
        "/books/write/",
        "/books/search/",
        "/plain/",
        "/books/feed/",
    ]
    assert saved.scenario.name == "shop"
