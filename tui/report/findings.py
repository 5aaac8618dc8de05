"""The conclusions in words: laws, checks, blame, verdict, and what must be known before believing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.background_work import beside_words
from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.analysis.client_side import connection_words, kept_places_words
from asgi_vs_wsgi.scenarios.analysis.target_figures import SINCE_FIRST_BYTE
from asgi_vs_wsgi.scenarios.analysis.unserved import (
    all_served,
    not_sent_words,
    sent_late_words,
    unserved_words,
    whose_times,
)
from asgi_vs_wsgi.scenarios.analysis.verdict import NO_WINNER
from asgi_vs_wsgi.scenarios.assertions.claim_words import check_words
from asgi_vs_wsgi.scenarios.assertions.thresholds import assert_words
from asgi_vs_wsgi.scenarios.results.metrics import metric_words, taken_words
from asgi_vs_wsgi.scenarios.trace.states import NOT_SHOWN
from asgi_vs_wsgi.scenarios.trace.worker_trace import DIED
from asgi_vs_wsgi.scenarios.wording import count, named, seconds, share
from asgi_vs_wsgi.server_targets.processes.log_lines import crash_words
from asgi_vs_wsgi.tui.report.figures import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import (
        CheckResult,
        EventResult,
        FailureReason,
        LawResult,
        LeftProcess,
        RunResult,
        TargetResult,
        WorkerSeen,
    )

NO_VERDICT, NOBODY_WINS = "no verdict: ", f"{NO_WINNER}: "
WHY = "Why: "


def law_lines(result: RunResult) -> Iterator[str]:
    """Of each target that has one."""
    for target in result.targets:
        if target.law:
            served = all_served(target.requests) or target.law.holds is None
            unserved = "" if served else ", since not all were served"
            yield f"{named(target.name)}: {law_words(target.law)}{unserved}"


def law_words(law: LawResult) -> str:
    """What it predicted, from what, and what was measured."""
    premises = f"S = {seconds(law.service_s)}"
    if law.cpu_s and law.name == "all-at-once":
        premises += f" of which {seconds(law.cpu_s)} CPU"
    if law.busiest is not None and law.name not in ("one-per-worker", "all-at-once"):
        premises += f", {count(law.busiest, 'request')} on the busiest worker"
    if law.cores is not None and law.cores != round(law.cores):
        premises += f", others left {law.cores:.1f} cores"
    ends = {True: "holds", False: "DOES NOT HOLD", None: law.reason or "cannot be told"}[law.holds]
    predicted, measured = seconds(law.predicted_makespan_s), seconds(law.measured_makespan_s)
    return f"law {law.name} predicts {predicted} ({premises}), measured {measured}: {ends}"


def check_lines(result: RunResult) -> Iterator[str]:
    """Each check, what was expected and what was measured."""
    for target in result.targets:
        for check in target.checks:
            yield f"{named(target.name)}: {check.name}: {check_text(check, target.name, result)}"


def check_text(check: CheckResult, name: str, result: RunResult) -> str:
    """Without its own name; `name` is the target's."""
    untold = f"cannot be told{f' ({check.reason})' if check.reason else ''}"
    ends = {True: "holds", False: "DOES NOT HOLD", None: untold}[check.holds]
    return f"{check_words(check, name, result)}: {ends}"


def claim_lines(result: RunResult) -> Iterator[str]:
    """What was claimed of the run, what was measured, and whether it holds."""
    yield from map(assert_words, result.asserts)


def verdict_words(result: RunResult) -> str:
    """The verdict, with the figure that it is about."""
    on, words = metric_words(result.verdict.on), result.verdict.words
    if words.startswith(NOBODY_WINS):
        return f"{NO_WINNER.capitalize()} on {on}: {words.removeprefix(NOBODY_WINS)}"
    if words.startswith(NO_VERDICT):
        return f"No verdict on {on}: {words.removeprefix(NO_VERDICT)}"
    return f"Verdict on {on}: {words}"


def cause_words(result: RunResult, views: str) -> str:
    """Why it came out so, worked out from the figures; "" where nobody was looked at."""
    found = cause_of(result, views)
    return f"{WHY}{found.words}." if found else ""


