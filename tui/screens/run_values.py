"""What the form of `x` holds, without the form: texts for each option of `run` that it changes, and what they come to.

values ──► arguments of `run` ──► Options ──► Experiment        as the command line does, with its refusals
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import ARRIVALS
from asgi_vs_wsgi.scenarios.planning.load import LEAST_ROUNDS
from asgi_vs_wsgi.scenarios.planning.resolve import resolve, suggested_options
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.servers import server_spec
from asgi_vs_wsgi.tui.arguments.options import TARGET
from asgi_vs_wsgi.tui.arguments.run import command_line, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Suggestion, Target


YES = "yes"


class Field(NamedTuple):
    """One option of `run`."""

    id: str
    label: str
    option: str
    hint: str
    many: bool = False
    """Whether each word is an option of its own."""
    between: str | None = None
    """What stands between these; None: blanks."""
    flag: bool = False
    """Whether it is said or not, and has no text; its value is YES or nothing."""
    turned: tuple[str, str] = ("allowed", "not allowed")
    """Of a flag, what it says then."""

    def words_of(self, text: str) -> list[str]:
        """What is said in it, each for an option of its own."""
        return [word.strip() for word in text.split(self.between) if word.strip()] if self.many else [text.strip()]


FIELDS = (
    Field("targets", "targets", "--target", f"{TARGET}, blanks between", many=True),
    Field("requests", "requests", "--requests", "how many visitors, or requests of visitors in turn"),
    Field("arrivals", "arrivals", "--arrivals", f"when they come: {listed(ARRIVALS, 'or')}"),
    Field("concurrency", "at a time", "--concurrency", "closed arrivals: how many visitors at a time"),
    Field("rate", "rate", "--rate", "constant and poisson arrivals: visitors per second"),
    Field("duration_s", "seconds", "--duration", "seconds instead of a number of visitors"),
    Field("parameters", "parameters", "--set", "NAME=VALUE, blanks between", many=True),
    Field("rounds", "rounds", "--rounds", "measured so often, the median counts; not of a race"),
)
"""In the order of the form."""
Values = dict[str, str]
"""By a field's id."""


class Choice(NamedTuple):
    """What was chosen for a scenario, until it is chosen otherwise."""

    changed: Values
    """The fields that are not as the scenario says."""
    race: bool
    options: Options
    experiment: Experiment


class Refusal(NamedTuple):
    """What is wrong, and at which field; "" where it is at none."""

    field: str
    words: str


def as_written(scenario: Scenario) -> Values:
    """What the scenario itself says."""
    load = scenario.toml.load
    everywhere = [target for target in scenario.toml.targets if not target.needs_database and target.gil != "off"]
    told = {
        "targets": " ".join(map(_word, everywhere)),
        "parameters": " ".join(f"{name}={plain(each.default)}" for name, each in scenario.toml.parameters.items()),
        "rounds": str(LEAST_ROUNDS if scenario.toml.warm else 1),
    }
    for name in ("requests", "arrivals", "concurrency", "rate", "duration_s"):
        value = getattr(load, name)
        told[name] = "" if value is None else plain(value)
    return told


def plain(value: float | str) -> str:
    """As one would type it: `1000000`, `0.25`, `burst`."""
    return str(value).removesuffix(".0")


def _word(target: Target) -> str:
    threads = f"x{target.threads}" if server_spec(target.server).max_threads > 1 else ""
    return f"{target.name}:{target.workers}{threads}"


def values_of(scenario: Scenario, options: Options) -> Values:
    """The fields as these options change them."""
    values = as_written(scenario)
    if options.targets:
        values["targets"] = " ".join(options.targets)
    if options.parameters:
        given = dict(word.partition("=")[::2] for word in options.parameters)
        written = dict(word.partition("=")[::2] for word in values["parameters"].split())
        values["parameters"] = " ".join(f"{name}={value}" for name, value in (written | given).items())
    for name in ("requests", "arrivals", "concurrency", "rate", "duration_s"):
        value = getattr(options, name)
        if value is not None:
            values[name] = plain(value)
    if options.rounds > 1:
        values["rounds"] = str(options.rounds)
    return _fitting(values, options)


