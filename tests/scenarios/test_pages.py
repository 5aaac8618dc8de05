"""What a scenario may say of visitors who ask for several pages, what is refused, and what is planned of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.requests import asked_words
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.metrics import metric_words
from asgi_vs_wsgi.scenarios.run.visit_plan import lone_visit, pages_for, visiting
from asgi_vs_wsgi.scenarios.scenario_files.reader import read_folder
from asgi_vs_wsgi.server_targets.servers import server_specs

KNOWN = {product.name: product for product in server_specs()}
TOML = """
title = "Mine"
summary = "Visitors."
[load]
requests = 6
{load}
[[targets]]
server = "gunicorn-sync"
view = "page"
{target}
[[visitors]]
name = "lookers"
share = 1
[[visitors]]
name = "buyers"
share = 1
{buyers}
"""
PAGES = """
think_ms = [10, 30]
client = { headers = { X-Of = "all" }, cookies = { lang = "it" } }
[[visitors.pages]]
name = "login"
method = "POST"
body_file = "form.txt"
expect = 302
[[visitors.pages]]
name = "cart"
path = ["items/{n}", "others/{n}"]
headers = { X-Own = "cart" }
cookies = { theme = "dark" }
[[visitors.pages]]
"""
VIEWS = 'views = { login = "second", buyers = "third" }'


def write(place: Path, buyers: str = PAGES, target: str = VIEWS, load: str = "") -> Path:
    made = place / "mine"
    made.mkdir()
    (made / "scenario.toml").write_text(TOML.format(buyers=buyers, target=target, load=load))
    (made / "views.py").write_text("def page(request): ...\ndef second(request): ...\ndef third(request): ...\n")
    (made / "lesson.md").write_text("# Mine\n")
    (made / "form.txt").write_bytes(b"name=me")
    return made


TWO = '[[visitors.pages]]\npath = "a"\n[[visitors.pages]]\npath = "b"\n'
REFUSED = {
    "thought about nothing": (
        "think_ms = 5",
        "",
        "visitors[1].think_ms: a visitor thinks between pages",
        "two [[visitors.pages]]",
    ),
    "thought about one page": ("think_ms = 5\n[[visitors.pages]]\n", "", "thinks between pages", "or leave it out"),
    "a negative thought": (f"think_ms = -1\n{TWO}", "", "visitors[1].think_ms: it is out of bounds", "0 to 3,600,000"),
    "an endless thought": (f"think_ms = inf\n{TWO}", "", "it is out of bounds", "milliseconds"),
    "three thoughts": (f"think_ms = [1, 2, 3]\n{TWO}", "", "there are 3 numbers", "the least and the most"),
    "a range that runs backwards": (f"think_ms = [9, 3]\n{TWO}", "", "9 is more than 3", "the least and the most"),
    "a thought in words": (f'think_ms = "long"\n{TWO}', "", "think_ms: it is a text", "a number, or a list of two"),
    "a name twice": (
        '[[visitors.pages]]\nname = "a"\n[[visitors.pages]]\nname = "a"',
        "",
        "pages[1].name: `a` is no new name",
        "each once",
    ),
    "a class's name": (
        '[[visitors.pages]]\nname = "lookers"',
        "",
        "pages[0].name: `lookers` is no new name",
        "no name of a class",
    ),
    "a number for a name": ('[[visitors.pages]]\nname = "2"', "", "`2` is no new name", "letters"),
    "a page that leads out": (
        '[[visitors.pages]]\npath = "../x"',
        "",
        "pages[0].path: `..` leads out",
        "below the view's own path",
    ),
    "a header of ours": (
        '[[visitors.pages]]\nheaders = { Host = "x" }',
        "",
        "pages[0].headers.Host: it cannot be set",
        "the server's address",
    ),
    "a file that is not there": (
        '[[visitors.pages]]\nbody_file = "form.tx"',
        "",
        "pages[0].body_file: there is no file",
        "`form.txt`",
    ),
    "an unknown key": ("[[visitors.pages]]\nthink = 3", "", "pages[0].think: no such key", "known"),
    "a status that is no page's": (
        "[[visitors.pages]]\nexpect = 500",
        "",
        "pages[0].expect: 500 is no status",
        "200 to 499",
    ),
    "a client that says what a page says": (
        'client = { path = "x" }\n[[visitors.pages]]',
        "",
        "client.path: its class asks for `pages`",
        "say it of the page",
    ),
    "a body for all pages": (
        "client = { body_bytes = 9 }\n[[visitors.pages]]",
        "",
        "client.body_bytes: its class",
        "headers, cookies",
    ),
    "one who leaves": (
        "client = { leave_after_ms = 9 }\n[[visitors.pages]]",
        "",
        "client.leave_after_ms: its class",
        "leave one of the two out",
    ),
    "a law": (
        "[[visitors.pages]]",
        'law = "one-per-worker"',
        "targets[0].law: a law is about visitors of one page",
        "`checks`",
    ),
    "a view of no page": (
        "[[visitors.pages]]",
        'views = { login = "second" }',
        "views.login: there is no such class of visitors, and no such page",
        "known",
    ),
    "a view that is not defined": (
        '[[visitors.pages]]\nname = "a"',
        'views = { a = "fourth" }',
        "views.py: fourth: a view of target",
        "known: page, second, third",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_with_pages_is_told_by_key_and_reason(tmp_path: Path, what: str) -> None:
    buyers, target, said, right = REFUSED[what]
    with pytest.raises(BadInput) as refused:
        read_folder(write(tmp_path, buyers, target), KNOWN)
    line = refused.value.one_line()
    assert said in line
    assert right in line


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"visitors\[1\].pages: there are 101"):
        read_folder(write(tmp_path, "[[visitors.pages]]\n" * 101, ""), KNOWN)


def test_who_waits_for_a_turn_has_no_pages(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"load\.arrivals: visitors with `pages` need open arrivals"):
        read_folder(write(tmp_path, load='arrivals = "closed"\nconcurrency = 2'), KNOWN)


def test_nor_where_the_command_line_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    catalog = load_catalog([str(tmp_path)])
    with pytest.raises(BadInput, match="--arrivals closed: visitors of `mine` ask for several pages each"):
        resolve(Options("mine", arrivals="closed", concurrency=2), catalog)
    assert resolve(Options("mine", arrivals="constant", rate=5.0, requests=9), catalog).load.rate == 5.0


# ---- what is planned


def test_every_page_says_what_it_says_and_what_its_class_says_of_all(tmp_path: Path) -> None:
    scenario = read_folder(write(tmp_path), KNOWN)
    (target,) = scenario.toml.targets
    planned = visiting(scenario, target, scenario.toml.load)
    none, journey = planned.journeys
    assert none is None
    assert journey is not None
    assert journey.think_s == (0.01, 0.03)
    login, cart, last = journey.pages
    assert (login.method, login.paths, login.body) == ("POST", ("/mine/second",), b"name=me")
    assert (cart.method, cart.paths) == ("GET", ("/mine/third/items/{n}", "/mine/third/others/{n}"))
    assert (last.method, last.paths, last.body) == ("GET", ("/mine/third",), b"")
    assert dict(cart.headers) == {"X-Of": "all", "X-Own": "cart", "Cookie": "lang=it; theme=dark"}
    assert dict(last.headers) == {"X-Of": "all", "Cookie": "lang=it"}


@pytest.mark.parametrize("requests", [1, 6, 40])
def test_there_are_as_many_rows_as_visitors_have_pages(tmp_path: Path, requests: int) -> None:
    scenario = read_folder(write(tmp_path), KNOWN)
    (target,) = scenario.toml.targets
    plan = visiting(scenario, target, replace(scenario.toml.load, requests=requests)).plan
    rows = list(plan.path)
    assert rows.count(0) + rows.count(1) / 3 == requests
    assert rows == sorted(rows)  # visitors with pages come after the crowd, whose loop knows nothing of them


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", [[302], [], []]),
        ("expect = [200, 404]", [[302], [200, 404], [200, 404]]),
    ],
)
def test_what_a_page_is_answered_is_its_own_or_its_classs(tmp_path: Path, said: str, expected: list[list[int]]) -> None:
    scenario = read_folder(write(tmp_path, f"{said}\n{PAGES}"), KNOWN)
    (target,) = scenario.toml.targets
    assert [page.expect for page in pages_for(scenario, target)["buyers"]] == expected
    elsewhere = pages_for(scenario, replace(target, expect=201))["buyers"]
    assert [page.expect for page in elsewhere] == [each or [201] for each in expected]


def test_pages_are_called_by_their_names_or_places(tmp_path: Path) -> None:
    scenario = read_folder(write(tmp_path), KNOWN)
    (target,) = scenario.toml.targets
    (pages,) = pages_for(scenario, target).values()
    assert [(page.name, page.view) for page in pages] == [("login", "second"), ("cart", "third"), ("3", "third")]
    assert [page.request.body_bytes for page in pages] == [7, 0, 0]


@pytest.mark.parametrize(
    ("views", "asked"),
    [
        (VIEWS, ("GET", "/mine/page")),
        ('views = { lookers = "second", buyers = "third", login = "page" }', ("POST", "/mine/page")),
        ('views = { lookers = "second", buyers = "third" }', ("GET", "/mine/page")),
    ],
)
def test_a_lone_visitor_asks_as_the_first_does_who_asks_for_the_targets_own_view(tmp_path, views, asked) -> None:
    scenario = read_folder(write(tmp_path, target=views), KNOWN)
    (lone,) = lone_visit(scenario, scenario.toml.targets[0], 1, 5.0).requests
    assert (lone.method, lone.paths[0]) == asked


def test_what_is_asked_is_told_before_a_run(tmp_path: Path) -> None:
    assert asked_words(read_folder(write(tmp_path), KNOWN)) == ["3 pages each of “buyers”", "POST with 7 bytes"]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("classes.buyers.visits.latency_ms.p95", "p95 latency of all pages together of “buyers” visitors"),
        ("classes.buyers.visits.completed", "“buyers” visitors with all their pages"),
        ("classes.buyers.pages.login.latency_ms.p50", "p50 latency of “login” of “buyers” visitors"),
        ("classes.buyers.pages.3.requests.failed", "failed requests of page “3” of “buyers” visitors"),
    ],
)
def test_figures_of_pages_can_be_what_a_verdict_is_on(tmp_path: Path, metric: str, words: str) -> None:
    read_folder(write(tmp_path, f'{PAGES}\n[verdict]\nmetric = "{metric}"\n'), KNOWN)
    assert metric_words(metric) == words


@pytest.mark.parametrize(
    "metric", ["classes.lookers.visits.completed", "classes.buyers.pages.pay.latency_ms.p50", "visits.completed"]
)
def test_figures_that_there_are_none_of_cannot(tmp_path: Path, metric: str) -> None:
    with pytest.raises(BadInput, match=r"verdict\.metric"):
        read_folder(write(tmp_path, f'{PAGES}\n[verdict]\nmetric = "{metric}"\n'), KNOWN)
