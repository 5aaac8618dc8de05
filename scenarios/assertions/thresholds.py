"""Whether a run bears out what is claimed of it: yes, no, or undecided, which noise is reason enough for.

One or two rounds are judged by their median. Of three and more each is judged by itself:

    all bear it out            holds
    none does                  does not hold
    some do                    undecided
    others on the machine      a round is left out where its times, without what others took, would say otherwise; where
                               fewer than three remain, it is undecided
    a figure is missing        in any round: does not hold, and says that it was not measured; so where a server turned
                               most of its visitors away, for its times are of the others
"""

from __future__ import annotations

from itertools import product
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import reason_of, sent_late_words
from asgi_vs_wsgi.scenarios.assertions.claim_words import expected_words, target_words
from asgi_vs_wsgi.scenarios.assertions.claims import (
    BASELINE,
    Claim,
    Fault,
    expectation_faults,
    is_of_browser,
    is_time,
    parts_of,
    quantity_fault,
    read_claim,
    target_fault,
    without_others,
)
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.results import AssertResult, RoundFigures, share_taken
from asgi_vs_wsgi.scenarios.results.metrics import figure, figures_of
from asgi_vs_wsgi.scenarios.wording import count, listed, share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult

OPTION, OPTION_OF_BASELINE = "--assert", "--baseline"
FEW_ROUNDS = 3
"""With fewer nothing is known of noise."""
IN_A_RACE = "in a race the targets share the machine, so its times are indicative"


class Known(NamedTuple):
    """What can be claimed of a run, before it or after it."""

    targets: Collection[str]
    figures: Sequence[str]


def known_of(result: RunResult) -> Known:
    """Of a run that is over."""
    return Known([target.name for target in result.targets], figures_of(result.targets))


# ---- what is claimed


def checked_claims(texts: Iterable[str], known: Known, baseline: Known | None) -> list[Claim]:
    """Each with its target; BadInput names the first that is none, or speaks of what is not there."""
    return [_checked(text, known, baseline) for text in dict.fromkeys(texts)]


def well_formed(texts: Iterable[str]) -> None:
    """BadInput for the first that is no claim about any run: before anything is known of this one."""
    for text in texts:
        if isinstance(found := read_claim(text), Fault):
            raise _refused(text, found)


def _checked(text: str, known: Known, baseline: Known | None) -> Claim:
    claim = read_claim(text)
    if isinstance(claim, Fault):
        raise _refused(text, claim)
    if not claim.target:
        if len(known.targets) > 1:
            which = listed((f"`{name}/{claim.figure}`" for name in sorted(known.targets)), "or")
            raise _refused(text, Fault("whose figure it is is not said", which))
        claim = claim._replace(target=next(iter(known.targets)))
    expectation = claim.expectation
    for name in filter(None, (claim.target, expectation.target)):
        if name.startswith(BASELINE) and baseline is None:
            raise _refused(text, Fault("there is no baseline", f"{OPTION_OF_BASELINE} OLD.avw names its file"))
    own, other = _where(claim.target, known, baseline), _where(expectation.target, known, baseline)
    if claim.target not in own.targets:
        raise _refused(text, target_fault(claim.target, own.targets))
    if fault := quantity_fault(claim.figure, own.figures):
        raise _refused(text, fault)
    for fault in expectation_faults(claim.figure, expectation, other.targets, other.figures):
        raise _refused(text, fault)
    return claim


def _where(target: str, known: Known, baseline: Known | None) -> Known:
    """The baseline's targets are told with the word before them."""
    if baseline is None or not target.startswith(BASELINE):
        return known
    return Known([f"{BASELINE}{name}" for name in baseline.targets], baseline.figures)


def _refused(text: str, fault: Fault) -> BadInput:
    return BadInput(f"{OPTION} {text}: {fault.reason}", hint=fault.right)


# ---- what was measured


class Measured(NamedTuple):
    """A run's targets, and the rounds of each in their order."""

    targets: dict[str, TargetResult]
    rounds: dict[str, list[RoundFigures]]
    race: bool


def measured_of(result: RunResult, rounds: Sequence[RoundFigures]) -> Measured:
    """Of runs that were saved before `rounds` were kept, what their document tells of each is taken."""
    rounds = rounds or _told_rounds(result)
    of_target = {
        target.name: sorted((each for each in rounds if each.target == target.name), key=lambda each: each.round)
        for target in result.targets
    }
    return Measured({target.name: target for target in result.targets}, of_target, result.mode == "race")


