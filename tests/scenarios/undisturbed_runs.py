"""What one run proves of laws and checks, and which run is repeated since other programs took the machine meanwhile.

Only what cannot be told is measured again: a law or check that does not hold, records that were lost and requests that
failed are faults of the run that showed them, whatever a further one would show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.unserved import without_page
from asgi_vs_wsgi.scenarios.assertions.claims import needs_browser
from asgi_vs_wsgi.scenarios.model.experiment import Target
from asgi_vs_wsgi.scenarios.results import CheckResult, TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome

TRIES = 3
Measured = TypeVar("Measured")


def repeated(measure: Callable[[], Measured], is_told: Callable[[Measured], bool]) -> Measured:
    """The first that tells something, or the last of TRIES."""
    for _ in range(TRIES - 1):
        if is_told(measured := measure()):
            return measured
    return measure()


def run_undisturbed(run: Callable[[], Outcome], targets: Sequence[Target]) -> Outcome:
    """Once more, and once again, where others disturbed it and nothing is wrong besides."""
    return repeated(run, lambda outcome: not untold(outcome) or bool(faults(outcome, targets)))


def untold(outcome: Outcome) -> list[str]:
    """Targets whose law could not be told, since others took the machine meanwhile."""
    return disturbed_in([t for t in outcome.result.targets if t.law and t.law.holds is None])


def disturbed_in(results: Sequence[TargetResult]) -> list[str]:
    """Targets in whose time others had much of the machine."""
    return [t.name for t in results if t.machine and t.machine.busy]


def faults(outcome: Outcome, targets: Sequence[Target]) -> list[str]:
    """Everything that is wrong with a run besides the laws that others kept from being told."""
    found, disturbed = [], untold(outcome)
    for target, planned in zip(outcome.result.targets, targets, strict=True):
        if not (target.law or target.checks):
            found.append(f"{target.name} claims nothing")
        if target.telemetry.lost != 0:
            found.append(f"{target.name}: {target.telemetry.lost} records lost")
        if target.requests.failed and not planned.failures_expected:
            found.append(f"{target.name}: {target.requests.failed} requests failed ({target.requests.errors})")
    return found + broken([replace(t, law=None) if t.name in disturbed else t for t in outcome.result.targets])


def broken(results: Sequence[TargetResult]) -> list[str]:
    """What does not hold, or cannot be told to, in words; of a browser: see browser/test_browse_live.py."""
    laws = [f"{t.name}: {t.law}" for t in results if t.law and not t.law.holds]
    checks = [f"{t.name}: {check}" for t in results for check in t.checks if not check.holds and not _of_browser(check)]
    return laws + checks


def _of_browser(check: CheckResult) -> bool:
    return needs_browser(check.quantity, check.expected)


def proofs(results: Sequence[TargetResult], before: Sequence[TargetResult]) -> list[str]:
    """What shows that a change breaks something: what held before and does not now; nothing that cannot be told.

    A law allows for what others took of the machine. They were there before as well, when the checks held.
    """
    found = [f"{t.name}: {t.law}" for t in results if t.law and t.law.holds is False]
    held = {(t.name, check.name) for t in before for check in t.checks if check.holds}
    for now, then in zip(results, before, strict=True):
        found += [f"{now.name}: {each}" for each in now.checks if each.holds is False and (now.name, each.name) in held]
        if without_page(now.requests) > without_page(then.requests):
            found.append(f"{now.name}: {without_page(now.requests)} had no page, {without_page(then.requests)} before")
    return found
