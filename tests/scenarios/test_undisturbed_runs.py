"""What is run again is what nothing can be told of; a fault that was seen is never measured away."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent / "analysis"))
from made_causes import run as made_run
from made_causes import target
from undisturbed_runs import TRIES, faults, proofs, repeated, run_undisturbed, untold

from asgi_vs_wsgi.scenarios.model.experiment import Target
from asgi_vs_wsgi.scenarios.results import CheckResult, LawResult, MachineShare, RequestCounts, Telemetry
from asgi_vs_wsgi.scenarios.results.outcome import Outcome

BUSY, CALM = MachineShare(0.6, 0.0), MachineShare(0.0, 0.0)
HOLDS, BREAKS, UNTOLD = (LawResult("slots", 1.0, 1.0, 0.1, None, None, holds) for holds in (True, False, None))
FAILED = RequestCounts(32, 31, 1, 0, 0, {"closed": 1}, {"200": 31}, 0)


def check(holds, quantity="makespan_s"):
    return CheckResult("it ends", quantity, "< 2", 3.0, holds)


DISTURBED = target("a", law=UNTOLD, machine=BUSY)
FINE = target("b", law=HOLDS, machine=CALM)
FAULTS = {
    "a law": replace(FINE, law=BREAKS),
    "a law where others took the machine": replace(FINE, law=BREAKS, machine=BUSY),
    "a check": replace(FINE, checks=[check(False)]),
    "a check that cannot be told": replace(FINE, checks=[check(None)]),
    "lost records": replace(FINE, telemetry=Telemetry(100, 3)),
    "a failed request": replace(FINE, requests=FAILED),
    "no claim": replace(FINE, law=None),
}


def planned(outcome, **more):
    return [Target(t.server, "page", name=t.name, **more) for t in outcome.result.targets]


def of(*targets):
    return Outcome(made_run(*targets), [])


def measured(*outcomes):
    """How many of these it takes, and the one that counts."""
    left = list(outcomes)
    kept = run_undisturbed(lambda: left.pop(0), planned(outcomes[0]))
    return len(outcomes) - len(left), kept


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_beside_a_law_that_cannot_be_told_is_not_measured_away(fault):
    first, later = of(DISTURBED, FAULTS[fault]), of(FINE, FINE)
    assert measured(first, later) == (1, first)
    assert len(faults(first, planned(first))) == 1


def test_only_what_others_disturbed_is_run_again_and_not_for_ever():
    disturbed, fine = of(DISTURBED, FINE), of(FINE, FINE)
    assert measured(fine, disturbed) == (1, fine)
    assert measured(disturbed, disturbed, fine, disturbed) == (3, fine)
    assert measured(*[disturbed] * 5) == (TRIES, disturbed)
    assert untold(disturbed) == ["a"]
    assert faults(disturbed, planned(disturbed)) == []
    calm = of(replace(DISTURBED, machine=CALM), FINE)
    assert measured(calm, fine) == (1, calm)
    assert faults(calm, planned(calm))


def test_what_fails_on_purpose_and_what_a_browser_measures_are_no_faults():
    failing = of(replace(FINE, requests=FAILED))
    assert faults(failing, planned(failing, failures_expected=True)) == []
    asked = of(replace(FINE, checks=[check(None, "vitals.inp_ms.fetch.p75")]))
    assert faults(asked, planned(asked)) == []


@pytest.mark.parametrize(
    ("changed", "proves"),
    [
        (FINE, False),
        (replace(FINE, law=UNTOLD), False),
        (replace(FINE, law=UNTOLD, machine=BUSY), False),
        (replace(FINE, checks=[check(None)]), False),
        (replace(FINE, law=UNTOLD, checks=[check(None)], machine=BUSY), False),
        (replace(FINE, law=BREAKS), True),
        (replace(FINE, law=BREAKS, machine=BUSY), True),
        (replace(FINE, checks=[check(False)]), True),
        (replace(FINE, requests=FAILED), True),
    ],
)
def test_a_mutation_is_found_by_what_does_not_hold_and_by_nothing_that_cannot_be_told(changed, proves):
    assert bool(proofs([changed], [replace(FINE, checks=[check(True)])])) is proves


@pytest.mark.parametrize(
    "same",
    [
        replace(FINE, requests=RequestCounts(32, 20, 0, 12, 0, {}, {"200": 20}, 0)),
        replace(FINE, requests=FAILED),
        replace(FINE, checks=[check(False)]),
    ],
)
def test_what_was_so_before_proves_nothing(same):
    """Who left on purpose or failed then, and what did not hold then."""
    assert proofs([same], [same]) == []


def test_what_tells_something_at_once_is_measured_once():
    numbers = iter(range(9))
    assert repeated(lambda: next(numbers), lambda number: number == 0) == 0
    assert next(numbers) == 1
