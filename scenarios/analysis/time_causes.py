"""What a target's visitors spent their time in, and by what they were held: a clause that rests on measured figures.

The first rule whose conditions hold speaks. Each names the figures that it rests on; none says what was not measured.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.call_site import call_at, is_known_code, place_of
from asgi_vs_wsgi.scenarios.analysis.time_spent import (
    MOST,
    at_once,
    blocks_more,
    busy_share,
    computes,
    computes_in_threads,
    is_loop_its_own,
    is_scarce,
    longest_hold_ms,
    loop_lines,
    own_work_holds,
    own_work_share,
    own_work_where,
    share,
    slowdown,
    spent_ms,
    timed_alone,
    untold,
    wants_cpu,
)
from asgi_vs_wsgi.scenarios.analysis.unserved import met_by_all, without_page
from asgi_vs_wsgi.scenarios.results import CauseFact
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.scenarios.trace.states import UNTOLD
from asgi_vs_wsgi.scenarios.trace.worker_trace import DIED
from asgi_vs_wsgi.scenarios.wording import count, named, number, seconds, thousands
from asgi_vs_wsgi.scenarios.wording import share as share_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.results import AwaitedLine, BlockingLine, TargetResult

WORTH_SAYING = 0.1
"""Of a mean visit."""
LOOP_HELD_MS = 50.0
"""A hold that others notice."""
HELD_MAX = "workers_seen.max.loop_held_max_ms"
SHORT_MS = 20.0
MOSTLY = 0.8
"""Of a run: a worker that was blocked for so long did nothing else."""


class Clause(NamedTuple):
    """What is said of one target."""

    words: str
    facts: tuple[CauseFact, ...]


def facts_of(target: TargetResult, *paths: str) -> tuple[CauseFact, ...]:
    """The figures at these paths, of those that were measured."""
    known = ((path, figure(target, path)) for path in paths)
    return tuple(CauseFact(target.name, path, value) for path, value in known if value is not None)


def _states(target: TargetResult, *names: str) -> tuple[CauseFact, ...]:
    told = target.states_ms or {}
    values = ((name, told.get(name)) for name in names)
    return tuple(CauseFact(target.name, f"states_ms.{name}", value) for name, value in values if value is not None)


def _part(target: TargetResult, *states: str) -> str:
    return share_words(share(target, *states))


def longest_line(target: TargetResult, state: str) -> BlockingLine | None:
    """Where requests, or the loop, were longest in this state."""
    lines = [line for line in target.blame if line.state == state and not line.own_thread]
    return max(lines, key=_length, default=None)


def _length(line: BlockingLine | AwaitedLine) -> float:
    return line.ms


def _at(target: TargetResult, line: BlockingLine | AwaitedLine | None, views: str) -> tuple[str, tuple[CauseFact, ...]]:
    """` in `upstream.get` at views.py:12`, and the fact that it is."""
    if line is None or not is_known_code(line.where):
        return "", ()
    call = call_at(views, line)
    figure_ = "awaiting_for" if hasattr(line, "what") else "blame"
    said = f" in `{call}` at {place_of(line.where)}" if call else f" at {place_of(line.where)}"
    return said, (CauseFact(target.name, figure_, line.ms, line.where),)


# ---- rules, the gravest first


def unserved(target: TargetResult, _views: str = "") -> Clause | None:
    """Who went without a page says more than how long others waited."""
    missing = without_page(target.requests)
    if not missing:
        return None
    words = f"{named(target.name)} left {thousands(missing)} of {thousands(target.requests.planned)} without a page"
    facts = facts_of(target, "requests.planned", "requests.failed", "requests.dropped")
    reason = max(target.failures or (), key=attrgetter("count"), default=None)
    if reason is None or reason.count != missing:
        words += f" ({met_by_all(target)})"
    if reason is not None:  # without what it says: a cause goes into exports, and an exception may tell a password
        at = f" at {place_of(reason.where)}" if reason.where else ""
        words += f": {count(reason.count, 'request')} raised {reason.exception}{at}"
        facts += (CauseFact(target.name, "failures", reason.count, reason.where),)
    if target.workers_lost:
        many = at_once(target)
        had = f" with up to {count(many, 'request')} in it" if many else ""
        words += ": " if reason is None else ", and "
        words += f"{_workers_died(target)}{had if target.workers_lost == 1 else ''}"
        facts += facts_of(target, "workers_lost", "in_flight.max_per_worker")
    return Clause(words, facts)


def _workers_died(target: TargetResult) -> str:
    return "a worker died" if target.workers_lost == 1 else f"{count(target.workers_lost, 'worker')} died"


def quick(target: TargetResult, _views: str = "") -> Clause | None:
    """Of times so short nothing need be explained, as long as no loop was held."""
    mean_ms = target.latency_ms.mean if target.latency_ms else SHORT_MS
    if mean_ms >= SHORT_MS or (longest_hold_ms(target) or 0.0) >= LOOP_HELD_MS:
        return None
    words = f"a visit of {named(target.name)} lasted {seconds(mean_ms / 1000)} in the mean"
    return Clause(words, facts_of(target, "latency_ms.mean"))


def own_work(target: TargetResult, _views: str = "") -> Clause | None:
    """A loop that works for nobody's request holds everybody's."""
    if not own_work_holds(target) or share(target, "stalled", "queued", "awaiting") < WORTH_SAYING:
        return None
    where = own_work_where(target)
    held = f"{share_words(own_work_share(target))} of the run by work outside any request"
    held += f", most of it at {place_of(where)}" if where else ""
    facts = facts_of(target, "workers_seen.max.own_work_ms", HELD_MAX)
    return Clause(f"the event loop of {named(target.name)} was held for {held}", facts)


def held_loop(target: TargetResult, views: str) -> Clause | None:
    """One request at a time keeps the loop, and those beside it stand still."""
    held_ms = longest_hold_ms(target) or 0.0
    looped = target.interface == "asgi" or bool(target.loop)
    waiting = share(target, "stalled", "queued")
    if not looped or held_ms < LOOP_HELD_MS or waiting < WORTH_SAYING:
        return None
    if share(target, "awaiting") >= max(MOST, waiting):
        return None  # it may have been the machine that was taken: the greater part of their time comes first
    if held_ms < MOST * spent_ms(target, "blocked", "running"):
        return None  # what they are blocked in is a thread of their own
    if not is_loop_its_own(target):
        return None
    held_in = (UNTOLD, "blocked", "running")
    line = next((each for each in loop_lines(target) if each.state in held_in), None)
    at, where = _at(target, line, views)
    doing = f"a visitor {line.state.replace('_', ' ')}{at}" if line else "one visitor"
    words = (
        f"{named(target.name)}: {doing} held the event loop (for up to {seconds(held_ms / 1000)}), so the others were"
    )
    words += f" {_others(target)}"
    facts = facts_of(target, HELD_MAX) + _states(target, "stalled", "queued")
    return Clause(words, facts + where)


def _others(target: TargetResult) -> str:
    """`stalled or in line for 84% of a visit`."""
    parts = {"stalled": "stalled", "in line": "queued"}
    said = [words for words, state in parts.items() if share(target, state) >= WORTH_SAYING / 2]
    return f"{' or '.join(said) or 'stalled'} for {_part(target, 'stalled', 'queued')} of their time"


def computing(target: TargetResult, views: str) -> Clause | None:
    """The CPU is what they wait for: no interface changes that."""
    in_line_for_it = share(target, "queued") >= WORTH_SAYING and wants_cpu(target)
    much = share(target, "running") >= WORTH_SAYING / 2 or in_line_for_it
    if not (computes(target) and much and not blocks_more(target)) and not computes_in_threads(target):
        return None
    line = longest_line(target, "running")
    at, where = _at(target, line, views)
    held_ms = longest_hold_ms(target) or 0.0
    in_threads = line is not None and line.beside_loop
    looped = (target.interface == "asgi" or bool(target.loop)) and is_loop_its_own(target)
    held = f", the event loop held for up to {seconds(held_ms / 1000)}" if looped and held_ms >= LOOP_HELD_MS else ""
    words = f"{named(target.name)}: pages compute{' in threads' if in_threads else ''} (running{at}{held})"
    if share(target, "stalled", "queued") >= WORTH_SAYING:
        words += f", so the others were {_others(target)}"
    facts = _states(target, "running", "queued", "stalled") + (facts_of(target, HELD_MAX) if held else ())
    return Clause(words, facts + where)


def away(target: TargetResult, _views: str = "") -> Clause | None:
    """Workers that were told to end were gone for long before others were ready, and so nobody took visitors in."""
    queued = share(target, "queued")
    ended = [each for each in target.workers_seen if each.ended not in (None, DIED) and each.replaced_s is not None]
    gaps = [((each.replaced_s or 0.0) - (each.gone_s or 0.0), place) for place, each in enumerate(ended)]
    if queued < WORTH_SAYING or not gaps or busy_share(target) >= MOST:
        return None
    gap_s, place = max(gaps)
    longest = ended[place]
    if gap_s <= WORTH_SAYING * (target.makespan_s or 0.0):
        return None
    words = (
        f"a worker of {named(target.name)} was {longest.ended}, and gone for {seconds(gap_s)} before another was ready,"
    )
    facts = tuple(
        CauseFact(target.name, f"workers_seen.{what}", getattr(longest, what), f"pid {longest.pid}")
        for what in ("gone_s", "replaced_s")
    )
    words += f" so visitors were in line for {share_words(queued)} of their time"
    return Clause(words, facts + _states(target, "queued"))


def in_line(target: TargetResult, views: str) -> Clause | None:
    """Everybody who serves is taken, and the others stand in line before them."""
    queued = share(target, "queued")
    if queued < WORTH_SAYING or busy_share(target) < WORTH_SAYING:
        return None
    states = ("blocked", "receiving", "sending", UNTOLD)
    holding = max(states, key=lambda state: spent_ms(target, state))
    least = max(WORTH_SAYING * spent_ms(target, "running", "stalled"), spent_ms(target, "awaiting"))
    if not spent_ms(target, holding) or spent_ms(target, holding) < least:
        return None
    at, where = _at(target, longest_line(target, holding), views)
    words = f"{_who_was_taken(target, holding)}{at}, so visitors were in line for {share_words(queued)} of their time"
    facts = _states(target, "queued", holding)
    facts += facts_of(target, "workers_seen.min.blocked_share", "workers_seen.max.blocked_share")
    return Clause(words, facts + facts_of(target, "in_flight.max", "workers_seen.max.requests") + where)


def _who_was_taken(target: TargetResult, holding: str) -> str:
    """`each gunicorn-sync worker was blocked 99% of the time`, `all 8 threads of … had a visitor`."""
    shares = [each.blocked_share for each in target.workers_seen if each.blocked_share is not None]
    slots, most = target.workers * target.threads, target.in_flight.max if target.in_flight else 0
    state = holding.replace("_", " ")
    if target.threads == 1 and holding == "blocked" and shares and min(shares) >= MOSTLY:
        whose = f"each {named(target.name)} worker" if target.workers > 1 else f"the worker of {named(target.name)}"
        return f"{whose} was blocked {share_words(min(shares))} of the time"
    if holding in ("receiving", "sending"):
        whom = "from slow senders" if holding == "receiving" else "to slow readers"
        return f"{named(target.name)} was {state} {whom}"
    if most >= slots > 1:
        what = "threads" if target.threads > 1 else "workers"
        every = "both" if slots == 2 else f"all {thousands(slots)}"
        return f"{every} {what} of {named(target.name)} had a visitor at once, {state}"
    busiest = max((each.requests for each in target.workers_seen), default=0)
    if target.workers > 1 and target.threads > 1 and busiest > target.threads:
        shared = f"{thousands(busiest)} of {thousands(target.requests.planned)} visitors"
        return f"one {named(target.name)} worker took {shared} for its {count(target.threads, 'thread')}, {state}"
    return f"{named(target.name)} was {state}"


def awaiting(target: TargetResult, views: str) -> Clause | None:
    """They wait side by side; who gains nothing by it waits for something scarce."""
    if share(target, "awaiting") < MOST:
        return None
    awaited = max(target.awaiting_for or [], key=_length, default=None)
    at, where = _at(target, awaited, views)
    if awaited and not at:  # at a line of nobody's: what it was is told all the same
        at, where = f" {awaited.what}", (CauseFact(target.name, "awaiting_for", awaited.ms, awaited.where),)
    facts = facts_of(target, "in_flight.max") + _states(target, "awaiting") + where
    held_back = share(target, "stalled", "queued") >= WORTH_SAYING
    if timed_alone(target) and is_scarce(target) and not held_back:
        what = f" {awaited.what}" if awaited and awaited.what not in at else ""
        words = f"{_taken_in(target)} and they were awaiting{what}{at} for {_part(target, 'awaiting')} of their time,"
        words += f" half of them {number(int(slowdown(target)))} times as long as a lone request: what they wait for is"
        words += " scarce"
        return Clause(words, facts + facts_of(target, "latency_ms.p50", "service_s"))
    words = f"{_taken_in(target)}, awaiting{at} for {_part(target, 'awaiting')} of their time"
    held_ms = longest_hold_ms(target)
    if held_back:
        return Clause(f"{words}, and {_others(target)}", facts + _states(target, "stalled", "queued"))
    if held_ms is None or held_ms >= LOOP_HELD_MS:
        return Clause(words, facts)
    return Clause(f"{words}, its event loop free for others", facts + facts_of(target, HELD_MAX))


def _taken_in(target: TargetResult) -> str:
    most = target.in_flight.max if target.in_flight else 0
    many = f"{thousands(most)} visitors in flight at once" if most > 1 else "one visitor in flight at a time"
    return f"{named(target.name)} had {many}"


def blocked(target: TargetResult, views: str) -> Clause | None:
    """Each blocks a thread of its own, and no one else."""
    state = "blocked" if not untold(target) else UNTOLD
    if share(target, state) < MOST:
        return None
    at, where = _at(target, longest_line(target, state), views)
    many = at_once(target)
    threads = max((each.threads_peak or 0 for each in target.workers_seen), default=0)
    each = ", each in a thread of its own" if 1 < many <= threads else ""
    words = f"{_taken_in(target)}{each}, {state.replace('_', ' ')}{at} for {_part(target, state)} of their time"
    facts = facts_of(target, "in_flight.max", "in_flight.max_per_worker", "workers_seen.max.threads_peak")
    return Clause(words, facts + _states(target, state) + where)


STATE_WORDS = {"queued": "in line", UNTOLD: "blocked or stalled"}


def mixed(target: TargetResult, _views: str = "") -> Clause:
    """Where nothing takes most of a visit, what it is made of."""
    told = target.states_ms or {}
    parts = sorted(((share(target, state), state) for state in told), reverse=True)
    much = [(part, state) for part, state in parts if part >= WORTH_SAYING]
    listed = ", ".join(f"{share_words(part)} {STATE_WORDS.get(state, state)}" for part, state in much)
    words = (
        f"a visit of {named(target.name)} was {listed}"
        if listed
        else f"a visit of {named(target.name)} was short in every state"
    )
    facts = _states(target, *(state for _, state in much)) + facts_of(target, *_hops_path(target))
    return Clause(words + _hops_words(target), facts)


def _hops_path(target: TargetResult) -> tuple[str, ...]:
    return ("hops_per_request",) if (target.hops_per_request or 0) >= 1 else ()


def _hops_words(target: TargetResult) -> str:
    """What a request pays for leaving its loop."""
    many = target.hops_per_request or 0.0
    return f", with {number(many)} hops a request between loop and thread" if many >= 1 else ""


RULES: tuple[Callable[[TargetResult, str], Clause | None], ...] = (
    unserved,
    own_work,
    computing,
    held_loop,
    away,
    in_line,
    awaiting,
    blocked,
    mixed,
)


def time_clause(target: TargetResult, views: str, *, of_times: bool = True) -> Clause:
    """The first rule that has something to say; the last always has. `of_times`: the figure in question is a time."""
    rules = (unserved, quick, *RULES[1:]) if of_times else RULES
    return next(found for rule in rules if (found := rule(target, views)))
