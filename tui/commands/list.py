"""`list`: the scenarios, in the order of the lessons."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.scenario_files.ordering import group
from asgi_vs_wsgi.scenarios.scenario_files.summary import summary
from asgi_vs_wsgi.tui.commands.output import columns, print_json, print_lines
from asgi_vs_wsgi.tui.errors import say_error


def list_scenarios(directories: tuple[str, ...], *, as_json: bool) -> int:
    """Print all that load; each broken folder is one line on stderr."""
    catalog = load_catalog(directories)
    for error in catalog.broken.values():
        say_error(error)
    if as_json:
        print_json([scenario_entry(scenario) for scenario in catalog.scenarios])
    else:
        print_lines(scenarios_text(catalog))
    return 0


def scenario_entry(scenario: Scenario) -> dict[str, Any]:
    """A scenario as `list --json` tells it."""
    toml = scenario.toml
    return {
        "name": scenario.name,
        "title": toml.title,
        "summary": summary(toml),
        "lesson": toml.lesson,
        "race": toml.race,
        "parameters": toml.parameters,
        "targets": [{"name": t.name, "server": t.server, "law": t.law} for t in toml.targets],
    }


def scenarios_text(catalog: Catalog) -> list[str]:
    """Group by group, a name and a summary on each line."""
    names = iter(columns([(f"  {s.name}", summary(s.toml)) for s in catalog.scenarios]) if catalog.scenarios else [])
    lines = []
    for title, scenarios in groupby(catalog.scenarios, group):
        lines.append(title.capitalize() or "More")
        lines.extend(next(names) for _ in scenarios)
    return lines
