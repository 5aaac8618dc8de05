"""What a scenario may say of its requests, what is refused, and the bytes that it comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.requests import asked_words
from asgi_vs_wsgi.scenarios.run.visit_plan import lone_visit, visiting
from asgi_vs_wsgi.scenarios.scenario_files.reader import read_folder, scenario_of_files
from asgi_vs_wsgi.server_targets.servers import server_specs

KNOWN = {product.name: product for product in server_specs()}
TOML = """
title = "Mine"
summary = "Visitors."
[load]
requests = 4
[[targets]]
server = "gunicorn-sync"
view = "page"
views = { other = "second" }
%s
[[visitors]]
name = "first"
share = 1
%s
[[visitors]]
name = "other"
share = 1
%s
"""


def folder(tmp_path: Path, client: str = "", other: str = "", target: str = "") -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    (made / "scenario.toml").write_text(TOML % (target, client, other))
    (made / "views.py").write_text("def page(request): ...\ndef second(request): ...\n")
    (made / "lesson.md").write_text("# Mine\n")
    (made / "photo.png").write_bytes(b"\x89PNG\r\n")
    (made / "sub").mkdir()
    (made / "sub" / "data.json").write_bytes(b'{"a": 1}')
    return made


def sent(tmp_path: Path, client: str = "", other: str = "", target: str = ""):
    """What each class sends, and what a lone visitor does."""
    scenario = read_folder(folder(tmp_path, client, other, target), KNOWN)
    (target_,) = scenario.toml.targets
    first, second = visiting(scenario, target_, scenario.toml.load).requests
    (lone,) = lone_visit(scenario, target_, 1, 5.0).requests
    return first, second, lone


REFUSED = {
    "a misspelt key": ("heders = {}", "client.heders: no such key", "did you mean `headers`?"),
    "a method in small letters": ('method = "post"', "client.method: `post` is not known", "did you mean `POST`?"),
    "an unknown method": ('method = "TRACE"', "client.method: `TRACE` is not known", "GET"),
    "a number for a text": ("body = 3", "client.body: it is a whole number", "a text in quotes"),
    "a text for a number": ('body_bytes = "9000"', "client.body_bytes: it is a text", "a whole number"),
    "a list in a query": ("query = { a = [1] }", "client.query.a: it is a list", "a text in quotes or a whole number"),
    "no path at all": ("path = []", "client.path: there is none", "leave it out"),
    "a path of the whole site": ('path = "/items"', "client.path: it begins with `/`", "`items`"),
    "a path that leads out": ('path = ["a", "../b"]', "client.path[1]: `..` leads out", "below the view's own path"),
    "a query in a path": ('path = "items?page=2"', "client.path: it holds a `?`", "`query`"),
    "an unknown placeholder": ('path = "items/{id}"', "client.path: `{id}` is no placeholder", "`{n}`"),
    "a line break in a path": ('path = "a\\nb"', "client.path: it holds a line break", "one line"),
    "a line break in a header": (
        'headers = { X-A = "b\\r\\nX-C: d" }',
        "client.headers.X-A: it holds a line break",
        "",
    ),
    "a header beyond ASCII": ('headers = { X-A = "ü" }', r"client.headers.X-A: it holds '\xfc'", "ASCII"),
    "no name of a header": ('headers = { "X A" = "b" }', "`X A` is no name of a header", "Accept-Language"),
    "the host": ('headers = { Host = "a" }', "client.headers.Host: it cannot be set", "the server's address"),
    "a length": ('headers = { content-length = "1" }', "client.headers.content-length: it cannot be set", "counted"),
    "an encoding": ('headers = { Transfer-Encoding = "chunked" }', "it cannot be set", "with its length"),
    "a connection": ('headers = { Connection = "close" }', "client.headers.Connection", "say `keep_alive` in [load]"),
    "the id": ('headers = { X-Request-ID = "7" }', "client.headers.X-Request-ID: it cannot be set", "joined"),
    "a header twice": ('headers = { Accept = "a", accept = "b" }', "it is there already, as `Accept`", "once"),
    "cookies twice": (
        'headers = { Cookie = "a=b" }\nclient.cookies = { c = "d" }',
        "there are `cookies` too",
        "one of",
    ),
    "a cookie of two": ('cookies = { a = "b; c=d" }', "client.cookies.a: it holds what no cookie carries", "letters"),
    "no name of a cookie": ('cookies = { "a=b" = "c" }', "`a=b` is no name of a cookie", "sessionid"),
    "two bodies": ('body = "a"\nclient.body_bytes = 9', "client.body_bytes: there is a `body` too", "one of body,"),
    "an empty body": ("body_bytes = 0", "client.body_bytes: 0 is out of bounds", "from 1 to 10,000,000"),
    "too large a part": ("multipart = { a = 10_000_001 }", "client.multipart.a", "from 1 to 10,000,000"),
    "a missing file": (
        'body_file = "foto.png"',
        "client.body_file: there is no file `foto.png`",
        "did you mean `photo.png`?",
    ),
    "a file elsewhere": ('body_file = "../photo.png"', "is not in the folder", "beside scenario.toml"),
    "a missing part": (
        'multipart = { a = "sub/date.json" }',
        "client.multipart.a: there is no file",
        "`sub/data.json`",
    ),
    "a type of a multipart": (
        'multipart = { a = 9 }\nclient.headers = { Content-Type = "text/plain" }',
        "a `multipart` has a type of its own",
        "leave it out",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("place", ["visitors[0].client", "targets[0].request"])
def test_what_is_wrong_with_a_request_is_told_with_its_key_and_what_would_be_right(tmp_path, name, place):
    said, reason, right = REFUSED[name]
    if place == "targets[0].request":
        said = said.replace("client.", "request.")
        made = folder(tmp_path, target=f"request.{said}")
    else:
        made = folder(tmp_path, f"client.{said}")
    with pytest.raises(BadInput) as caught:
        read_folder(made, KNOWN)
    line = caught.value.one_line()
    assert f"scenario.toml: {place}." in line
    assert reason.removeprefix("client") in line
    assert right in line
    assert "\n" not in line


def test_who_says_nothing_gets_the_views_own_path(tmp_path):
    for spec in sent(tmp_path):
        assert (spec.method, spec.headers, spec.body) == ("GET", (), b"")
    assert [spec.paths for spec in sent_again(tmp_path)] == [("/mine/page",), ("/mine/second",), ("/mine/page",)]


def sent_again(tmp_path: Path):
    scenario = read_folder(tmp_path / "mine", KNOWN)
    (target,) = scenario.toml.targets
    return (*visiting(scenario, target, scenario.toml.load).requests, *lone_visit(scenario, target, 1, 5.0).requests)


def test_a_path_stands_below_the_views_own_and_a_query_is_encoded(tmp_path):
    client = 'client.path = ["items/{n}", "grün 100%"]\nclient.query = { q = "a b&{n}", page = 2 }'
    first, _, lone = sent(tmp_path, client)
    assert first.paths == (
        "/mine/page/items/{n}?q=a+b%26{n}&page=2",
        "/mine/page/gr%C3%BCn%20100%?q=a+b%26{n}&page=2",
    )
    assert lone == first


@pytest.mark.parametrize(
    ("client", "method", "body", "type_"),
    [
        ('client.body = "a=ü"', "POST", "a=ü".encode(), "text/plain; charset=utf-8"),
        ('client.body = "{n}"\nclient.method = "PUT"', "PUT", b"{n}", "text/plain; charset=utf-8"),
        ("client.body_bytes = 9000", "POST", b"x" * 9000, "application/octet-stream"),
        ('client.body_file = "photo.png"', "POST", b"\x89PNG\r\n", "image/png"),
        ('client.body_file = "./sub/data.json"', "POST", b'{"a": 1}', "application/json"),
        ('client.body = "a"\nclient.method = "GET"', "GET", b"a", "text/plain; charset=utf-8"),
        ('client.body = "a"\nclient.headers = { content-type = "x/y" }', "POST", b"a", "x/y"),
    ],
)
def test_a_body_has_a_type_and_makes_a_post_where_no_method_is_named(tmp_path, client, method, body, type_):
    first, _, _ = sent(tmp_path, client)
    assert (first.method, first.body) == (method, body)
    assert [value for name, value in first.headers if name.lower() == "content-type"] == [type_]


def test_a_multipart_is_what_django_reads_as_files(tmp_path):
    from django.conf import settings
    from django.core.files.uploadhandler import MemoryFileUploadHandler
    from django.http.multipartparser import MultiPartParser

    first, _, _ = sent(tmp_path, 'client.multipart = { photo = "photo.png", more = 70_000 }')
    if not settings.configured:
        settings.configure()
    meta = {"CONTENT_TYPE": dict(first.headers)["Content-Type"], "CONTENT_LENGTH": str(len(first.body))}
    import io

    _, files = MultiPartParser(meta, io.BytesIO(first.body), [MemoryFileUploadHandler()]).parse()
    read = {name: (file.name, file.content_type, file.read()) for name, file in files.items()}
    assert read["photo"] == ("photo.png", "image/png", b"\x89PNG\r\n")
    assert read["more"][2] == b"x" * 70_000


def test_what_a_target_says_is_of_its_own_view_and_a_class_has_the_last_word(tmp_path):
    target = 'request = { path = "low", headers = { Accept-Encoding = "gzip", X-A = "t" }, body_bytes = 9 }'
    first, second, lone = sent(tmp_path, 'client = { headers = { X-A = "c" }, body = "b" }', "", target)
    assert first.paths == ("/mine/page/low",)
    assert dict(first.headers) | {"Content-Type": ""} == {"Accept-Encoding": "gzip", "X-A": "c", "Content-Type": ""}
    assert first.body == b"b"
    assert (second.paths, second.method, second.headers) == (("/mine/second",), "GET", ())
    assert lone == first


def test_files_that_are_sent_are_those_that_were_read(tmp_path):
    scenario = read_folder(folder(tmp_path, 'client.body_file = "photo.png"'), KNOWN)
    (tmp_path / "mine" / "photo.png").unlink()
    (target,) = scenario.toml.targets
    assert visiting(scenario, target, scenario.toml.load).requests[0].body == b"\x89PNG\r\n"


def test_another_process_sends_the_files_that_this_one_has_read(tmp_path):
    """The lab is told what the screen has read."""
    scenario = read_folder(folder(tmp_path, 'client.multipart = { photo = "photo.png" }'), KNOWN)
    (tmp_path / "mine" / "photo.png").write_bytes(b"other")
    again = scenario_of_files("mine", scenario.folder, scenario.toml_text, "", scenario.modules)
    (target,) = again.toml.targets
    assert b"\x89PNG\r\n" in visiting(again, target, again.toml.load).requests[0].body


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ("", []),
        ('client.headers = { A = "b" }', []),
        ("client.body_bytes = 9000", ["POST with 9 000 bytes"]),
        ('client.body = "a"\nclient.method = "GET"', ["GET with 1 byte"]),
        ('client.method = "DELETE"', ["DELETE"]),
    ],
)
def test_the_page_says_what_is_asked_for_where_it_is_more_than_a_page(tmp_path, client, words):
    assert asked_words(read_folder(folder(tmp_path, client), KNOWN)) == words