def _told_rounds(result: RunResult) -> list[RoundFigures]:
    """What speaks against the median round is taken for what speaks against all."""
    paths = ("makespan_s", "latency_ms.p95", "requests.completed", result.verdict.on)
    targets = {target.name: target for target in result.targets}
    return [
        RoundFigures(
            each.target,
            each.round,
            {path: value for path, value in zip(paths, told, strict=True) if value is not None},
            share_taken(targets[each.target].machine),
            sent_late_words(targets[each.target]),
            reason_of(targets[each.target]),
        )
        for each in result.rounds
        for told in [(each.makespan_s, each.p95_ms, float(each.completed), each.value)]
    ]


class _Value(NamedTuple):
    """As it was, and the least and most that it may have been without others."""

    value: float
    low: float
    high: float
    untold: str = ""
    """Why it tells nothing of the server."""
    disturbed: str = ""
    """Why `low` and `high` are apart."""


class _Side(NamedTuple):
    """One side of a comparison; None where it was not measured."""

    target: str
    median: _Value | None
    """Of the round that speaks for the target."""
    rounds: list[_Value | None]

    @property
    def missing(self) -> str:
        """Why there is nothing to judge, or nothing."""
        return f"not measured on {target_words(self.target)}" if self.median is None else self.median.untold


def _side(target: str, path: str, run: Measured, baseline: Measured | None) -> _Side:
    measured = baseline if baseline and target.startswith(BASELINE) else run
    name = target.removeprefix(BASELINE)
    result, rounds = measured.targets[name], measured.rounds[name]
    value = figure(result, path)
    unjudged = rounds[0].unjudged if rounds and all(each.unjudged for each in rounds) else ""
    told = {} if value is None else {path: value}
    median = RoundFigures(name, 0, told, share_taken(result.machine), sent_late_words(result), unjudged)
    values = [] if is_of_browser(path) else [_value(path, each, race=measured.race) for each in rounds]
    return _Side(target, _value(path, median, race=measured.race), values if any(values) else [])


def _value(path: str, of_round: RoundFigures, *, race: bool) -> _Value | None:
    value = of_round.figures.get(path)
    if value is None:
        return None
    # Who was served and who died is known whatever became of them.
    counts = parts_of(path)[0] in ("requests", "workers_lost", "workers_ended")
    untold = "" if counts else of_round.unjudged
    if not is_time(path):
        return _Value(value, value, value, untold)
    if race or of_round.late:
        return _Value(value, 0.0, inf, untold, IN_A_RACE if race else of_round.late)
    low, high = without_others(path, value, of_round.taken)
    taken = f"others took {share(of_round.taken)} of the machine, which may be why" if of_round.taken else ""
    return _Value(value, low, high, untold, taken)


# ---- whether it is so


def judged(claim: Claim, run: Measured, baseline: Measured | None) -> AssertResult:
    """A claim of `checked_claims`."""
    expected = claim.expectation
    own = _side(claim.target, claim.figure, run, baseline)
    other = _side(expected.target, expected.figure, run, baseline) if expected.target else None
    measured = own.median.value if own.median else None
    bound = expected.bound(claim.figure, other.median.value if other and other.median else None)
    told = AssertResult(claim.text, claim.target, claim.figure, measured, bound, False)
    if missing := own.missing or (other.missing if other else ""):
        return replace(told, reason=missing, rounds=0)
    assert own.median is not None
    pairs = _pairs(own, other)
    whole = [(mine, theirs) for mine, theirs in pairs if mine and (theirs or not other)]
    untold = [reason for pair in whole if (reason := next((each.untold for each in pair if each and each.untold), ""))]
    untold += ["not measured"] * (len(pairs) - len(whole))
    if untold:
        reason = f"in {len(untold)} of {count(len(pairs), 'round')}: {untold[0]}"
        return replace(told, reason=reason, rounds=0)
    at_the_median = _vote(claim, own.median, other.median if other else None)
    if len(pairs) < FEW_ROUNDS:
        holds, reason = at_the_median
        return replace(told, holds=holds, reason=reason or None, rounds_held=int(holds is True))
    return _of_rounds(told, [_vote(claim, *pair) for pair in whole], at_the_median)


def _pairs(own: _Side, other: _Side | None) -> list[tuple[_Value | None, _Value | None]]:
    """What is compared with what: rounds of one run with each other, each of two runs with the other's median."""
    if other is None:
        return [(each, None) for each in own.rounds]
    if own.target.startswith(BASELINE) == other.target.startswith(BASELINE):
        return [*zip(own.rounds, other.rounds, strict=False)]
    mine = own.rounds if len(own.rounds) >= FEW_ROUNDS else [own.median]
    theirs = other.rounds if len(other.rounds) >= FEW_ROUNDS else [other.median]
    return [(each, other.median) for each in mine] + [(own.median, each) for each in theirs]


