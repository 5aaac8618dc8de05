"""`list [--json]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import json_option, scenarios_option


@click.command("list")
@scenarios_option
@json_option
@click.pass_obj
def list_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the scenarios.

    Each with its name, which the other commands take, and what happens in it.
    """
    from asgi_vs_wsgi.tui.commands.list import list_scenarios

    return list_scenarios(outer + directories, as_json=as_json)
