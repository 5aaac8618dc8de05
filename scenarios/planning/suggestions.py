"""`[[try]]` of a scenario: what its lesson tells to try, checked as if `run` had been told so.

A scenario with a user's changes in it: what the screen shows of a run that was told to be another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.load import chosen_load
from asgi_vs_wsgi.scenarios.planning.resolve import chosen_parameters
from asgi_vs_wsgi.scenarios.planning.targets import target_of
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Suggestion


def suggested_options(name: str, suggestion: Suggestion) -> Options:
    """As `run NAME` is told of them."""
    return Options(
        name,
        targets=tuple(suggestion.targets),
        requests=suggestion.requests,
        concurrency=suggestion.concurrency,
        arrivals=suggestion.arrivals,
        rate=suggestion.rate,
        duration_s=suggestion.duration_s,
        parameters=tuple(f"{parameter}={value}" for parameter, value in suggestion.parameters.items()),
    )


def suggestion_faults(scenario: Scenario) -> Iterator[Problem]:
    """The first thing that is wrong with each, in the words of the options; a server need not be installed."""
    for place, suggestion in enumerate(scenario.toml.suggestions):
        options = suggested_options(scenario.name, suggestion)
        key = f"try[{place}]"
        if options == Options(scenario.name):
            yield Problem(key, "it changes nothing", "targets, requests, arrivals, rate, parameters, …")
        try:
            chosen_load(scenario.toml.load, options)
            chosen_parameters(scenario, options.parameters)
            for word in options.targets:
                target_of(scenario, word)
        except BadInput as error:
            yield Problem(key, error.what, error.hint)


def as_changed(experiment: Experiment) -> Scenario:
    """The experiment's scenario with its targets, load and parameters: what is shown before its figures are there.

    Which answer to the question before the run is right was written for the scenario's own numbers.
    """
    scenario, toml = experiment.scenario, experiment.scenario.toml
    parameters = {
        name: replace(parameter, default=experiment.parameters[name]) for name, parameter in toml.parameters.items()
    }
    predict = UNSET if toml.predict is UNSET else replace(toml.predict, right=None)
    changed = replace(
        toml, targets=list(experiment.targets), load=experiment.load, parameters=parameters, predict=predict
    )
    return replace(scenario, toml=changed)
