from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import ValidationError, convert, toml

from asgi_vs_wsgi.scenarios.catalog import OURS
from asgi_vs_wsgi.scenarios.model.scenario import ScenarioToml
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, type_fault
from asgi_vs_wsgi.scenarios.scenario_files.validation import scenario_faults
from asgi_vs_wsgi.server_targets.servers import server_specs

RIGHT: dict[str, Any] = toml.decode((OURS / "slow-io" / "scenario.toml").read_bytes())
KNOWN = {product.name: product for product in server_specs()}
WORDS = st.sampled_from(["io_ms", "rate", "seed", "worker", "a.b", "", "x y", "a[0]", "..."]) | st.text(max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)


def changed(raw: Any, data: Any) -> Any:
    """The same with one thing in it replaced, added or taken out, at any depth."""
    if isinstance(raw, dict) and raw and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(raw)))
        return raw | {key: changed(raw[key], data)}
    if isinstance(raw, list) and raw and data.draw(st.booleans()):
        return [changed(raw[0], data), *raw[1:]]
    if isinstance(raw, dict):
        match data.draw(st.sampled_from(["add", "drop", "replace"])):
            case "add":
                return raw | {data.draw(WORDS): data.draw(VALUES)}
            case "drop" if raw:
                return {key: raw[key] for key in sorted(raw)[1:]}
    return data.draw(VALUES)


def faults(raw: dict[str, Any]) -> list[Problem]:
    try:
        return list(scenario_faults(convert(raw, ScenarioToml), KNOWN))
    except ValidationError as error:
        return [type_fault(str(error), raw)]


def test_ours_has_no_fault() -> None:
    named = deepcopy(RIGHT)
    for target in named["targets"]:
        target["name"] = target["server"]
    assert faults(named) == []


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_a_file_holds_is_answered_with_a_reason_and_what_is_right(data: Any) -> None:
    raw = changed(RIGHT, data)
    if isinstance(raw, dict):
        assert all(fault.reason and fault.right for fault in faults(raw))


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("parameters", "io_ms", "max"), "x", "parameters.io_ms.max"),
        (("parameters", "a.b"), 1, "parameters.a.b"),
        (("quiz",), {}, "quiz"),
        (("predict", "answers"), [1], "predict.answers[0]"),
        (("race",), "yes", "race"),
    ],
)
def test_the_key_is_told_as_it_was_written(path: tuple[str, ...], value: Any, key: str) -> None:
    raw = deepcopy(RIGHT)
    table = raw
    for step in path[:-1]:
        table = table[step]
    table[path[-1]] = value
    (fault,) = faults(raw)
    assert fault.key == key
