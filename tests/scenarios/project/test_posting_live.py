"""What a browser has posted is posted to live servers by visitors with tokens of their own; on PostgreSQL, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from posting_project import contents_of, har_of_notes, write_posting_project

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("own-project")]

TARGETS = ("--target", "gunicorn-sync:1", "--target", "uvicorn:1", "--rounds", 1, "--no-keep", "--json")
LIMIT_S = 240


def project(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asgi_vs_wsgi", "project", *map(str, words)]
    env = {"PATH": os.defpath, "HOME": str(folder), "DJANGO_NOTES_LOG": str(folder / "cookies.log")}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd=folder, env=env)


def classes_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """By target; after what is so of every run."""
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    for target in document["targets"]:
        counts = target["requests"]
        assert (counts["completed"], counts["unexpected"]) == (counts["planned"], 0)
        assert (target["telemetry"]["lost"], target["telemetry"]["unjoined"], target["workers_lost"]) == (0, 0, 0)
    assert len(document["targets"]) == 2
    return {each["name"]: {kind["name"]: kind for kind in each["classes"]} for each in document["targets"]}


def assert_posted(classes: dict[str, dict[str, Any]], folder: Path, least_visitors: int) -> None:
    for kinds in classes.values():
        assert set(kinds["POST_notes_add"]["requests"]["statuses"]) == {"302"}
        assert set(kinds["POST_api_notes"]["requests"]["statuses"]) == {"201"}
        others = {"PUT": "200", "PATCH": "202", "DELETE": "204", "POST": "204"}
        for method, status in others.items():
            assert set(kinds[f"{method}_api_notes_1"]["requests"]["statuses"]) == {status}
        assert kinds["POST_notes_add"]["request"] == {"method": "POST", "paths": ["/notes/add/"], "body_bytes": 12}
    cookies = folder.joinpath("cookies.log").read_text(encoding="utf-8").split()
    assert len(cookies) > len(set(cookies)) >= least_visitors, "some visitors came again, and each has its own"
    assert not [cookie for cookie in cookies if "RECORDED" in cookie]


def test_a_form_and_an_api_are_posted_to_on_a_copy_and_the_project_is_as_it_was(tmp_path: Path) -> None:
    shop, har = write_posting_project(tmp_path / "shop"), har_of_notes(tmp_path / "notes.har")
    before = contents_of(shop)
    done = project(tmp_path, shop, "--har", har, "--allow-writes", "--requests", 60, "--concurrency", 3, *TARGETS)

    assert_posted(classes_of(done), tmp_path, 2 * 2 + 2 * 3)  # tried twice, then three at a time, of two pages
    assert contents_of(shop) == before
    assert "RECORDED" not in done.stdout
    document = json.loads(done.stdout)
    pages = {page["name"]: page for page in document["answer"]["pages"]}
    more = {name: page["servers"][-1]["hops"] - page["hops_forecast"] for name, page in pages.items()}
    assert more["POST_notes_add"] == 0, "of the redirect; the form that is asked for is rendered, one hop later"
    assert more["POST_api_notes"] == 1, "the view's own sync_to_async, which no look knows of"
    asked = {page["path"]: page["hops_forecast"] for page in document["project"]["pages"]}
    assert asked["/notes/add/"] == pages["POST_notes_add"]["hops_forecast"] + 1


def test_on_postgresql_the_same_at_the_file_s_own_times(tmp_path: Path, postgres: str) -> None:
    shop, har = write_posting_project(tmp_path / "shop", postgres), har_of_notes(tmp_path / "notes.har")
    before = contents_of(shop, postgres)
    saved = tmp_path / "run.avw"
    words = ["--har", har, "--allow-writes", "--rate", 30, "--save", saved]
    classes = classes_of(done := project(tmp_path, shop, *words, *TARGETS))

    assert_posted(classes, tmp_path, 2 * 2 + 2)
    peaks = {
        target["name"]: [worker["connections_open_peak"] for worker in target["workers_seen"]]
        for target in json.loads(done.stdout)["targets"]
    }
    assert peaks["gunicorn-sync"] == [1], "PostgreSQL tells who holds what: a worker that serves one keeps one"
    assert min(peaks["uvicorn"]) >= 1
    assert "Database default: a copy." in json.loads(done.stdout)["answer"]["words"]
    assert contents_of(shop, postgres) == before, "its rows, its sequences, and no database is left"
    assert b"a+%26+b" not in saved.read_bytes()
    with closing(psycopg.connect(postgres.rpartition("/")[0] + "/notes")):  # nobody may copy it now
        read = json.loads(project(tmp_path, shop, "--page", "/notes/", "--try", "--json").stdout)
    assert "for reading alone" in read["databases_used"]["default"]
    assert [page["status"] for page in read["pages"] if page["path"] == "/notes/"] == [200]
    assert contents_of(shop, postgres) == before


def test_a_post_without_a_token_and_one_that_is_not_allowed_are_told_in_one_line(tmp_path: Path) -> None:
    shop, har = write_posting_project(tmp_path / "shop"), har_of_notes(tmp_path / "notes.har")
    recorded = json.loads(har.read_text(encoding="utf-8"))
    api = recorded["log"]["entries"][-1]
    api["request"]["headers"] = []
    recorded["log"]["entries"] = [recorded["log"]["entries"][0], api]
    har.write_text(json.dumps(recorded), encoding="utf-8")

    refused = project(tmp_path, shop, "--har", har, "--try")
    assert "left out: 1 of the method POST (--allow-writes)" in refused.stderr
    tried = json.loads(project(tmp_path, shop, "--har", har, "--try", "--allow-writes", "--json").stdout)
    (post,) = [page for page in tried["pages"] if page.get("method") == "POST"]
    assert (post["path"], post["chosen"]) == ("/api/notes/", False)
    assert post["why"] == "answers 403: none of 2 pages of the file gives a CSRF token"
