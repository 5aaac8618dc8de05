"""Whether ASGI would help a project of the user's own: each server beside the first, each page by what it does.

Judged by the rule of verdicts (`significant_difference`); no server is named the best. That a page waits is measured at
the first target; what awaiting would bring is bounded from it, and called predicted.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.client_side import latencies_ns, served_rows
from asgi_vs_wsgi.scenarios.analysis.findings_in_run import findings_in_run, in_a_sentence
from asgi_vs_wsgi.scenarios.analysis.hops_by_name import hops_by_name, named_hops_words
from asgi_vs_wsgi.scenarios.analysis.significant_difference import REAL_DIFFERENCE, Comparison, Difference
from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.analysis.verdict import NO_WINNER
from asgi_vs_wsgi.scenarios.project.look_result import keeps_connections, where
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.scenarios.results.project_answer import (
    Compared,
    Judged,
    PageAnswer,
    PageAtServer,
    ProjectAnswer,
    ServerAnswer,
)
from asgi_vs_wsgi.scenarios.results.statistics import NS_PER_MS, latency_of
from asgi_vs_wsgi.scenarios.wording import count, listed, number, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.project.served_project import ServedPage, ServedProject
    from asgi_vs_wsgi.scenarios.results import TargetResult
    from asgi_vs_wsgi.scenarios.trace.line_trace import Followed, VisitTimes
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace

THROUGHPUT, P95 = "throughput_rps", "latency_ms.p95"
FIGURES = {THROUGHPUT: "throughput", P95: "p95 latency"}
MOST = 0.5
_JUDGED: dict[Difference, Judged] = {
    Difference.SMALL: "same",
    Difference.OVERLAP: "same",
    Difference.CHANCE: "not told",
    Difference.ONE_ROUND: "not told",
}


class PageAlone(NamedTuple):
    """A lone request; the one that is less was quicker."""

    time_ns: int
    computes_ms: float | None
    """None where no worker was looked into, or none has told."""
    waits_ms: float | None
    """All else that it is in the application, but for what the thread that carried it was ready for a processor and
    others had it; None also where the kernel does not tell that."""
    followed: Followed | None = None
    """What one more visit did that was followed line by line; None where none was."""


def page_alone(trace: TargetTrace, told: VisitTimes | None) -> PageAlone:
    """Of the one visitor of a trace, who was served; `told` by its worker."""
    time_ns = trace.visits.done_ns[0] - trace.visits.intended_ns[0]
    if told is None:
        return PageAlone(time_ns, None, None)
    waits_ms = None if told.waits_ns is None else told.waits_ns / NS_PER_MS
    return PageAlone(time_ns, told.computes_ns / NS_PER_MS, waits_ms)


def answer(
    project: ServedProject,
    rounds: Sequence[Sequence[TargetResult]],
    traces: Sequence[TargetTrace],
    pages_alone: Sequence[Sequence[PageAlone]],
) -> ProjectAnswer:
    """`rounds[r][t]` is target t in round r; `traces`: of each target's median round."""
    by_target = list(zip(*rounds, strict=True))
    names = [of_one[0].name for of_one in by_target]
    at_servers = [_pages_at(project, *each) for each in zip(traces, pages_alone, strict=True)]
    pages = [
        _page(project, page, [at_server[place] for at_server in at_servers]) for place, page in enumerate(project.pages)
    ]
    servers = [_server(of_one, trace) for of_one, trace in zip(by_target, traces, strict=True)]
    compared = [each for metric in FIGURES for each in _compared(metric, by_target, names)]
    at_most = _at_most(project, pages)
    findings = findings_in_run(project, traces, pages_alone)
    found = ProjectAnswer(pages, servers, compared, at_most, len(rounds), [], findings)
    return replace(found, words=list(_words(project, found)))


def in_short(found: ProjectAnswer) -> str:
    """In the place of a verdict: which server suits is for those to say whose project it is."""
    told = [
        f"{each.target} has {_times(each.ratio)} the {FIGURES[each.figure]} of {each.first}, "
        f"{_judged_words(each.judged, found.rounds)}"
        for each in found.compared
        if each.ratio is not None
    ]
    return "; ".join([*told, NO_WINNER])


# ---- pages


def _pages_at(project: ServedProject, trace: TargetTrace, alone: Sequence[PageAlone]) -> list[PageAtServer]:
    pages = zip(project.pages, alone, strict=True)
    is_asgi = trace.facts.interface == "asgi"
    return [
        replace(
            _page_at(trace, trace.rows_of(page.name), its),
            hops_by_name=hops_by_name(project.look, page.look, its.followed) if is_asgi else None,
        )
        for page, its in pages
    ]


