"""A HAR or an access log tells what visitors asked for: what cannot be sent is counted, other files are refused."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from made_har import entry, har

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.har_file import read_har
from asgi_vs_wsgi.scenarios.project.traffic import (
    TrafficRules,
    asked_pages,
    read_access_log,
    traffic_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ = {"har": read_har, "log": read_access_log}


def line(path: str, second: int = 0, method: str = "GET", status: int = 200, more: str = ' "-" "curl/8"') -> str:
    return f'10.0.0.7 - - [27/Nov/2026:20:00:{second:02} +0000] "{method} {path} HTTP/1.1" {status} 512{more}\n'


def log(folder: Path, *lines: str) -> Path:
    file = folder / "access.log"
    file.write_text("".join(lines))
    return file


def test_a_har_s_pages_keep_their_order_their_times_and_their_query(tmp_path: Path) -> None:
    traffic = read_har(har(tmp_path, entry("/b/?q=%C3%A9&p=2", 1.25), entry("/", 0.5), entry("/b/", 4)), TrafficRules())

    assert [each.path for each in traffic.requests] == ["/", "/b/?q=%C3%A9&p=2", "/b/"]
    assert [each.at_s for each in traffic.requests] == [0, 0.75, 3.5]
    assert traffic.duration_s == 3.5
    assert traffic.rate == pytest.approx(2 / 3.5)


def test_what_a_web_server_sends_and_what_others_are_asked_is_left_out_and_counted(tmp_path: Path) -> None:
    others = [
        entry("/pixel", host="https://ads.example"),
        entry("/static/app"),
        entry("/logo.PNG?v=3"),
        entry("/chart", _resourceType="image"),
        entry("/live", _resourceType="websocket"),
        entry("/cart", method="POST"),
        entry("/dav", method="PROPFIND"),
    ]
    traffic = read_har(har(tmp_path, *(entry(f"/{n}") for n in range(3)), *others), TrafficRules())

    assert [each.path for each in traffic.requests] == ["/0", "/1", "/2"]
    assert traffic.left_out == {
        "to other hosts": 1,
        "static files": 3,
        "streams that stay open": 1,
        "of the method POST (--allow-writes)": 1,
        "of other methods": 1,
    }
    assert traffic_words(traffic).startswith("shop.har: 3 requests for 3 pages in 0 s; left out: 1 to other hosts, 3 ")


@pytest.mark.parametrize(
    ("prefixes", "kept"),
    [
        (("/assets/",), ["/static/a", "/"]),
        (("/",), ["/assets/a", "/static/a", "/"]),
        (("",), ["/assets/a", "/static/a", "/"]),
    ],
)
def test_the_project_s_own_static_prefix_counts_and_one_of_everything_does_not(
    tmp_path: Path, prefixes: tuple[str, ...], kept: list[str]
) -> None:
    file = log(tmp_path, line("/assets/a"), line("/static/a"), line("/"))

    assert sorted(each.path for each in read_access_log(file, TrafficRules(prefixes)).requests) == sorted(kept)


def test_what_a_request_line_cannot_hold_is_quoted_as_a_browser_would(tmp_path: Path) -> None:
    traffic = read_har(har(tmp_path, entry("/größe/?q=ß&n={n}")), TrafficRules())
    assert [each.path for each in traffic.requests] == ["/gr%C3%B6%C3%9Fe/?q=%C3%9F&n=%7Bn%7D"]

    file = tmp_path / "access.log"
    file.write_bytes(line("/caf\xe9/{n}?a=%20").encode("latin-1"))
    assert [each.path for each in read_access_log(file, TrafficRules()).requests] == ["/caf%E9/%7Bn%7D?a=%20"]


def test_headers_that_all_requests_had_alike_are_kept_and_none_of_the_connection_s(tmp_path: Path) -> None:
    common = [("Cookie", "sessionid=1"), ("Accept", "text/html"), ("Host", "shop.example"), ("Accept-Encoding", "br")]
    file = har(tmp_path, entry("/", headers=common), entry("/b", headers=[*common[:1], ("accept", "*/*")]))

    assert read_har(file, TrafficRules()).headers == (("cookie", "sessionid=1"),)


def test_a_header_that_would_begin_another_is_not_kept(tmp_path: Path) -> None:
    file = har(tmp_path, entry("/", headers=[("Cookie", "a=1\r\nX-Admin: 1")]))

    assert read_har(file, TrafficRules()).headers == ()


@pytest.mark.parametrize("more", ["", ' "-" "curl/8"', ' "http://x/\\"y" "agent (\\x22)" 0.012 "-"'])
@pytest.mark.parametrize("begin", ["", "shop.example:443 "])
@pytest.mark.parametrize("packed", [False, True])
def test_common_combined_and_longer_lines_are_read_plain_and_packed(
    tmp_path: Path, more: str, begin: str, packed: bool
) -> None:
    file = log(tmp_path, begin + line("/a?b=%20c", 1, more=more), "\n", begin + line("/b", 9, status=404, more=more))
    if packed:
        file.write_bytes(gzip.compress(file.read_bytes()))

    traffic = read_access_log(file, TrafficRules())

    assert [(each.path, each.status) for each in traffic.requests] == [("/a?b=%20c", 200), ("/b", 404)]
    assert traffic.left_out.get("lines in another format", 0) == 0


def test_requests_of_one_second_are_spread_over_it_alike_for_one_seed(tmp_path: Path) -> None:
    file = log(tmp_path, *(line(f"/{n}", second) for second in (0, 1) for n in range(20)))

    first, again, other = (read_access_log(file, TrafficRules(seed=seed)).requests for seed in (1, 1, 2))

    assert first == again != other
    assert [each.at_s for each in first] == sorted(each.at_s for each in first)
    assert len({each.at_s for each in first}) == 40
    assert first[-1].at_s < 2


@pytest.mark.parametrize(
    "strange",
    [
        'x - - [31/Feb/2026:20:00:00 +0000] "GET /a HTTP/1.1" 200 5\n',
        'x - - [01/Foo/2026:20:00:00 +0000] "GET /a HTTP/1.1" 200 5\n',
        'x - - [01/Nov/2026:20:00:00 +0000] "GET /a HTTP/1.1" - 5\n',
        'INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK\n',
        "[" * 100_000 + "\n",
        "x" * 300_000 + "\n",
    ],
)
def test_lines_in_another_format_are_counted_and_the_others_read(tmp_path: Path, strange: str) -> None:
    traffic = read_access_log(log(tmp_path, strange, line("/"), strange), TrafficRules())

    assert (len(traffic.requests), traffic.left_out["lines in another format"]) == (1, 2)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("http://elsewhere/", "for no path of this host"),
        ("//elsewhere/", "for no path of this host"),
        ("/a b", "for no path of this host"),
        ("\\x16\\x03", "for no path of this host"),
        ("*", "for no path of this host"),
    ],
)
def test_what_would_ask_another_host_or_break_the_request_is_never_sent(tmp_path: Path, path: str, reason: str) -> None:
    traffic = read_access_log(log(tmp_path, line(path), line("/")), TrafficRules())

    assert [each.path for each in traffic.requests] == ["/"]
    assert traffic.left_out == {reason: 1}


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("har", b"", "is no HAR file"),
        ("har", b"\x00\xff\xfe", "is no HAR file"),
        ("har", b"[]", "is no HAR file"),
        ("har", b'{"log": {"entries": [{}]}}', "is no HAR file"),
        ("har", b'{"log": {"entries": []}}', "holds no request"),
        ("har", b"\x1f\x8b\x08broken", "shop.har"),
        ("log", b"", "holds no request"),
        ("log", b"not a log\n", "it begins with: not a log"),
        ("log", b"\x1b[31mred\n", "\\x1b[31mred"),
        ("log", b"\x1f\x8b\x08broken", "shop.log"),
        ("log", line("/", method="POST").encode(), "left out: 1 of the method POST"),
    ],
)
def test_a_file_that_is_something_else_is_refused_in_one_line(
    tmp_path: Path, kind: str, content: bytes, words: str
) -> None:
    file = tmp_path / f"shop.{kind}"
    file.write_bytes(content)

    with pytest.raises(BadInput) as refused:
        READ[kind](file, TrafficRules())

    assert words in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("kind", ["har", "log"])
@pytest.mark.parametrize("make", [lambda file: None, lambda file: file.mkdir()], ids=["missing", "a folder"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, kind: str, make: Callable[[Path], None]) -> None:
    make(tmp_path / "it")

    with pytest.raises(BadInput, match=r"/it: (No such file|Is a directory)"):
        READ[kind](tmp_path / "it", TrafficRules())


def test_pages_are_told_once_the_most_asked_first_with_what_they_were_answered(tmp_path: Path) -> None:
    lines = [line("/a"), line("/b", 1), line("/b", 2, status=500), line("/b", 3), line("/c", 4)]

    pages = asked_pages(read_access_log(log(tmp_path, *lines), TrafficRules()))

    assert [(page.path, page.asked, page.statuses) for page in pages] == [
        ("/b", 3, {200: 2, 500: 1}),
        ("/a", 1, {200: 1}),
        ("/c", 1, {200: 1}),
    ]


def test_requests_of_one_second_stay_in_the_order_of_their_lines(tmp_path: Path) -> None:
    paths = [f"/{number}/" for number in range(30)]
    lines = [line(path, number // 10) for number, path in enumerate(paths)]

    assert [each.path for each in read_access_log(log(tmp_path, *lines), TrafficRules()).requests] == paths


@pytest.mark.parametrize(("back", "told"), [(59, False), (30, False), (0, True)])
def test_times_that_run_backwards_are_put_in_order_and_told_where_no_server_logs_so(
    tmp_path: Path, back: int, told: bool
) -> None:
    late = line("/late/", 59).replace(":20:00:", ":20:05:") if told else line("/late/", 59)
    traffic = read_access_log(log(tmp_path, late, line("/early/", back)), TrafficRules())

    assert {each.path for each in traffic.requests} == {"/early/", "/late/"}
    assert [each.at_s for each in traffic.requests] == sorted(each.at_s for each in traffic.requests)
    assert ("; its times run backwards by up to 359 s: put in order" in traffic_words(traffic)) is told


def test_a_har_s_time_without_a_zone_or_of_the_first_year_is_a_time(tmp_path: Path) -> None:
    first, last = entry("/first/"), entry("/last/")
    first["startedDateTime"], last["startedDateTime"] = "0001-01-01T00:00:00", "0001-01-01T00:00:02"

    assert read_har(har(tmp_path, first, last), TrafficRules()).duration_s == 2
