"""Targets of which nothing is judged: what was measured there says nothing of the server.

A verdict, a law or a check on two answers of two hundred would be as quick to hold as to break.
"""

from __future__ import annotations

from collections.abc import Iterable

from asgi_vs_wsgi.scenarios.analysis.unserved import met_by_all, with_page, without_page
from asgi_vs_wsgi.scenarios.load.client_errors import ADVICE, client_errors
from asgi_vs_wsgi.scenarios.results import RequestCounts, TargetResult


def client_limited(requests: RequestCounts) -> bool:
    """Whether the client could not send some of them: its own limits, and nobody's failure at the server."""
    return bool(client_errors(requests.errors))


def mostly_unserved(requests: RequestCounts) -> bool:
    """Whether more than half got no page: a redirect or a 429 is none; who left on purpose wanted none."""
    return 2 * without_page(requests) > requests.planned


def unjudged_reason(requests: RequestCounts, *, joined: bool, failures_expected: bool = False) -> str:
    """Why no law and no check is judged; empty where they are. `failures_expected`: that most fail is the lesson."""
    if client_limited(requests):
        return not_sent_words(requests)
    if mostly_unserved(requests) and not failures_expected:
        return f"most requests were not served: {with_page(requests)} of {requests.planned} were"
    return "" if joined else "the workers' records do not join the visitors"


def reason_of(result: TargetResult, *, failures_expected: bool = False) -> str:
    """The same of a whole result."""
    joined = result.telemetry is None or result.telemetry.joined
    return unjudged_reason(result.requests, joined=joined, failures_expected=failures_expected)


def not_sent_words(requests: RequestCounts) -> str:
    """`67 of 100 requests could not be sent (EMFILE: this process may open no more files: raise `ulimit -n`)`."""
    errors = client_errors(requests.errors)
    if not errors:
        return ""
    each = (f"{name}{f' {times} times' if len(errors) > 1 else ''}: {ADVICE[name]}" for name, times in errors.items())
    return f"{sum(errors.values())} of {requests.planned} requests could not be sent ({'; '.join(each)})"


def no_verdict_reason(results: Iterable[TargetResult]) -> str:
    """Why nobody can win over those whom the client could not send all requests to; empty where there are none."""
    words: dict[str, str] = {}
    for result in results:
        if client_limited(result.requests):
            words.setdefault(result.name, f"{result.name}: {not_sent_words(result.requests)}")
    return "; ".join(words.values())


def mostly_unserved_words(results: Iterable[TargetResult]) -> str:
    """`uvicorn served 2 of 200 (198 answered 503 after 2.10 ms)` for each that did not serve most; empty for none."""
    words: dict[str, str] = {}
    for result in results:
        if mostly_unserved(result.requests):
            served = f"{with_page(result.requests)} of {result.requests.planned}"
            words.setdefault(result.name, f"{result.name} served {served} ({met_by_all(result)})")
    return ", ".join(words.values())