REASONS = 3
"""For each target; the JSON has them all."""


def failure_lines(result: RunResult) -> Iterator[str]:
    """What the requests of each target raised."""
    for target in result.targets:
        yield from (f"{named(target.name)}: {words}" for words in failure_words(target.failures or [], REASONS))


def failure_words(reasons: Sequence[FailureReason], most: int) -> list[str]:
    """`7 requests raised RuntimeError: Event loop is closed (views.py:12 get)`, the most frequent first."""
    told = [f"{count(each.count, 'request')} raised {raised_words(each)}" for each in reasons[:most]]
    if rest := reasons[most:]:
        raised = count(sum(each.count for each in rest), "request")
        told.append(f"{raised} more raised {'one other exception' if len(rest) == 1 else f'{len(rest)} others'}")
    return told


def raised_words(reason: FailureReason) -> str:
    """The exception as Python tells it, and where."""
    words = f": {reason.words}" if reason.words else ""
    return f"{reason.exception}{words}{f' ({reason.where})' if reason.where else ''}"


MOST_WORKERS_TOLD = 8
"""Of a target; the JSON has them all."""


def event_lines(result: RunResult) -> Iterator[str]:
    """What was done to the servers, and which workers ended because they were told to."""
    for target in result.targets:
        done = [_event_words(event) for event in result.events if event.target == target.name]
        ended = [
            _end_words(number, worker)
            for number, worker in enumerate(target.workers_seen, 1)
            if worker.ended is not None and (worker.ended != DIED or done)
        ]
        more = [f"and {len(ended) - MOST_WORKERS_TOLD} more"] if len(ended) > MOST_WORKERS_TOLD else []
        if words := "; ".join([*done, *ended[:MOST_WORKERS_TOLD], *more]):
            yield f"{named(target.name)}: {words}"


def _event_words(event: EventResult) -> str:
    whom = f" of worker {event.worker}" if event.worker is not None else ""
    if event.done_at_s is None:
        return f"no {event.do} at {seconds(event.at_s)}: {event.reason or 'it was not done'}"
    return f"{event.do}{whom} at {seconds(event.done_at_s)}"


def _end_words(number: int, worker: WorkerSeen) -> str:
    """`worker 1 reloaded: told after 1.00 s, gone after 1.32 s, another ready after 1.61 s`."""
    steps = (("told", worker.told_s), ("gone", worker.gone_s), ("another ready", worker.replaced_s))
    told = [f"{words} after {seconds(at_s)}" for words, at_s in steps if at_s is not None]
    return f"worker {number} {worker.ended}: {', '.join(told)}"


def option_lines(result: RunResult) -> Iterator[str]:
    """What of a server's own options was set."""
    for target in result.targets:
        if target.options:
            set_to = ", ".join(f"{name} = {_value(value)}" for name, value in target.options.items())
            yield f"{named(target.name)} ran with {set_to}"