def _page_at(trace: TargetTrace, rows: Sequence[int], alone: PageAlone) -> PageAtServer:
    """Of those who got the page; how often one crossed, of those of whom a worker has told."""
    served = served_rows(trace.visits, rows)
    hops = [handling.hops for row in served if (handling := trace.handling(row))]
    latency = latency_of(latencies_ns(trace.visits, served))
    return PageAtServer(
        trace.facts.name,
        len(served),
        latency.p50 if latency else None,
        latency.p95 if latency else None,
        alone.computes_ms,
        alone.waits_ms,
        sum(hops) / len(hops) if hops else None,
    )


def _page(project: ServedProject, page: ServedPage, servers: list[PageAtServer]) -> PageAnswer:
    look = page.look
    return PageAnswer(
        page.name,
        page.path,
        look.view if look else None,
        where(look) if look else None,
        look.hops_forecast if look else None,
        not project.look.hops_counted,
        _waits_share(servers[0]),
        servers,
    )


def _waits_share(page: PageAtServer) -> float | None:
    if page.computes_ms is None or page.waits_ms is None or not page.computes_ms + page.waits_ms:
        return None
    return page.waits_ms / (page.computes_ms + page.waits_ms)


def _at_most(project: ServedProject, pages: Sequence[PageAnswer]) -> float | None:
    """Waiting that holds nobody: what is left is computing, of the mix that was asked for."""
    computes = waits = 0.0
    for page, told in zip(project.pages, pages, strict=True):
        first = told.servers[0]
        if first.computes_ms is None or first.waits_ms is None:
            return None
        computes += page.weight * first.computes_ms
        waits += page.weight * first.waits_ms
    return (computes + waits) / computes if computes else None


# ---- servers


def _server(rounds: Sequence[TargetResult], trace: TargetTrace) -> ServerAnswer:
    one = next((each for each in rounds if each.name == trace.facts.name), rounds[0])
    workers = [worker for each in rounds for worker in each.workers_seen]
    return ServerAnswer(
        one.name,
        one.interface,
        one.workers,
        one.threads,
        _median(rounds, THROUGHPUT),
        _median(rounds, P95),
        max((worker.rss_peak_mb for worker in workers if worker.rss_peak_mb is not None), default=None),
        max((worker.threads_peak for worker in workers if worker.threads_peak is not None), default=None),
        _median(rounds, "hops_per_request"),
        max((each.connections.at_end for each in rounds if each.connections), default=None),
        max(without_page(each.requests) for each in rounds),
    )


def _figures(rounds: Sequence[TargetResult], metric: str) -> list[float]:
    return [value for each in rounds if (value := figure(each, metric)) is not None]


def _median(rounds: Sequence[TargetResult], metric: str) -> float | None:
    figures = _figures(rounds, metric)
    return median(figures) if figures else None


def _compared(metric: str, by_target: Sequence[Sequence[TargetResult]], names: Sequence[str]) -> Iterator[Compared]:
    """Each beside the first."""
    figures = [_figures(of_one, metric) for of_one in by_target]
    quiet = not any(each.machine and each.machine.busy for of_one in by_target for each in of_one)
    for place in range(1, len(names)):
        first, other = figures[0], figures[place]
        if not first or not other or min(first) <= 0:
            yield Compared(metric, names[place], names[0], None, None, None, "not told")
            continue
        comparison = Comparison(metric, [first, other], quiet=quiet)
        difference = comparison.difference(0, 1)
        judged = _JUDGED.get(difference) or ("better" if comparison.is_better(1, 0) else "worse")
        ratio, low, high = median(other) / median(first), min(other) / max(first), max(other) / min(first)
        if judged == "same" and (low < 1 / REAL_DIFFERENCE or high > REAL_DIFFERENCE):
            judged = "not told"  # rounds that differ so much do not say that servers are alike
        yield Compared(metric, names[place], names[0], ratio, low, high, judged)


# ---- words


def _words(project: ServedProject, found: ProjectAnswer) -> Iterator[str]:
    if not found.servers:
        return
    yield from _help_words(found)
    yield from project.notes
    yield from _pages_words(found.pages, found.servers[0].target)
    for server in found.servers[1:]:
        yield _server_words(server, found)
    yield from _hops_words(found)
    if project.look.findings is not None:
        yield in_a_sentence(found.findings, project.look.findings.read)
    yield from _settings_words(project, found)


def _help_words(found: ProjectAnswer) -> Iterator[str]:
    """The question itself, as far as waiting answers it."""
    if found.at_most is None:
        return
    answer = "hardly" if found.at_most < REAL_DIFFERENCE else "it could, where lines that wait can be awaited"
    yield (
        f"Would ASGI help these pages? As they wait now, {answer}. Predicted, not measured: a worker that serves one "
        f"at a time ({found.servers[0].target}) would serve {_times(found.at_most)} as many at most, if all that they "
        "wait for alone were awaited and cost nothing; what they compute stays."
    )


