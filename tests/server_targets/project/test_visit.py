"""A request as a server would make it, the links of a page, and what a statement writes: in the project's process."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.server_targets.project.effects import is_here, written_path, written_table
from asgi_vs_wsgi.server_targets.project.visit import Visitor, environ_of, links_of

LINKS = {
    '<a href="/b/?x=1&amp;y=2#part">': ["/b/?x=1&y=2"],
    '<a href="c/">': ["/a/c/"],
    '<a href="../d">': ["/d"],
    '<a href="?page=2">': ["/a/?page=2"],
    '<a href="#top">': ["/a/"],
    '<a href="http://shop.example/e">': ["/e"],
    '<a href="https://SHOP.example">': ["/"],
    '<a href="//other.example/f"><a href="mailto:a@b.example"><a href="javascript:x()">': [],
    '<a href="http://["><a href><a><a href="  ">': [],
    '<base href="/deep/"><a href="g">': ["/deep/g"],
    '<a href="/file" download><link href="/style"><img src="/image">': [],
    '<a href="/h"><A HREF=/h><a class="x" href=\'/i\'>': ["/h", "/i"],
    "<a href='/unfinished": [],
    '<a href="/b\u00fccher/a b/?q=\u00fc&amp;x=1/2%20">': ["/b%C3%BCcher/a%20b/?q=%C3%BC&x=1/2%20"],
    '<a href="/a\x1b]0;t\x07\n">': ["/a%1B%5D0;t%07"],
    "<!-- <a href='/no'> --><script>'<a href=\"/no\">'</script>": [],
}


@pytest.mark.parametrize("html", LINKS)
def test_links_are_those_of_the_same_host_as_a_browser_reads_them(html):
    assert links_of(html, "/a/", "shop.example") == LINKS[html]


def test_links_are_as_many_as_anybody_reads():
    assert len(links_of("".join(f'<a href="/{n}">' for n in range(10_000)), "/", "x")) == 200


def test_a_request_is_as_a_server_makes_it():
    headers = [["Host", "shop.example:81"], ["X-Forwarded-Proto", "https"], ["Cookie", "a=1"], ["Cookie", "b=2"]]
    environ = environ_of("GET", "/b%C3%BCcher/%2F/?q=%C3%BC", headers)
    assert environ["PATH_INFO"] == "/b\xc3\xbccher///"
    assert environ["QUERY_STRING"] == "q=%C3%BC"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("shop.example", "81")
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_page_that_would_end_the_process_gives_no_token():
    def ends(environ: object, start: object) -> list[bytes]:
        raise SystemExit

    asked = {"path": "/", "method": "GET", "headers": [["Host", "shop.example"]], "within_s": 1.0}
    assert Visitor(ends, "/").page_and_cookies(asked) == ("", [])


STATEMENTS = {
    'INSERT INTO "books_visit" ("x") VALUES (1)': "books_visit",
    "insert or ignore into books_visit values (1)": "books_visit",
    "REPLACE INTO `books_visit` VALUES (1)": "books_visit",
    ' UPDATE "books_visit" SET x = 1': "books_visit",
    "UPDATE ONLY books_visit SET x = 1": "books_visit",
    'DELETE FROM "public"."books_visit" WHERE x': "public.books_visit",
    "CREATE TEMPORARY TABLE IF NOT EXISTS t (x)": "t",
    "DROP TABLE IF EXISTS t": "t",
    "TRUNCATE t": "t",
    'WITH old AS (SELECT 1) UPDATE "t" SET x = 1': "t",
    'SELECT "x" FROM "updates" WHERE y = %s FOR UPDATE': None,
    "SELECT 'DELETE FROM t'": None,
    "WITH old AS (SELECT 1) SELECT * FROM old": None,
    "SAVEPOINT s1": None,
    "PRAGMA foreign_keys": None,
    "": None,
}


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_statement_names_the_table_that_it_writes(sql):
    assert written_table(sql) == STATEMENTS[sql]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((host, True) for host in ("localhost", "LOCALHOST.", "127.9.0.1", "::1", "0.0.0.0", "", "a.localhost")),
        ("host.docker.internal", True),
        *(
            (host, False)
            for host in ("example.com", "localhost.example.com", "10.0.0.1", "::ffff:9.9.9.9", "fe80::1%2")
        ),
    ],
)
def test_what_is_this_machine(host, here):
    assert is_here(host) is here


@pytest.mark.parametrize(
    ("event", "arguments", "path"),
    [
        ("open", ("a", "r", 0), None),
        ("open", ("a", "w", 0o1101), "a"),
        ("open", (b"a", None, 2), "a"),
        ("open", (3, "w", 1), None),
        ("open", ("/dev/null", "w", 1), None),
        ("os.rename", ("a", "b", -1, -1), "b"),
        ("os.remove", ("a", -1), "a"),
        ("os.mkdir", ("/tmp", 0o777, -1), None),
        ("os.symlink", ("a", "b", -1), "b"),
        ("socket.connect", (None, ("a", 1)), None),
    ],
)
def test_an_event_names_the_file_that_it_writes(event, arguments, path):
    assert written_path(event, arguments) == path
