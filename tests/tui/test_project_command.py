"""`project`: a look at a stranger's project as text and as JSON, its refusals in one line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
from command_line import started, until
from own_project import SETTINGS, tree_of, write_project
from process_family import runs

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.tui.arguments.project import project_command

COMMAND = [sys.executable, "-m", "asgi_vs_wsgi", "project"]
LIMIT_S = 60


def project(*arguments, columns=80):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": str(columns), "HOME": "/nonexistent"},
        timeout=LIMIT_S,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def document(shop):
    done = project(shop, "--look", "--json", "--sarif", shop.with_suffix(".sarif"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_document_is_that_of_the_schema(document):
    assert document["schema"] == "asgi-vs-wsgi-tui/project/1"
    keys = "python django settings wsgi asgi databases middleware pages findings"
    assert document.keys() >= {*keys.split()}
    for page in document["pages"]:
        assert page.keys() >= {"path", "pattern", "view", "kind", "where", "hops_forecast"}
    assert {each["kind"] for each in document["middleware"]} == {"sync", "both"}
    assert "planted-secret" not in json.dumps(document)


def test_findings_are_written_as_sarif_too(shop, document):
    log = json.loads(shop.with_suffix(".sarif").read_text(encoding="utf-8"))
    results = log["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == [each["rule"] for each in document["findings"]]
    assert results


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_report_fits_and_says_what_the_document_says(shop, document, columns):
    done = project(shop, "--look", columns=columns)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    for page in document["pages"]:
        told = re.compile(rf" +{page['hops_forecast']}  {page['kind']}.*  {re.escape(page['pattern'])} ")
        assert not page["own"] or any(map(told.match, lines))
    for each in document["findings"]:
        place = next(line for line in lines if line.startswith(f"  {each['file']}:{each['line']}  "))
        assert columns < 80 or each["call"][:20] in place
        assert each["rule"] in done.stdout
    read = " ".join(done.stdout.split())
    assert f"Read: {document['findings_read']['files']} files" in read
    assert "Not seen: what libraries do" in read
    assert "Django's own, since the project has none" in done.stdout
    assert "importing its settings" in done.stderr  # what takes seconds tells what it does


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("nothing", {}, "no such folder"),
        (".", {"manage_py": None}, "no manage.py, and no settings are named"),
        (".", {"shop__settings_py": "raise ValueError('\\x1b]0;x\\x07')\n"}, "its settings failed: ValueError"),
        (
            ".",
            {"shop__settings_py": "import os\nprint('words')\nos._exit(3)\n"},
            "it ended with status 3 while importing its settings",
        ),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(name, changed, words, tmp_path):
    folder = write_project(tmp_path / "shop", **changed)
    before = tree_of(folder)
    done = project(folder / name)
    told = [line for line in done.stderr.splitlines() if line.startswith("asgi-vs-wsgi-tui:")]
    assert done.returncode in (1, 2)
    assert not done.stdout
    assert len(told) == 1
    assert words in told[0]
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert tree_of(folder) == before


def test_a_trial_tells_its_pages_as_json_and_its_progress_apart(shop):
    before = tree_of(shop)
    done = project(shop, "--try", "--page", "/", "--page", "/books/search/?q=1", "--page", "/account/", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    tried = {page["path"]: page for page in told["pages"] if page["status"]}
    assert {path: page["chosen"] for path, page in tried.items()} == {
        "/": True, "/books/search/?q=1": True, "/account/": False
    }  # fmt: skip
    assert tried["/books/search/?q=1"]["kind"] == "async def"
    assert "2 of 3, /books/search/?q=1" in done.stderr
    assert "planted-secret" not in done.stdout + done.stderr
    assert tree_of(shop) == before


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--page", "books/"),
        ("--page", "/a#b"),
        ("--header", "no header"),
        ("--header", "X-Y: a\r\nHost: b"),
        ("--host", "shop.example/x"),
    ],
)
def test_an_option_that_cannot_be_sent_is_refused_in_one_line(option, words, shop):
    """Before anything of the project is imported."""
    with pytest.raises(BadInput) as refused:
        project_command.main([str(shop), "--try", option, words], standalone_mode=False)
    assert refused.value.one_line().startswith(f"{option} ")
    assert refused.value.one_line().isprintable()


@pytest.mark.parametrize("options", [("--page", "/", "--har"), ("--page", "/", "--log"), ("--log", "har", "--har")])
def test_only_one_thing_says_which_pages(options, tmp_path):
    (tmp_path / "har").write_text("")
    with pytest.raises(BadInput, match="both say which pages"):
        project_command.main([str(tmp_path), *options, str(tmp_path / "har")], standalone_mode=False)


def test_a_log_is_tried_page_by_page_without_what_changes_something_by_its_name(shop, tmp_path):
    asked = ["/books/search/?q=1", "/account/logout/", "/books/search/?q=2", "/static/a.css", "/nothing/here/"]
    lines = [f'x - - [27/Nov/2026:20:00:01 +0000] "GET {path} HTTP/1.1" 200 1\n' for path in asked]
    (tmp_path / "access.log").write_text("".join(lines))
    done = project(shop, "--try", "--log", tmp_path / "access.log", "--json")
    assert done.returncode == 0, done.stderr
    tried = {page["path"]: page for page in json.loads(done.stdout)["pages"] if page.get("found") == "seen"}
    assert {path: page["chosen"] for path, page in tried.items()} == {
        "/books/search/?q=1": True, "/books/search/?q=2": True, "/nothing/here/": False
    }  # fmt: skip
    assert "access.log: 4 requests for 4 pages" in done.stderr
    assert "left out: 1 static files" in done.stderr


@pytest.mark.parametrize("file", [".", "missing/findings.sarif", "/dev/full"])
def test_a_file_that_cannot_be_written_is_refused_before_the_project_is_imported(file, tmp_path):
    folder = write_project(tmp_path, shop__settings_py="open('imported', 'w')\n" + SETTINGS)
    done = project(folder, "--sarif", tmp_path / file)
    assert done.returncode == 2
    assert "--sarif" in done.stderr
    assert not (folder / "imported").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--look", "--as", "ada"],
        ["--look", "--page", "/"],
        ["--look", "--allow-writes"],
        ["--look", "--try", "--header", "A: b"],
        ["--look", "--requests", "9"],
        ["--try", "--target", "uvicorn:2"],
        ["--try", "--rounds", "3"],
        ["--try", "--save", "x.avw"],
        ["--try", "--assert", "uvicorn/requests.failed == 0"],
    ],
)
def test_options_of_a_later_step_are_not_passed_over_in_silence(options, tmp_path):
    refused = next(each for each in options if each not in ("--look", "--try"))
    with pytest.raises(BadInput, match=f"{refused}: of a (trial|run), which is not reached"):
        project_command.main([str(tmp_path), *options], standalone_mode=False)


def test_ctrl_c_ends_the_project_too(tmp_path):
    waits = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    folder = write_project(tmp_path, shop__settings_py=waits + SETTINGS)
    with started("project", str(folder), "--look", env={}) as running:
        until(lambda: (folder / "pid").exists() and (folder / "pid").read_text(), LIMIT_S)
        running.send_signal(signal.SIGINT)
        _, words = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 130
    assert "Traceback" not in words
    assert not runs(int((folder / "pid").read_text()))
