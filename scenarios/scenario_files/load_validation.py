"""The faults of a load as problems of the file or the option that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.plan_validation import ARRIVALS, LoadNumbers, PlanError, faults_of
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.scenario import Load

SURELY_SOMEBODY = 100
"""Expected visitors from which on it need not be tried whether random arrivals bring any."""


def load_faults(load: Load) -> Iterator[Problem]:
    """Everything wrong with a load, the keys being those of Load."""
    numbers = LoadNumbers(*(getattr(load, name) for name in LoadNumbers._fields))
    problems = [Problem(*fault) for fault in faults_of(numbers)]
    for problem in problems:
        yield problem._replace(right=suggest(load.arrivals, ARRIVALS)) if problem.key == "arrivals" else problem
    if not problems:
        yield from _nobody_comes(load)


def _nobody_comes(load: Load) -> Iterator[Problem]:
    """Only planning tells whether somebody comes at random."""
    if load.rate is None or load.duration_s is None or load.rate * load.duration_s >= SURELY_SOMEBODY:
        return
    try:
        make_plan(load.arrivals, rate=load.rate, duration_s=load.duration_s, seed=load.seed)
    except PlanError as error:
        yield Problem(*error.fault)