def _value(value: bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def beside_lines(result: RunResult) -> Iterator[str]:
    """A line for each target whose views had threads or processes of their own at work."""
    for target in result.targets:
        if words := beside_words(target.own_threads, target.child_processes):
            yield f"{named(target.name)}: {words}"


def left_process_lines(result: RunResult) -> Iterator[str]:
    """A line for each target whose views left something running."""
    for target in result.targets:
        if target.left_processes:
            yield left_process_line(target.name, target.left_processes)


def left_process_line(target: str, left: Sequence[LeftProcess]) -> str:
    """What views had started and left running; it is gone, which the user's project may not expect."""
    many = sum(each.count for each in left)
    what = "1 process" if many == 1 else f"{many} processes"
    names = ", ".join(each.command if each.count == 1 else f"{each.command} ({each.count})" for each in left)
    return f"{named(target)}: its views had started {what} that still ran at the end and had to be killed: {names}"


def connection_lines(result: RunResult) -> Iterator[str]:
    """A line for each target whose visitors kept their connections, and why some found no place."""
    for target in result.targets:
        if target.http_connections is not None:
            yield f"{named(target.name)}: connections: {connection_words(target.http_connections)}"


def kept_places_lines(result: RunResult) -> Iterator[str]:
    """A line for each target whose places were filled by kept connections."""
    for target in result.targets:
        if words := kept_places_words(target):
            yield f"{named(target.name)}: {words}"


def warnings(result: RunResult) -> Iterator[str]:
    """Whatever makes the numbers less than they seem."""
    if any(target.telemetry and not target.telemetry.shows_calls for target in result.targets):
        yield f"Note: {NOT_SHOWN}"
    for target in result.targets:
        if unsent := not_sent_words(target.requests):
            yield f"Warning: {named(target.name)}: {unsent}"
        if target.files_limit is not None:
            allowed = f"`ulimit -n` allows {target.files_limit:,} here and in its workers: raise it"
            yield f"Warning: {named(target.name)}: the server says that it may open no more files; {allowed}"
        if target.driver.limited:
            yield f"Warning: {named(target.name)}: {_driver_words(target)}"
        if target.telemetry and target.telemetry.lost != 0:
            lost = target.telemetry.lost
            many = "an unknown number of events" if lost is None else count(lost, "event")
            yield f"Warning: {named(target.name)}: {many} of its workers {'is' if lost == 1 else 'are'} missing"
        if target.telemetry and not target.telemetry.joined:
            yield f"Warning: {named(target.name)}: {_unjoined_words(target)}"
        if untold := _late_untold_words(target):
            yield f"Warning: {named(target.name)}: {untold}"
        if target.receiving_since == SINCE_FIRST_BYTE and target.states_ms and target.states_ms["receiving"]:
            unseen = "does not show when it accepts: receiving is from the first byte that was sent"
            yield f"Note: {named(target.name)} {unseen}"
        if target.machine and target.machine.busy:
            taken = taken_words(target.machine)
            yield f"Warning: {named(target.name)}: {taken} while it was measured; its times may tell of that"
        if target.workers_lost:
            yield f"Warning: {named(target.name)}: {count(target.workers_lost, 'worker')} died during the run"
        if words := unserved_words(target):
            yield f"Warning: {named(target.name)}: {words}; {whose_times(target)}"
        if why := kept_places_words(target):
            yield f"Warning: {named(target.name)}: {why}"
        for each in target.classes:
            if each.request and each.request.body_bytes and each.request.method in ("GET", "HEAD"):
                what = f"“{each.name}” visitors send a body with {each.request.method}"
                yield f"Note: {named(target.name)}: {what}, which has no meaning in HTTP: a server may leave it unread"
        if target.crash:
            reads_lines = target.telemetry is not None and target.telemetry.reads_lines
            yield f"Warning: {named(target.name)}: {crash_words(target.crash, reads_lines=reads_lines)}"


LATE_UNTOLD_SHARE, LATE_UNTOLD_MS = 0.1, 100.0
"""Of the run, and at least: shorter, and where most is told, a loop is late for many small reasons."""


def _late_untold_words(target: TargetResult) -> str:
    """Where a loop was held and nothing that its worker recorded says by what; "" where the two agree."""
    told = target.telemetry
    if told is None or not told.late_ms or told.late_untold_ms is None or not target.makespan_s:
        return ""
    least_ms = max(LATE_UNTOLD_MS, LATE_UNTOLD_SHARE * target.makespan_s * 1000)
    if told.late_untold_ms < max(least_ms, told.late_ms / 2) or (target.machine and target.machine.busy):
        return ""
    late, untold = milliseconds(told.late_ms), milliseconds(told.late_untold_ms)
    return f"its loops' heartbeats came late by {late} in all, and of {untold} of that nothing tells what held them"


def _unjoined_words(target: TargetResult) -> str:
    unjoined = target.telemetry.unjoined if target.telemetry else None
    return (
        f"its workers' records do not join the visitors: of {target.requests.completed} answered requests"
        f" {unjoined} have none, so nothing is told of the workers, and no law or check is judged"
    )


def _driver_words(target: TargetResult) -> str:
    figures = []
    if target.driver.lag_p99_ms is not None:
        figures.append(f"its p99 lag was {milliseconds(target.driver.lag_p99_ms)}")
    if target.driver.cpu_share is not None:
        figures.append(f"it took {share(target.driver.cpu_share)} of a core")
    return f"{sent_late_words(target)} ({', '.join(figures)}); the server may be quicker than it looks"
