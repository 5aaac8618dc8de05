"""From what a user asked for to a fully decided experiment; every refusal is one line that names the option.

`[[try]]` of a scenario: what its lesson tells to try, checked as if `run` had been told so.

A scenario with a user's changes in it: what the screen shows of a run that was told to be another.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.database.url import VARIABLE, DatabaseUrl, read_database_url
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Number, Options
from asgi_vs_wsgi.scenarios.model.scenario import CONCURRENCY, ROUNDS, is_finite
from asgi_vs_wsgi.scenarios.planning.load import WITH_A_NUMBER, chosen_load
from asgi_vs_wsgi.scenarios.planning.targets import chosen_targets, target_of
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.scenario import Parameter, Scenario, Suggestion


def chosen_parameters(scenario: Scenario, assignments: Sequence[str]) -> dict[str, Number]:
    """Every parameter's value; an int where the default is one. BadInput names the assignment that is wrong."""
    known = scenario.toml.parameters
    values = {name: parameter.default for name, parameter in known.items()}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise BadInput(f"--set {assignment}: no value", hint=f"--set {name}=VALUE")
        if name not in known:
            raise BadInput(f"--set {name}: `{scenario.name}` has no such parameter", hint=suggest(name, known))
        values[name] = _value(name, text, known[name])
    return values


def _value(name: str, text: str, parameter: Parameter) -> Number:
    right = f"a {'whole ' * isinstance(parameter.default, int)}number from {parameter.min} to {parameter.max}"
    value = _number(text, parameter.default)
    if value is None:
        raise BadInput(f"--set {name}: `{text}` is not {right}", hint=parameter.help)
    if not parameter.min <= value <= parameter.max:
        raise BadInput(f"--set {name}: {text} is out of bounds", hint=right)
    return value


def _number(text: str, default: Number) -> Number | None:
    try:
        value = int(text) if isinstance(default, int) else float(text)
    except ValueError:
        return None
    return value if is_finite(value) else None


NO_LINES = "ASGI_VS_WSGI_NO_LINES"


def resolve(options: Options, catalog: Catalog, *, one_target: bool = False, elsewhere: bool = False) -> Experiment:
    """The experiment that `options` describe; BadInput tells the first thing that is wrong with them.

    With `one_target` only the first target counts (`serve`). `elsewhere`: its servers run in an interpreter that
    whoever asks has looked into.
    """
    scenario = catalog.find(options.scenario)
    database = _database(scenario, options)
    targets = chosen_targets(
        scenario,
        options.targets,
        vendor=_vendor(database),
        first_only=one_target,
        pythons=options.pythons,
        elsewhere=elsewhere,
    )
    load = chosen_load(scenario.toml.load, options)
    _refuse_closed(scenario, load.arrivals)
    _refuse_race(scenario, options)
    _refuse_rounds(options)
    rounds, most_rounds = _rounds(scenario, options)
    return Experiment(
        scenario,
        targets,
        load,
        chosen_parameters(scenario, options.parameters),
        "race" if options.race else "measure",
        rounds,
        _ladder(options, load.arrivals),
        options.probe,
        options.lines and not os.environ.get(NO_LINES),
        database,
        most_rounds,
    )


def _database(scenario: Scenario, options: Options) -> DatabaseUrl | None:
    """What the option or the environment names; views without a database have no use for it."""
    if options.database_url is not None:  # read in any case: what is wrong with it is told
        given = read_database_url(options.database_url)
        return given if scenario.toml.database else None
    text = os.environ.get(VARIABLE)
    return read_database_url(text, VARIABLE) if text is not None and scenario.toml.database else None


def _vendor(database: DatabaseUrl | None) -> str:
    return "sqlite" if database is None else "postgresql"


def _refuse_closed(scenario: Scenario, arrivals: str) -> None:
    if arrivals == "closed" and any(visitors.pages for visitors in scenario.toml.visitors):
        what = f"--arrivals closed: visitors of `{scenario.name}` ask for several pages each, and come when they come"
        raise BadInput(what, hint="burst, constant or poisson")


def _refuse_race(scenario: Scenario, options: Options) -> None:
    if not options.race:
        return
    if not scenario.toml.race:
        what = f"--race: `{scenario.name}` may not be raced: its targets would slow one another"
        raise BadInput(what, hint="measure it: leave --race out")
    for option, given in (("--rounds", options.rounds != 1), ("--ladder", bool(options.ladder))):
        if given:
            raise BadInput(f"--race and {option} exclude one another", hint="measure: leave --race out")


def _refuse_rounds(options: Options) -> None:
    if reason := ROUNDS.refuse(options.rounds):
        raise BadInput(f"--rounds: {reason}", hint=f"a whole number from {ROUNDS}")


def _rounds(scenario: Scenario, options: Options) -> tuple[int, int]:
    """How many, and how many at most: of what shows only when cold, one, which leaves the servers warm."""
    if scenario.toml.warm:
        return options.rounds, options.most_rounds
    for option, given in (("--rounds", options.rounds > 1 and not options.most_rounds), ("--ladder", options.ladder)):
        if given:
            what = f"{option}: `{scenario.name}` measures cold servers, which are cold once"
            raise BadInput(what, hint="leave it out, or take a tournament: it starts them anew in every round")
    return 1, 0


def _ladder(options: Options, arrivals: str) -> tuple[int, ...]:
    """The numbers of visitors, growing, each once."""
    for visitors in options.ladder:
        if reason := CONCURRENCY.refuse(visitors):
            raise BadInput(f"--ladder: {reason}", hint=f"whole numbers from {CONCURRENCY}, for example 1,2,4,8")
    if options.ladder and arrivals not in WITH_A_NUMBER:
        what = f"--ladder: {arrivals} arrivals have a rate, not a number of visitors"
        raise BadInput(what, hint="add --arrivals burst or closed")
    return tuple(sorted(set(options.ladder)))


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
