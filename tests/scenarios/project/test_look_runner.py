"""A stranger's project is looked at in its own interpreter: told right, refused in one line, left as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import anyio
import msgspec
import pytest
from msgspec import structs
from own_project import FILES, SETTINGS, VIEWS, tree_of, write_project
from process_family import runs

from asgi_vs_wsgi.scenarios.errors import BadInput, LabError, RunFailed
from asgi_vs_wsgi.scenarios.project import look_runner
from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_result import as_answered, document, warnings
from asgi_vs_wsgi.scenarios.project.look_runner import look_at

ESCAPES = "\\x1b]0;title\\x07 [red] \\u202e"


def line(beginning):
    """Where that line of the views is."""
    return f"books/views.py:{next(n for n, text in enumerate(VIEWS.split(chr(10)), 1) if text.startswith(beginning))}"


def look(folder, **options):
    told = []
    found = anyio.run(partial(look_at, find_project(str(folder), environment={}, **options), told.append))
    assert told
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("shop"))
    before = tree_of(folder)
    found = look(folder)
    assert tree_of(folder) == before, "a look writes nothing into a project, no bytecode either"
    return found


def test_what_manage_py_does_is_done(shop):
    assert shop.settings == "shop.settings"  # which does not import without the `.env` that manage.py reads
    assert shop.wsgi == "shop.wsgi:application"
    assert shop.asgi == "django.core.asgi:get_asgi_application()"  # it has none of its own


def test_every_pattern_is_told_with_its_view_and_its_kind(shop):
    told = {page.pattern: (page.path, page.kind, f"{page.file}:{page.line}", page.own) for page in shop.pages}
    assert told == {
        "/": ("/", "def", line("def index"), True),
        "/books/list/": ("/books/list/", "generic class", line("class BookList"), True),
        "/books/<int:pk>/": (None, "def", line("@decorated"), True),
        "/books/search/": ("/books/search/", "async def", line("async def search"), True),
        "/books/feed/": ("/books/feed/", "async class", line("class Feed"), True),
        "/books/export/": ("/books/export/", "def", line("def export"), True),
        "/books/first/": ("/books/first/", "def", line("@decorated"), True),
        "/account/": ("/account/", "def", line("def index"), True),
        "/old/<year>/": (None, "def", line("def old"), True),
        "/plain/": ("/plain/", "def", line("def index"), True),
        "/away/": ("/away/", "class", told["/away/"][2], False),
    }
    assert [page.pattern for page in shop.pages if page.streams] == ["/books/export/"]
    assert [page.pattern for page in shop.pages if page.needs_login] == ["/account/"]
    assert {page.url_name for page in shop.pages if page.url_name} == {
        "index", "books:list", "books:detail", "books:search", "books:feed", "books:export"
    }  # fmt: skip


def test_hops_follow_from_the_chain_and_the_kind_of_view(shop):
    hops = {page.pattern: page.hops_forecast for page in shop.pages}
    assert hops["/"] == hops["/books/search/"] + 1 == hops["/books/list/"] - 1
    assert [each.name for each in shop.middleware if each.breaks] == ["shop.middleware.timing"]


def test_a_form_that_is_posted_and_redirects_crosses_as_often_as_a_page_that_is_not_rendered(shop):
    form, plain = (next(page for page in shop.pages if page.pattern == at) for at in ("/books/list/", "/"))
    posted = as_answered(form, shop.middleware, rendered=False)
    assert (posted.hops_forecast, posted.hops_by_name) == (plain.hops_forecast, plain.hops_by_name)
    assert [*posted.hops_by_name] == [*plain.hops_by_name], "in the order in which a request crosses"
    assert as_answered(posted, shop.middleware, rendered=True) == form == as_answered(form, [], rendered=True)
    refused = as_answered(plain, shop.middleware, rendered=False, answered_by="a.Guard")
    assert {*plain.hops_by_name} - {*refused.hops_by_name} == {"the view"}
    with_hook = [structs.replace(shop.middleware[0], name="a.Hook", template_hops=1)]
    assert as_answered(plain, with_hook, rendered=True).hops_forecast == plain.hops_forecast + 2


def test_no_secret_is_told(shop):
    assert "planted-secret" not in str(document(shop))


def test_findings_come_with_what_was_read(shop):
    told = document(shop)
    assert {each["rule"]: each["file"] for each in told["findings"]} == {
        "sync-stream": "books/views.py",
        "sync-middleware": "shop/middleware.py",
    }
    assert told["findings_read"]["files"] == len([name for name in FILES if name.endswith(".py")])
    assert told["findings_read"]["async_functions"] == 2
    nobody_looked = document(msgspec.structs.replace(shop, findings=None))
    assert nobody_looked["findings"] is None  # which is not the same as none found
    assert nobody_looked["findings_read"] is None


def test_warnings_rest_on_what_was_found(shop):
    told = "\n".join(warnings(shop))
    for words in ("DEBUG is on", "CONN_MAX_AGE = 60", "shop.middleware.timing is sync alone"):
        assert words in told
    assert "database other" not in told
    assert "opens for writing" not in told


SETTINGS_THAT_FAIL = {
    "an import that is missing": ("import nothing_of_that_name\n", "No module named 'nothing_of_that_name'"),
    "a setting that is missing": ("import os\nos.environ['NOT_THERE']\n", "KeyError: 'NOT_THERE'"),
    "an end": ("raise SystemExit('set up the database first')\n", "set up the database first"),
    "words with a password": ("raise OSError('postgresql://u:planted-secret@db/x')\n", "postgresql://u:"),
    "an error of its own": (
        "class Broken(BaseException): pass\nraise Broken('over\\ntwo lines')\n",
        "Broken: over two",
    ),
    "half a sign": ("raise ValueError('\\udc80 in a name')\n", "in a name"),
    "escape sequences": (f"raise ValueError('{ESCAPES}')\n", "ValueError"),
}


@pytest.mark.parametrize("name", SETTINGS_THAT_FAIL)
def test_settings_that_fail_are_told_in_one_line_with_the_stage_and_their_words(name, tmp_path):
    text, words = SETTINGS_THAT_FAIL[name]
    folder = write_project(tmp_path, shop__settings_py=text + SETTINGS)
    with pytest.raises(BadInput) as refused:
        look(folder)
    line = refused.value.one_line()
    assert "importing its settings failed" in line
    assert words in line
    assert line.isprintable()
    assert "planted-secret" not in line


OTHERS_THAT_FAIL = {
    "applications": {"shop__settings_py": SETTINGS.replace('"books"]', '"books", "not_there"]')},
    "URL patterns": {"books__views_py": "import not_there\n"},
    "middleware": {"shop__middleware_py": "def timing(get_response):\n    raise OSError('not_there')\n"},
    "WSGI application": {"shop__wsgi_py": "import not_there\n"},
    "ASGI application": {"shop__asgi_py": "import not_there\n"},
    "manage.py": {"manage_py": "import not_there\n"},
}


@pytest.mark.parametrize("stage", OTHERS_THAT_FAIL)
def test_the_stage_that_failed_is_named(stage, tmp_path):
    with pytest.raises(BadInput) as refused:
        look(write_project(tmp_path, **OTHERS_THAT_FAIL[stage]))
    assert stage in refused.value.one_line()
    assert "not_there" in refused.value.one_line()


def test_a_project_that_ends_its_process_is_told_with_its_last_words(tmp_path):
    text = "import os\nprint('the last words', flush=True)\nos._exit(0)\n"
    with pytest.raises(RunFailed, match="it ended while importing its settings") as failed:
        look(write_project(tmp_path, shop__settings_py=text))
    assert "the last words" in failed.value.detail


def test_a_project_that_never_comes_to_an_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(look_runner, "WITHIN_S", 3.0)
    with pytest.raises(RunFailed, match="importing its settings took more than 3 s"):
        look(write_project(tmp_path, shop__settings_py="while True: pass\n"))


def test_what_a_project_starts_ends_with_the_look_and_what_it_does_is_told(tmp_path):
    starts = (
        "import subprocess, sys, threading\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "threading.Thread(target=child.wait, name='watches', daemon=True).start()\n"
        "import os, sentry_sdk\nos.makedirs('books', exist_ok=True)\n"
    )
    folder = write_project(tmp_path, shop__settings_py=starts + SETTINGS, sentry_sdk_py="")
    found = look(folder)
    assert not runs(int((folder / "pid").read_text()))
    assert found.files_written == ["pid"]
    assert found.threads == ["watches"]
    assert found.watchers == ["sentry_sdk"]
    told = "\n".join(warnings(found))
    assert "opens for writing, makes or removes pid" in told
    assert "sentry_sdk is loaded" in told


def test_what_a_project_prints_is_no_part_of_the_answer(tmp_path):
    prints = "import os\nprint('{\"found\": {}}')\nos.write(2, b'\\x1b[2J')\nimport sys; sys.stdout = None\n"
    assert look(write_project(tmp_path, shop__settings_py=prints + SETTINGS)).settings == "shop.settings"


def test_settings_may_be_named_and_no_manage_py_is_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_SECRET", "x")
    folder = write_project(tmp_path, manage_py=None, shop__other_py=SETTINGS + "ROOT_URLCONF = 'books.urls'\n")
    found = look(folder, settings="shop.other")
    assert (found.settings, len(found.pages)) == ("shop.other", 6)


def test_a_manage_py_that_names_no_settings_is_told_with_those_that_may_be_meant(tmp_path):
    silent = "from django.core.management import execute_from_command_line\nexecute_from_command_line()\n"
    with pytest.raises(BadInput) as refused:
        look(write_project(tmp_path, manage_py=silent))
    assert "names its settings (--settings MODULE: shop.settings?)" in refused.value.one_line()


def test_a_look_leaves_no_bytecode_beside_their_sources(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    folder = write_project(tmp_path)
    before = tree_of(folder)
    assert look(folder).pages
    assert tree_of(folder) == before


def test_an_environment_inside_the_project_is_not_its_own_code(tmp_path):
    """Its packages lie below the project's folder, and are libraries all the same."""
    folder = write_project(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    packages = folder / ".venv/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "django.pth").write_text("\n".join(path for path in sys.path if "site-packages" in path))
    (packages / "installed.py").write_text("def view(request): ...\n")
    urls = folder / "shop/urls.py"
    urls.write_text(urls.read_text() + "\nimport installed\nurlpatterns.append(path('installed/', installed.view))\n")
    found = look(folder)
    assert {page.pattern: page.own for page in found.pages if "views" in page.file or "installed" in page.file}[
        "/installed/"
    ] is False
    assert find_project(str(folder), environment={}).python_from == ".venv beside manage.py"


REFUSED = {
    "no Python": (lambda folder: folder / "python", "there is no program"),
    "no Django there": (lambda folder: "/usr/bin/python3", "has no Django"),
    "not Python": (lambda folder: "/bin/true", "does not answer as Python does"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_interpreter_that_cannot_do_it_is_refused_in_one_line(name, tmp_path):
    python, words = REFUSED[name]
    with pytest.raises(LabError) as refused:
        anyio.run(look_at, find_project(str(write_project(tmp_path)), python=str(python(tmp_path))), print)
    assert words in refused.value.one_line()
    assert "--python" in refused.value.one_line()


def test_variables_of_the_project_reach_it_and_those_of_servers_do_not(tmp_path, monkeypatch):
    for name in ("DJANGO_SHOP", "PORT", "GUNICORN_CMD_ARGS", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, f"/{name}")
    asks = (
        "import os\nassert os.environ['DJANGO_SHOP'] == '/DJANGO_SHOP' and os.environ['PORT'] == '/PORT'\n"
        "assert 'GUNICORN_CMD_ARGS' not in os.environ and 'PYTHONSTARTUP' not in os.environ\n"
        "assert not [name for name in os.environ if name.startswith('ASGI_VS_WSGI_')]\n"
    )
    assert look(write_project(tmp_path, shop__settings_py=asks + SETTINGS)).pages
    assert os.environ["PORT"] == "/PORT"
