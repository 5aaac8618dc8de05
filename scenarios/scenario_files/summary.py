"""A scenario's summary, its placeholders filled: `{requests}` of the load, `{io_ms}` of the parameters.

So that the sentence stays true when a user changes what it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from asgi_vs_wsgi.scenarios.model.scenario import Load, ScenarioToml
from asgi_vs_wsgi.scenarios.scenario_files.problems import Fault, suggest

_ONE_OF_MANY = re.compile(r"(?<![\d.,])\b1 ([a-z]{3,})s\b")
"""`1 visitors` of a text that was written for many; `1 ms` stays."""
LOAD_WORDS = ("requests", "concurrency", "rate", "duration_s")


def summary(toml: ScenarioToml, load: Load | None = None, parameters: Mapping[str, float] | None = None) -> str:
    """The sentence for a load and parameters; for the scenario's own where none are given."""
    defaults = {name: parameter.default for name, parameter in toml.parameters.items()}
    values = {name: getattr(load or toml.load, name) for name in LOAD_WORDS} | defaults | dict(parameters or {})
    words = {name: "–" if value is None else f"{value:g}" for name, value in values.items()}
    return _ONE_OF_MANY.sub(r"1 \1", toml.summary.format_map(words))


def summary_faults(toml: ScenarioToml) -> list[Fault]:
    """Placeholders that stand for nothing, and braces that are none."""
    known = {*LOAD_WORDS, *toml.parameters}
    try:
        names = [name for _, name, spec, conversion in Formatter().parse(toml.summary) if name is not None]
    except ValueError as error:
        return [Fault("summary", str(error), "write {{ and }} for braces")]
    return [
        Fault("summary", f"`{{{name}}}` stands for nothing", suggest(name, known))
        for name in names
        if name not in known
    ]
