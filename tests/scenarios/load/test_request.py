"""Requests: one GET per path, whose id is filled in last."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.load.request_templates import request_templates


def test_a_request_carries_its_id_its_host_and_asks_to_close():
    (template,) = request_templates(("/page?a=1",), "127.0.0.1:8000", keep_alive=False)
    assert template % 42 == (
        b"GET /page?a=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\nX-Request-Id: 42\r\n\r\n"
    )


def test_a_kept_connection_is_not_asked_to_close():
    (template,) = request_templates(("/",), "h", keep_alive=True)
    assert b"Connection" not in template % 1


def test_percent_signs_in_a_path_survive():
    (template,) = request_templates(("/a%20b",), "h", keep_alive=True, headers={"X-Share": "100%"})
    assert (template % 1).startswith(b"GET /a%20b HTTP/1.1\r\n")
    assert b"X-Share: 100%\r\n" in template % 1


@pytest.mark.parametrize("path", ["", "page", "/a b", "/a\r\nX: y", "/ü", "/a\x00"])
def test_a_path_that_would_break_the_request_line_is_refused(path):
    with pytest.raises(ValueError, match="path"):
        request_templates((path,), "h", keep_alive=True)


@pytest.mark.parametrize("header", [{"X-A": "b\r\nX-C: d"}, {"X A": "b"}, {"": "b"}, {"X-A": "\x00"}])
def test_a_header_that_would_not_stay_one_line_is_refused(header):
    with pytest.raises(ValueError, match="header"):
        request_templates(("/",), "h", keep_alive=True, headers=header)
