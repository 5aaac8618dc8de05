"""HAR 1.2, which opens in the Network panel of a browser's DevTools: a page for each target, an entry for each request.

    blocked    late: from when the visitor meant to come until it set out
    connect    none on a connection that was kept
    send       until the last byte of the request was out
    wait       until the first byte of the answer
    receive    until its last

http://www.softwareishard.com/blog/har-12-spec/. The states, which only a worker could tell, stand as `Server-Timing`:
DevTools shows them nowhere else. No server has sent that header, so each metric says who told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.exports.load_tools import reason_phrase
from asgi_vs_wsgi.scenarios.exports.timeline import HOST
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.exports.timeline import Request, Target, Timeline
    from asgi_vs_wsgi.scenarios.results.browser import BrowserRequest

BY_CLIENT = frozenset({"late", "connecting", "queued"})
"""States that the visitor saw begin; the worker tells where the last of them ends."""
COMMENT = "not sent by the server: what the load driver and the workers told, written by the export"
SIMULATED = "simulated: "
NO_TIME = -1
"""For a phase that there was not."""


def har(timeline: Timeline) -> Iterator[bytes]:
    """One document, an entry at a time."""
    yield from _har(timeline, by_driver=True)


def page_har(timeline: Timeline) -> Iterator[bytes]:
    """The same of what a real browser asked for, alone; BadInput where there was none."""
    if not any(target.browser for target in timeline.targets):
        raise BadInput("no browser asked for anything in this run", hint=f"`{PROGRAM} browse` has one do so")
    yield from _har(timeline, by_driver=False)


def _har(timeline: Timeline, *, by_driver: bool) -> Iterator[bytes]:
    words = "" if timeline.clock_kept else ". Times of day are guessed from the file of the run"
    words += ". Simulated, not measured: no server has run" if timeline.simulated else ""
    what = "one page for each target" if by_driver else "one page for each visit of a real browser"
    log = {
        "version": "1.2",
        "creator": {"name": PROGRAM, "version": timeline.version},
        "comment": f"{timeline.title}: {what}, one entry for each request{words}",
        "pages": [
            *(_page(timeline, target) for target in timeline.targets if by_driver),
            *(page for target in timeline.targets for page in _browser_pages(timeline, target)),
        ],
    }
    yield b'{"log":' + msgspec.json.encode(log)[:-1] + b',"entries":['
    before = b""
    for target in timeline.targets:
        for request in target.requests(False) if by_driver else ():
            if request.ended:
                yield before + msgspec.json.encode(_entry(timeline, target, request))
                before = b",\n"
        for asked in target.browser:
            yield before + msgspec.json.encode(_browser_entry(timeline, target, asked))
            before = b",\n"
    yield b"]}}\n"


def _page(timeline: Timeline, target: Target) -> dict[str, Any]:
    lasted_ms = (target.end_ns - target.start_ns) / NS_PER_MS
    return {
        "startedDateTime": timeline.iso(target.start_ns),
        "id": target.name,
        "title": target.label,
        "pageTimings": {"onContentLoad": NO_TIME, "onLoad": lasted_ms or NO_TIME},
    }


def _visit_id(target: Target, asked: BrowserRequest) -> str:
    return f"{target.name}: the browser's visit {asked.visit}"


def _browser_pages(timeline: Timeline, target: Target) -> Iterator[dict[str, Any]]:
    """One for each visit of a real browser."""
    first: dict[int, BrowserRequest] = {}
    for asked in target.browser:
        first.setdefault(asked.visit, asked)
    for asked in first.values():
        yield {
            "startedDateTime": timeline.iso(asked.started_ns),
            "id": _visit_id(target, asked),
            "title": f"{target.origin}{asked.path} ({target.label})",
            "pageTimings": {"onContentLoad": NO_TIME, "onLoad": NO_TIME},
        }


def _browser_entry(timeline: Timeline, target: Target, asked: BrowserRequest) -> dict[str, Any]:
    """As the browser's own Network panel told it; the states are told by the worker."""
    phases = {"blocked": asked.blocked_ms, "connect": NO_TIME if asked.connect_ms is None else asked.connect_ms}
    phases |= {"send": asked.send_ms, "wait": asked.wait_ms, "receive": asked.receive_ms}
    states = asked.states_ms or {}
    metrics = [f'{state};dur={ms:.3f};desc="{_teller(state)} told"' for state, ms in states.items() if ms]
    headers = [{"name": "Server-Timing", "value": ", ".join(metrics), "comment": COMMENT}] if metrics else []
    return {
        "pageref": _visit_id(target, asked),
        "startedDateTime": timeline.iso(asked.started_ns),
        "time": sum(ms for ms in phases.values() if ms > 0),
        "request": {
            "method": "GET",
            "url": f"{target.origin}{asked.path}",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "queryString": [],
            "headersSize": NO_TIME,
            "bodySize": 0,
        },
        "response": {
            "status": asked.status,
            "statusText": reason_phrase(asked.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers,
            "content": {"size": asked.bytes_received, "mimeType": asked.mime_type},
            "redirectURL": "",
            "headersSize": NO_TIME,
            "bodySize": NO_TIME,
            "_transferSize": asked.bytes_received,
        },
        "cache": {},
        "timings": {**phases, "dns": NO_TIME, "ssl": NO_TIME},
        "serverIPAddress": HOST,
        "comment": f"a real browser: worker {asked.worker}" if asked.worker else "a real browser: no worker told of it",
        "_resourceType": asked.kind.lower(),
    }


def _entry(timeline: Timeline, target: Target, r: Request) -> dict[str, Any]:
    timings = _timings(r)
    query = r.path.partition("?")[2].partition("#")[0]
    entry = {
        "pageref": target.name,
        "startedDateTime": timeline.iso(r.intended_ns),
        "time": (r.done_ns - r.intended_ns) / NS_PER_MS,
        "request": {
            "method": r.method,
            "url": f"{target.origin}{r.path}",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "X-Request-Id", "value": str(r.id)}],
            "queryString": [{"name": k, "value": v} for k, v in parse_qsl(query, keep_blank_values=True)],
            "headersSize": NO_TIME,
            "bodySize": r.body_bytes,
        },
        "response": _response(r),
        "cache": {},
        "timings": {**timings, "_blocked_queueing": timings["blocked"]},
        "serverIPAddress": HOST,
        "comment": f"{SIMULATED}{_served_by(r)}" if timeline.simulated else _served_by(r),
        "_resourceType": "fetch",
        "_initiator": {"type": "other"},
    }
    if target.port:
        entry["connection"] = str(target.port)
    return entry


