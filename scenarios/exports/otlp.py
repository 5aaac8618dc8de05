"""OpenTelemetry's traces as JSON lines, as the collector's file exporter writes them: a trace for each request.

    client span     GET /slow-io/page           the visitor, from when it meant to come
      internal      late, queued, …             its states outside the application
      server span   GET /slow-io/page           its application, from entry to end, in the worker's process
        internal    running, blocked, …         its states there

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; ids are hex. They are made of the run and the request,
so that the same run exported twice is the same trace.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.exports.timeline import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.exports.timeline import Request, StateSpan, Target, Timeline

INTERNAL, SERVER, CLIENT = 1, 2, 3
ERROR = 2
REQUESTS_A_LINE = 200
VISITORS = "visitors"


def otlp(timeline: Timeline) -> Iterator[bytes]:
    """A request to export (ExportTraceServiceRequest) a line, with the spans of some requests."""
    for target in timeline.targets:
        requests = (each for each in target.requests(True) if each.ended)
        while part := list(islice(requests, REQUESTS_A_LINE)):
            yield msgspec.json.encode({"resourceSpans": _resources(timeline, target, part)}) + b"\n"


def _resources(timeline: Timeline, target: Target, requests: list[Request]) -> list[dict[str, Any]]:
    """Visitors are one service, and each worker is an instance of another."""
    client: list[dict[str, Any]] = []
    workers: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for r in requests:
        seed = f"{timeline.scenario}/{timeline.wall_offset_ns}/{target.name}/{target.start_ns}/{r.id}"
        digest = hashlib.blake2b(seed.encode(), digest_size=32).hexdigest()
        trace_id, client_id, server_id = digest[:32], digest[32:48], digest[48:64]
        client.append(_client_span(timeline, target, r, trace_id, client_id))
        served = r.begin_ns > 0 and r.end_ns > 0
        outside = (span for span in r.spans if not (served and span.in_worker))
        client += (_state(timeline, span, trace_id, client_id, place) for place, span in enumerate(outside))
        if served:
            spans = workers.setdefault((r.worker, r.pid), [])
            spans.append(_server_span(timeline, r, trace_id, server_id, client_id))
            inside = (span for span in r.spans if span.in_worker)
            spans += (_state(timeline, span, trace_id, server_id, place) for place, span in enumerate(inside))
    described = [_resource(timeline, client, {"service.name": VISITORS, "server.name": target.name})]
    for (worker, pid), spans in workers.items():
        about: dict[str, int | str] = {"service.name": target.name, "service.instance.id": f"worker {worker}"}
        about["process.pid"] = pid
        described.append(_resource(timeline, spans, about))
    return described


def _resource(timeline: Timeline, spans: list[dict[str, Any]], about: dict[str, int | str]) -> dict[str, Any]:
    scope = {"name": PROGRAM, "version": timeline.version}
    told = _attributes(about | {"run.kind": timeline.kind})
    return {"resource": {"attributes": told}, "scopeSpans": [{"scope": scope, "spans": spans}]}


def _client_span(timeline: Timeline, target: Target, r: Request, trace_id: str, span_id: str) -> dict[str, Any]:
    about: dict[str, int | str] = {
        "http.request.method": r.method,
        "url.full": f"{target.origin}{r.path}",
        "server.address": HOST,
        "visitor": r.number,
        "visitor.class": r.class_name,
    }
    if target.port:
        about["server.port"] = target.port
    if r.status:
        about["http.response.status_code"] = r.status
    if r.outcome != "done":
        about["error.type"] = r.error or r.outcome
    about |= {f"state.{state}_ns": time_ns for state, time_ns in (r.states_ns or {}).items() if time_ns}
    span = _span(timeline, trace_id, span_id, "", CLIENT, f"{r.method} {_route(r)}", r.intended_ns, r.done_ns)
    return {**span, "attributes": _attributes(about), "status": {} if r.outcome == "done" else {"code": ERROR}}


def _server_span(timeline: Timeline, r: Request, trace_id: str, span_id: str, parent: str) -> dict[str, Any]:
    about: dict[str, int | str] = {
        "http.request.method": r.method,
        "url.path": _route(r),
        "process.pid": r.pid,
        "hops": r.hops,
    }
    if r.status:
        about["http.response.status_code"] = r.status
    if r.raised:
        about["exception.type"] = r.raised
    span = _span(timeline, trace_id, span_id, parent, SERVER, f"{r.method} {_route(r)}", r.begin_ns, r.end_ns)
    return {**span, "attributes": _attributes(about), "status": {"code": ERROR} if r.raised else {}}


def _state(timeline: Timeline, span: StateSpan, trace_id: str, parent: str, place: int) -> dict[str, Any]:
    span_id = hashlib.blake2b(f"{parent}/{place}".encode(), digest_size=8).hexdigest()
    about: dict[str, int | str] = {"code.location": span.at} if span.at else {}
    if span.awaits:
        about["awaits"] = span.awaits
    drawn = _span(timeline, trace_id, span_id, parent, INTERNAL, span.state, span.start_ns, span.end_ns)
    return {**drawn, "attributes": _attributes(about)}


def _span(
    timeline: Timeline, trace_id: str, span_id: str, parent: str, kind: int, name: str, start_ns: int, end_ns: int
) -> dict[str, Any]:
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(timeline.wall_ns(start_ns)),
        "endTimeUnixNano": str(timeline.wall_ns(end_ns)),
    }


def _route(r: Request) -> str:
    return r.path.partition("?")[0]


def _attributes(about: dict[str, int | str]) -> list[dict[str, Any]]:
    """64-bit numbers are strings in protobuf's JSON."""
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in about.items()
    ]
