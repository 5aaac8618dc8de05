"""Who came and got no page, and which targets are therefore not judged.

A page is an answer with a status that the scenario expects, or of 2xx where it says nothing. A redirect, a 403 or a 429
is else an answer, and no page: the driver counts it as completed, and whoever praises a server must not. Who leaves on
purpose is not unserved.

What keeps a target's figures from being praised, or from being judged at all: each condition is measured.

A percentile knows only those who were served; a server that turns half of its visitors away looks quick in it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.client_errors import ADVICE, client_errors
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE, ERROR_KINDS, FAILED, STATUS
from asgi_vs_wsgi.scenarios.results import RequestCounts, TargetResult, Unserved
from asgi_vs_wsgi.scenarios.results.metrics import in_words, taken_words
from asgi_vs_wsgi.scenarios.results.statistics import latency_of
from asgi_vs_wsgi.scenarios.wording import count, named, thousands

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


UNFINISHED = "unfinished"
MET = {
    "timeout": "timed out",
    "refused": "found the connection refused",
    "reset": "had the connection reset",
    "closed": "had the connection closed before an answer",
    "protocol": "got what is no HTTP",
    "connect": "got no connection from the client's own machine",
    "unread": "had the connection closed before the server had taken all of their request",
    "status": "answered with a fault of the server",
    "failed": "failed",
    UNFINISHED: "without an answer when the run ended",
}
QUICK = frozenset({"refused", "reset"})
"""Kinds that a server turns visitors away by, besides a status."""


def is_page(status: int, expected: Collection[int] = ()) -> bool:
    """Whether an answer with this status is what its visitor came for: an `expected` one, else any 2xx; 0: untold."""
    return status == 0 or (status in expected if expected else 200 <= status < 300)


def unserved(trace: TargetTrace, rows: Sequence[int] | None = None) -> list[Unserved]:
    """By what they met, the most first."""
    visits, times_ns = trace.visits, defaultdict[str, list[int]](list)
    for row in range(len(visits)) if rows is None else rows:
        if kind := kind_of(trace, row):
            times_ns[kind].append(max(0, visits.done_ns[row] - visits.intended_ns[row]) if visits.done_ns[row] else -1)
    met = [Unserved(kind, len(times), latency_of(t for t in times if t >= 0)) for kind, times in times_ns.items()]
    return sorted(met, key=lambda each: (-each.requests, each.kind))


def kind_of(trace: TargetTrace, row: int) -> str:
    """What a visitor without a page met; "" for one who has a page, or left on purpose."""
    visits = trace.visits
    outcome, status = visits.outcome[row], visits.status[row]
    if outcome == DONE:
        return "" if is_page(status, trace.expected(row)) else str(status)
    if outcome == FAILED:
        kind = ERROR_KINDS[visits.error[row]]
        return str(status) if visits.error[row] == STATUS and status else kind or "closed"
    return "" if outcome == CANCELLED else UNFINISHED


def without_page(counts: RequestCounts) -> int:
    """How many; of a result alone, whatever else is known."""
    return counts.failed + counts.dropped + answered_otherwise(counts)


def with_page(counts: RequestCounts) -> int:
    """How many got what they came for."""
    return counts.completed - answered_otherwise(counts)


def all_served(counts: RequestCounts) -> bool:
    """Whether everybody who was planned came, stayed and got a page."""
    return counts.completed == counts.planned and not without_page(counts)


def answered_otherwise(counts: RequestCounts) -> int:
    """How many had an answer that the driver counts as completed, and that is no page: a redirect, a 429."""
    if counts.unexpected is not None:
        return counts.unexpected
    return sum(number for status, number in counts.statuses.items() if 300 <= int(status) < 500)


def unserved_words(target: TargetResult) -> str:
    """`47 of 80 visitors had no page: 47 answered 503 after 2.1 ms`; "" where everybody who stayed was served."""
    counts = target.requests
    missing = without_page(counts)
    if not missing:
        return ""
    asking = "request" if any(each.pages for each in target.classes) else "visitor"
    had = f"{asking}{'' if counts.planned == 1 else 's'} had no page"
    return f"{thousands(missing)} of {thousands(counts.planned)} {had}: {met_by_all(target)}"


def met_by_all(target: TargetResult) -> str:
    """What those without a page met: `40 answered 503 after 2.10 ms, 7 timed out after 8.00 s`."""
    return ", ".join(met_words(each) for each in _met(target))


def met_words(each: Unserved) -> str:
    """`47 answered 503 after 2.10 ms`, `3 timed out after 8.00 s`; where they differ, the median."""
    what = f"answered {each.kind}" if each.kind.isdigit() else MET.get(each.kind, f"could not be sent ({each.kind})")
    number = f"{thousands(each.requests)} {what}"
    if each.ms is None or each.kind == UNFINISHED:
        return number
    half = ", half of them within" if each.requests > 1 and each.ms.max > 2 * each.ms.min else " after"
    return f"{number}{half} {in_words('latency_ms.p50', each.ms.p50)}"


def _met(target: TargetResult) -> list[Unserved]:
    """From the counts alone where the run was saved before it was told in detail."""
    if target.not_served:
        return list(target.not_served)
    counts = target.requests
    kinds = {status: number for status, number in counts.statuses.items() if int(status) >= 300}
    kinds |= {kind: number for kind, number in counts.errors.items() if number and kind != "status"}
    kinds |= {UNFINISHED: counts.dropped} if counts.dropped else {}
    known = sum(kinds.values())
    rest = without_page(counts) - known
    return [Unserved(kind, number, None) for kind, number in kinds.items()] + (
        [Unserved("status" if "status" in counts.errors else "failed", rest, None)] if rest > 0 else []
    )


def turned_away_quickly(target: TargetResult) -> bool:
    """Whether those without a page were sent away sooner than those with one were served: that is no speed."""
    if not target.not_served or target.latency_ms is None:
        return False
    if target.requests.completed == answered_otherwise(target.requests):
        return False
    median_ms = target.latency_ms.p50
    return all(
        (each.kind.isdigit() or each.kind in QUICK) and each.ms is not None and each.ms.p50 < median_ms
        for each in target.not_served
    )


def whose_times(target: TargetResult) -> str:
    """Of whom its latencies are, where not of everybody who came; answers that are no page are counted in them."""
    counts = target.requests
    otherwise = answered_otherwise(counts)
    if otherwise:
        return f"its times count the {thousands(otherwise)} too" if otherwise > 1 else "its times count that one too"
    if not counts.completed:
        return "nobody was served"
    return "its times are of the others alone" if without_page(counts) else ""


def no_winner_words(rounds: Sequence[TargetResult]) -> str:
    """Why a target that left visitors without a page is no winner, from all of its rounds; "" where it left none.

    Refusals that are quick are told as such only where they were; who waited for 8 s is told to have waited.
    """
    missing = [result for result in rounds if without_page(result.requests)]
    if not missing:
        return ""
    worst = max(missing, key=lambda result: without_page(result.requests))
    in_rounds = f"in {len(missing)} of {len(rounds)} rounds " if len(rounds) > 1 else ""
    in_rounds += "at the worst " if len(missing) > 1 else ""
    why = "quick refusals are not speed" if turned_away_quickly(worst) else whose_times(worst)
    return f"{in_rounds}{unserved_words(worst)}; {why}"


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
    if (otherwise := answered_otherwise(requests)) and not failures_expected:
        return f"{thousands(otherwise)} of {thousands(requests.planned)} answers {_were(otherwise)} no page"
    return "" if joined else "the workers' records do not join the visitors"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


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
            words.setdefault(result.name, f"{named(result.name)}: {not_sent_words(result.requests)}")
    return "; ".join(words.values())


def mostly_unserved_words(results: Iterable[TargetResult]) -> str:
    """`uvicorn served 2 of 200 (198 answered 503 after 2.10 ms)` for each that did not serve most; empty for none."""
    words: dict[str, str] = {}
    for result in results:
        if mostly_unserved(result.requests):
            served = f"{with_page(result.requests)} of {result.requests.planned}"
            words.setdefault(result.name, f"{named(result.name)} served {served} ({met_by_all(result)})")
    return ", ".join(words.values())


def sent_late_words(target: TargetResult) -> str:
    """Why the driver did not send its visitors in time: it was slow itself, or others had the machine; "" for none."""
    if not target.driver.limited:
        return ""
    if target.machine and target.machine.busy and not target.driver.took_its_core:
        return f"{taken_words(target.machine)}, so visitors were sent late"
    return "the load driver itself was the limit"


def reservations(target: TargetResult) -> Iterator[str]:
    """Everything that speaks against taking its figures for the server's own, the gravest first."""
    if words := unserved_words(target):
        yield words
    if target.workers_lost:
        yield f"{count(target.workers_lost, 'worker')} died"
    if target.driver.limited:
        yield f"{sent_late_words(target)}: the server may be quicker than it looks"
    if target.telemetry and not target.telemetry.joined:
        yield "its workers' records do not join the visitors"
    lost = target.telemetry.lost if target.telemetry else 0
    if lost is None or lost:
        many = "an unknown number of events" if lost is None else count(lost, "event")
        yield f"{many} of its workers {'is' if lost == 1 else 'are'} missing"


def may_be_judged(target: TargetResult) -> bool:
    """Whether nothing speaks against it."""
    return next(reservations(target), None) is None
