"""What may be said of a request in a scenario.toml, and the files of the folder that are sent with one.

What a scenario says of visitors who ask for several pages, checked before anything is started.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.model.scenario import Limits, Request, is_finite
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest
from asgi_vs_wsgi.scenarios.untrusted_text import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.scenario import Client, ScenarioToml, Visitors

BODY = Limits(1, 10_000_000)
"""Bytes."""
BODIES = ("body", "body_file", "body_bytes", "multipart")
"""Where a body may come from; a request has one of them at most."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")
_COOKIE_VALUE = re.compile(r"[ !#-+\--:<-\[\]-~]*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NO_PATH = {"?": "what follows `?` is the `query`", "#": "what follows `#` is never sent"}
_OURS = {
    "host": "it is the server's address",
    "content-length": "it is counted",
    "transfer-encoding": "a body is sent with its length",
    "connection": "say `keep_alive` in [load]",
    "keep-alive": "say `keep_alive` in [load]",
    "upgrade": "an answer must be HTTP/1.1",
    "x-request-id": "the records of the workers are joined by it",
}
"""Headers that a request has whatever a scenario says, or that would break it; in small letters."""


def requests_of(toml: ScenarioToml) -> Iterator[tuple[str, Request]]:
    """Every request that is spoken of, and where: of targets, then of classes of visitors and their pages."""
    for number, target in enumerate(toml.targets):
        if target.request is not None:
            yield f"targets[{number}].request", target.request
    for number, visitors in enumerate(toml.visitors):
        if visitors.client is not None:
            yield f"visitors[{number}].client", visitors.client
        for place, page in enumerate(visitors.pages):
            yield f"visitors[{number}].pages[{place}]", page


def request_faults(key: str, request: Request) -> Iterator[Problem]:
    """Everything wrong with one, as far as it is seen without the folder."""
    yield from _path_faults(f"{key}.path", request.path)
    yield from _header_faults(f"{key}.headers", request)
    for name, value in request.cookies.items():
        if not _TOKEN.fullmatch(name):
            yield Problem(f"{key}.cookies.{name}", f"`{name}` is no name of a cookie", "such as `sessionid`")
        elif not _COOKIE_VALUE.fullmatch(value):
            yield Problem(f"{key}.cookies.{name}", _unfit(value, "cookie"), 'letters, digits and signs but `" , ; \\`')
    yield from _body_faults(key, request)


def _path_faults(key: str, path: str | list[str] | None) -> Iterator[Problem]:
    if path == []:
        yield Problem(key, "there is none", "at least one path, or leave it out")
    for place, each in enumerate([path] if isinstance(path, str) else path or ()):
        where = key if isinstance(path, str) else f"{key}[{place}]"
        yield from _one_path_faults(where, each)


def _one_path_faults(key: str, path: str) -> Iterator[Problem]:
    below = "it stands below the view's own path"
    wrong = next((sign for sign in _NO_PATH if sign in path), None)
    unknown = next((found[1] for found in _PLACEHOLDER.finditer(path) if found[1] != "n"), None)
    if not path:
        yield Problem(key, "it is empty", f"{below}; leave it out to ask for that")
    elif reason := refusal(path):
        yield Problem(key, reason, "one line of plain text")
    elif path.startswith("/"):
        yield Problem(key, "it begins with `/`", f"{below}: `{path.lstrip('/') or 'items'}`")
    elif ".." in path.split("/"):
        yield Problem(key, "`..` leads out of the view", below)
    elif wrong:
        yield Problem(key, f"it holds a `{wrong}`", _NO_PATH[wrong])
    elif unknown is not None:
        yield Problem(key, f"`{{{unknown}}}` is no placeholder", "`{n}` is the visitor's number")


def _header_faults(key: str, request: Request) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, value in request.headers.items():
        small, where = name.lower(), f"{key}.{name}"
        if not _TOKEN.fullmatch(name):
            yield Problem(where, f"`{name}` is no name of a header", "such as `Accept-Language`")
        elif small in _OURS:
            yield Problem(where, "it cannot be set", _OURS[small])
        elif small in seen:
            yield Problem(where, f"it is there already, as `{seen[small]}`", "each header once")
        elif not _HEADER_VALUE.fullmatch(value):
            yield Problem(where, _unfit(value, "header"), "one line of ASCII")
        elif small == "cookie" and request.cookies:
            yield Problem(where, "there are `cookies` too", "give one of the two")
        elif small == "content-type" and request.multipart:
            yield Problem(where, "a `multipart` has a type of its own", "leave it out")
        seen[small] = name


def _unfit(value: str, what: str) -> str:
    sign = next((sign for sign in value if not " " <= sign <= "~"), "")
    if sign in ("\r", "\n"):
        return "it holds a line break"
    return f"it holds {sign!a}, which no {what} carries" if sign else f"it holds what no {what} carries"


def _body_faults(key: str, request: Request) -> Iterator[Problem]:
    given = [name for name in BODIES if getattr(request, name) not in (None, {})]
    if len(given) > 1:
        yield Problem(f"{key}.{given[1]}", f"there is a `{given[0]}` too", f"one of {', '.join(BODIES)}")
    sizes = {f"multipart.{name}": size for name, size in request.multipart.items() if isinstance(size, int)}
    for name, size in (sizes | {"body_bytes": request.body_bytes}).items():
        if size is not None and (reason := BODY.refuse(size)):
            yield Problem(f"{key}.{name}", reason, f"a number of bytes from {BODY}")
    for name in request.multipart:
        if not name or refusal(name) or '"' in name:
            yield Problem(f"{key}.multipart.{name}", "no name of a field", "letters, digits and `_`")


def files_sent(request: Request) -> dict[str, str]:
    """Key of the request to the file of the folder that it names."""
    files = {f"multipart.{name}": file for name, file in request.multipart.items() if isinstance(file, str)}
    return files if request.body_file is None else {"body_file": request.body_file, **files}


def read_sent_files(folder: Path, toml: ScenarioToml, found: dict[str, bytes]) -> Iterator[Problem]:
    """Put every file that is sent into `found`, by its path in the folder; what is wrong with one is told."""
    for key, request in requests_of(toml):
        for name, file in files_sent(request).items():
            if problem := _read(folder, file, found):
                yield Problem(f"{key}.{name}", *problem)


def _read(folder: Path, file: str, found: dict[str, bytes]) -> tuple[str, str] | None:
    path = PurePosixPath(file)
    if not file or path.is_absolute() or ".." in path.parts or "\0" in file:
        return f"`{file}` is not in the folder", "the name of a file beside scenario.toml"
    place = folder / path
    try:
        if not place.is_file():
            return f"there is no file `{file}`", suggest(file, _names(folder / path.parent, path.parent))
        with place.open("rb") as opened:
            data = opened.read(BODY.high + 1)
    except OSError as error:
        return f"`{file}` cannot be read: {error.strerror}", "a readable file"
    if len(data) > BODY.high:
        return f"`{file}` is larger than {BODY.high:,} bytes", "a smaller file"
    found[str(path)] = data
    return None


def _names(folder: Path, below: PurePosixPath) -> list[str]:
    try:
        return [str(below / each.name) for each in folder.iterdir() if each.is_file()]
    except OSError:
        return []


PAGES = Limits(1, 100)
LONGEST_THINK_MS = 3_600_000
OF_ALL_PAGES = ("headers", "cookies", "send_for_ms", "read_for_ms")
"""What the `client` of a class with pages may say: each page says the rest."""
_OTHERS = tuple(key for key in (*Request.__struct_fields__, "leave_after_ms") if key not in OF_ALL_PAGES)


def pages_faults(toml: ScenarioToml) -> Iterator[Problem]:
    """Everything wrong with `pages` and `think_ms`, and with what cannot be beside them."""
    taken = {visitors.name for visitors in toml.visitors}
    for index, visitors in enumerate(toml.visitors):
        key = f"visitors[{index}]"
        yield from _think_faults(f"{key}.think_ms", visitors)
        if not visitors.pages:
            continue
        if PAGES.refuse(len(visitors.pages)):
            yield Problem(f"{key}.pages", f"there are {len(visitors.pages)}", f"{PAGES} pages")
        for place, page in enumerate(visitors.pages):
            if page.name and (not page.name.isidentifier() or page.name in taken):
                right = "letters, digits and `_`, each once, and no name of a class"
                yield Problem(f"{key}.pages[{place}].name", f"`{page.name}` is no new name", right)
            taken.add(page.name)
        if visitors.client:
            yield from _client_faults(f"{key}.client", visitors.client)
    if any(visitors.pages for visitors in toml.visitors):
        yield from _beside_faults(toml)


def _think_faults(key: str, visitors: Visitors) -> Iterator[Problem]:
    times = visitors.think_ms if isinstance(visitors.think_ms, list) else [visitors.think_ms, visitors.think_ms]
    right = f"milliseconds, 0 to {LONGEST_THINK_MS:,}, or two of them: the least and the most"
    if len(times) != 2:
        yield Problem(key, f"there are {len(times)} numbers", right)
    elif not all(is_finite(each) and 0 <= each <= LONGEST_THINK_MS for each in times):
        yield Problem(key, "it is out of bounds", right)
    elif times[0] > times[1]:
        yield Problem(key, f"{times[0]:g} is more than {times[1]:g}", right)
    elif times[1] and len(visitors.pages) < 2:
        yield Problem(key, "a visitor thinks between pages", "two [[visitors.pages]] or more, or leave it out")


def _client_faults(key: str, client: Client) -> Iterator[Problem]:
    for name in _OTHERS:
        if getattr(client, name) not in (None, {}):
            right = f"say it of the page; for all pages there are {', '.join(OF_ALL_PAGES)}"
            if name == "leave_after_ms":
                right = "leave one of the two out"
            yield Problem(f"{key}.{name}", "its class asks for `pages`", right)


def _beside_faults(toml: ScenarioToml) -> Iterator[Problem]:
    if toml.load.arrivals == "closed":
        yield Problem("load.arrivals", "visitors with `pages` need open arrivals", "burst, constant or poisson")
    for number, target in enumerate(toml.targets):
        if target.law is not None:
            reason = "a law is about visitors of one page each"
            yield Problem(f"targets[{number}].law", reason, "leave it out, and say what is expected in `checks`")


def page_names(toml: ScenarioToml) -> dict[str, list[str]]:
    """Class to what its pages are called in results, of those that have any."""
    return {visitors.name: names_of(visitors) for visitors in toml.visitors if visitors.pages}


def names_of(visitors: Visitors) -> list[str]:
    """Its own, or its place, counted from 1."""
    return [page.name or str(place) for place, page in enumerate(visitors.pages, 1)]