def _pages_words(pages: Sequence[PageAnswer], target: str) -> Iterator[str]:
    """Those that wait for most of their time one by one, the others together."""
    told = [(page, page.waits_share) for page in pages if page.waits_share is not None]
    for page, part in told:
        first = page.servers[0]
        if part > MOST and first.computes_ms is not None and first.waits_ms is not None:
            yield (
                f"{page.path} waits more than it computes: {_ms(first.computes_ms)} on the CPU, "
                f"{_ms(first.waits_ms)} waiting ({share(part)} of both) for a lone request at {target}."
            )
    compute = {page.path: part for page, part in told if part <= MOST}
    if compute:
        least, most = share(min(compute.values())), share(max(compute.values()))
        do = "computes more than it waits" if len(compute) == 1 else "compute more than they wait"
        waits = f"{least} of both" if least == most else f"{least} to {most} of both"
        yield f"{listed(compute)} {do}: waiting is {waits}, for a lone request at {target}."


def _server_words(server: ServerAnswer, found: ProjectAnswer) -> str:
    first = found.servers[0]
    parts = [
        f"{FIGURES[each.figure]} {_times(each.ratio)}{_spread(each)}, {_judged_words(each.judged, found.rounds)}"
        for each in found.compared
        if each.target == server.target and each.ratio is not None
    ]
    if server.memory_mb is not None and first.memory_mb:
        parts.append(f"memory of a worker {server.memory_mb:.0f} MB instead of {first.memory_mb:.0f}")
    if server.threads_peak is not None and first.threads_peak is not None:
        parts.append(f"threads of a worker {server.threads_peak} instead of {first.threads_peak}")
    equal = "the same" if server.workers == first.workers else f"{server.workers} instead of {first.workers}"
    told = "; ".join(parts) or "nothing can be told"
    unserved = f" {count(server.not_served, 'visitor')} had no page." if server.not_served else ""
    return f"{server.target} beside {first.target}, {equal} workers: {told}.{unserved}"


def _hops_words(found: ProjectAnswer) -> Iterator[str]:
    """Where the forecast was wrong, or that it was right."""
    asgi = [server.target for server in found.servers if server.interface == "asgi"]
    pairs = [
        (page, at)
        for page in found.pages
        for at in page.servers
        if at.target in asgi and at.hops is not None and page.hops_forecast is not None
    ]
    wrong = [(page, at) for page, at in pairs if not _is_as_forecast(page, at)]
    if pairs and not wrong:
        yield "Under ASGI each page crossed between the loop and a thread as often as the look forecasts."
    for page, at in wrong:
        yield (
            f"{page.path} crossed {number(at.hops or 0)} times a request at {at.target}, and the look forecasts "
            f"{'at least ' * page.hops_forecast_is_least}{page.hops_forecast}."
        )
    yield from named_hops_words(found)


def _is_as_forecast(page: PageAnswer, at: PageAtServer) -> bool:
    assert page.hops_forecast is not None
    assert at.hops is not None
    return at.hops >= page.hops_forecast if page.hops_forecast_is_least else round(at.hops, 2) == page.hops_forecast


def _settings_words(project: ServedProject, found: ProjectAnswer) -> Iterator[str]:
    if project.look.debug:
        yield "DEBUG is on: every query is kept in memory, and these times are not those of production."
    keeping = [alias for alias, each in project.look.databases.items() if keeps_connections(each)]
    asgi = [server.target for server in found.servers if server.interface == "asgi"]
    counted = {each.target: each.connections_left for each in found.servers if each.connections_left is not None}
    left = f" (at the end: {listed(f'{many} at {target}' for target, many in counted.items())})" if counted else ""
    if any(counted.get(target) == 0 for target in asgi):
        left = ", though these pages left none"
    if keeping and asgi:
        yield (
            f"CONN_MAX_AGE of database {listed(keeping)} keeps connections, which belong to threads: at {listed(asgi)} "
            f"each request has one of its own, so connections are opened anew and left open{left}. "
            "Under ASGI set it to 0."
        )


def _judged_words(judged: Judged, rounds: int) -> str:
    if judged == "not told":
        return (
            "which one round cannot tell from chance" if rounds == 1 else "which these rounds cannot tell from chance"
        )
    return "no real difference" if judged == "same" else judged


def _times(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{ratio:.2f} ×"


def _spread(compared: Compared) -> str:
    if compared.low is None or compared.high is None or compared.low == compared.high:
        return ""
    return f" ({compared.low:.2f} to {compared.high:.2f} from round to round)"


def _ms(value: float) -> str:
    return f"{value:.3g} ms" if value < 100 else f"{value:.0f} ms"
