"""What a class of visitors sends to a target: the scenario's words as the bytes and lines of a request."""

from __future__ import annotations

from functools import reduce
from hashlib import sha256
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from msgspec.structs import asdict

from asgi_vs_wsgi.scenarios.load.request_templates import NUMBER, RequestSpec
from asgi_vs_wsgi.scenarios.model.scenario import Request
from asgi_vs_wsgi.scenarios.scenario_files.requests import BODIES, requests_of
from asgi_vs_wsgi.scenarios.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Target


_KEYS = Request.__struct_fields__


_UNQUOTED = "/:@!$&'()*+,;=~%{}"
"""Signs that a path may hold as they are; what is quoted already stays so."""


def request_of(target: Target, *said: Request | None, of_view: bool) -> Request:
    """What a class says, then what its page says, if it is one of several; completed by what the target says where they
    ask for the target's own view.
    """
    default = target.request if of_view and target.request is not None else Request()
    return reduce(_completed, (each for each in said if each is not None), default)


def _completed(default: Request, request: Request) -> Request:
    own, common = _said(request), _said(default)
    if any(body in own for body in BODIES):
        common = {key: value for key, value in common.items() if key not in BODIES}
    tables = {key: common[key] | own[key] for key in common.keys() & own.keys() if isinstance(own[key], dict)}
    return Request(**common | own | tables)


def _said(request: Request) -> dict[str, Any]:
    return {key: value for key, value in asdict(request).items() if key in _KEYS and value not in (None, {})}


def request_spec(request: Request, view_path: str, files: Mapping[str, bytes]) -> RequestSpec:
    """As it is sent to a view; `files`: what the scenario's folder holds, by their paths in it."""
    body, body_type = _body(request, files)
    cookies = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
    headers = dict(request.headers)
    if cookies:
        headers["Cookie"] = cookies
    if body_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = body_type
    return RequestSpec(_paths(request, view_path), request.method or default_method(request), (*headers.items(),), body)


def default_method(request: Request) -> str:
    """Where none is named."""
    return "POST" if any(getattr(request, body) not in (None, {}) for body in BODIES) else "GET"


def _paths(request: Request, view_path: str) -> tuple[str, ...]:
    below: list[str] = [request.path] if isinstance(request.path, str) else request.path or [""]
    query = urlencode(request.query).replace(quote(NUMBER), NUMBER)
    paths = (f"{view_path}/{quote(each, safe=_UNQUOTED)}" if each else view_path for each in below)
    return tuple(f"{path}?{query}" if query else path for path in paths)


def _body(request: Request, files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """With the type that it has where the headers name none; both empty where there is no body."""
    if request.body is not None:
        return request.body.encode(), "text/plain; charset=utf-8"
    if request.body_file is not None:
        return files[str(PurePosixPath(request.body_file))], _type_of(request.body_file)
    if request.body_bytes is not None:
        return _meaningless(request.body_bytes), "application/octet-stream"
    return _multipart(request.multipart, files) if request.multipart else (b"", "")


def _meaningless(size: int) -> bytes:
    return b"x" * size


def _type_of(file: str) -> str:
    return guess_type(file)[0] or "application/octet-stream"


def _multipart(fields: Mapping[str, str | int], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """A file a field (RFC 7578)."""
    parts = []
    for field, content in fields.items():
        name = f"{field}.bin" if isinstance(content, int) else PurePosixPath(content).name
        data = _meaningless(content) if isinstance(content, int) else files[str(PurePosixPath(content))]
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'Content-Disposition: form-data; name="{field}"; filename="{quoted}"\r\nContent-Type: {_type_of(name)}'
        parts.append(head.encode() + b"\r\n\r\n" + data + b"\r\n")
    boundary = sha256(b"".join(parts)).hexdigest()[:32].encode()
    body = b"".join(b"--" + boundary + b"\r\n" + part for part in parts) + b"--" + boundary + b"--\r\n"
    return body, f"multipart/form-data; boundary={boundary.decode()}"


def request_words(method: str, body_bytes: int) -> str:
    """`POST with 9 000 bytes`."""
    return f"{method} with {count(body_bytes, 'byte')}" if body_bytes else method


def asked_words(scenario: Scenario) -> list[str]:
    """Who asks for several pages, and each kind of request that is more than a GET; of a saved run the size of files is
    not known.
    """
    kinds = dict.fromkeys(
        request_words(request.method or default_method(request), _body_bytes(request, scenario.modules))
        for _, request in requests_of(scenario.toml)
    )
    pages = [f"{count(len(each.pages), 'page')} each of “{each.name}”" for each in scenario.toml.visitors if each.pages]
    return [*pages, *(words for words in kinds if words != "GET")]


def _body_bytes(request: Request, files: Mapping[str, bytes]) -> int:
    try:
        return len(_body(request, files)[0])
    except KeyError:
        return 0
