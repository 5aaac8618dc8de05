"""Why a run came out as it did: one sentence, every clause of which rests on measured figures.

    each gunicorn-sync worker was blocked 99% of the time in `upstream.get` at views.py:9, so visitors were in line for
    87% of their time; uvicorn had 32 visitors in flight at once, awaiting in `upstream.aget` at views.py:13 for 93% of
    their time

Where the targets do not differ, it says so; where the figures are not the servers' own, that there is no cause.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.figure_causes import clause
from asgi_vs_wsgi.scenarios.analysis.significant_difference import REAL_DIFFERENCE, ratio
from asgi_vs_wsgi.scenarios.analysis.time_causes import WORTH_SAYING
from asgi_vs_wsgi.scenarios.analysis.time_spent import share
from asgi_vs_wsgi.scenarios.analysis.unserved import no_verdict_reason, sent_late_words, without_page
from asgi_vs_wsgi.scenarios.analysis.verdict import ONE_ROUND_TELLS_NONE, finds_no_difference
from asgi_vs_wsgi.scenarios.results import CauseFact, CauseResult
from asgi_vs_wsgi.scenarios.results.metrics import MORE_IS_BETTER, figure, metric_words, taken_words
from asgi_vs_wsgi.scenarios.wording import listed, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult

NO_CAUSE = "the measurement gives no cause"
DIFFERENCE, SAME, ONE_ROUND, BUSY = "difference", "no difference", "one round", "busy machine"
OPENING = {
    DIFFERENCE: "",
    SAME: "no difference to explain in {on}: ",
    ONE_ROUND: "whether they differ in {on} one round cannot tell: ",
    BUSY: "",
}
"""What is said before the clauses."""
RESERVATION = "but {taken} meanwhile, which may be all the difference"
"""What is said after them of a machine that was busy: first what was seen, then how far it is to be trusted."""


def cause_of(result: RunResult, views: str = "") -> CauseResult | None:
    """Of a run; `views` is the source of the scenario's views, for the names of what was called. None: nobody ran."""
    about = _about(result)
    if not about:
        return None
    names = [target.name for target in about]
    if reason := _untellable(result, about):
        return CauseResult(f"{NO_CAUSE}: {reason}", "none", targets=names)
    clauses = [clause(target, result.verdict.on, views) for target in about]
    facts = [fact for each in clauses for fact in each.facts]
    if len(about) < 2:
        return CauseResult(clauses[0].words, "one target", facts, names)
    facts += _compared_facts(result, about)
    taken = _taken_by_others(result, about)
    kind = BUSY if taken else _kind(result, about)
    opening = OPENING[kind].format(on=metric_words(result.verdict.on))
    reserved = [RESERVATION.format(taken=taken)] * bool(taken)
    return CauseResult(opening + "; ".join([*(each.words for each in clauses), *reserved]), kind, facts, names)


def _about(result: RunResult) -> list[TargetResult]:
    """The worst and the best by the verdict's figure.

    Among three or more the sentence is of those two, as the verdict is.
    """
    metric = result.verdict.on
    compared = [each for each in result.targets if not result.verdict.compared or each.name in result.verdict.compared]
    ranked = sorted(compared, key=lambda target: _badness(target, metric), reverse=True)
    best = next((each for each in ranked if each.name == result.verdict.winner), ranked[-1] if ranked else None)
    return ranked if best is None or len(ranked) < 2 else [ranked[0], best]


def _badness(target: TargetResult, metric: str) -> tuple[bool, float]:
    """A figure that was not measured is worse than any."""
    value = figure(target, metric)
    if value is None:
        return True, 0.0
    return False, -value if metric in MORE_IS_BETTER else value


def _compared_facts(result: RunResult, about: Sequence[TargetResult]) -> list[CauseFact]:
    metric = result.verdict.on
    known = [(target, figure(target, metric)) for target in about]
    return [CauseFact(target.name, metric, value) for target, value in known if value is not None]


def _untellable(result: RunResult, about: Sequence[TargetResult]) -> str:
    """What keeps the figures from being the servers' own, or from being there at all."""
    if unsent := no_verdict_reason(about):
        return unsent
    late = [
        f"{named(target.name)}: {words}"
        for target in about
        if (words := sent_late_words(target)) and _is_spoilt(target)
    ]
    if late:
        return "; ".join(late)
    dark = [target.name for target in about if target.states_ms is None and not without_page(target.requests)]
    if dark:
        unjoined = any(target.telemetry and not target.telemetry.joined for target in about)
        why = "the records of their workers do not join the visitors" if unjoined else "nothing was told of the workers"
        return f"{why} ({listed(map(named, dark))})"
    return ""


def _is_spoilt(target: TargetResult) -> bool:
    """Whether lateness is a part of its visitors' mean time that counts, or the client could not send any faster.

    A few who were sent late are in the slowest hundredth, and in no state that a server's worker was in.
    """
    return target.driver.took_its_core or target.states_ms is None or share(target, "late") >= WORTH_SAYING


def _taken_by_others(result: RunResult, about: Sequence[TargetResult]) -> str:
    """Where other programs had so much of the machine that they may be all the difference."""
    busy = [target for target in about if target.machine and target.machine.busy]
    times = _times(result, about)
    if not busy or times is None or result.verdict.winner is not None or finds_no_difference(result.verdict):
        return ""
    most = max((target.machine for target in busy if target.machine), key=attrgetter("taken"))
    if times < REAL_DIFFERENCE or times * (1 - most.taken) >= REAL_DIFFERENCE:
        return ""
    # Told of the whole run, as its verdict does: a second share of the machine beside that would want an explanation.
    return taken_words(max((target.machine for target in result.targets if target.machine), key=attrgetter("taken")))


def _times(result: RunResult, about: Sequence[TargetResult]) -> float | None:
    values = [figure(target, result.verdict.on) for target in about]
    return ratio(values[0], values[-1]) if len(values) > 1 and None not in values else None  # type: ignore[arg-type]


def _kind(result: RunResult, about: Sequence[TargetResult]) -> str:
    """Whether they differ: as the verdict says, and in a race, which has none, by the figures themselves."""
    verdict = result.verdict
    if finds_no_difference(verdict):
        return SAME
    if verdict.words.startswith(ONE_ROUND_TELLS_NONE):
        return ONE_ROUND
    values = [figure(target, verdict.on) for target in about]
    if None in values or any(without_page(target.requests) for target in about):
        return DIFFERENCE
    times = _times(result, about)
    same = values[0] == values[-1] if times is None else times < REAL_DIFFERENCE
    return SAME if same else DIFFERENCE