def _fitting(values: Values, options: Options) -> Values:
    """Without what other arrivals, or another end, have made void."""
    void = {
        "concurrency": options.arrivals is not None and options.arrivals != "closed",
        "rate": options.arrivals in ("burst", "closed"),
        "requests": options.duration_s is not None,
        "duration_s": options.requests is not None,
    }
    return {name: "" if void.get(name) and getattr(options, name) is None else value for name, value in values.items()}


def suggested_values(scenario: Scenario, suggestion: Suggestion) -> Values:
    """The fields as a suggestion of the lesson changes them."""
    return values_of(scenario, suggested_options(scenario.name, suggestion))


def changes(scenario: Scenario, values: Mapping[str, str]) -> Values:
    """The fields that say something else than the scenario."""
    written = as_written(scenario)
    return {name: values[name].strip() for name in written if values[name].split() != written[name].split()}


def arguments(scenario: Scenario, values: Mapping[str, str], *, race: bool) -> list[str]:
    """Of `run`: what is as the scenario says is left out, and so is what was emptied."""
    return [scenario.name, *_changed(scenario, values), *_how(values, race=race)]


def _changed(scenario: Scenario, values: Mapping[str, str]) -> Iterator[str]:
    written = set(as_written(scenario)["parameters"].split())
    changed = changes(scenario, values)
    for field in FIELDS:
        text = changed.get(field.id, "")
        if field.id == "rounds" or not text:
            continue
        words = text.split() if field.many else [text]
        for word in words:
            if field.id != "parameters" or word not in written:
                yield from (field.option, word)


def _how(values: Mapping[str, str], *, race: bool) -> list[str]:
    if race:
        return ["--race"]
    return ["--rounds", values["rounds"].strip()] if values["rounds"].strip() else []


def line_of(scenario: Scenario, values: Mapping[str, str], dirs: tuple[str, ...], *, race: bool) -> str:
    """The command line that does the same."""
    where = [word for directory in dirs for word in ("--scenarios", directory)]
    return command_line([*arguments(scenario, values, race=race), *where])


def chosen(scenario: Scenario, values: Mapping[str, str], catalog: Catalog, *, race: bool) -> Choice | Refusal:
    """What these texts come to, or the first thing that the command would refuse."""
    try:
        options = options_of(arguments(scenario, values, race=race))
        experiment = resolve(options, catalog)
    except BadInput as error:
        return refusal_at_field(error.one_line(), FIELDS, or_else="")
    return Choice(changes(scenario, values), race, options, experiment)


def refusal_at_field(words: str, fields: Sequence[Field], or_else: str) -> Refusal:
    """What the command refuses, at the field whose option its words name first, and in the words of the form."""
    named = [(words.find(field.option), field.id) for field in fields if field.option and field.option in words]
    return Refusal(min(named, default=(0, or_else))[1], in_words_of_form(words, fields))


_SAID_BY_CLICK = {"is not a valid float": "is no number", "is not a valid integer": "is no whole number"}


def in_words_of_form(words: str, fields: Sequence[Field]) -> str:
    """`--rate: burst arrivals have none (add --arrivals constant)` with the labels that somebody sees:
    `“rate”: burst arrivals have none (set “arrivals” to constant)`."""
    for said, instead in _SAID_BY_CLICK.items():
        words = words.replace(said, instead)
    for field in sorted(fields, key=lambda field: -len(field.option)):
        if not field.option:
            continue
        option, label = rf"{field.option}(?![\w-])", f"“{field.label}”"
        words = re.sub(f"Invalid value for '{option}'", label, words)
        words = re.sub(rf"add {option} (\w+)", rf"set {label} to \1", words)
        if field.many:
            words = re.sub(rf"(^|\(){option} (?!and\b)", r"\1", words)  # what follows is what stands in the field
        words = re.sub(rf"{option}(?: [A-Z]+\b)?", label, words)
    return words
