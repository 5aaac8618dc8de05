"""Connections, and requests that are more than a page, in the report and on the board."""

from __future__ import annotations

import msgspec
import pytest
from made_result import made_result

from asgi_vs_wsgi.scenarios.results import (
    HttpConnections,
    PieceCount,
    Pieces,
    RequestCounts,
    RequestSent,
    RunResult,
    Spread,
    Unserved,
    VisitorClass,
)
from asgi_vs_wsgi.tui.report.figures import FIGURES
from asgi_vs_wsgi.tui.report.findings import connection_lines, warnings
from asgi_vs_wsgi.tui.report.target_tables import request_lines
from asgi_vs_wsgi.tui.widgets.results_table import whole

KEPT = HttpConnections(12, 108, 0, 0, 0, 4, 8, 108)
COUNTS = RequestCounts(120, 112, 8, 0, 0, {"timeout": 8}, {"200": 112})


def result_with(**changed) -> RunResult:
    result = made_result()
    first = msgspec.structs.replace(result.targets[0], **changed)
    return msgspec.structs.replace(result, targets=[first, result.targets[1]])


def asked(*requests: RequestSent | None) -> list[VisitorClass]:
    return [VisitorClass(f"class{at}", COUNTS, None, None, each) for at, each in enumerate(requests)]


def test_connections_and_the_places_that_they_fill_are_on_the_board_and_in_the_report():
    latency = made_result().targets[0].latency_ms
    not_served = [Unserved("timeout", 8, msgspec.structs.replace(latency, p50=8000.0))]
    result = result_with(http_connections=KEPT, requests=COUNTS, not_served=not_served)
    counted = "gunicorn-sync: connections: 12 made, used again 108 times, 8 waited on in vain"
    why = "8 visitors on new connections heard nothing within 8.00 s, while 108 later requests were answered on the 4"
    assert list(connection_lines(result)) == [counted]
    board = whole(result, 400).plain
    assert counted in board
    assert why in board
    assert any(why in line for line in warnings(result))


def test_nothing_of_connections_is_told_where_none_were_kept():
    assert not list(connection_lines(made_result()))
    assert "connections" not in whole(made_result(), 400).plain


def test_they_are_in_the_document_and_come_back_from_it():
    pieces = Pieces(PieceCount(1, 10, 10), Spread(99.0, 101.0, 140.0))
    classes = asked(RequestSent("PUT", ["/a/{n}"], 7), None)
    result = result_with(http_connections=KEPT, pieces=pieces, classes=classes)
    read = msgspec.json.decode(msgspec.json.encode(result), type=RunResult)
    assert read.targets == result.targets
    (words,) = (of(read.targets[0]) for label, of in FIGURES if label.startswith("pieces"))
    assert words == "10, 99 ms apart, at most 0.14 s"


@pytest.mark.parametrize(
    ("requests", "told"),
    [
        ([None], []),
        ([RequestSent("GET", ["/mine/page"], 0)], []),
        ([RequestSent("POST", ["/mine/page"], 9000)], ["class0: POST with 9 000 bytes: /mine/page"]),
        ([RequestSent("HEAD", ["/mine/page"], 0)], ["class0: HEAD: /mine/page"]),
        ([RequestSent("GET", ["/mine/page?a=1"], 0)], ["class0: GET: /mine/page?a=1"]),
        (
            [RequestSent("GET", ["/mine/page"], 0), RequestSent("GET", ["/mine/page/{n}", "/mine/page/b"], 0)],
            ["class0: GET: /mine/page", "class1: GET: /mine/page/{n}, /mine/page/b"],
        ),
    ],
)
def test_what_was_asked_for_is_told_where_it_is_more_than_a_page(requests, told):
    assert request_lines(result_with(classes=asked(*requests)).targets) == told


@pytest.mark.parametrize(
    ("method", "size", "noted"), [("GET", 5, True), ("HEAD", 5, True), ("GET", 0, False), ("PUT", 5, False)]
)
def test_a_body_that_has_no_meaning_is_allowed_and_told(method, size, noted):
    result = result_with(classes=asked(RequestSent(method, ["/mine/page"], size)))
    assert any(f"send a body with {method}" in line for line in warnings(result)) is noted