def _timings(r: Request) -> dict[str, float]:
    """Each phase lasts until the next one that there was."""
    marks = [("blocked", r.intended_ns)]
    if r.connect_start_ns and not r.reused:
        marks.append(("connect", r.connect_start_ns))
    if r.sent_ns:
        marks += [("send", r.connected_ns or r.sent_ns), ("wait", r.sent_ns)]
    if r.first_byte_ns:
        marks.append(("receive", r.first_byte_ns))
    timings: dict[str, float] = {"blocked": NO_TIME, "dns": NO_TIME, "connect": NO_TIME}
    timings |= {"send": 0.0, "wait": 0.0, "receive": 0.0, "ssl": NO_TIME}
    for (name, from_ns), to_ns in zip(marks, [*(at_ns for _, at_ns in marks[1:]), r.done_ns], strict=True):
        timings[name] = max(0, to_ns - from_ns) / NS_PER_MS
    return timings


def _response(r: Request) -> dict[str, Any]:
    metrics = [
        f'{state};dur={time_ns / NS_PER_MS:.3f};desc="{_teller(state)} told"'
        for state, time_ns in (r.states_ns or {}).items()
        if time_ns
    ]
    response: dict[str, Any] = {
        "status": r.status,
        "statusText": reason_phrase(r.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": "Server-Timing", "value": ", ".join(metrics), "comment": COMMENT}] if metrics else [],
        "content": {"size": r.bytes_received, "mimeType": "text/html"},
        "redirectURL": "",
        "headersSize": NO_TIME,
        "bodySize": r.bytes_received,
        "_transferSize": r.bytes_received,
    }
    if r.outcome != "done":
        response["_error"] = f"net::ERR_{(r.error or r.outcome).upper().replace(' ', '_')}"
    return response


def _teller(state: str) -> str:
    return "client" if state in BY_CLIENT else "worker"


def _served_by(r: Request) -> str:
    who = f"visitor {r.number}" + (f" of {r.class_name}" if r.class_name != "all" else "")
    return f"{who}: worker {r.worker} (pid {r.pid})" if r.worker else f"{who}: no worker told of it"
