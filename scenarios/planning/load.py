"""The load of a scenario with a user's changes: what still fits is kept, what was given must fit."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict, replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.scenario_files.load_validation import ARRIVALS, BELONGS_TO, load_faults

OPTION = {
    "arrivals": "--arrivals",
    "requests": "--requests",
    "concurrency": "--concurrency",
    "rate": "--rate",
    "duration_s": "--duration",
    "seed": "--seed",
    "timeout_s": "--timeout",
}


def chosen_load(base: Load, options: Options) -> Load:
    """The scenario's load with the given options in place; BadInput names the option that does not fit."""
    given = {key: getattr(options, key) for key in OPTION if getattr(options, key) is not None}
    load = replace(base, **(_still_fitting(base, given) | given))
    for fault in load_faults(load):
        raise BadInput(f"{OPTION[fault.key]}: {fault.reason}", hint=_hint(fault.key, fault.right, given))
    return load


def _still_fitting(base: Load, given: dict[str, Any]) -> dict[str, Any]:
    """The scenario's own fields, without those that other arrivals or another end have made void."""
    fields = asdict(base)
    arrivals = given.get("arrivals", base.arrivals)
    if arrivals in ARRIVALS and arrivals != base.arrivals:
        fields |= {key: None for key, fitting in BELONGS_TO.items() if arrivals not in fitting}
    if "duration_s" in given:
        fields["requests"] = None
    if "requests" in given:
        fields["duration_s"] = None
    return fields


def _hint(key: str, right: str, given: dict[str, Any]) -> str:
    if key in given and key in BELONGS_TO and "belongs to" in right:
        return f"{right}: add --arrivals {BELONGS_TO[key][0]}"
    return right
