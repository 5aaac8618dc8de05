"""`list`, `servers` and `new`: what can be run, on what, and a starter for a scenario of one's own."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.catalog import Catalog, load_catalog
from asgi_vs_wsgi.scenarios.scenario_files.listing import group, summary
from asgi_vs_wsgi.scenarios.scenario_files.scaffold import new_folder
from asgi_vs_wsgi.server_targets.servers import Number, Option, ServerSpec, server_specs
from asgi_vs_wsgi.tui.commands.output import print_json, print_lines
from asgi_vs_wsgi.tui.errors import say_error
from asgi_vs_wsgi.tui.text.columns import NARROW_GAP, aligned

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario


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
    rows = [(f"  {scenario.name}", summary(scenario.toml)) for scenario in catalog.scenarios]
    names = iter(aligned(rows, left=(0, 1), gap=NARROW_GAP) if rows else [])
    lines = []
    for title, scenarios in groupby(catalog.scenarios, group):
        lines.append(title.capitalize() or "More")
        lines.extend(next(names) for _ in scenarios)
    return lines


def list_servers(*, as_json: bool) -> int:
    """Print all products that we know."""
    if as_json:
        print_json([server_entry(product) for product in server_specs()])
    else:
        print_lines(servers_text(server_specs()))
    return 0


def server_entry(product: ServerSpec) -> dict[str, Any]:
    """A product as `servers --json` tells it."""
    return {
        "name": product.name,
        "interface": product.interface,
        "product": product.product,
        "installed": product.installed,
        "version": product.version,
        "install": product.install,
        "options": [option_entry(name, option) for name, option in product.options.items()],
        "reloads": product.reload_signal is not None,
    }


def option_entry(name: str, option: Option) -> dict[str, Any]:
    """An option as `servers --json` tells it; a switch has no bounds."""
    low, high = (option.low, option.high) if isinstance(option, Number) else (None, None)
    return {
        "name": name,
        "type": option.kind,
        "min": low,
        "max": high,
        "flag": option.flag,
        "meaning": option.meaning,
    }


def servers_text(known: tuple[ServerSpec, ...]) -> list[str]:
    """A table: name, interface, and the version or the command that installs it; below, what can be set of each."""
    rows = [("server", "interface", "version"), *(_row(product) for product in known)]
    return [*aligned(rows, left=(0, 1, 2), gap=NARROW_GAP), "", *options_text(known)]


def options_text(known: tuple[ServerSpec, ...]) -> list[str]:
    """Each option once, with its bounds and the servers that have it."""
    having: dict[tuple[str, str], list[str]] = {}
    for product in known:
        for name, option in product.options.items():
            having.setdefault((name, f"{option.right}; {option.meaning}"), []).append(product.name)
    lines = ["options = { … } of a target"]
    for (name, words), servers in sorted(having.items()):
        lines += [f"  {name}: {words}", f"    {', '.join(servers)}"]
    return lines


def _row(product: ServerSpec) -> tuple[str, str, str]:
    version = (product.version or "") if product.installed else f"not installed: {product.install}"
    return product.name, product.interface.upper(), version


def new(name: str, directories: tuple[str, ...]) -> int:
    """Write it into the last `--scenarios` folder, or here."""
    directory = directories[-1] if directories else "."
    folder = new_folder(name, Path(directory))
    print_lines(
        [
            f"{folder} is written: scenario.toml, views.py, lesson.md. It runs as it is:",
            f"  {PROGRAM} run {name} --scenarios {directory}",
            f"  {PROGRAM} --scenarios {directory}",
        ]
    )
    return 0
