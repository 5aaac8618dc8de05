"""What a browser has posted, put, patched or deleted is sent again as it was, or left out and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from made_har import entry, har

from asgi_vs_wsgi.scenarios.project.har_file import read_har
from asgi_vs_wsgi.scenarios.project.traffic import TrafficRules, plain_path

if TYPE_CHECKING:
    from pathlib import Path


def posted(path: str, at_s: float, data: Any, referer: str = "") -> Any:
    told = entry(path, at_s, "POST", headers=[("Referer", referer)] if referer else [])
    told["request"]["postData"] = data
    return told


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def parts(*names: str, value: str = "1") -> str:
    head = "Content-Disposition: form-data; name="
    return "".join(f'--x\r\n{head}"{name}"\r\n\r\n{value}\r\n' for name in names) + "--x--\r\n"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"mimeType": FORM, "text": "csrfmiddlewaretoken=x&a=1+2&b=&a=%C3%A9"}, b"a=1+2&b=&a=%C3%A9"),
        ({"mimeType": FORM, "params": [{"name": "a", "value": "1 2"}, {"name": "csrfmiddlewaretoken"}]}, b"a=1+2"),
        ({"mimeType": f"{FORM}; charset=UTF-8", "text": ""}, b""),
        ({"mimeType": "application/json", "text": '{"a": "\u00e9"}'}, '{"a": "\u00e9"}'.encode()),
        ({"mimeType": MULTIPART, "text": parts("csrfmiddlewaretoken", "a", "b")}, parts("a", "b").encode()),
        ({"mimeType": f"{MULTIPART}; charset=utf-8", "text": parts("a", "b")}, parts("a", "b").encode()),
        ({"mimeType": 'multipart/form-data; Boundary="x"; a=b', "text": parts("a")}, parts("a").encode()),
    ],
)
def test_what_was_posted_is_taken_without_its_token_where_writes_are_allowed(
    tmp_path: Path, data: Any, body: bytes
) -> None:
    traffic = read_har(
        har(tmp_path, entry("/a/"), entry("/b/", 1), posted("/c/", 2, data, "http://shop.example/f/?x=1")),
        TrafficRules(writes=True),
    )

    assert [each.path for each in traffic.requests] == ["/a/", "/b/", "POST /c/"]
    (post,) = traffic.posts.values()
    assert (post.body, post.content_type) == (body, data["mimeType"])
    assert post.token_pages == ("/f/?x=1", "/c/", "/b/", "/a/")


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        {"mimeType": MULTIPART, "text": "--x"},
        {"mimeType": "multipart/form-data; charset=x", "text": parts("a")},
        {"mimeType": MULTIPART, "text": "--xy\r\n--xy--\r\n"},
        {"mimeType": MULTIPART, "text": parts("a", value="\ufffdPNG")},
        {"mimeType": "application/json", "text": 5},
        {"mimeType": "application/octet-stream", "text": "AA==", "encoding": "base64"},
        {"mimeType": "text/plain\r\nX: y", "text": "a"},
    ],
)
def test_a_body_that_cannot_be_sent_again_is_left_out_and_counted(tmp_path: Path, data: Any) -> None:
    traffic = read_har(har(tmp_path, entry("/a/"), posted("/c/", 2, data)), TrafficRules(writes=True))

    assert [each.path for each in traffic.requests] == ["/a/"]
    assert traffic.left_out == {"sent with a body that the file does not hold whole": 1}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_that_write_are_taken_as_a_post_is(tmp_path: Path, method: str) -> None:
    asked = posted("/c/5/", 2, {"mimeType": "application/json", "text": "{}"})
    asked["request"]["method"] = method
    file = har(tmp_path, entry("/a/"), asked)

    assert read_har(file, TrafficRules()).left_out == {f"of the method {method} (--allow-writes)": 1}
    traffic = read_har(file, TrafficRules(writes=True))
    assert [each.path for each in traffic.requests] == ["/a/", f"{method} /c/5/"]
    post = traffic.posts[f"{method} /c/5/"]
    assert (post.method, post.body, plain_path(f"{method} /c/5/")) == (method, b"{}", "/c/5/")


@pytest.mark.parametrize(
    ("method", "length", "is_sent"),
    [("DELETE", "", True), ("DELETE", "12", False), ("POST", "0", True), ("POST", "12", False), ("POST", "", False)],
)
def test_what_has_no_body_is_sent_without_one_and_a_body_that_is_missing_is_told(
    tmp_path: Path, method: str, length: str, is_sent: bool
) -> None:
    asked = entry("/c/5/", 2, method, headers=[("Content-Length", length)] if length else [])
    traffic = read_har(har(tmp_path, entry("/a/"), asked), TrafficRules(writes=True))

    assert [(each.body, each.content_type) for each in traffic.posts.values()] == [(b"", "")] * is_sent
    assert traffic.left_out == ({} if is_sent else {"sent with a body that the file does not hold whole": 1})


def test_a_method_that_is_called_like_a_reason_is_not_said_to_need_what_is_allowed(tmp_path: Path) -> None:
    file = har(tmp_path, entry("/a/"), entry("/c/", 2, "methods"))

    assert read_har(file, TrafficRules()).left_out == {"of other methods": 1}


def test_what_was_posted_is_left_out_where_writes_are_not_allowed(tmp_path: Path) -> None:
    file = har(tmp_path, entry("/a/"), posted("/c/", 2, {"mimeType": FORM, "text": "a=1"}))

    assert read_har(file, TrafficRules()).left_out == {"of the method POST (--allow-writes)": 1}
    assert not read_har(file, TrafficRules()).posts
