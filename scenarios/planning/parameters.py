"""The scenario's parameters with those that `--set NAME=VALUE` changes."""

from __future__ import annotations

from collections.abc import Sequence

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Number
from asgi_vs_wsgi.scenarios.model.limits import is_finite
from asgi_vs_wsgi.scenarios.model.scenario import Parameter, Scenario
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest


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
