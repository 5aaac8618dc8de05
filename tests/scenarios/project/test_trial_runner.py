"""A stranger's pages are tried: what each does is told, what harms is refused, and nothing of theirs changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import anyio
import pytest
from own_project import tree_of
from tried_project import VIEWS, write_tried_project

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.project import trial_runner
from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_runner import look_at
from asgi_vs_wsgi.scenarios.project.page_choice import Asked
from asgi_vs_wsgi.scenarios.project.trial_result import Allowed, trial_document
from asgi_vs_wsgi.scenarios.project.trial_runner import try_pages
from asgi_vs_wsgi.tui.report.project_trial import trial_text

NEVER_WRITTEN = Path.home() / f"asgi-vs-wsgi-{os.getpid()}-never-written"
"""Neither below the project nor below the temporary folder."""

pytestmark = pytest.mark.xdist_group("trial_runner")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write_tried_project(tmp_path_factory.mktemp("shop"))


def tried(folder, python=None, **options):
    location = find_project(str(folder), None, python, environment={})

    async def main():
        look = await look_at(location, print)
        return await try_pages(location, look, Asked(**options), print)

    before = tree_of(folder)
    trial = anyio.run(main)
    if not options.get("allowed", Allowed()).writes:
        assert tree_of(folder) == before, "neither the tree nor the database changes"
        assert trial.changed_files == []
    return trial


def limits(patch):
    """What the pages of the project that have no end are waited for."""
    patch.setattr(trial_runner, "VISIT_WITHIN_S", 6.0)
    patch.setattr(trial_runner, "READ_WITHIN_S", 0.5)


@pytest.fixture(scope="module")
def trial(shop, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        limits(patch)
        patch.setenv("ELSEWHERE", str(NEVER_WRITTEN))
        patch.setattr(trial_runner, "MOST_STARTS", 9)
        yield tried(shop, headers=(("X-Kind", "test"),))
    NEVER_WRITTEN.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def pages(trial):
    return {page.path: page for page in trial.pages}


TAKEN = ["/", "/counts/", "/fills/", "/guarded/", "/talks_at_home/", "/mails/", "/session/", "/who/", "/awaits/"]
LEFT_OUT = {
    "/account/": "redirects to a login, /accounts/login/: --as USER",
    "/away/": "redirects to /counts/",
    "/missing/": "answers 404",
    "/writes/": "writes to visits (--allow-writes)",
    "/reads_then_writes/": "writes to visits (--allow-writes)",
    "/saves/": "writes files: media.txt (--allow-writes)",
    "/removes/": "writes files: manage.py (--allow-writes)",
    "/looks_up/": "calls outside: api.example.com:80 (--allow-network)",
    "/connects/": "calls outside: 192.0.2.7:25 (--allow-network)",
    "/sends_datagram/": "calls outside: 192.0.2.8:8125 (--allow-network)",
    "/silent/": "has no end: nothing more came within 6 s",
    "/ends/": "ends the process: it ended with status 3",
    "/kills/": "ends the process: it died of SIGKILL",
    "/exits/": "raises SystemExit: enough",
}


@pytest.mark.parametrize("path", TAKEN)
def test_a_page_that_answers_and_harms_nothing_may_be_taken(pages, path):
    assert pages[path].why == ""
    assert [visit.status for visit in pages[path].visits] == [200, 200]
    assert pages[path].ms > 0


@pytest.mark.parametrize("path", LEFT_OUT)
def test_a_page_that_does_not_is_left_out_with_the_reason(pages, path):
    assert pages[path].why.startswith(LEFT_OUT[path])


def test_a_page_s_hops_are_forecast_by_how_it_has_answered(trial, pages):
    """Whatever the code of its view names, and whoever has answered."""
    told = {page["path"]: page for page in trial_document(trial)["pages"]}
    looked = {page.path: page.hops_forecast for page in trial.look.pages}
    counts, fills, guarded = (told[path] for path in ("/counts/", "/fills/", "/guarded/"))
    assert looked["/fills/"] == looked["/guarded/"] == looked["/counts/"] == counts["hops_forecast"]
    assert fills["hops_forecast"] == pages["/fills/"].page.hops_forecast == counts["hops_forecast"] + 1
    assert (guarded["hops_forecast"], guarded["answered_by"]) == (counts["hops_forecast"] - 1, "shop.middleware.Guard")
    assert "the view" not in guarded["hops_by_name"]
    assert "/guarded/: answered by shop.middleware.Guard, not by its view" in "\n".join(trial_text(trial, 160))


def test_a_row_of_sessions_alone_keeps_no_page_out_and_is_told(pages):
    assert set(pages["/session/"].most("writes")) == {"django_session"}


def test_an_error_is_told_with_the_innermost_line_of_theirs(pages):
    number = next(n for n, line in enumerate(VIEWS.split("\n"), 1) if "planted-key" in line)
    assert pages["/raises/"].why == f"answers 500, KeyError: 'planted-key' (books/views.py:{number} inner)"
    assert pages["/fails_inside/"].why.startswith(
        "breaks off after 4 bytes, ValueError: in the middle (books/views.py:"
    )
    assert pages["/fails_inside/"].last.status == 200


@pytest.mark.parametrize("path", ["/endless/", "/large/"])
def test_a_page_without_an_end_is_told_and_not_waited_for(pages, path):
    assert pages[path].why.startswith("has no end, or a far one: after ")


def test_a_page_that_ends_the_process_costs_no_other_page_its_turn(pages):
    order = list(pages)
    after = [pages[path] for path in order[order.index("/ends/") + 1 :]]
    assert any(page.chosen for page in after)
    assert len(pages["/ends/"].visits) == 1  # it is not asked for twice


def test_words_of_an_error_hold_no_password_and_nothing_that_a_terminal_obeys(pages):
    assert pages["/leaks/"].why.startswith(
        "answers 500, ConnectionError: no answer from\\x1b[2J postgres://u:***@db/x ("
    )


def test_queries_are_counted_and_timed(pages):
    effects = pages["/counts/"].last.effects
    assert effects.queries == 3
    assert 0 < effects.database_ms <= pages["/counts/"].ms


def test_files_outside_the_project_are_refused_too(pages):
    assert NEVER_WRITTEN.name in pages["/saves_elsewhere/"].why
    assert not NEVER_WRITTEN.exists()


def test_what_is_refused_is_refused_as_a_machine_without_it_would(pages):
    def error(path):
        return pages[path].visits[0].error

    assert "Read-only file system" in error("/saves/").words
    assert (error("/looks_up/").type, "Temporary failure in name resolution" in error("/looks_up/").words) == (
        "URLError",
        True,
    )


def test_what_is_at_home_is_told_and_allowed(pages):
    assert set(pages["/talks_at_home/"].most("local")) == {"localhost:9"}
    assert not pages["/talks_at_home/"].most("outside")
    assert set(pages["/opens_sqlite/"].most("local")) == {"SQLite file:shop.sqlite3?mode=ro"}
    assert not pages["/counts/"].most("local")  # the copy is ours


def test_processes_and_mail_are_told(pages):
    assert pages["/starts/"].why.startswith("starts python")
    assert pages["/forks/"].why.startswith("starts a fork of itself")
    assert [visit.mails for visit in pages["/mails/"].visits] == [1, 1]


def test_pages_that_pages_name_are_found_few_of_a_shape_and_on_this_host_alone(trial, pages):
    found = {path: page.found for path, page in pages.items() if page.found != "listed"}
    assert [path for path in found if path.startswith("/books/")] == ["/books/1/", "/books/2/", "/books/3/"]
    assert found["/books/1/"] == "/"
    assert {"/site/news/one", "/site/about/", "/site/shop/", "/site/about/deeper/"} <= set(found)
    assert "/site/written/" not in found  # it is there in this copy alone
    assert not {"/nowhere/", "/static/a.css", "/books/9/"} & set(found)
    assert pages["/books/1/"].page.pattern == "/books/<int:pk>/"
    assert pages["/books/1/"].page.view == "books.views.book"


def test_what_changes_something_by_its_name_is_not_asked_for(trial, pages):
    assert "/delete-all/" not in pages
    assert {page.path: page.why for page in trial.left_out}["/delete-all/"].endswith("changes something: delete")


def test_the_document_adds_what_was_tried_to_the_look(trial):
    told = trial_document(trial)
    assert told["schema"] == "asgi-vs-wsgi-tui/project/1"
    keys = {"status", "ms", "queries", "writes", "outside", "files_written", "chosen", "why", "hops_forecast"}
    assert all(page.keys() >= keys for page in told["pages"])
    by_path = {page["path"]: page for page in told["pages"] if page["path"]}
    assert by_path["/writes/"]["writes"] == {"visits": 1}
    assert by_path["/counts/"]["queries"] == 3
    assert by_path["/saves/"]["files_written"] == ["media.txt"]
    assert by_path["/delete-all/"]["status"] is None
    assert not by_path["/delete-all/"]["chosen"]
    assert by_path["/books/1/"]["view"] == "books.views.book"
    assert "planted-secret" not in str(told)
    assert trial.databases["default"] == "a copy"


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_the_report_says_of_every_page_whether_it_may_be_taken_and_fits(trial, columns):
    lines = trial_text(trial, columns)
    assert max(map(len, lines)) <= columns
    told = re.sub(r"\s+", " ", " ".join(lines))
    assert f"{len(trial.pages)} pages tried at shop.example" in told
    for page in trial.pages:
        assert page.chosen or page.why in told
    taken = "\n".join(lines).partition("Tried and left out")[0]
    assert "/session/: writes to django_session" in taken
    assert "DEBUG is on" in told
    assert "/mails/: sends 1 message" in taken
    assert columns < 80 or all(page.path in taken for page in trial.chosen)


def test_pages_that_are_named_are_tried_alone_as_the_user_with_headers_and_a_host(shop, monkeypatch):
    paths = ("/who/", "/account/", "/saves/", "/delete-all/")
    found = tried(
        shop, pages=dict.fromkeys(paths, 1.0), user="ada", host="shop.example:8080", headers=(("X-Kind", "mine"),)
    )
    pages = {page.path: page for page in found.pages}
    assert tuple(pages) == paths
    assert pages["/who/"].last.bytes == len("ada shop.example:8080 mine")
    assert pages["/account/"].chosen
    assert pages["/delete-all/"].why.startswith("writes to visits")
    assert "sessionid" not in str(trial_document(found)) + str(found)


def test_what_is_allowed_is_done_in_the_project_and_taken_by_https_where_it_wants_that(shop, tmp_path):
    folder = shutil.copytree(shop, tmp_path / "shop")
    before = (folder / "shop.sqlite3").read_bytes()
    secure = "ALLOWED_HOSTS = ['.example.com']\nSECURE_SSL_REDIRECT = True\n"
    secure += "SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTOCOL', 'https')\n"
    with (folder / "shop/settings.py").open("a") as settings:
        settings.write(secure)
    found = tried(folder, pages=dict.fromkeys(["/saves/", "/writes/", "/starts/"], 1.0), allowed=Allowed(writes=True))
    assert found.host == "example.com"
    assert all(page.chosen for page in found.pages)
    assert (folder / "media.txt").read_text() == "saved"
    assert found.changed_files == ["media.txt"]
    assert "media.txt" in "\n".join(found.notes)
    assert (folder / "shop.sqlite3").read_bytes() == before


def other_pythons():
    found = {}
    for path in sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")):
        version = tuple(int(part) for part in path.parts[-3].split(".")[:2])
        if (3, 10) <= version <= (3, 13) and version != sys.version_info[:2]:
            found[version] = path
    return found


@pytest.mark.skipif(not other_pythons(), reason="there is no other Python from 3.10 to 3.13 (pyenv)")
def test_on_another_python_a_trial_says_the_same(shop, pages, tmp_path):
    oldest = min(other_pythons())
    subprocess.run([other_pythons()[oldest], "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    packages = tmp_path / "venv/lib" / f"python{oldest[0]}.{oldest[1]}" / "site-packages"
    (packages / "django.pth").write_text("\n".join(path for path in sys.path if "site-packages" in path))
    paths = ("/counts/", "/writes/", "/saves/", "/looks_up/", "/connects/", "/raises/", "/awaits/", "/starts/")
    found = tried(shop, python=str(tmp_path / "venv"), pages=dict.fromkeys(paths, 1.0), user="ada")
    assert found.look.python.startswith(f"{oldest[0]}.{oldest[1]}.")
    assert {page.path: page.why for page in found.pages} == {path: pages[path].why for path in paths}
    assert found.pages[0].last.effects.queries == 3


def test_who_is_no_user_of_the_project_is_refused_in_one_line(shop):
    with pytest.raises(BadInput) as refused:
        tried(shop, user="eve")
    assert "--as eve: there is no user whose username is eve" in refused.value.one_line()


def test_a_project_that_stops_starting_is_told_with_its_last_words(shop, tmp_path):
    """The look has imported it; what comes after is the trial's."""
    folder = shutil.copytree(shop, tmp_path / "shop")
    location = find_project(str(folder), environment={})
    look = anyio.run(look_at, location, print)
    (folder / "shop/wsgi.py").write_text("import os\nprint('the last words', flush=True)\nos._exit(4)\n")
    with pytest.raises(RunFailed, match="it ended with status 4 while importing its WSGI application") as failed:
        anyio.run(partial(try_pages, location, look, Asked(), print))
    assert "the last words" in failed.value.detail
    assert not list(Path("/dev/shm").glob(f"asgi-vs-wsgi-{os.getpid()}-*"))
