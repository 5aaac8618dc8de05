"""Which pages of a project are asked for, how, and the scenario that is written of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from own_project import write_project

from asgi_vs_wsgi.scenarios.analysis.call_site import line_in, written_lines
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectPage
from asgi_vs_wsgi.scenarios.project.page_choice import Asked, header_asked, page_asked
from asgi_vs_wsgi.scenarios.project.planned_run import as_scenario, source_at
from asgi_vs_wsgi.scenarios.project.served_project import ServedPage, sent_headers, served_pages
from asgi_vs_wsgi.scenarios.project.server_packages import what_is_missing
from asgi_vs_wsgi.scenarios.project.traffic import SeenRequest, Traffic
from asgi_vs_wsgi.scenarios.project.trial_result import ProjectTrial, TriedPage, Visit
from asgi_vs_wsgi.scenarios.run.visit_plan import requests_for
from asgi_vs_wsgi.scenarios.scenario_files.source_files import defined_names
from asgi_vs_wsgi.server_targets.servers import Socket, server_spec, server_specs


def page(path: str | None, view: str = "books.views.index", **others: Any) -> ProjectPage:
    said = {
        "kind": "def",
        "is_async": False,
        "streams": False,
        "needs_login": False,
        "file": "",
        "line": 0,
        "own": True,
    }
    return ProjectPage(pattern=path or "/<int:pk>/", view=view, hops_forecast=6, path=path, **{**said, **others})


def look(*pages: ProjectPage, **others: Any) -> ProjectLook:
    said: dict[str, Any] = {
        "python": "3.12.1",
        "gil": True,
        "versions": {},
        "settings": "shop.settings",
        "debug": False,
    }
    said |= {"databases": {}, "caches": {}, "middleware": [], "hops_counted": True, "wsgi": "", "asgi": ""}
    return ProjectLook(pages=[*pages], **{**said, **others})


def tried(*pages: TriedPage) -> ProjectTrial:
    return ProjectTrial(look(), [*pages], [], "localhost", "", {}, [], [])


def one(path: str, ms: float = 1.0, why: str = "", answered_by: ProjectPage | None = None) -> TriedPage:
    visits = [Visit(200, 50 * ms), Visit(200, ms)]
    return TriedPage(path, "GET", "listed", visits, answered_by or page(path, view=path), why)


# ---- pages


def test_without_words_the_slowest_page_of_each_view_is_taken_the_project_s_own_first():
    pages = [
        one("/docs/", 1.0, answered_by=page("/docs/", "docs")),
        one("/docs/long/", 7.0, answered_by=page("/docs/<slug>/", "docs")),
        one("/account/", 99.0, why="redirects to a login"),
        one("/library/", 50.0, answered_by=page("/library/", "lib", own=False)),
        *(one(f"/more/{number}/", 2 + number / 100) for number in range(7)),
        one("/quick/", 0.1),
    ]
    served = served_pages(tried(*pages), Asked())
    assert [each.path for each in served] == ["/docs/long/", *(f"/more/{number}/" for number in range(7))]
    assert {each.weight for each in served} == {1.0}
    few = [each.path for each in served_pages(tried(*pages[:4], pages[-1]), Asked())]
    assert few == ["/docs/long/", "/library/", "/quick/"], "in the order in which they were found"


def test_pages_that_are_named_are_taken_with_how_often_and_what_answers_them():
    index = page("/", "books.views.index")
    served = served_pages(tried(one("/", answered_by=index), one("/other/")), Asked({"/": 3.0, "/never-tried/": 1.0}))
    assert [(each.path, each.weight, each.look) for each in served] == [
        ("/", 3.0, index), ("/never-tried/", 1.0, None)
    ]  # fmt: skip


def test_pages_of_a_file_are_asked_for_as_often_those_of_one_view_in_turn():
    books = page("/books/<int:pk>/", "book")
    paths = ["/books/1/", "/", "/books/2/", "/gone/", "/books/2/", "/"]
    traffic = Traffic("shop.har", tuple(SeenRequest(0.0, "GET", path) for path in paths), {})
    pages = [one("/books/1/", answered_by=books), one("/books/2/", answered_by=books), one("/")]
    served = served_pages(tried(*pages, one("/gone/", why="answers 404"), one("/not-seen/")), Asked(traffic=traffic))

    assert [(each.path, each.more_paths, each.weight) for each in served] == [
        ("/books/2/", ("/books/1/",), 3.0),
        ("/", (), 2.0),
    ]
    scenario = as_scenario(Path("/shop"), served, {}, 2)
    sent = requests_for(scenario, scenario.toml.targets[0])
    assert [each.paths for each in sent] == [("/books/2/", "/books/1/"), ("/",)]


def test_a_page_that_is_named_and_left_out_is_refused_with_its_reason():
    with pytest.raises(BadInput, match="--page /pay/: left out, since it writes to orders"):
        served_pages(tried(one("/pay/", why="writes to orders (--allow-writes)")), Asked({"/pay/": 1.0}))


@pytest.mark.parametrize(
    ("words", "path", "weight"),
    [
        ("/books/", "/books/", 1),
        ("/books/=3", "/books/", 3),
        ("/books/=0.5", "/books/", 0.5),
        ("/find?q=3", "/find?q=3", 1),
        ("/find?q=2=3", "/find?q=2", 3),
        ("/find?b=1&q=2=3", "/find?b=1&q=2", 3),
        ("/find?b=1&q=2=x", "/find?b=1&q=2=x", 1),
        ("/find/?q=a b&n=1", "/find/?q=a%20b&n=1", 1),
        ("/a=b", "/a=b", 1),
        ("/größe/", "/gr%C3%B6%C3%9Fe/", 1),
        ("/{n}/", "/%7Bn%7D/", 1),
    ],
)
def test_a_page_is_a_path_and_perhaps_a_weight(words, path, weight):
    assert page_asked(words) == (path, weight)


@pytest.mark.parametrize("words", ["books", "", "/a#b", "/a=0", "/a=-1", "/a=nan", "http://x/"])
def test_what_is_no_page_is_refused_in_one_line(words):
    with pytest.raises(BadInput, match="--page"):
        page_asked(words)


def test_names_of_pages_are_identifiers_and_told_apart():
    paths = ["/", "/all/", "/class/", "/2024/", "/a-b/", "/a/b/", "/größe/", "/?x=1", "/" + "x" * 90, "/" + "x" * 91]
    asked = dict(map(page_asked, paths))
    names = [each.name for each in served_pages(tried(), Asked(asked))]
    assert len(set(names)) == len(paths)
    assert all(name.isidentifier() and name != "all" for name in names)
    compile("\n".join(f"{name} = 1" for name in names), "names", "exec")


def test_nothing_to_ask_for_is_told():
    with pytest.raises(BadInput) as refusal:
        served_pages(tried(one("/a/", why="answers 404"), one("/b/", why="redirects to a login, /in/")), Asked())
    assert "/a/ answers 404; /b/ redirects to a login, /in/" in refusal.value.one_line()
    assert "--page PATH" in refusal.value.one_line()


# ---- what is sent


def test_https_is_said_as_the_project_hears_it_and_a_header_of_the_users_counts_more():
    assert sent_headers(look(), "localhost") == {"Host": "localhost"}
    assert sent_headers(look(ssl_redirect=True), "b.example") == {"Host": "b.example", "X-Forwarded-Proto": "https"}
    own = look(ssl_redirect=True, ssl_header=["HTTP_X_FORWARDED_PROTOCOL", "https"])
    assert sent_headers(own, "localhost", [header_asked("Cookie: a=b: c")]) == {
        "Host": "localhost",
        "X-Forwarded-Protocol": "https",
        "Cookie": "a=b: c",
    }
    told = [header_asked("host: c.example"), header_asked("x-forwarded-proto: http")]
    assert sent_headers(look(ssl_redirect=True), "b.example", told) == dict(told), "none of ours beside them"
    for words in ("Cookie", "a b: c", "A: b\r\nB: c"):
        with pytest.raises(BadInput, match="--header"):
            header_asked(words)


# ---- the scenario


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(
        tmp_path / "my shop",
        other__views_py='def index(request):\n    """Another one of that name."""\n    return 2\n',
        broken__views_py="def page(request):\n    return (\n",
    )


def scenario_of(folder: Path, *pages: ServedPage) -> Scenario:
    return as_scenario(folder, pages, {"Host": "shop.example"}, 2)


def served(name: str, file: str = "", line: int = 0, **others: Any) -> ServedPage:
    path = f"/{name}/"
    return ServedPage(name, path, 1.0, page(path, file=file, line=line, **others))


def line_of(folder: Path, file: str, words: str) -> int:
    return (folder / file).read_text(encoding="utf-8").split("\n").index(words) + 1


def test_every_page_is_a_view_and_a_class_of_visitors_that_asks_for_its_own_path(shop):
    asked = dict(map(page_asked, ["/=3", "/books/?q=1", "/books/list/"]))
    pages = served_pages(tried(), Asked(asked))
    scenario = scenario_of(shop, *pages)
    names = [each.name for each in pages]
    assert [each.name for each in scenario.toml.visitors] == names
    assert [each.share for each in scenario.toml.visitors] == [3, 1, 1]
    assert {*names} <= defined_names(scenario.views_py.encode())
    assert scenario.name == "my-shop"
    for target in scenario.toml.targets:
        sent = requests_for(scenario, target)
        assert [each.paths for each in sent] == [("/",), ("/books/?q=1",), ("/books/list/",)]
        assert all(each.headers == (("Host", "shop.example"),) for each in sent)
        assert (target.workers, target.threads) == (2, 4 if target.server == "gunicorn-gthread" else 1)


def test_the_source_of_a_view_is_there_once_and_each_of_its_lines_is_known_by_its_real_place(shop):
    place = line_of(shop, "books/views.py", "class BookList(TemplateView):")
    decorated = line_of(shop, "books/views.py", "@decorated")
    scenario = scenario_of(
        shop,
        served("books", "books/views.py", place),
        served("again", "books/views.py", place),
        served("detail_page", "books/views.py", decorated),
        served("elsewhere", "django/views.py", 3, own=False, view="lib.views.page"),
    )
    text = scenario.views_py
    assert text.count("class BookList(TemplateView):") == 1
    lines = text.split("\n")
    for number, (file, real) in written_lines(text).items():
        assert lines[number - 1] == (shop / file).read_text(encoding="utf-8").split("\n")[real - 1]
    number = line_in(text, f"books/views.py:{place + 1} BookList")
    assert lines[number - 1] == '    template_name = "list.html"'
    assert line_in(text, f"books/views.py:{place - 1} other") == 0
    assert line_in(text, f"views.py:{number} page") == 0, "a number of the text is no place in the project"
    assert "@decorated\ndef detail(request, pk):" in text
    assert "lib.views.page" in text


@pytest.mark.parametrize("before", ["x = 1\f\n", "# \u2028\n", "x = 1\r\n", "# -*- coding: latin-1 -*-\n# \xe4\n"])
def test_lines_are_numbered_as_python_numbers_them(before, tmp_path):
    text = f"{before}\ndef page(request):\n    return '\xe4'\n"
    (tmp_path / "views.py").write_bytes(text.encode("latin-1" if "latin" in before else "utf-8"))
    line = before.count("\n") + 2
    scenario = scenario_of(tmp_path, served("a", "views.py", line))
    number = line_in(scenario.views_py, f"views.py:{line + 1} page")
    assert scenario.views_py.split("\n")[number - 1] == "    return '\xe4'"


def test_two_views_of_one_name_are_told_apart(shop):
    one = line_of(shop, "books/views.py", "def index(request):")
    scenario = scenario_of(shop, served("one", "books/views.py", one), served("two", "other/views.py", 1))
    assert {"one", "two"} <= defined_names(scenario.views_py.encode())
    assert '    def index(request):\n        """Another one of that name."""' in scenario.views_py
    assert line_in(scenario.views_py, "other/views.py:3 index") > line_in(
        scenario.views_py, f"books/views.py:{one} index"
    )


def test_a_view_whose_source_cannot_be_read_has_a_name_all_the_same(shop):
    scenario = scenario_of(shop, served("a", "broken/views.py", 1), served("b", "gone.py", 1), served("c", "books", 1))
    assert {"a", "b", "c"} <= defined_names(scenario.views_py.encode())
    assert source_at(shop / "books/views.py", 9999) == ""


@pytest.mark.parametrize("name", ["ü", "-", "a\x1b[0m", 'quo"te', "back\\slash", "x" * 200])
def test_a_folder_of_any_name_makes_a_scenario(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    assert scenario_of(folder, *served_pages(tried(), Asked(dict(map(page_asked, ['/"/', "/\\/"]))))).toml.title


# ---- server products


@pytest.mark.parametrize(
    ("server", "installed", "missing"),
    [
        ("uvicorn", {}, ["uvicorn", "uvloop", "httptools"]),
        ("uvicorn", {"uvicorn": "1", "uvloop": "1"}, ["httptools"]),
        ("gunicorn-sync", {"gunicorn": "22.0.0"}, []),
        ("runserver", {"django": "5.2"}, []),
        ("wsgiref", {}, []),
    ],
)
def test_what_their_environment_has_is_not_fetched(server, installed, missing):
    assert what_is_missing(server_spec(server), installed) == missing


@pytest.mark.parametrize(("version", "there"), [("22.0.0", False), ("25.0.3", False), ("25.1", True), ("27.0.1", True)])
def test_a_product_is_called_as_its_version_knows_and_reads_no_configuration_of_the_project(version, there):
    spec = server_spec("gunicorn-sync")
    words = spec.command_line(Socket(5, 8000), 2, 1, {}, version)
    assert ("--no-control-socket" in words) is there
    assert words[words.index("-c") + 1].startswith("python:asgi_vs_wsgi.")
    assert words[-1] == spec.application
    assert "-c" not in spec.command_line(Socket(5, 8000), 2, 1, {}), "for our own site nothing changes"


def test_words_that_depend_on_the_version_stand_on_the_command_line():
    for spec in server_specs():
        words = spec.command_line(Socket(5, 8000), 2, 1, {})
        assert {*spec.since} <= {*words}