class _Vote(NamedTuple):
    """What one round says; None: nothing, for a reason."""

    holds: bool | None
    reason: str


def _vote(claim: Claim, own: _Value, other: _Value | None) -> _Vote:
    """Also what it would say if either side had been as it may have been without others."""
    expected, nothing = claim.expectation, (None,)
    says = {
        expected.holds(mine, bound)
        for mine, theirs in [
            (own.value, other.value if other else None),
            *product((own.low, own.high), (other.low, other.high) if other else nothing),
        ]
        if (bound := expected.bound(claim.figure, theirs)) is not None
    }
    if len(says) == 1:
        return _Vote(says.pop(), "")
    return _Vote(None, own.disturbed or (other.disturbed if other else ""))


def _of_rounds(told: AssertResult, votes: Sequence[_Vote], at_the_median: _Vote) -> AssertResult:
    says = [vote.holds for vote in votes if vote.holds is not None]
    told = replace(told, rounds=len(says), rounds_held=sum(says))
    if len(says) < FEW_ROUNDS:
        reason = next(vote.reason for vote in votes if vote.holds is None)
        return replace(told, holds=None, reason=f"in {len(votes) - len(says)} of {len(votes)} rounds {reason}")
    if len({*says}) == 1 and at_the_median.holds is not (not says[0]):
        return replace(told, holds=says[0])
    medians = ", and the medians say otherwise" if len({*says}) == 1 else ""
    return replace(told, holds=None, reason=f"{told.rounds_held} of {len(says)} rounds bear it out{medians}")


# ---- in words


def assert_words(told: AssertResult) -> str:
    """`“uvicorn”: p95 latency 0.23 s, expected below 0.5 × that of “gunicorn-sync” (1.61 s): holds in all 5 rounds`."""
    claim = read_claim(told.claim)
    if isinstance(claim, Fault):
        return told.claim
    words = expected_words(told.figure, told.measured, claim.expectation, told.bound, told.target)
    return f"{target_words(told.target)}: {words}: {ends(told)}"


def ends(told: AssertResult) -> str:
    """How it ends."""
    if told.holds is None:
        return f"UNDECIDED: {told.reason or 'not known why'}"
    if told.unmeasured:
        return f"DOES NOT HOLD: {told.reason}"
    rounds = f" in {'all' if told.holds else 'any of'} {told.rounds} rounds" if told.rounds >= FEW_ROUNDS else ""
    return f"{'holds' if told.holds else 'DOES NOT HOLD'}{rounds}"


def differences(result: RunResult, baseline: RunResult) -> list[str]:
    """In what the runs differ beside their figures: then it may be that which makes the difference."""
    pairs: list[tuple[str, object, object]] = [("scenario", result.scenario, baseline.scenario)]
    pairs += [("mode", result.mode, baseline.mode)]
    names = dict.fromkeys([*result.parameters, *baseline.parameters])
    pairs += [(name, result.parameters.get(name), baseline.parameters.get(name)) for name in names]
    loads = ("arrivals", "requests", "concurrency", "rate", "duration_s", "keep_alive")
    pairs += [(name, getattr(result.load, name), getattr(baseline.load, name)) for name in loads]
    pairs += [(name, result.environment.get(name), baseline.environment.get(name)) for name in ("cores", "python")]
    before = {target.name: target for target in baseline.targets}
    for target in result.targets:
        if (old := before.get(target.name)) is not None:
            parts = ("workers", "threads", "version")
            pairs += [(f"{part} of {target.name}", getattr(target, part), getattr(old, part)) for part in parts]
    return [f"{name} {_said(now)} instead of {_said(then)}" for name, now, then in pairs if now != then]


def _said(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# ---- what a saved run says of them


def faults_of_asserts(result: RunResult, rounds: Sequence[RoundFigures], known: Collection[str]) -> Iterator[str]:
    """What is wrong with those of a file, or with its rounds; numbers are looked at elsewhere."""
    names = {target.name for target in result.targets}
    for told in result.asserts:
        claim = read_claim(told.claim)
        if isinstance(claim, Fault) or (claim.target or told.target, claim.figure) != (told.target, told.figure):
            yield f"what is claimed is no claim: {told.claim!r}"
        elif not told.target.startswith(BASELINE) and (told.target not in names or told.figure not in known):
            yield f"a claim is about no figure of it: {told.claim!r}"
    for each in rounds:
        of_it = each.target in names and {*each.figures}.issubset(known)
        if not of_it or each.round < 1 or not 0 <= each.taken <= 1:
            yield "its rounds are of no target, or tell of no figure"
            return
